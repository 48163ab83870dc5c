// Runs in an embed, before it is painted: sets the theme that the host names, and tells the height of the content.
// Stores nothing and asks for nothing; without it the embed is read all the same.
(function () {
  "use strict";
  var root = document.documentElement, theme = /[?&]theme=(dark|light)(?:&|$)/.exec(location.search);
  if (theme) root.setAttribute("data-theme", theme[1]);
  document.addEventListener("DOMContentLoaded", function () {
    var content = document.getElementById("embed");
    // The other language keeps the theme.
    content.querySelectorAll("a.language").forEach(function (link) { link.search = location.search; });
    if (window.parent === window || !window.ResizeObserver) return;
    // A height is no secret, and a host may be any origin.
    function tell() {
      // A frame out of sight may have no width yet, and a text without width has no end.
      if (content.clientWidth < 64) return;
      var height = Math.ceil(content.getBoundingClientRect().height);
      window.parent.postMessage({ type: "clinref-embed", v: 1, height: height }, "*");
    }
    // A browser lets the observer of a frame that is out of sight wait: its first height is told at once.
    tell();
    window.addEventListener("load", tell);
    new ResizeObserver(tell).observe(content);
  });
})();
