// The switch of color scheme, set before anything below it is drawn: what was chosen last, else what the device prefers.
(function () {
  "use strict";
  var schemes = ["default", "slate"], dark = window.matchMedia("(prefers-color-scheme: dark)");
  var button = document.querySelector("[data-palette]"), chosen = window.__md_get("__palette");

  function show() {
    var scheme = chosen ? schemes[chosen.index] : schemes[dark.matches ? 1 : 0];
    document.body.setAttribute("data-md-color-scheme", scheme);
    ["aria-label", "title"].forEach(function (name) { button.setAttribute(name, button.getAttribute("data-" + scheme)); });
  }

  if (!chosen || !schemes[chosen.index]) { chosen = null; }
  show();
  button.hidden = false;
  button.addEventListener("click", function () {
    chosen = { index: document.body.getAttribute("data-md-color-scheme") === "slate" ? 0 : 1 };
    window.__md_set("__palette", chosen);
    show();
  });
  // Old browsers have the older name alone.
  if (dark.addEventListener) { dark.addEventListener("change", show); } else { dark.addListener(show); }
})();
