// Marks words in the article of a page that was opened from search, and offers to take the marks away.
window.clinrefHighlight = function (phrases, labels) {
  "use strict";
  var article = document.querySelector("article"), wanted = clinrefWords.needles(phrases.slice(0, 20));
  var MOST = 400;
  if (!article) { return; }
  var walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT, {
    acceptNode: function (node) {
      var parent = node.parentElement;
      var plain = parent.namespaceURI === "http://www.w3.org/1999/xhtml" && !parent.closest("script, style, svg, .headerlink");
      return plain ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_REJECT;
    }
  });
  var nodes = [], marks = [];
  while (walker.nextNode()) { nodes.push(walker.currentNode); }
  nodes.forEach(function (node) {
    if (marks.length >= MOST) { return; }
    // From the last to the first, so that the places before stay where they are.
    clinrefWords.find(node.data, wanted).reverse().forEach(function (hit) {
      var mark = document.createElement("mark");
      mark.className = "clinref-mark";
      var text = node.splitText(hit[0]);
      text.splitText(hit[1] - hit[0]);
      text.replaceWith(mark);
      mark.append(text);
      marks.push(mark);
    });
  });
  arrive();
  if (!marks.length) { return; }
  var bar = document.createElement("div"), said = document.createElement("span"), button = document.createElement("button");
  bar.className = "clinref-marked";
  bar.setAttribute("role", "status");
  said.textContent = (labels.marked || "").replace("{n}", String(marks.length));
  button.type = "button";
  button.textContent = labels.unmark || "";
  button.addEventListener("click", function () {
    marks.forEach(function (mark) {
      var parent = mark.parentNode;
      mark.replaceWith.apply(mark, Array.from(mark.childNodes));
      parent.normalize();
    });
    bar.remove();
    var address = new URL(window.location.href);
    address.searchParams.delete("h");
    window.history.replaceState(null, "", address.href);
  });
  bar.append(said, button);
  document.body.append(bar);

  // What the address names may lie in a part that is folded.
  function arrive() {
    var place = window.location.hash && document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    if (!place) { return; }
    for (var up = place; up; up = up.parentElement) { if (up.tagName === "DETAILS") { up.open = true; } }
    place.scrollIntoView();
  }
};
