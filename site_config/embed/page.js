// Lets a reader choose what to embed: fills in the lines to copy and shows what a host would show. The choices are the
// links of the list below it, which is all there is without this script. #<topic> in the address chooses a topic.
(function () {
  "use strict";
  var form = document.getElementById("choose"), part = form.elements.part, theme = form.elements.theme;
  var preview = document.getElementById("preview"), links = document.querySelectorAll("#all a[data-kind]"), group;
  Array.prototype.forEach.call(links, function (link, index) {
    if (link.dataset.kind === "topic") {
      group = part.appendChild(document.createElement("optgroup"));
      group.label = link.textContent;
    }
    var option = group.appendChild(document.createElement("option"));
    option.value = index;
    option.textContent = link.dataset.label + (link.dataset.kind === "topic" ? " · " + form.dataset.whole : "");
    option.selected = link.dataset.kind === "topic" && "#" + link.dataset.topic === location.hash;
  });

  function escaped(text) {
    return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
  }
  function show() {
    var chosen = links[part.value], kind = chosen.dataset.kind, attributes = { topic: chosen.dataset.topic };
    if (kind !== "topic") attributes[kind] = chosen.dataset.id;
    if (theme.value) attributes.theme = theme.value;
    var filled = {
      attributes: Object.keys(attributes).map(function (name) { return " " + name + '="' + attributes[name] + '"'; }).join(""),
      address: chosen.dataset.address + (theme.value ? "?theme=" + theme.value : ""),
      full: escaped(chosen.dataset.full),
      title: escaped(chosen.dataset.title)
    };
    Array.prototype.forEach.call(form.querySelectorAll("textarea"), function (area) {
      area.value = area.dataset.lines.replace(/\{(attributes|address|full|title)\}/g, function (all, name) { return filled[name]; });
    });
    var embed = document.createElement("clinref-embed"), link = embed.appendChild(document.createElement("a"));
    link.href = chosen.href;
    link.textContent = chosen.dataset.title;
    embed.lang = document.documentElement.lang;
    Object.keys(attributes).forEach(function (name) { embed.setAttribute(name, attributes[name]); });
    preview.textContent = "";
    preview.appendChild(embed);
  }
  function copy(event) {
    var button = event.target, area = button.form.querySelector("#" + button.dataset.copies);
    area.select();
    function told() { button.nextElementSibling.textContent = form.dataset.copied; }
    // The old command also works over plain http, as in many an intranet, where there is no clipboard.
    if (document.execCommand("copy")) told();
    else if (navigator.clipboard) navigator.clipboard.writeText(area.value).then(told);
  }
  form.addEventListener("change", show);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  Array.prototype.forEach.call(form.querySelectorAll("button"), function (button) { button.addEventListener("click", copy); });
  form.hidden = false;
  document.getElementById("shown").hidden = false;
  show();
})();
