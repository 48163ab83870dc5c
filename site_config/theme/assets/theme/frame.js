// What the frame around a page does: the drawer, the title in the header, the place in the list of contents, the way back
// up. In place of the theme's script, twenty times as large. Without it the page reads, and the drawer still opens.
(function () {
  "use strict";
  var page = document.documentElement;
  var drawer = document.getElementById("__drawer"), menu = document.querySelector("[data-drawer]");
  var sidebar = document.querySelector(".md-sidebar--primary"), overlay = document.querySelector(".md-overlay");
  var header = document.querySelector(".md-header"), heading = document.querySelector(".md-content h1");
  var title = document.querySelector("[data-header-title]"), up = document.querySelector("[data-top]");
  var contents = document.querySelector(".md-sidebar--secondary");

  // -- the drawer ------------------------------------------------------------------------------------------------------

  function close(back) {
    if (!drawer.checked) { return; }
    drawer.checked = false;
    drawer.dispatchEvent(new Event("change"));
    if (back) { menu.focus(); }
  }

  if (drawer && menu && sidebar) {
    menu.hidden = false;
    menu.addEventListener("click", function () { drawer.click(); });
    drawer.addEventListener("change", function () {
      menu.setAttribute("aria-expanded", String(drawer.checked));
      page.classList.toggle("clinref-drawer-open", drawer.checked);
      if (drawer.checked) { (sidebar.querySelector("[aria-current]") || sidebar.querySelector("a")).focus(); }
    });
    sidebar.addEventListener("click", function (event) { if (event.target.closest("a[href]")) { close(false); } });
    document.addEventListener("keydown", function (event) { if (event.key === "Escape") { close(true); } });
    // Who leaves the drawer with the keyboard has closed it: nothing is focused behind it.
    sidebar.addEventListener("focusout", function (event) {
      if (event.relatedTarget && event.relatedTarget !== menu && !sidebar.contains(event.relatedTarget)) { close(false); }
    });
    // A page that the browser brings back may have kept the check.
    window.addEventListener("pageshow", function () { close(false); });
    if (overlay) { overlay.setAttribute("aria-hidden", "true"); }
  }

  // -- where the reader is ---------------------------------------------------------------------------------------------

  // The element that a link within the page leads to, or null.
  function target(hash) {
    try { return document.getElementById(decodeURIComponent(hash.slice(1))); } catch (e) { return null; }
  }

  var links = contents ? Array.prototype.slice.call(contents.querySelectorAll("a[href^='#']")) : [];
  var places = links.map(function (link) { return target(link.hash); });
  var current = -1, before = 0, waits = false;

  function mark(now) {
    if (now === current) { return; }
    current = now;
    links.forEach(function (link, index) {
      link.classList.toggle("md-nav__link--passed", index < now);
      link.classList.toggle("md-nav__link--active", index === now);
      if (index === now) { link.setAttribute("aria-current", "location"); } else { link.removeAttribute("aria-current"); }
    });
    var box = contents.querySelector(".md-sidebar__scrollwrap"), link = links[now];
    // The list follows, in its own box alone.
    if (link && box.scrollHeight > box.clientHeight) { box.scrollTop = link.offsetTop - box.clientHeight / 2; }
  }

  function look() {
    waits = false;
    var line = header.offsetHeight, y = window.pageYOffset, now = -1;
    if (title && heading) {
      title.classList.toggle("md-header__title--active", heading.getBoundingClientRect().bottom < line);
    }
    if (up && Math.abs(y - before) > 8) {
      up.hidden = !(y < before && y > 2 * window.innerHeight);
      before = y;
    }
    if (contents && contents.offsetHeight) {
      places.forEach(function (place, index) {
        if (place && place.getBoundingClientRect().top < line + window.innerHeight / 8) { now = index; }
      });
      mark(now);
    }
  }

  function soon() {
    if (!waits) { waits = true; window.requestAnimationFrame(look); }
  }

  window.addEventListener("scroll", soon, { passive: true });
  window.addEventListener("resize", soon);
  soon();
  if (up) {
    up.addEventListener("click", function () {
      window.scrollTo(0, 0);
      // The focus goes along, or the next Tab would jump down again.
      (document.querySelector(".md-skip") || header.querySelector("a")).focus({ preventScroll: true });
    });
  }

  // -- folded parts ----------------------------------------------------------------------------------------------------

  // What a link leads to is opened, where the browser does not do it by itself.
  function unfold() {
    var place = target(window.location.hash), moved = false;
    for (var part = place && place.closest("details"); part; part = part.parentElement.closest("details")) {
      if (!part.open) { part.open = moved = true; }
    }
    if (moved) { place.scrollIntoView(); }
  }

  window.addEventListener("hashchange", unfold);
  unfold();
  // On paper everything is open.
  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.prototype.slice.call(document.querySelectorAll("details:not([open])"));
    opened.forEach(function (part) { part.open = true; });
  });
  window.addEventListener("afterprint", function () { opened.forEach(function (part) { part.open = false; }); });
})();
