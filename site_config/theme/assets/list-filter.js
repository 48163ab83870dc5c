// Narrows a long list while the reader types or chooses. Entries ([data-item]) that do not fit are hidden; without
// this script all are shown. What an entry is found by: its text, and in data-find its other names and pinyin.
(function () {
  "use strict";
  var form = document.querySelector("[data-list-filter]");
  if (!form) { return; }
  var items = Array.from(document.querySelectorAll("[data-item]"));
  var groups = Array.from(document.querySelectorAll("[data-filter-group]"));
  var input = form.querySelector("input"), order = form.querySelector("[data-filter-order]");
  var choices = Array.from(form.querySelectorAll("[data-filter-by]"));
  var status = form.querySelector("[data-filter-status]"), reset = form.querySelector("[data-filter-reset]");
  var search = form.querySelector("[data-filter-search]");
  var texts = null;

  function plain(text) { return text.normalize("NFKC").toLowerCase(); }

  function fits(item, number, words) {
    var text = words.length ? texts[number] : "";
    return words.every(function (word) { return text.indexOf(word) >= 0; }) && choices.every(function (choice) {
      var has = " " + (item.getAttribute("data-" + choice.getAttribute("data-filter-by")) || "") + " ";
      return !choice.value || has.indexOf(" " + choice.value + " ") >= 0;
    });
  }

  function narrow() {
    var words = plain(input.value).split(/\s+/).filter(Boolean), shown = 0;
    var active = words.length || choices.some(function (choice) { return choice.value; });
    texts = texts || items.map(function (item) {
      // Numbers of citations and the names of pages that use an entry say nothing of the entry.
      var text = item.cloneNode(true);
      text.querySelectorAll(".cites, .uses, .headerlink").forEach(function (part) { part.remove(); });
      return plain(text.textContent + " " + (item.getAttribute("data-find") || ""));
    });
    items.forEach(function (item, number) {
      item.hidden = !fits(item, number, words);
      if (!item.hidden) { shown += 1; }
    });
    groups.forEach(function (group) {
      var heading = group.querySelector("h2[id]");
      var link = heading && document.querySelector(".letters a[href='#" + heading.id + "']");
      group.hidden = !group.querySelector("[data-item]:not([hidden])");
      if (link) { link.hidden = group.hidden; }
    });
    status.textContent = !active ? "" : shown ? form.dataset.shown.replace("{n}", shown).replace("{m}", items.length) : form.dataset.none;
    reset.hidden = !active;
    search.hidden = !words.length;
    search.setAttribute("data-search-query", input.value.trim());
  }

  function sort() {
    var by = order.value, list = items.slice();
    // Numbers, the greatest first, but the list's own order from its beginning; what is equal stays in that order.
    list.sort(function (a, b) {
      var own = a.dataset.item - b.dataset.item;
      return by === "number" ? own : (b.getAttribute("data-" + by) || 0) - (a.getAttribute("data-" + by) || 0) || own;
    });
    list.forEach(function (item) { item.parentNode.append(item); });
  }

  // A place that a link leads to is shown, whatever is chosen; `#category-…` chooses a category.
  function arrive() {
    var name = decodeURIComponent(window.location.hash.slice(1));
    var place = name && document.getElementById(name), category = /^category-(.+)$/.exec(name);
    if (place && place.closest("[hidden]")) {
      // Not by the form's own reset, which brings the reader back to its field.
      input.value = "";
      choices.forEach(function (choice) { choice.value = ""; });
      narrow();
      place.scrollIntoView();
    }
    choices.forEach(function (choice) {
      if (!place && category && choice.getAttribute("data-filter-by") === "category") { choice.value = category[1]; narrow(); }
    });
  }

  form.addEventListener("input", function (event) {
    if (event.target === order) { sort(); } else if (!event.isComposing) { narrow(); }
  });
  form.addEventListener("compositionend", narrow);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function () {
    // The fields are empty only after this event.
    setTimeout(function () { narrow(); if (order) { sort(); } input.focus(); });
  });
  window.addEventListener("hashchange", arrive);
  // A browser that goes back fills the fields again.
  window.addEventListener("pageshow", function () { if (order) { sort(); } narrow(); arrive(); });
})();
