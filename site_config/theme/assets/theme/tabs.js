// The tabs chosen last, and the tab that the address names. In place of the theme's inline scripts.
(function () {
  "use strict";
  var names = document.currentScript.hasAttribute("data-linked") && window.__md_get("__tabs"), target;
  if (Array.isArray(names)) {
    document.querySelectorAll(".tabbed-set").forEach(function (set) {
      var labels = Array.from(set.querySelectorAll(".tabbed-labels label"));
      names.some(function (name) {
        var label = labels.find(function (one) { return one.innerText.trim() === name; });
        if (label) { document.getElementById(label.htmlFor).checked = true; }
        return label;
      });
    });
  }
  target = document.getElementById(location.hash.slice(1));
  if (target && target.name) { target.checked = target.name.indexOf("__tabbed_") === 0; }
})();
