// The figures of a page in large, one after the other: arrows, Escape, zoom. topic.js fetches this when
// one is to be enlarged; without scripts the same link leads to the file of the drawing or of the picture.
(function () {
  "use strict";
  var figures = Array.from(document.querySelectorAll("article figure.drawing"));
  var dialog = document.createElement("dialog"), words = document.getElementById("clinref-words").dataset, ZOOMS = [1, 1.5, 2, 3, 4], at = 0, zoom = 0, opener = null, buttons = {};

  function make(name, className, parent) {
    var node = document.createElement(name);
    node.className = className;
    parent.append(node);
    return node;
  }
  dialog.className = "clinref-lightbox md-typeset";
  var head = make("div", "clinref-lightbox-head", dialog), stage = make("div", "clinref-lightbox-stage", dialog);
  var title = make("p", "clinref-lightbox-title", head), caption = make("div", "clinref-lightbox-caption", dialog);
  title.id = "clinref-lightbox-title";
  title.setAttribute("aria-live", "polite");
  dialog.setAttribute("aria-labelledby", title.id);
  stage.tabIndex = 0;
  stage.setAttribute("role", "group");
  stage.setAttribute("aria-labelledby", title.id);
  [
    ["figurePrevious", "‹", function () { go(-1); }], ["figureNext", "›", function () { go(1); }],
    ["zoomOut", "−", function () { scale(-1); }], ["zoomIn", "+", function () { scale(1); }],
    ["close", "×", function () { dialog.close(); }]
  ].forEach(function (one) {
    var node = make("button", "clinref-lightbox-button", head);
    node.type = "button";
    node.textContent = one[1];
    node.title = words[one[0]];
    node.setAttribute("aria-label", words[one[0]]);
    node.addEventListener("click", one[2]);
    buttons[one[0]] = node;
  });
  document.body.append(dialog);

  function show() {
    var figure = figures[at], drawn = figure.querySelector(".drawing-frame > svg, .drawing-frame > img");
    var copy = drawn.cloneNode(true), name = figure.querySelector(".exhibit-title");
    copy.removeAttribute("loading");
    // The large file, not the one that fits the column.
    if (copy.tagName === "IMG") { copy.sizes = "400vw"; }
    stage.textContent = "";
    stage.append(copy);
    title.textContent = name ? name.textContent.trim() : "";
    caption.textContent = "";
    figure.querySelectorAll("figcaption > p").forEach(function (line) {
      if (!line.matches(".exhibit-title") && !line.querySelector(".enlarge")) { caption.append(line.cloneNode(true)); }
    });
    // Places of the page that this lies over cannot be gone to from here.
    caption.querySelectorAll(".cites").forEach(function (node) { node.remove(); });
    caption.querySelectorAll("a[class^=ref-]").forEach(function (node) { node.replaceWith.apply(node, Array.from(node.childNodes)); });
    buttons.figurePrevious.disabled = at === 0;
    buttons.figureNext.disabled = at === figures.length - 1;
    zoom = 0;
    fit();
  }

  // The whole drawing fits; larger than that it scrolls in its frame.
  function fit() {
    var picture = stage.firstChild, box = picture.viewBox && picture.viewBox.baseVal;
    var shape = box && box.width ? box.width / box.height : Number(picture.getAttribute("width")) / Number(picture.getAttribute("height"));
    var width = Math.min(stage.clientWidth, stage.clientHeight * shape) * ZOOMS[zoom];
    var x = (stage.scrollLeft + stage.clientWidth / 2) / stage.scrollWidth, y = (stage.scrollTop + stage.clientHeight / 2) / stage.scrollHeight;
    picture.style.width = width + "px";
    picture.style.height = width / shape + "px";
    stage.scrollLeft = x * stage.scrollWidth - stage.clientWidth / 2;
    stage.scrollTop = y * stage.scrollHeight - stage.clientHeight / 2;
    stage.classList.toggle("is-zoomed", zoom > 0);
    buttons.zoomOut.disabled = zoom === 0;
    buttons.zoomIn.disabled = zoom === ZOOMS.length - 1;
  }

  // A button that can do no more must not keep the focus from whoever uses it by keyboard.
  function settle() { if (dialog.contains(document.activeElement) && document.activeElement.disabled) { stage.focus(); } }
  function go(by) {
    if (figures[at + by]) { at += by; show(); settle(); }
  }
  function scale(by) {
    if (ZOOMS[zoom + by]) { zoom += by; fit(); settle(); }
  }

  // figure: the one to begin with; button: what takes the focus back.
  window.clinrefLightbox = function (figure, button) {
    at = figures.indexOf(figure);
    opener = button;
    dialog.showModal();
    show();
    stage.focus();
  };

  dialog.addEventListener("close", function () {
    stage.textContent = "";
    caption.textContent = "";
    if (opener) { opener.focus(); }
  });
  dialog.addEventListener("click", function (event) { if (event.target === dialog) { dialog.close(); } });
  dialog.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    // Enlarged, the arrows move the picture, as they do in every frame that scrolls.
    var act = {
      ArrowLeft: zoom ? null : function () { go(-1); }, ArrowRight: zoom ? null : function () { go(1); },
      "+": function () { scale(1); }, "=": function () { scale(1); }, "-": function () { scale(-1); }
    }[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  window.addEventListener("resize", function () { if (dialog.open) { fit(); } });
})();
