// Lets a reader choose what to embed: fills in the lines to copy and shows what a host would show. The choices are the
// links of the list below it, which is all there is without this script. #<topic> or #<topic>/<part> in the address
// chooses, and follows the choice, so that it can be shared.
(function () {
  "use strict";
  var form = document.getElementById("choose"), part = form.elements.part, theme = form.elements.theme;
  var preview = document.getElementById("preview"), links = document.querySelectorAll("#all a[data-kind]"), group;
  function each(list, act) { Array.prototype.forEach.call(list, act); }

  each(links, function (link, index) {
    // The address chooses: the browser has nowhere to go for it, past the choice, as it has without this script.
    link.dataset.name = link.id;
    link.removeAttribute("id");
    if (link.dataset.kind === "topic") {
      group = part.appendChild(document.createElement("optgroup"));
      group.label = link.textContent;
    }
    var option = group.appendChild(document.createElement("option"));
    option.value = index;
    option.textContent = link.dataset.label + (link.dataset.kind === "topic" ? " · " + form.dataset.whole : "");
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
    each(form.querySelectorAll("textarea"), function (area) {
      area.value = area.dataset.lines.replace(/\{(attributes|address|full|title)\}/g, function (all, name) { return filled[name]; });
    });
    // What was copied is no longer what stands there.
    each(form.querySelectorAll(".copied"), function (place) { place.textContent = ""; });
    // The other language shows the same part.
    each(document.querySelectorAll("a.language"), function (link) { link.hash = chosen.dataset.name; });
    var embed = document.createElement("clinref-embed"), link = embed.appendChild(document.createElement("a"));
    link.href = chosen.href;
    link.textContent = chosen.dataset.title;
    embed.lang = document.documentElement.lang;
    Object.keys(attributes).forEach(function (name) { embed.setAttribute(name, attributes[name]); });
    preview.textContent = "";
    preview.appendChild(embed);
  }
  // The part that the address names, or the first.
  function choose() {
    part.value = 0;
    each(links, function (link, index) { if ("#" + link.dataset.name === location.hash) part.value = index; });
    show();
  }

  function copy(event) {
    var button = event.currentTarget, area = document.getElementById(button.dataset.copies);
    var place = button.nextElementSibling;
    function tell(done) { place.textContent = done ? form.dataset.copied : form.dataset.byHand; }
    // Over plain http, as in many an intranet, there is no clipboard, but the old command; and where a browser or a
    // policy refuses both, the text stays selected for the reader's keys.
    function byCommand() {
      area.focus();
      area.select();
      var done = false;
      try { done = document.execCommand("copy"); } catch (refused) { /* Told as not done. */ }
      // The reader goes on from the button.
      if (done) button.focus();
      tell(done);
    }
    if (navigator.clipboard && navigator.clipboard.writeText) {
      navigator.clipboard.writeText(area.value).then(function () { tell(true); }, byCommand);
    } else byCommand();
  }

  form.addEventListener("change", function (event) {
    // From the disk too; a choice is no step to go back to.
    if (event.target === part) history.replaceState(null, "", "#" + links[part.value].dataset.name);
    show();
  });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  each(form.querySelectorAll("button"), function (button) { button.addEventListener("click", copy); });
  window.addEventListener("hashchange", choose);
  form.hidden = false;
  document.getElementById("shown").hidden = false;
  choose();
  // Where it went there before this script ran, it comes back.
  if (location.hash && document.activeElement !== document.body) document.activeElement.blur();
  if (location.hash) window.scrollTo(0, 0);
})();
