// The walk through a decision flow, one answer at a time. Classic script: works from file:// and under script-src 'self'.
// All it knows it reads from the outline on the page; without it the outline stays, and nothing that does not work.
(function () {
  "use strict";
  var panel = document.getElementById("page-walk");
  if (!panel) { return; }
  var words = panel.dataset, PREFIX = "#walk=", steps = read(), body, message, here;

  // -- the flow ------------------------------------------------------------------------------------------------------

  function read() {
    var found = {};
    document.querySelectorAll(".flow-steps > li[data-step]").forEach(function (item) {
      var line = item.querySelector(".flow-step-line"), link = line.querySelector(".flow-step-text");
      found[item.dataset.step] = {
        id: item.dataset.step, kind: item.dataset.kind, phase: item.dataset.phase, section: item.dataset.section,
        kindName: line.querySelector(".flow-kind").textContent, text: link.textContent, href: link.getAttribute("href"),
        cites: line.querySelectorAll("a.cite"), onward: item.querySelector(".flow-goes-on"),
        exits: Array.from(item.querySelectorAll("li[data-target]"), function (exit) {
          var answer = exit.querySelector(".flow-answer-words");
          return { target: exit.dataset.target, id: exit.dataset.answer || "", text: answer ? answer.textContent : "" };
        })
      };
    });
    return found;
  }

  function leadsTo(from, to) {
    return steps[from].exits.some(function (exit) { return exit.target === to || leadsTo(exit.target, to); });
  }

  // -- places: what was left behind, and what is still to do ---------------------------------------------------------

  // A place is {moves, agenda, step}: the steps left, each with the exits taken; the steps to go to; the present one.
  // Of several ways that apply the first comes first, but an emergency before all others, and a step where ways meet
  // only when nothing that is still to do leads to it.
  function place(moves, agenda) {
    var step = agenda.find(function (id) { return steps[id].kind === "alert"; }) ||
      agenda.find(function (id) { return !agenda.some(function (other) { return leadsTo(other, id); }); });
    return { moves: moves, agenda: agenda, step: step };
  }

  function start() { return place([], [words.start]); }

  // The place after leaving a step by these exits.
  function after(at, exits) {
    var moves = at.moves.concat([{ from: at, exits: exits }]), agenda = [];
    at.agenda.forEach(function (id) {
      (id === at.step ? exits.map(function (exit) { return exit.target; }) : [id]).forEach(function (target) {
        var left = moves.some(function (move) { return move.from.step === target; });
        if (!left && agenda.indexOf(target) < 0) { agenda.push(target); }
      });
    });
    return place(moves, agenda);
  }

  // -- addresses: #walk=flow:step.step-answer.step-answer+answer -----------------------------------------------------

  function address(at) {
    return PREFIX + words.flow + (at.moves.length ? ":" : "") + at.moves.map(function (move) {
      var answers = move.exits.map(function (exit) { return exit.id; }).join("+");
      return move.from.step + (answers ? "-" + answers : "");
    }).join(".");
  }

  // The place that an address names, or null. Every step passed is named: where the flow was changed since, the
  // address fits no more, and no reader is led past a step that is new.
  function find(hash) {
    var parts, at = start();
    try { parts = decodeURIComponent(hash).slice(PREFIX.length).split(":"); } catch (e) { return null; }
    if (parts[0] !== words.flow || parts.length > 2) { return null; }
    return (parts[1] ? parts[1].split(".") : []).every(function (token) {
      var step = steps[at.step], answers, exits;
      if (!step) { return false; }
      answers = asks(step) ? token.slice(step.id.length + 1).split("+") : [""];
      exits = step.exits.filter(function (exit) { return answers.indexOf(exit.id) >= 0; });
      if (step.kind === "decision" && exits.length !== 1 || asks(step) && !exits.length) { return false; }
      at = after(at, exits);
      // Said in one way only: what was read must be what would be written.
      return address(at).split(/[:.]/).pop() === token;
    }) && at.step ? at : null;
  }

  function asks(step) { return step.kind === "decision" || step.kind === "parallel"; }

  // -- what the reader sees ------------------------------------------------------------------------------------------

  function make(name, className, content) {
    var element = document.createElement(name);
    if (className) { element.className = className; }
    [].concat(content || []).forEach(function (part) { element.append(part); });
    return element;
  }

  function button(className, text, act) {
    var element = make("button", className, text);
    element.type = "button";
    element.addEventListener("click", act);
    return element;
  }

  function link(className, text, href) {
    var element = make("a", className, text);
    element.setAttribute("href", href);
    return element;
  }

  // Shows a place; `ticked` are the answers that a checklist had when the reader left it.
  function show(at, ticked) {
    var step = steps[at.step], heading, parts;
    here = at;
    message.textContent = "";
    panel.dataset.step = step.id;
    panel.dataset.kind = step.kind;
    heading = make("h3", "walk-step", [make("span", "walk-kind", step.kindName), step.text]);
    heading.tabIndex = -1;
    heading.setAttribute("aria-describedby", message.id);
    parts = [make("p", "walk-phase", step.phase), heading, sources(step), choices(at, step, ticked || []), controls(at)];
    body.replaceChildren.apply(body, parts.concat(waiting(at), trail(at)));
    highlight(at);
    return heading;
  }

  function sources(step) {
    var line = make("p", "walk-sources", link("walk-read", words.walkRead.replace("{section}", step.section), step.href));
    step.cites.forEach(function (cite) { line.append(cite.cloneNode(true)); });
    return line;
  }

  function choices(at, step, ticked) {
    function go(exits) { return function () { move(after(at, exits)); }; }
    if (step.kind === "parallel") { return checklist(step, ticked, function (exits) { go(exits)(); }); }
    if (step.kind === "decision") {
      return make("div", "walk-answers", step.exits.map(function (exit) {
        return button("walk-answer", exit.text, go([exit]));
      }));
    }
    if (step.kind !== "outcome") { return make("div", "walk-answers", button("walk-answer", words.walkNext, go(step.exits))); }
    var out = [];
    if (step.onward) {
      out.push(make("span", "walk-end", step.onward.parentNode.firstChild.textContent));
      out.push(link("walk-answer", step.onward.textContent, step.onward.getAttribute("href")));
    }
    if (at.agenda.length > 1) { out.push(button("walk-answer", words.walkOtherWay, go([]))); }
    return make("div", "walk-answers", out.length ? out : make("span", "walk-end", words.walkEnd));
  }

  function checklist(step, ticked, go) {
    var boxes = step.exits.map(function (exit) {
      var box = document.createElement("input");
      box.type = "checkbox";
      box.value = exit.id;
      box.checked = ticked.indexOf(exit.id) >= 0;
      return box;
    });
    function leave() {
      var exits = step.exits.filter(function (exit, index) { return boxes[index].checked; });
      if (exits.length) { go(exits); } else { message.textContent = words.walkNone; boxes[0].focus(); }
    }
    function tickAll() { boxes.forEach(function (box) { box.checked = true; }); message.textContent = ""; }
    var list = make("fieldset", "walk-checklist", make("legend", "", words.walkTick));
    boxes.forEach(function (box, index) { list.append(make("label", "walk-tick", [box, step.exits[index].text])); });
    list.append(make("div", "walk-answers", [
      button("walk-answer", words.walkContinue, leave), button("walk-quiet", words.walkTickAll, tickAll)
    ]));
    return list;
  }

  function controls(at) {
    var last = at.moves[at.moves.length - 1];
    return make("div", "walk-controls", last ? [
      button("walk-quiet", words.walkBack, function () {
        move(last.from, last.exits.map(function (exit) { return exit.id; }));
      }),
      button("walk-quiet", words.walkRestart, function () { move(start()); })
    ] : []);
  }

  function waiting(at) {
    var others = at.agenda.filter(function (id) { return id !== at.step; });
    return others.length ? [make("div", "walk-waiting", [
      make("p", "walk-label", words.walkWaiting),
      make("ul", "", others.map(function (id) { return make("li", "", steps[id].text); }))
    ])] : [];
  }

  // The answers given, each a link back to its question; a way that was left out is said too.
  function trail(at) {
    var entries = at.moves.filter(function (move) { return asks(steps[move.from.step]); }).map(function (move) {
      var step = steps[move.from.step], text = make("span", "walk-question", step.text), entry;
      var left = step.exits.filter(function (exit) { return move.exits.indexOf(exit) < 0; });
      entry = link("walk-entry", [text, make("strong", "", joined(move.exits))], address(move.from));
      if (step.kind === "parallel" && left.length) {
        entry.append(make("span", "walk-unticked", words.walkUnticked.replace("{answers}", joined(left))));
      }
      return make("li", "", entry);
    });
    return entries.length ? [make("div", "walk-trail", [make("p", "walk-label", words.walkTrail), make("ol", "", entries)])] : [];
  }

  function joined(exits) { return exits.map(function (exit) { return exit.text; }).join(" · "); }

  // The way walked, in the drawings.
  function highlight(at) {
    var passed = {}, edges = {};
    at.moves.forEach(function (move) {
      passed[move.from.step] = true;
      move.exits.forEach(function (exit) { edges[move.from.step + ">" + exit.target] = true; });
    });
    document.querySelectorAll(".flow-figure [data-step]").forEach(function (box) {
      box.classList.toggle("walk-passed", passed[box.dataset.step] === true);
      box.classList.toggle("walk-here", box.dataset.step === at.step);
    });
    document.querySelectorAll(".flow-figure [data-edge]").forEach(function (edge) {
      edge.classList.toggle("walk-passed", edges[edge.dataset.edge] === true);
    });
  }

  // -- moving --------------------------------------------------------------------------------------------------------

  // The address is set after the page is: it is how back, forward and a shared link come here again.
  function move(at, ticked) {
    show(at, ticked).focus();
    window.location.hash = address(at);
  }

  function lost() {
    // Replaced, so that "back" does not lead to it again.
    window.location.replace(PREFIX + words.flow);
    var heading = show(start());
    message.textContent = words.walkLost;
    heading.focus();
  }

  // Goes where the address says. An address that is not the walk's own, as that of a source, leaves the walk alone.
  function follow() {
    var hash = window.location.hash, at;
    if (hash.indexOf(PREFIX) !== 0 && hash) { return; }
    at = hash ? find(hash) : start();
    if (!at) { lost(); } else if (address(at) !== address(here)) { show(at).focus(); }
  }

  body = make("div", "walk-body");
  message = make("p", "walk-message");
  message.id = "page-walk-message";
  message.setAttribute("role", "status");
  panel.setAttribute("aria-label", words.walk);
  panel.append(make("h2", "walk-title", words.walk), message, body);
  panel.hidden = false;
  show(start());
  if (window.location.hash) { follow(); }
  window.addEventListener("hashchange", follow);
})();
