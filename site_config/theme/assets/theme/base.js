// What the theme's scripts remember, and where: in place of its inline script, which a strict policy refuses. The address
// of this file tells where the book lies, so both languages, at any depth, remember the same colors.
(function () {
  "use strict";
  var scope = new URL("../../../", document.currentScript.src);
  window.__md_scope = scope;
  window.__md_hash = function (text) {
    return Array.from(text).reduce(function (sum, letter) { return (sum << 5) - sum + letter.charCodeAt(0); }, 0);
  };
  // A browser that keeps nothing (a private window, a sandboxed frame) throws: nothing is known then.
  window.__md_get = function (key, storage, place) {
    try { return JSON.parse((storage || localStorage).getItem((place || scope).pathname + "." + key)); } catch (e) { return null; }
  };
  window.__md_set = function (key, value, storage, place) {
    try { (storage || localStorage).setItem((place || scope).pathname + "." + key, JSON.stringify(value)); } catch (e) { /* nothing is kept */ }
  };
})();
