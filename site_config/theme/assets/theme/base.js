// What the frame remembers, and where. The address of this file tells where the book lies, so both languages, at any
// depth, remember the same colors.
(function () {
  "use strict";
  var scope = new URL("../../../", document.currentScript.src).pathname;
  document.documentElement.className = "js";
  // A browser that keeps nothing (a private window, a sandboxed frame) throws: nothing is known then.
  window.__md_get = function (key) {
    try { return JSON.parse(localStorage.getItem(scope + "." + key)); } catch (e) { return null; }
  };
  window.__md_set = function (key, value) {
    try { localStorage.setItem(scope + "." + key, JSON.stringify(value)); } catch (e) { /* nothing is kept */ }
  };
})();
