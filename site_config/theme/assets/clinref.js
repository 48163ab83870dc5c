// Classic script: works from file:// and under script-src 'self'. Everything here is an extra; the page reads without it.
(function () {
  "use strict";
  // From the disk the address of a folder shows a list of files: name the page in it.
  if (window.location.protocol === "file:") {
    document.querySelectorAll("a[href]").forEach(function (link) {
      link.setAttribute("href", link.getAttribute("href").replace(
        /^(?:[^?#:]*\/|(?:[^?#:]*\/)?\.\.?)(?=[?#]|$)/,
        function (folder) { return folder.replace(/\/?$/, "/index.html"); }
      ));
    });
  }
  // The switch between the pages for professionals and for patients keeps the section, where both pages have it.
  document.querySelectorAll("a[data-sections]").forEach(function (link) {
    var plain = link.getAttribute("href"), ids = link.getAttribute("data-sections").split(" ");
    link.addEventListener("click", function () {
      var here = "";
      ids.forEach(function (id) {
        var heading = document.getElementById(id);
        if (heading && heading.getBoundingClientRect().top < window.innerHeight / 2) { here = "#" + id; }
      });
      link.setAttribute("href", plain + here);
    });
  });
  // The language switch keeps the reader at the same statement.
  document.querySelectorAll("[data-language-switch]").forEach(function (link) {
    var plain = link.getAttribute("href");
    link.addEventListener("click", function () {
      link.setAttribute("href", plain + window.location.hash);
      try { window.localStorage.setItem("clinref-language", link.getAttribute("hreflang")); } catch (e) { /* private mode */ }
    });
  });
})();
