// What a page does in place: says what a term means, shows the source behind a number, gives the link to a statement and
// the report of a problem with it, copies and shares. Every one of them is a plain link or absent without this script.
(function () {
  "use strict";
  var holder = document.getElementById("clinref-words"), article = document.querySelector("article");
  if (!holder || !article) { return; }
  var words = holder.dataset, folder = document.currentScript.src.replace(/[^/]*$/, "");
  var DELAY = 300, GAP = 6, EDGE = 8, LONGEST = 300;
  var TRIGGERS = "a.ref-term, a.cite, a.statement-link";
  var known = {}, waiting = {}, timer = 0, pointer = "mouse", panel, opener = null, held = false, returning = false, wanted = null;

  function make(name, className, content) {
    var node = document.createElement(name);
    if (className) { node.className = className; }
    [].concat(content === undefined ? [] : content).forEach(function (child) { node.append(child); });
    return node;
  }

  function button(text, act) {
    var node = make("button", "", text);
    node.type = "button";
    node.addEventListener("click", act);
    return node;
  }

  // ---- the panel -------------------------------------------------------------------------------------------

  panel = make("div", "clinref-panel");
  panel.id = "clinref-panel";
  panel.hidden = true;
  panel.tabIndex = -1;
  document.body.append(panel);

  // Below the line that was asked about, above it where there is no room; never past the edge of the window.
  function place() {
    var lines = opener.getClientRects(), line = lines[0] || opener.getBoundingClientRect();
    var last = lines[lines.length - 1] || line, wide = document.documentElement.clientWidth;
    var top = last.bottom + GAP;
    if (top + panel.offsetHeight > window.innerHeight - EDGE && line.top - GAP - panel.offsetHeight > headroom()) {
      top = line.top - GAP - panel.offsetHeight;
    }
    var left = Math.max(EDGE, Math.min(line.left - EDGE, wide - EDGE - panel.offsetWidth));
    panel.style.top = top + window.pageYOffset + "px";
    panel.style.left = left + window.pageXOffset + "px";
  }

  // What the header, and the bar of sections below it, take of the window.
  function headroom() { return parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0; }

  // hold: the reader asked, so the panel takes the focus and stays; else it goes with the pointer or the focus.
  function open(link, content, hold) {
    close();
    opener = link;
    held = hold;
    panel.textContent = "";
    content.forEach(function (node) { panel.append(node); });
    panel.hidden = false;
    if (hold) {
      panel.setAttribute("role", "dialog");
      panel.setAttribute("aria-label", content[0].dataset.name || content[0].textContent);
      link.setAttribute("aria-expanded", "true");
      panel.append(button(words.close, function () { close(true); }));
      panel.lastChild.className = "clinref-panel-close";
    } else {
      panel.removeAttribute("role");
      panel.removeAttribute("aria-label");
      link.setAttribute("aria-describedby", panel.id);
    }
    place();
    if (hold) { panel.focus({ preventScroll: true }); reveal(); }
  }

  // A panel that the reader asked for is seen whole where the window has room for it.
  function reveal() {
    var box = panel.getBoundingClientRect(), below = box.bottom + EDGE - window.innerHeight;
    if (below > 0) { window.scrollBy(0, Math.min(below, box.top - headroom())); }
  }

  function close(back) {
    clearTimeout(timer);
    wanted = null;
    if (!opener) { return; }
    var link = opener;
    opener = null;
    panel.hidden = true;
    link.removeAttribute("aria-describedby");
    link.removeAttribute("aria-expanded");
    // The focus that comes back asks for nothing.
    if (back) { returning = true; link.focus({ preventScroll: true }); returning = false; }
  }

  // ---- what stands in it -----------------------------------------------------------------------------------

  function title(text) { return make("p", "clinref-panel-title", text); }

  function term(link, then) {
    var id = decodeURIComponent(link.hash.slice(1));
    fetchTerm(id, function (said) {
      var head = title(said.name);
      said.others.forEach(function (one) {
        var name = make("span", "clinref-panel-other", one[1]);
        name.lang = one[0];
        head.append(" ", name);
      });
      head.dataset.name = said.name;
      var more = make("a", "", words.seeGlossary);
      more.href = link.href;
      then([head, make("p", "", said.text), make("p", "clinref-panel-more", more)]);
    }, function () { then(null); });
  }

  // One small script a term: it loads from the disk too, and only when somebody asks.
  window.clinrefTerm = function (id, said) { known[id] = said; };
  function fetchTerm(id, found, failed) {
    if (known[id]) { found(known[id]); return; }
    (waiting[id] = waiting[id] || []).push([found, failed]);
    if (waiting[id].length > 1) { return; }
    script("terms/" + encodeURIComponent(id), function () {
      var all = waiting[id];
      delete waiting[id];
      all.forEach(function (one) { if (known[id]) { one[0](known[id]); } else { one[1](); } });
    });
  }

  // Fetches a script of ours; what comes after is done whether it was there or not.
  function script(name, then) {
    var tag = document.createElement("script");
    tag.src = folder + name + ".js";
    tag.onload = tag.onerror = function () { tag.remove(); then(); };
    document.head.append(tag);
  }

  function reference(link, then) {
    var entry = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!entry) { then(null); return; }
    var text = make("p");
    // The entry of the list, without what stands below it.
    (entry.querySelector("p.reference") || entry).childNodes.forEach(function (node) {
      if (!(node.nodeType === 1 && node.matches("p.term-line, .headerlink"))) { text.append(node.cloneNode(true)); }
    });
    text.querySelectorAll("[id]").forEach(function (node) { node.removeAttribute("id"); });
    var more = make("a", "", words.seeReferences);
    more.href = link.hash;
    then([title(words.referenceNumber.replace("{n}", link.textContent)), text, make("p", "clinref-panel-more", more)]);
  }

  function statement(link, then) {
    var row = make("p", "clinref-panel-more"), said = make("span", "clinref-panel-said");
    said.setAttribute("role", "status");
    row.append(button(words.copyLink, function () { copy(here(link.hash), said, words.linkCopied); }));
    if (words.report) {
      var report = make("a", "", words.reportStatement);
      report.href = reportOf(link);
      row.append(report);
    }
    then([title(words.permalink), row, said]);
  }

  // ---- addresses -------------------------------------------------------------------------------------------

  // The address of a place as others can open it: on the disk that is the published one.
  function here(hash) {
    var published = document.querySelector("link[rel=canonical]");
    var page = window.location.protocol === "file:" && published ? published.href : window.location.href;
    return page.replace(/[?#].*$/, "") + hash;
  }

  // As `address_of` in generator/render/report.py does it for the whole page.
  function reportOf(link) {
    var block = link.parentElement.cloneNode(true);
    block.querySelectorAll(".headerlink, .cites, .change-mark").forEach(function (node) { node.remove(); });
    var text = Array.from(block.textContent.replace(/\s+/g, " ").trim());
    text = text.slice(0, LONGEST).join("") + (text.length > LONGEST ? "…" : "");
    var heading = document.querySelector("h1").cloneNode(true);
    heading.querySelectorAll(".headerlink").forEach(function (node) { node.remove(); });
    var values = { "{title}": heading.textContent.trim(), "{version}": words.release };
    var subject = words.reportSubject.replace(/\{title\}|\{version\}/g, function (name) { return values[name]; });
    var lines = [
      words.reportPlace + words.colon + here(link.hash),
      words.version + words.colon + words.release,
      words.reportSaid + words.colon + text,
      "",
      words.reportWrong + words.colon
    ];
    var filled = { "{subject}": encodeURIComponent(subject), "{report}": encodeURIComponent(lines.join("\r\n")) };
    return words.report.replace(/\{subject\}|\{report\}/g, function (name) { return filled[name]; });
  }

  // Where the browser lets no page copy, the text stands selected.
  function copy(text, place, done) {
    function byHand() {
      var box = make("textarea", "clinref-panel-text");
      box.value = text;
      box.readOnly = true;
      box.setAttribute("aria-label", words.embedByHand);
      place.textContent = words.embedByHand;
      place.after(box);
      box.select();
    }
    if (place.nextElementSibling && place.nextElementSibling.matches(".clinref-panel-text")) { place.nextElementSibling.remove(); }
    if (!navigator.clipboard) { byHand(); return; }
    navigator.clipboard.writeText(text).then(function () { place.textContent = done; }, byHand);
  }

  // ---- what opens and closes it ----------------------------------------------------------------------------

  function content(link, then) {
    (link.matches(".ref-term") ? term : link.matches(".cite") ? reference : statement)(link, then);
  }

  function show(link, hold) {
    wanted = link;
    content(link, function (nodes) {
      // What comes when the reader has gone on would cover what is read now.
      if (wanted !== link) { return; }
      if (nodes) { open(link, nodes, hold); } else if (hold) { window.location.href = link.href; }
    });
  }

  function trigger(target) {
    var link = target.closest && target.closest(TRIGGERS);
    // A term of the glossary that stands on this page is gone to.
    return link && article.contains(link) ? link : null;
  }

  document.addEventListener("pointerdown", function (event) {
    pointer = event.pointerType;
    var at = opener || wanted;
    if (at && !panel.contains(event.target) && !at.contains(event.target)) { close(); }
  }, true);

  document.addEventListener("click", function (event) {
    var link = trigger(event.target);
    if (panel.contains(event.target)) {
      // The list of references lies on this page: what covers it goes.
      if (event.target.closest("a[href]")) { close(); }
      return;
    }
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) { return; }
    // Whoever points at a term has read its definition, so a click goes on to the glossary; a finger has not.
    if (link.matches(".ref-term") && !(event.detail && pointer === "touch")) { close(); return; }
    event.preventDefault();
    if (opener === link && held) { close(true); return; }
    if (link.matches(".statement-link")) { window.history.replaceState(null, "", link.hash); }
    show(link, true);
  });

  function later(act) { clearTimeout(timer); timer = setTimeout(act, DELAY); }

  document.addEventListener("pointerover", function (event) {
    if (event.pointerType === "touch" || (opener && held)) { return; }
    var link = trigger(event.target);
    if (link && !link.matches(".statement-link")) {
      if (link === opener) { clearTimeout(timer); } else { later(function () { show(link, false); }); }
    } else if (panel.contains(event.target)) {
      clearTimeout(timer);
    } else {
      later(close);
    }
  });
  document.documentElement.addEventListener("pointerleave", function () { if (!held) { later(close); } });

  document.addEventListener("focusin", function (event) {
    var link = trigger(event.target);
    if (returning) { return; }
    if (!panel.contains(event.target) && event.target !== (opener || wanted)) { close(); }
    if (link && link !== opener && link.matches(".ref-term") && pointer === "key") { show(link, false); }
  });

  document.addEventListener("keydown", function (event) {
    pointer = "key";
    if (!opener) { return; }
    if (event.key === "Escape") {
      event.preventDefault();
      close(held);
    } else if (event.key === "Tab" && held && panel.contains(document.activeElement)) {
      // The panel stands at the end of the page: past its edges one is back where one was.
      var all = panel.querySelectorAll("a[href], button, textarea");
      var edge = event.shiftKey ? [panel, all[0]] : [all[all.length - 1]];
      if (edge.indexOf(document.activeElement) >= 0) {
        if (event.shiftKey) { event.preventDefault(); }
        close(true);
      }
    }
  }, true);
  window.addEventListener("resize", function () { if (opener) { place(); } });

  // ---- the row under the title -----------------------------------------------------------------------------

  var today = new Date(), day = [today.getFullYear(), today.getMonth() + 1, today.getDate()].map(function (n) {
    return (n < 10 ? "0" : "") + n;
  }).join("-");
  document.querySelectorAll("[data-read-on]").forEach(function (place) {
    place.querySelector("time").textContent = day;
    place.hidden = false;
  });
  document.querySelectorAll("[data-copy], [data-share]").forEach(function (node) {
    var said = make("span", "clinref-panel-said");
    said.setAttribute("role", "status");
    node.hidden = false;
    node.after(said);
    node.addEventListener("click", function () {
      if (node.dataset.copy) {
        copy(document.getElementById(node.dataset.copy).textContent.trim(), said, words.embedCopied);
      } else if (navigator.share) {
        // A reader who thinks better of it is no fault.
        navigator.share({ title: document.title, url: here(window.location.hash) }).catch(function () {});
      } else {
        copy(here(window.location.hash), said, words.linkCopied);
      }
    });
  });

  // ---- figures in large --------------------------------------------------------------------------------------

  document.querySelectorAll("article figure.drawing").forEach(function (figure) {
    var button = figure.querySelector(".enlarge"), frame = figure.querySelector(".drawing-frame");
    if (!button || !frame || !window.HTMLDialogElement) { return; }
    // Without this the button is a link to the drawing's own file; so it is in a new tab or window.
    function enlarge(event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) { return; }
      event.preventDefault();
      if (window.clinrefLightbox) { window.clinrefLightbox(figure, button); return; }
      script("lightbox", function () { if (window.clinrefLightbox) { window.clinrefLightbox(figure, button); } });
    }
    button.setAttribute("role", "button");
    button.addEventListener("click", enlarge);
    // A link knows Enter alone, a button the space bar too.
    button.addEventListener("keydown", function (event) { if (event.key === " ") { enlarge(event); } });
    // The picture itself too, for a pointer; the keyboard has the button.
    frame.classList.add("is-large");
    frame.addEventListener("click", enlarge);
  });

  // ---- the sections, on a phone ----------------------------------------------------------------------------

  var bar = document.querySelector(".page-contents");
  if (!bar) { return; }
  var summary = bar.querySelector("summary"), list = bar.querySelector("ul"), links = Array.from(bar.querySelectorAll("a")), drawn = false;
  var headings = Array.from(article.querySelectorAll("h2[id], h3[id]"));
  var now = make("span", "page-contents-now"), shown = null;
  summary.append(now);
  bar.classList.add("page-contents-stays");
  document.documentElement.classList.add("clinref-has-bar");

  // The last section that has begun above the upper third of the window.
  function follow() {
    drawn = false;
    if (!bar.offsetHeight) { return; }
    var line = headroom() + window.innerHeight / 8, at = null;
    headings.forEach(function (heading) {
      if (heading.getBoundingClientRect().top > line) { return; }
      var link = links.find(function (one) { return one.hash === "#" + heading.id; });
      // A section of the second rank that the list leaves out belongs to the one above it.
      if (link || heading.tagName === "H2") { at = link || null; }
    });
    if (at === shown) { return; }
    if (shown) { shown.removeAttribute("aria-current"); }
    if (at) { at.setAttribute("aria-current", "location"); }
    shown = at;
    now.textContent = at ? words.colon + at.textContent : "";
  }
  function soon() { if (!drawn) { drawn = true; window.requestAnimationFrame(follow); } }
  window.addEventListener("scroll", soon, { passive: true });
  window.addEventListener("resize", soon);
  soon();
  bar.addEventListener("toggle", function () {
    // The list alone: scrollIntoView would move the page, too.
    if (bar.open && shown) { list.scrollTop = shown.offsetTop - list.clientHeight / 2; }
  });
  bar.addEventListener("click", function (event) { if (event.target.closest("a")) { bar.open = false; } });
  document.addEventListener("pointerdown", function (event) { if (bar.open && !bar.contains(event.target)) { bar.open = false; } });
  bar.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && bar.open) { bar.open = false; summary.focus(); }
  });
})();
