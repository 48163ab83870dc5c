// The colors chosen last, set before anything is drawn. In place of the theme's inline script.
(function () {
  "use strict";
  var chosen = window.__md_get("__palette"), color = chosen && chosen.color, option;
  if (!color) { return; }
  if (color.media === "(prefers-color-scheme)") {
    option = document.querySelector("[data-md-color-media='(prefers-color-scheme: " +
      (matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark") + ")']");
    ["media", "scheme", "primary", "accent"].forEach(function (key) { color[key] = option.getAttribute("data-md-color-" + key); });
  }
  Object.keys(color).forEach(function (key) { document.body.setAttribute("data-md-color-" + key, color[key]); });
})();
