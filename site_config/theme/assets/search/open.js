// The button and the key that open search; all that search needs is loaded then, not before.
// A link with ?q=words opens it with them; ?h=words, as results link, marks the words on the page.
(function () {
  "use strict";
  var dialog = document.getElementById("clinref-search");
  var folder = document.currentScript.src.replace(/[^/]*$/, "");
  var started = null;

  function script(name) {
    return new Promise(function (resolve, reject) {
      var tag = document.createElement("script");
      tag.src = folder + name + ".js";
      tag.async = false; // in the order in which they are asked for
      tag.onload = resolve;
      tag.onerror = function () { tag.remove(); reject(new Error(tag.src)); };
      document.head.appendChild(tag);
    });
  }

  function start(names) { return Promise.all(names.map(script)); }

  // A search that could not be loaded is tried again when it is opened again.
  function open(query) {
    if (!dialog.open) { dialog.showModal(); }
    var input = dialog.querySelector("input");
    input.focus();
    input.select();
    if (!started) {
      started = start(["snowball", "words", "load", "engine", "dialog"]).then(function () { return window.clinrefDialog(dialog, folder); });
      started.catch(function () {
        started = null;
        dialog.querySelector("[data-search-status]").textContent = dialog.dataset.error;
      });
    }
    started.then(function (ask) { if (query) { input.value = query; } ask(); }, function () {});
  }

  var asked = new URLSearchParams(window.location.search);
  if (asked.getAll("h").length) {
    start(["snowball", "words", "highlight"]).then(function () {
      window.clinrefHighlight(asked.getAll("h"), dialog ? dialog.dataset : {});
    }, function () { /* The page reads without the marks. */ });
  }
  if (!dialog || !dialog.showModal) { return; }
  document.querySelectorAll("[data-search-open]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { open(button.dataset.searchQuery || ""); });
  });
  document.addEventListener("keydown", function (event) {
    // With a key beside it: a letter alone would answer to whoever dictates, too (WCAG 2.1.4).
    var chord = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
    if (!dialog.open && chord) { event.preventDefault(); open(""); }
  });
  if (asked.get("q")) { open(asked.get("q")); }
})();
