// Runs in the page of a host: <clinref-embed lang="en" topic="…" section="…"><a href="…">…</a></clinref-embed> becomes
// a frame as high as its content. figure, table or flow may stand for section, and theme="dark" or "light" sets colors.
// The link inside is what is read without this script, and stays where the frame is refused. A frame that the host wrote
// inside is used as it is. No cookie, no storage, no style element: it runs under a strict content security policy.
(function () {
  "use strict";
  // The longest topic is some 55,000 px in a frame as narrow as a phone.
  var TYPE = "clinref-embed", VERSION = 1, LEAST = 50, MOST = 100000;
  var SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox";
  var ID = /^[a-z0-9]+(-[a-z0-9]+)*$/, EXHIBITS = ["figure", "table", "flow"];
  var script = document.currentScript;
  if (!script || !window.customElements || customElements.get(TYPE)) return;
  // This file is <site>/embed/v1/<name>.
  var site = new URL("../../", script.src);

  // The address that the attributes name; "" where one is missing or is no id.
  function address(element) {
    function id(name) { var value = element.getAttribute(name) || ""; return ID.test(value) ? value : ""; }
    if (!id("lang") || !id("topic")) return "";
    var path = "embed/" + id("lang") + "/" + id("topic") + "/";
    var exhibit = EXHIBITS.filter(id)[0];
    if (exhibit) path += exhibit + "/" + id(exhibit) + "/";
    else if (element.hasAttribute("section")) { if (!id("section")) return ""; path += id("section") + "/"; }
    // From a disk no server looks for the index of a folder.
    if (site.protocol === "file:") path += "index.html";
    var theme = element.getAttribute("theme");
    return new URL(path, site).href + (theme === "dark" || theme === "light" ? "?theme=" + theme : "");
  }

  // A sandbox takes a frame's origin away: its own, or one that this page itself lies in.
  function isFrom(event, frame) {
    if (event.source !== frame.contentWindow) return false;
    var sandbox = frame.getAttribute("sandbox");
    if (sandbox !== null && !/(^|\s)allow-same-origin(\s|$)/i.test(sandbox)) return event.origin === "null";
    if (site.protocol === "file:") return event.origin === "file://" || event.origin === "null";
    return event.origin === site.origin || (window.origin === "null" && event.origin === "null");
  }

  function heightIn(data) {
    if (data === null || typeof data !== "object" || data.type !== TYPE || data.v !== VERSION) return 0;
    if (typeof data.height !== "number" || !isFinite(data.height)) return 0;
    return Math.min(MOST, Math.max(LEAST, Math.ceil(data.height)));
  }

  class Embed extends HTMLElement {
    static get observedAttributes() { return ["lang", "topic", "section", "theme"].concat(EXHIBITS); }

    connectedCallback() {
      this.hear = this.hear.bind(this);
      window.addEventListener("message", this.hear);
      // The parser may not have read what stands inside yet.
      if (document.readyState === "loading") {
        document.addEventListener("DOMContentLoaded", this.show.bind(this), { once: true });
      } else this.show();
    }

    disconnectedCallback() { window.removeEventListener("message", this.hear); }

    attributeChangedCallback() { if (this.frame && this.made) this.show(); }

    show() {
      if (!this.isConnected) return;
      if (!this.frame) this.frame = this.querySelector("iframe");
      var wanted = address(this);
      if (this.frame && !this.made) return;
      if (!wanted) return;
      if (!this.frame) {
        var frame = document.createElement("iframe"), link = this.querySelector("a");
        frame.title = link ? link.textContent : "clinref";
        // On a disk a sandbox would keep the embed from its own style sheet.
        if (site.protocol !== "file:") frame.setAttribute("sandbox", SANDBOX);
        // The address of a page inside a hospital is nobody's business.
        frame.referrerPolicy = "no-referrer";
        frame.style.display = "block";
        frame.style.width = "100%";
        frame.style.height = LEAST + "px";
        frame.style.border = "0";
        this.made = true;
        this.frame = frame;
        frame.src = wanted;
        this.appendChild(frame);
      } else if (this.frame.src !== wanted) this.frame.src = wanted;
    }

    hear(event) {
      if (!this.frame || !isFrom(event, this.frame)) return;
      var height = heightIn(event.data);
      if (!height) return;
      // Whatever the style sheet of the host says of boxes: a border is not part of it.
      this.frame.style.boxSizing = "content-box";
      this.frame.style.height = height + "px";
      // It is there and can be read, so the link need not stand beside it.
      Array.prototype.forEach.call(this.children, function (child) { if (child.tagName === "A") child.hidden = true; });
    }
  }
  customElements.define(TYPE, Embed);
})();
