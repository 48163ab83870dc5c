// What became of one version of this book. Written at every build; a copy of an older page that loads it learns of a
// withdrawal. Fills <p data-clinref-version="VERSION" hidden></p> in the language around it and shows it.
(function (state) {
  "use strict";
  window.clinrefVersion = state;
  function show() {
    if (state.state !== "withdrawn") return;
    document.querySelectorAll("[data-clinref-version]").forEach(function (place) {
      if (place.getAttribute("data-clinref-version") !== state.version) return;
      var around = place.closest("[lang]"), lang = around ? around.getAttribute("lang") : "";
      if (!Object.prototype.hasOwnProperty.call(state.text, lang)) lang = Object.keys(state.text)[0];
      var link = document.createElement("a");
      link.href = state.url[lang];
      link.textContent = state.link[lang];
      place.textContent = state.text[lang] + " ";
      place.appendChild(link);
      place.setAttribute("lang", lang);
      place.setAttribute("role", "alert");
      place.hidden = false;
    });
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", show); else show();
})(STATE);
