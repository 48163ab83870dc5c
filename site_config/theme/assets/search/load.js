// The parts of the index are scripts that call clinrefIndex(name, data): a browser loads those from the disk too, and
// under a policy that allows no scripts but the site's own. clinrefLoader(address) returns what loads them.
window.clinrefLoader = function (root) {
  "use strict";
  var waiting = {};
  window.clinrefIndex = function (name, data) {
    if (waiting[name]) { waiting[name](data); delete waiting[name]; }
  };
  return function (name) {
    return new Promise(function (resolve, reject) {
      var tag = document.createElement("script");
      waiting[name] = resolve;
      tag.src = root + "search/" + name + ".js";
      tag.onload = function () { tag.remove(); };
      tag.onerror = function () { tag.remove(); delete waiting[name]; reject(new Error(tag.src)); };
      document.head.appendChild(tag);
    });
  };
};
