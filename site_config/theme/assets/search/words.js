// Text in; what it is found by out. Does what generator/search/tokens.py does, and a test compares the two.
// Also finds, for the marks on a page, where in a text the words of a query stand.
var clinrefWords = (function () {
  "use strict";
  var LETTER = "0-9a-z\u00df-\u00f6\u00f8-\u024f\u0370-\u03ff\u0400-\u04ff%";
  var HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff";
  var SEGMENT = new RegExp("[" + HAN + "]+|[" + LETTER + "]+(?:[-./+'][" + LETTER + "]+)*", "g");
  var PART = new RegExp("[" + LETTER + "]+", "g");
  var INVISIBLE = /[\u00ad\u0300-\u036f\u200b-\u200f\u2060\ufeff]/g;
  var DECIMAL = /^[0-9]+\.[0-9]+%?$/;
  var NUMERIC = /^[0-9.%]+$/;
  var MEASURE = /^([0-9]+)([a-z%]{1,6})$/;
  var STEMMED_FROM = 4;
  var english = new EnglishStemmer();
  var stems = new Map();

  function normalize(text) {
    return text.normalize("NFKD").toLowerCase().replace(INVISIBLE, "")
      .replace(/[\u2010-\u2015\u2212]/g, "-").replace(/[\u2018\u2019\u02bc]/g, "'")
      .replace(/'s?(?![a-z0-9])/g, "").replace(/([0-9]),(?=[0-9]{3}(?![0-9]))/g, "$1");
  }

  // The runs of a normalized text: ideographs, or one word with its hyphens; `gap` stands before it.
  function segments(text) {
    var out = [], end = 0, match;
    SEGMENT.lastIndex = 0;
    while ((match = SEGMENT.exec(text))) {
      out.push({ text: match[0], han: match[0] >= "\u3007", gap: text.slice(end, match.index), start: match.index });
      end = match.index + match[0].length;
    }
    return out;
  }

  function stem(word) {
    if (word.length < STEMMED_FROM || !/^[a-z]+$/.test(word)) { return word; }
    if (!stems.has(word)) { stems.set(word, english.stemWord(word)); }
    return stems.get(word);
  }

  function parts(word) { return DECIMAL.test(word) ? [word] : word.match(PART); }

  function joined(word) { return DECIMAL.test(word) ? word : word.match(PART).join(""); }

  function wordTokens(word) {
    var pieces = parts(word), out = pieces.map(stem), measure;
    if (pieces.length > 1) {
      if (!pieces.every(function (p) { return NUMERIC.test(p); })) { out.push(stem(pieces.join(""))); }
    } else if ((measure = MEASURE.exec(word))) { out.push(measure[1], measure[2]); }
    return out;
  }

  function pairs(run) {
    var out = [];
    for (var i = 0; i + 1 < run.length; i++) { out.push(run.slice(i, i + 2)); }
    return out;
  }

  // The token of two neighbors of different scripts, or of a number and its unit; else nothing.
  function touching(before, after) {
    if (before.han !== after.han) {
      if (after.gap !== "" && after.gap !== "-") { return ""; }
      return before.han ? before.text.slice(-1) + joined(after.text) : joined(before.text) + after.text[0];
    }
    if (after.han || after.gap !== " " || !NUMERIC.test(before.text)) { return ""; }
    var measure = joined(before.text) + parts(after.text)[0];
    return MEASURE.test(measure) ? measure : "";
  }

  function tokens(text) {
    var out = [], beside = [], before = null;
    segments(normalize(text)).forEach(function (segment) {
      var found = segment.han ? segment.text.split("").concat(pairs(segment.text)) : wordTokens(segment.text);
      out = out.concat(found);
      var pair = before && touching(before, segment);
      if (pair) { beside.push(pair); }
      before = segment;
    });
    return out.concat(beside);
  }

  // A name as it is compared with a query: stems and runs, a space between.
  function key(text) {
    var out = [];
    segments(normalize(text)).forEach(function (segment) {
      out = out.concat(segment.han ? [segment.text] : parts(segment.text).map(stem));
    });
    return out.join(" ");
  }

  // Normalized text with, for each of its characters, where it stands in the text as printed.
  function mapped(text) {
    var out = "", places = [];
    for (var i = 0; i < text.length; i++) {
      if (text[i] === "," && /[0-9]/.test(text[i - 1] || "") && /^[0-9]{3}(?![0-9])/.test(text.slice(i + 1, i + 5))) {
        continue;
      }
      var plain = text[i].normalize("NFKD").toLowerCase().replace(INVISIBLE, "")
        .replace(/[\u2010-\u2015\u2212]/g, "-").replace(/[\u2018\u2019\u02bc]/g, "'");
      for (var k = 0; k < plain.length; k++) { out += plain[k]; places.push(i); }
    }
    return { text: out, places: places };
  }

  // A number and its unit, the next segment or the rest of this one: as one token, else nothing.
  function measured(segment, next) {
    if (segment.han) { return ""; }
    if (MEASURE.test(segment.text)) { return segment.text; }
    return next && !next.han ? touching(segment, next) : "";
  }

  // What to look for: runs of ideographs as they are, words by their stems, numbers with their unit.
  function needles(phrases) {
    var found = { runs: [], stems: new Set(), measures: new Set() };
    phrases.forEach(function (phrase) {
      segments(normalize(phrase)).forEach(function (segment, number, all) {
        var measure = measured(segment, all[number + 1]);
        if (measure) { found.measures.add(measure); }
        if (measure || (number && measured(all[number - 1], segment))) { return; }
        if (segment.han) { found.runs.push(segment.text); return; }
        parts(segment.text).concat([joined(segment.text)]).forEach(function (part) { found.stems.add(stem(part)); });
      });
    });
    found.runs.sort(function (a, b) { return b.length - a.length; });
    return found;
  }

  // Where in a text they stand: [start, end) pairs in order, none over another.
  function find(text, wanted) {
    var plain = mapped(text), hits = [];
    function hit(from, to) { hits.push([plain.places[from], plain.places[to - 1] + 1]); }
    segments(plain.text).forEach(function (segment, number, all) {
      var at = segment.start, next = all[number + 1];
      if (wanted.measures.has(measured(segment, next))) {
        hit(at, MEASURE.test(segment.text) ? at + segment.text.length : next.start + parts(next.text)[0].length);
        return;
      }
      if (!segment.han) {
        if (wanted.stems.has(stem(joined(segment.text)))) { hit(at, at + segment.text.length); return; }
        var part;
        PART.lastIndex = 0;
        while (!DECIMAL.test(segment.text) && (part = PART.exec(segment.text))) {
          var measure = MEASURE.exec(part[0]);
          if (wanted.stems.has(stem(part[0])) || (measure && wanted.stems.has(measure[1]))) {
            hit(at + part.index, at + part.index + part[0].length);
          }
        }
        return;
      }
      for (var i = 0; i < segment.text.length;) {
        var run = wanted.runs.find(function (r) { return segment.text.startsWith(r, i); });
        if (run) { hit(at + i, at + i + run.length); i += run.length; } else { i += 1; }
      }
    });
    return hits;
  }

  return {
    normalize: normalize, segments: segments, tokens: tokens, key: key, stem: stem, parts: parts, joined: joined,
    pairs: pairs, touching: touching, wordTokens: wordTokens, needles: needles, find: find,
    isNumeric: function (word) { return NUMERIC.test(word); }
  };
})();
