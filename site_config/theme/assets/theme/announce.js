// An announcement that the reader has dismissed stays away. In place of the theme's inline script.
(function () {
  "use strict";
  var banner = document.querySelector("[data-md-component=announce]"), content = banner && banner.querySelector(".md-typeset");
  if (content && window.__md_hash(content.innerHTML) === window.__md_get("__announce")) { banner.hidden = true; }
})();
