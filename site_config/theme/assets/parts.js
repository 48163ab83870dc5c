// Of a list on several pages: whoever comes for an entry that another of them has is sent on to it. Addresses that
// were noted or published name the list alone, and an entry moves when others come in before it.
(function () {
  "use strict";
  var script = document.currentScript, folder = script.src.replace(/[^/]*$/, ""), list = script.dataset.list, places = null;

  function name() {
    try { return decodeURIComponent(window.location.hash.slice(1)); } catch (e) { return ""; }
  }

  function arrive() {
    var id = name();
    if (!id || document.getElementById(id)) { return; }
    if (!places) {
      var tag = document.createElement("script");
      tag.src = folder + "parts/" + list + ".js";
      document.head.append(tag);
    } else if (Object.prototype.hasOwnProperty.call(places, id)) {
      var file = window.location.protocol === "file:" ? "index.html" : "";
      window.location.replace(folder + "../" + list + "/" + places[id] + "/" + file + "#" + encodeURIComponent(id));
    }
  }

  window.clinrefParts = function (found) { places = found; arrive(); };
  window.addEventListener("hashchange", arrive);
  arrive();
})();
