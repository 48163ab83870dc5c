// The dialog: what is typed goes to the engine, what it finds is shown as links, direct answers first.
// Every text becomes a text node, so nothing that is typed or printed can be read as markup.
window.clinrefDialog = function (dialog, folder) {
  "use strict";
  var labels = dialog.dataset;
  var root = new URL("../../", folder).href;
  var input = dialog.querySelector("input"), status = dialog.querySelector("[data-search-status]");
  var also = dialog.querySelector("[data-search-also]"), output = dialog.querySelector("[data-search-output]");
  var WAIT = 120, SNIPPET = 150, ANSWER = 360, MARKS = 12;
  var number = 0, timer = 0, last = null;

  var engine = window.clinrefEngine(window.clinrefLoader(root));

  function make(name, className, content) {
    var node = document.createElement(name);
    if (className) { node.className = className; }
    [].concat(content === undefined ? [] : content).forEach(function (child) { node.append(child); });
    return node;
  }

  // Text with the words of the query marked.
  function marked(text, wanted) {
    var out = document.createDocumentFragment(), from = 0;
    clinrefWords.find(text, wanted).forEach(function (hit) {
      if (hit[0] < from) { return; }
      out.append(text.slice(from, hit[0]), make("mark", "", text.slice(hit[0], hit[1])));
      from = hit[1];
    });
    out.append(text.slice(from));
    return out;
  }

  // The line with the most different words of the query, cut around them.
  function snippet(text, wanted, size) {
    var best = "", most = -1, first = 0;
    text.split("\n").forEach(function (line) {
      var hits = clinrefWords.find(line, wanted);
      var kinds = new Set(hits.map(function (hit) { return line.slice(hit[0], hit[1]).toLowerCase(); })).size;
      if (kinds > most) { most = kinds; best = line; first = hits.length ? hits[0][0] : 0; }
    });
    var wide = /[\u3400-\u9fff]/.test(best) ? size / 2 : size;
    var from = Math.max(0, Math.min(first - wide / 3, best.length - wide)), to = Math.min(best.length, from + wide);
    // Not through the middle of a word.
    while (from > 0 && from > first - wide && /[\w-]/.test(best[from - 1]) && /[\w-]/.test(best[from])) { from -= 1; }
    while (to < best.length && /[\w-]/.test(best[to - 1]) && /[\w-]/.test(best[to])) { to += 1; }
    from = Math.floor(from);
    to = Math.floor(to);
    return marked((from ? "…" : "") + best.slice(from, to) + (to < best.length ? "…" : ""), wanted);
  }

  function address(one, marks) {
    var file = window.location.protocol === "file:" ? "index.html" : "";
    var asked = marks.slice(0, MARKS).map(function (m) { return "h=" + encodeURIComponent(m); }).join("&");
    return root + one.page + "/" + file + (asked ? "?" + asked : "") + (one.anchor ? "#" + one.anchor : "");
  }

  function link(one, found, content) {
    var node = make("a", "clinref-search-link", content);
    node.href = address(one, found.marks);
    return node;
  }

  function answer(one, found, wanted) {
    var body = [make("span", "clinref-search-kind", labels[one.kind] || "")];
    if (one.kind === "fact") {
      // Exactly as the page prints it.
      var sentence = one.text.split("\n")[0];
      body.push(make("strong", "clinref-search-fact", one.title), make("span", "clinref-search-text", sentence));
      one.extra[0].split(" ‖ ").filter(Boolean).forEach(function (source) {
        body.push(make("span", "clinref-search-source", labels.source.replace("{source}", source)));
      });
    } else {
      body.push(make("strong", "", one.kind === "code" ? one.extra[0] + " " + one.title : marked(one.title, wanted)));
      if (one.kind === "term" && one.extra[0]) { body.push(make("span", "clinref-search-names", one.extra[0])); }
      var text = one.kind === "code" && !one.text ? one.pageTitle : one.text;
      if (text) { body.push(make("span", "clinref-search-text", one.kind === "term" ? marked(text, wanted) : snippet(text, wanted, ANSWER))); }
    }
    var where = [one.pageTitle, one.kind === "fact" || one.kind === "table" ? one.trail : ""].filter(Boolean).join(" › ");
    body.push(make("span", "clinref-search-where", where));
    return make("li", "clinref-search-answer", link(one, found, body));
  }

  function result(one, found, wanted) {
    var title = [marked(one.title || one.text.slice(0, 120), wanted)];
    var kind = one.kind !== "section" && one.kind !== "patient" && one.kind !== "page" && labels[one.kind];
    if (kind) { title.unshift(make("span", "clinref-search-kind", kind)); }
    var body = [make("strong", "", title)];
    if (one.title && one.text) { body.push(make("span", "clinref-search-text", snippet(one.text, wanted, SNIPPET))); }
    return make("li", "", link(one, found, body));
  }

  // Results that follow one another on a page stand under its title.
  function groups(results, found, wanted, list) {
    results.forEach(function (one) {
      var last = list.lastElementChild;
      if (!last || last.dataset.page !== one.page) {
        last = make("li", "clinref-search-group", [make("p", "clinref-search-page", one.pageTitle), make("ol")]);
        last.dataset.page = one.page;
        list.append(last);
      }
      last.lastElementChild.append(result(one, found, wanted));
    });
  }

  function show(found) {
    var wanted = clinrefWords.needles(found.marks);
    output.textContent = "";
    if (found.answers.length) {
      output.append(make("ol", "clinref-search-answers", found.answers.map(function (one) { return answer(one, found, wanted); })));
      output.lastElementChild.setAttribute("aria-label", labels.answers);
    }
    if (found.results.length) {
      var list = make("ol", "clinref-search-results");
      list.setAttribute("aria-label", labels.results);
      groups(found.results, found, wanted, list);
      output.append(list);
      if (found.total > found.results.length) { output.append(moreButton(found, wanted, list)); }
    }
    also.textContent = found.also.length ? labels.also.replace("{names}", found.also.slice(0, 6).join(labels.comma)) : "";
    also.hidden = !found.also.length;
    var count = found.total;
    status.textContent = count === 0 && !found.answers.length ? labels.none
      : (count === 1 ? labels.one : labels.count).replace("{n}", String(count));
  }

  function moreButton(found, wanted, list) {
    var button = make("button", "clinref-search-more", labels.more);
    button.type = "button";
    button.addEventListener("click", function () {
      found.more().then(function (results) {
        var before = new Set(list.querySelectorAll("a"));
        groups(results, found, wanted, list);
        found.results = found.results.concat(results);
        if (found.results.length >= found.total || !results.length) { button.remove(); }
        var fresh = Array.from(list.querySelectorAll("a")).find(function (a) { return !before.has(a); });
        if (fresh) { fresh.focus(); }
      }, fail);
    });
    return button;
  }

  function fail() { status.textContent = labels.error; }

  // For whoever waits for the answer, such as a test.
  function told(query) { dialog.dispatchEvent(new CustomEvent("clinref-found", { detail: query })); }

  function ask() {
    var query = input.value.trim(), mine = ++number;
    clearTimeout(timer);
    if (query === last) { told(query); return; }
    if (!query) {
      last = "";
      output.textContent = "";
      also.hidden = true;
      status.textContent = labels.hint;
      engine.open().catch(fail);
      return;
    }
    engine.search(query).then(function (found) {
      // An answer that comes after the next question is not shown.
      if (mine === number) { last = query; show(found); told(query); }
    }, function () { if (mine === number) { last = null; fail(); } });
  }

  function soon() { clearTimeout(timer); timer = setTimeout(ask, WAIT); }

  // Links by the arrow keys; Enter in the box opens the first.
  function links() { return Array.from(output.querySelectorAll("a, button")); }
  function step(event, by) {
    var all = links(), at = all.indexOf(document.activeElement) + by;
    if (!all.length) { return; }
    event.preventDefault();
    if (at < 0) { input.focus(); } else { all[Math.min(at, all.length - 1)].focus(); }
  }
  dialog.addEventListener("keydown", function (event) {
    if (event.isComposing) { return; }
    if (event.key === "ArrowDown") { step(event, 1); }
    if (event.key === "ArrowUp" && document.activeElement !== input) { step(event, -1); }
    if (event.key === "Enter" && document.activeElement === input) {
      event.preventDefault();
      if (input.value.trim() === last && links().length) { links()[0].click(); } else { ask(); }
    }
  });
  input.addEventListener("input", function (event) { if (!event.isComposing) { soon(); } });
  input.addEventListener("compositionend", soon);
  dialog.addEventListener("click", function (event) {
    if (event.target === dialog) { dialog.close(); return; }
    // A place on this very page is gone to without leaving it, so the dialog has to close.
    if (event.target.closest("a") && !event.ctrlKey && !event.metaKey && !event.shiftKey) { dialog.close(); }
  });
  return ask;
};
