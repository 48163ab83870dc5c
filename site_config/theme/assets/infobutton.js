// Answers an infobutton request (HL7 Context-Aware Knowledge Retrieval, URL-based) from codes.js, in this browser alone.
// Nothing of the request is stored, sent, or kept in the address; all that is shown of it is shown as text.
(function () {
  "use strict";
  var index = window.clinrefCodes, answer = document.getElementById("answer");
  // A sender that wants no server to see the request puts it behind # instead of ?.
  var asked = location.search.length > 1 ? location.search.slice(1) : location.hash.slice(1);
  if (!index || !answer || asked.indexOf("=") < 0) return;
  try { history.replaceState(null, "", location.pathname); } catch (e) { /* the address stays; nothing else changes */ }

  function has(map, key) { return Object.prototype.hasOwnProperty.call(map, key); }
  // Characters that could hide or turn around what is shown are dropped; nobody needs more than a line.
  function clean(text) {
    return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, " ").replace(/\s+/g, " ").trim().slice(0, 120);
  }

  // -- the request: mainSearchCriteria.v.c, .cs, .dn, .ot; a second one has a number behind each, c1 and so on
  var parameters = Object.create(null), criteria = Object.create(null);
  new URLSearchParams(asked).forEach(function (value, key) {
    var part = /^mainSearchCriteria\.v\.(c|cs|dn|ot)(\d{0,2})$/.exec(key);
    if (!part) { if (!(key in parameters)) parameters[key] = clean(value); return; }
    var one = criteria[part[2]] || (criteria[part[2]] = Object.create(null));
    if (!one[part[1]]) one[part[1]] = clean(value);
  });

  function language() {
    var wanted = [parameters["performer.languageCode.c"], parameters["performer.languageCode"],
      parameters["informationRecipient.languageCode.c"], parameters["informationRecipient.languageCode"]];
    if (isPatient()) wanted = wanted.slice(2).concat(wanted.slice(0, 2));
    wanted = wanted.concat(navigator.languages || [navigator.language]);
    for (var i = 0; i < wanted.length; i++) {
      var code = (wanted[i] || "").toLowerCase().split(/[-_]/)[0];
      // Three letters (eng, zho) as the browser shortens them; chi is the older name of zho.
      try { code = Intl.getCanonicalLocales(code === "chi" ? "zho" : code)[0] || ""; } catch (e) { code = ""; }
      if (index.languages.indexOf(code) >= 0) return code;
    }
    return index.languages[0];
  }
  function isPatient() {
    return /^PAT$/i.test(parameters["informationRecipient"] || parameters["informationRecipient.c.c"] || "");
  }

  // -- what the book has
  function system(text) { var name = text.toLowerCase().replace(/^urn:oid:/, ""); return has(index.systems, name) ? index.systems[name] : ""; }

  // The entry of a code, or of the nearest broader one. null where there is none.
  function byCode(slug, code) {
    var plain = code.replace(/\./g, "").toUpperCase();
    var systems = [slug].concat(has(index.broader, slug) ? [index.broader[slug]] : []);
    var shortest = index.hierarchical.indexOf(slug) >= 0 ? Math.min(3, plain.length) : plain.length;
    for (var length = plain.length; length >= shortest && length > 0; length--) {
      for (var i = 0; i < systems.length; i++) {
        var codes = has(index.codes, systems[i]) ? index.codes[systems[i]] : {}, key = plain.slice(0, length);
        if (has(codes, key)) return { entry: codes[key], exact: length === plain.length && i === 0 };
      }
    }
    return null;
  }

  function find(one) {
    var given = one.cs ? system(one.cs) : "", hit = null;
    if (one.c && given) hit = byCode(given, one.c);
    // Without a system a code may be several things: all are shown, none is opened. One of an unknown system is not guessed.
    if (one.c && !one.cs) {
      Object.keys(index.codes).forEach(function (slug) {
        var found = byCode(slug, one.c);
        if (found && found.exact && !hit) hit = { entry: found.entry, exact: true, guessed: true };
      });
    }
    if (hit) return { topics: hit.entry.topics, terms: hit.entry.terms, code: hit.exact ? "" : hit.entry.code, sure: hit.exact && !hit.guessed };
    var words = [one.dn, one.ot, one.cs ? "" : one.c];
    for (var i = 0; i < words.length; i++) {
      var name = (words[i] || "").toLowerCase();
      if (name && has(index.names, name)) {
        var found = index.names[name], isTopic = found[0] === "topic";
        return { topics: isTopic ? [found[1]] : [], terms: isTopic ? [] : [found[1]], code: "", sure: false };
      }
    }
    return null;
  }

  // -- what is shown
  var shown = language(), labels = index.labels[shown];
  function address(lang, page, anchor) {
    return "../" + lang + "/" + page + "/" + (location.protocol === "file:" ? "index.html" : "") + (anchor ? "#" + anchor : "");
  }
  function topicAddress(name) {
    var topic = index.topics[name], about = parameters["subTopic.v.c"] || "";
    if (isPatient() && topic.patients) { name = topic.patients; topic = index.topics[name]; }
    return address(shown, name, has(topic.sections, about) ? topic.sections[about] : "");
  }
  function element(parent, tag, text, lang) {
    var made = parent.appendChild(document.createElement(tag));
    if (text) made.textContent = text;
    if (lang) made.lang = lang;
    return made;
  }
  function said(label, query, code) { return label.split("{query}").join(query).split("{code}").join(code || ""); }
  function query(one) { return [one.dn || one.ot, one.c ? (one.dn || one.ot ? "(" + one.c + ")" : one.c) : ""].filter(Boolean).join(" "); }
  function item(list, href, title, text) {
    var row = element(list, "li"), link = element(row, "a", title);
    link.href = href;
    if (text) element(row, "p", text);
  }

  // The one without a number is the first; an object would list it last.
  var asks = Object.keys(criteria).sort(function (a, b) { return a - b; }).map(function (key) { return criteria[key]; }).filter(function (one) { return one.c || one.dn || one.ot; });
  var results = asks.slice(0, 20).map(function (one) { return { one: one, found: find(one) }; });
  var sure = results.filter(function (r) { return r.found && r.found.sure && r.found.topics.length === 1; });
  if (sure.length && sure[0] === results[0]) { location.replace(topicAddress(sure[0].found.topics[0])); return; }

  answer.hidden = false;
  // In every language, each with its way on: who asked may read either.
  function nothing(label, text) {
    index.languages.forEach(function (lang) {
      var line = element(answer, "p", said(index.labels[lang][label], text) + " ", lang);
      line.className = "none";
      element(line, "a", index.labels[lang].home).href = "../" + lang + "/" + (location.protocol === "file:" ? "index.html" : "");
    });
  }
  if (!asks.length) nothing("empty", "");
  results.forEach(function (result) {
    var found = result.found, text = query(result.one);
    if (!found) { nothing("none", text); return; }
    element(answer, "h2", said(found.code ? labels.broader : labels.found, text, found.code), shown);
    var list = element(answer, "ul", "", shown), there = {};
    found.topics.forEach(function (name) { there[name] = true; item(list, topicAddress(name), index.topics[name].title[shown], index.topics[name].description[shown]); });
    found.terms.forEach(function (name) {
      var term = index.terms[name];
      item(list, address(shown, "glossary", name), term.title[shown], term.description[shown]);
      term.uses.forEach(function (use) {
        var page = use[0], anchor = use[1], topic = index.topics[page];
        if (has(there, page)) return;
        there[page] = true;
        var place = has(topic.places, anchor) ? topic.places[anchor][shown] : "";
        item(list, address(shown, page, anchor), topic.title[shown] + (place ? labels.colon + place : ""));
      });
    });
  });
})();
