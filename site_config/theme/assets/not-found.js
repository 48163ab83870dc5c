// On the page that is shown in place of a missing one: the words of its address become the search's query.
(function () {
  "use strict";
  var label = document.querySelector("[data-not-found]");
  // The folder of this language, so that its own name is not taken for a word.
  var root = new URL("../", document.currentScript.src).pathname;
  var path = window.location.pathname;
  if (!label || path === root + "404.html") { return; }
  if (path.indexOf(root) === 0) { path = path.slice(root.length); }
  try { path = decodeURIComponent(path); } catch (e) { /* Cut within a character: read as it is. */ }
  // The last part that says something: neither the page of a folder, nor an ending.
  var parts = path.split("/").map(function (part) {
    return part.replace(/\.[a-z0-9]{2,5}$/i, "").split(/[^\p{L}\p{N}]+/u).filter(Boolean).join(" ");
  }).filter(function (part) { return part && part !== "index"; });
  var words = (parts.pop() || "").slice(0, 80);
  if (!words) { return; }
  label.textContent = label.getAttribute("data-not-found").replace("{words}", function () { return words; });
  label.closest("button").setAttribute("data-search-query", words);
})();
