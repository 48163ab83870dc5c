// Sends a reader on to the language chosen last, or to the browser's; ?choose stays here. Without a script both links stand.
(function () {
  "use strict";
  if (window.location.search === "?choose") return;
  var links = {}, wanted = [];
  document.querySelectorAll("[data-language]").forEach(function (a) { links[a.getAttribute("data-language")] = a.href; });
  try { wanted.push(window.localStorage.getItem("clinref-language")); } catch (e) { /* private mode */ }
  (navigator.languages || [navigator.language || ""]).forEach(function (l) { wanted.push(l.slice(0, 2).toLowerCase()); });
  for (var i = 0; i < wanted.length; i++) if (wanted[i] && links[wanted[i]]) { window.location.replace(links[wanted[i]]); return; }
})();
