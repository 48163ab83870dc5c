// A query in, what the book says about it out. Loads the parts of the index that the query needs, no more:
// clinrefEngine(load) takes a function that promises the data of a part by its name, see generator/search/index.py.
var clinrefEngine = function (load) {
  "use strict";
  var words = clinrefWords;
  var LAST = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  var MORE = "!#$%()*,-.:;=?@[]^_{|}~'";
  var LEVELS = 14;
  var PARTS = 4;           // of a long text
  var SHOWN = 10;          // results with a snippet
  var CHECKED = 40;        // candidates whose text is read for a quoted phrase
  var FACTS = 3;           // direct answers of that kind, out of so many that are nearest
  var FACTS_NEAR = 6;
  var BESIDE = 0.9;        // how near in score a result is that may stand before another for its page's sake
  var GUESSED_FROM = 6;    // letters of a word that may be misspelt
  var GRAM = 3;
  var ENDINGS = 8;         // words that a part of a word may stand for
  // What a record of each kind counts beside a section of a topic.
  var WORTH = {
    section: 1, patient: 0.7, flow: 0.95, page: 0.3, term: 0.6, figure: 0.6, table: 0.6, step: 0.45, code: 0.3,
    reference: 0.2
  };
  var CONCEPT_SHARE = 0.7; // what another name of a concept counts beside the name that was typed
  var CONCEPT_WORTH = 1.6; // what a concept counts beside a plain word as rare
  var UNMATCHED = 0.7;     // what is left of the score of a record that has none of the words whole
  var ALL_WORDS = 1.25;    // what a record gains that has all of them
  var PAIRS = 0.4;         // pairs of ideographs overlap, and tell the same thing more than once
  var HAN = /[\u3007\u3400-\u9fff]/;
  // Chinese syllables in letters; and the first letter of each, which is never i, u or v.
  var SYLLABLES = /^(?:(?:[bcdfghjklmnpqrstwxyz]|[csz]h)(?:[aeiouv]|ai|ao|ei|er|ia|iao|ie|iu|ou|ua|uai|ue|ui|uo|ve)(?:ng?)?|(?:ai?|ao|ei?|er|ou?)(?:ng?)?|h?m|h?ng?)+$/;
  var INITIALS = /^[a-hj-tw-z]+$/;
  // Which parts of a long text have a token, bit by bit: none or all, one, two.
  var SETS = [0, 1, 2, 4, 8, 3, 5, 9, 6, 10, 12];
  // A character to its level and set of parts: all that print and need no escape, without the space.
  var CODES = new Map();
  for (var code = 33; CODES.size < LEVELS * SETS.length; code += code === 126 ? 35 : 1) {
    if (code !== 34 && code !== 92) { CODES.set(String.fromCharCode(code), CODES.size); }
  }
  var loaded = {}, head = null;

  function part(name) {
    if (!loaded[name]) {
      loaded[name] = load(name);
      // What could not be loaded may be asked for again.
      loaded[name].catch(function () { delete loaded[name]; });
    }
    return loaded[name];
  }

  function open() {
    return part("index").then(function (data) {
      if (head) { return head; }
      head = data;
      head.size = 0;
      var files = 0;
      head.ranges = head.kinds.map(function (kind) {
        var from = head.size, file = files;
        if (kind[0] !== "fact") { head.size += kind[1]; }
        files += Math.ceil(kind[1] / kind[2]);
        return { kind: kind[0], from: from, to: from + kind[1], file: file, each: kind[2] };
      });
      head.stopWords = new Set(head.stop);
      // The longest first, so that a short one does not break it.
      head.stopRuns = head.stop.filter(function (word) { return word >= "\u3007"; })
        .sort(function (a, b) { return b.length - a.length; });
      head.plain = new Set(head.stopRuns.join(""));
      return head;
    });
  }

  function decode(text, from) {
    var out = [], more = 0;
    for (var i = 0; i < text.length; i++) {
      var at = LAST.indexOf(text[i]);
      if (at < 0) { more = more * MORE.length + MORE.indexOf(text[i]) + 1; continue; }
      out.push(more * LAST.length + at + from);
      more = 0;
    }
    return out;
  }

  // The number of the last key that is not above a token.
  function place(keys, token) {
    var low = 0, high = keys.length - 1;
    while (low < high) {
      var middle = (low + high + 1) >> 1;
      if (keys[middle] <= token) { low = middle; } else { high = middle - 1; }
    }
    return low;
  }

  // The name of the file in a folder that holds a token if any does, by the list of a few dozen files around it.
  function fileOf(folder, token) {
    if (!head[folder].length) { return Promise.resolve(""); }
    var list = place(head[folder], token);
    return part("l/" + folder + list).then(function (keys) {
      return folder + "/" + (list * head.listed + place(keys, token));
    });
  }

  function lines(name) {
    return part(name).then(function (text) {
      var out = new Map();
      text.split("\n").forEach(function (line) {
        var cut = line.search(/[\t ]/);
        out.set(line.slice(0, cut), line.slice(cut + 1));
      });
      return out;
    });
  }

  // Tokens to what their shards say of them: numbers of records and weights, and names that begin with the token.
  function look(tokens, folder) {
    var shards = new Map(), out = new Map();
    return Promise.all(Array.from(new Set(tokens)).map(function (token) {
      return fileOf(folder, token).then(function (name) {
        if (name) { shards.set(name, (shards.get(name) || []).concat(token)); }
      });
    })).then(function () {
      return Promise.all(Array.from(shards.keys()).map(function (name) {
        return lines(name).then(function (found) {
          shards.get(name).forEach(function (token) {
            if (found.has(token)) { out.set(token, posting(token, found.get(token).split("\t"))); }
          });
        });
      }));
    }).then(function () { return out; });
  }

  function posting(token, fields) {
    // parts: bit by bit, which parts of a long text have the token; of a direct answer, 1 where its title has it.
    var one = { token: token, records: [], weights: [], parts: [], names: [], shown: [] }, at = -1;
    decode(fields[0], 1).forEach(function (gap) { at += gap; one.records.push(at); });
    for (var i = 0; i < fields[1].length; i++) {
      var worth = CODES.get(fields[1][i]);
      one.weights.push((worth % LEVELS + 0.5) / LEVELS);
      one.parts.push(SETS[Math.floor(worth / LEVELS)]);
    }
    if (token[0] === "=") {
      one.term = Number(fields[2]);
      one.shown = fields.slice(3);
    } else {
      for (var k = 2; k < fields.length; k += 2) {
        one.names.push({ pinyin: fields[k][0] === "p", form: fields[k].slice(1), id: fields[k + 1] });
      }
    }
    return one;
  }

  function rarity(one, size) {
    var count = one ? one.records.length : 0;
    return count ? Math.log(1 + (size - count + 0.5) / (count + 0.5)) : 0;
  }

  // --- what was typed ----------------------------------------------------------------------------------------

  // The smallest pieces of a query that a name may begin or end between: ideographs, and parts of words.
  function atoms(runs) {
    var out = [];
    runs.forEach(function (run, number) {
      (run.han ? run.text.split("") : words.parts(run.text)).forEach(function (text) {
        out.push({ text: text, form: run.han ? text : words.stem(text), han: run.han, run: number, concept: null });
      });
    });
    return out;
  }

  // The atoms as one string in which names are looked for, and which atom each character belongs to.
  function spelt(list) {
    var text = " ", owner = [-1];
    list.forEach(function (atom, number) {
      if (number && (list[number - 1].run !== atom.run || !atom.han)) { text += "  "; owner.push(-1, -1); }
      for (var i = 0; i < atom.form.length; i++) { text += atom.form[i]; owner.push(number); }
    });
    return { text: text + " ", owner: owner };
  }

  function isPinyin(name) { return name.pinyin; }

  function edged(form) {
    return (HAN.test(form[0]) ? "" : " ") + form.replace(/ /g, "  ") + (HAN.test(form.slice(-1)) ? "" : " ");
  }

  // Marks the atoms that name a concept, the longest name first. Returns the concepts by the number of their first atom.
  function recognize(list, found) {
    list.forEach(function (atom) {
      // Pinyin has no stem.
      var typed = !atom.han && found.get(atom.text), word = found.get(atom.form);
      if (typed && typed.names.some(isPinyin) && !(word && word.records.length)) { atom.form = atom.text; }
    });
    var query = spelt(list), names = new Map(), concepts = [];
    found.forEach(function (one) {
      one.names.forEach(function (name) {
        // Letters that are a word of the book are not read as pinyin.
        if (name.pinyin && one.records.length) { return; }
        if (!names.has(name.form)) { names.set(name.form, { form: name.form, ids: [], pinyin: name.pinyin }); }
        if (names.get(name.form).ids.indexOf(name.id) < 0) { names.get(name.form).ids.push(name.id); }
      });
    });
    Array.from(names.values()).sort(function (a, b) { return b.form.length - a.form.length; }).forEach(function (name) {
      var needle = edged(name.form), from = 0, at;
      while ((at = query.text.indexOf(needle, from)) >= 0) {
        from = at + 1;
        var mine = query.owner.slice(at, at + needle.length).filter(function (n) { return n >= 0; });
        if (!mine.some(function (n) { return list[n].concept; })) {
          var concept = { ids: name.ids, first: mine[0], last: mine[mine.length - 1], pinyin: name.pinyin };
          mine.forEach(function (n) { list[n].concept = concept; });
          concepts.push(concept);
        }
      }
    });
    return concepts;
  }

  // Units of a query: each is asked for by one or more ways, a way is tokens that belong together.
  function units(runs, list) {
    var out = [], seen = new Set();
    function add(unit) { unit.ways = unit.ways.filter(function (w) { return w.length; }); if (unit.ways.length || unit.ids) { out.push(unit); } }
    function run(text, whole) {
      if (text.length === 1) { if (whole) { add({ text: text, ways: [[text]] }); } return; }
      if (text) { add({ text: text, ways: [words.pairs(text)] }); }
    }
    runs.forEach(function (segment, number) {
      var mine = list.filter(function (atom) { return atom.run === number; });
      var free = mine.filter(function (atom) { return !atom.concept; });
      mine.forEach(function (atom) {
        var concept = atom.concept;
        if (segment.used || !concept || seen.has(concept)) { return; }
        seen.add(concept);
        var named = list.filter(function (a) { return a.concept === concept; });
        var text = named.map(function (a, i) {
          return (i && (a.run !== named[i - 1].run || !a.han) ? " " : "") + a.text;
        }).join("");
        var tokens = [];
        words.segments(text).forEach(function (s) {
          tokens = tokens.concat(s.han ? (s.text.length > 1 ? words.pairs(s.text) : [s.text]) : [words.stem(s.text)]);
        });
        add({ text: text, ids: concept.ids, pinyin: concept.pinyin, ways: concept.pinyin ? [] : [tokens] });
      });
      var next = runs[number + 1];
      if (segment.han) {
        // What is left between the names, cut at words that say nothing of the subject.
        var left = mine.map(function (a) { return a.concept ? "\u0000" : a.text; }).join("");
        head.stopRuns.forEach(function (stop) { left = left.split(stop).join("\u0000"); });
        left.split("\u0000").forEach(function (piece) { run(piece, mine.length === 1 || piece.length > 1); });
      } else if (free.length === mine.length && !isStopWord(segment.text)) {
        var tokens = words.wordTokens(segment.text), pieces = words.parts(segment.text);
        var measure = next && words.touching(segment, next);
        if (measure && !next.han && words.isNumeric(segment.text)) {
          var unit = words.parts(next.text)[0];
          add({ text: segment.text + " " + unit, measure: measure, number: segment.text, ways: [[measure], [segment.text, words.stem(unit)]] });
          next.used = true;
          var others = words.parts(next.text).slice(1);
          if (others.length) { add({ text: others.join(" "), number: others.join(" "), ways: [others.map(words.stem)] }); }
        } else if (!segment.used) {
          var several = pieces.length > 1 || tokens.length > 2;
          add({
            text: segment.text, word: several ? "" : segment.text, number: /[0-9]/.test(segment.text) ? segment.text : "",
            ways: pieces.length > 1 ? [[tokens[tokens.length - 1]], tokens.slice(0, pieces.length)]
              : tokens.length > 1 ? [[tokens[0]], tokens.slice(1)] : [tokens]
          });
        }
      }
      var pair = next && !segment.used && next.han !== segment.han && words.touching(segment, next);
      if (pair) { out.push({ text: "", ways: [[pair]], extra: true, ids: null }); }
    });
    return out;
  }

  // The tokens of the ways of several units.
  function tokensOf(ways) { return [].concat.apply([], [].concat.apply([], ways)); }

  // --- scores ------------------------------------------------------------------------------------------------

  // What every record earns for one unit, and the most it could: {total, best: Map(record -> [score, whole])}.
  function earn(unit, found, size) {
    var best = new Map(), total = 0;
    function take(record, score, whole) {
      var old = best.get(record);
      if (!old || old[0] < score || (whole && !old[1])) { best.set(record, [Math.max(score, old ? old[0] : 0), whole || (old && old[1])]); }
    }
    var masses = unit.ways.map(function (way) {
      var sum = way.reduce(function (mass, token) { return mass + rarity(found.get(token), size); }, 0);
      return sum * (PAIRS + (1 - PAIRS) / way.length);
    });
    var concepts = (unit.ids || []).map(function (id) { return found.get("=" + id); }).filter(Boolean);
    var subject = Math.max.apply(null, [0].concat(concepts.map(function (c) { return CONCEPT_WORTH * rarity(c, size); })));
    total = concepts.length ? subject : Math.max.apply(null, [0].concat(masses));
    unit.ways.forEach(function (way, number) {
      var sums = new Map(), counts = new Map();
      var mass = way.reduce(function (m, token) { return m + rarity(found.get(token), size); }, 0);
      if (!mass) { return; }
      var scale = (concepts.length ? subject : masses[number]) / mass;
      // Where the book has the word whole (8 Gy, C79.51), its parts alone are little or nothing.
      var apart = number > 0 && !unit.like && found.has(unit.ways[0][0]);
      way.forEach(function (token) {
        var one = found.get(token), rare = rarity(one, size);
        if (!one) { return; }
        one.records.forEach(function (record, i) {
          sums.set(record, (sums.get(record) || 0) + rare * one.weights[i]);
          counts.set(record, (counts.get(record) || 0) + 1);
        });
      });
      sums.forEach(function (sum, record) {
        var whole = counts.get(record) === new Set(way).size;
        if (apart && unit.measure && whole) { take(record, sum * scale * 0.5, false); return; }
        if (whole || !(apart || concepts.length)) { take(record, sum * scale * (unit.share || 1), whole); }
      });
    });
    concepts.forEach(function (one) {
      one.records.forEach(function (record, i) { take(record, CONCEPT_SHARE * subject * one.weights[i], true); });
    });
    return { total: total, best: best };
  }

  function rangeOf(record) { return head.ranges.find(function (range) { return record < range.to; }); }

  function kindOf(record) { return rangeOf(record).kind; }

  // Records with a score, those with every unit first.
  function rank(asked, found, size, worth) {
    var scores = new Map();
    var earned = asked.map(function (unit) { return earn(unit, found, size); });
    var wanted = 0, all = 0;
    earned.forEach(function (one, number) {
      var whole = Array.from(one.best.values()).some(function (s) { return s[1]; });
      if (!asked[number].extra) { all += one.total; wanted += whole ? 1 : 0; }
      one.best.forEach(function (score, record) {
        var sum = scores.get(record) || { record: record, score: 0, units: 0, mass: 0 };
        sum.score += score[0];
        if (score[1] && !asked[number].extra) { sum.units += 1; sum.mass += one.total; }
        scores.set(record, sum);
      });
    });
    var out = Array.from(scores.values());
    out.forEach(function (one) {
      one.whole = one.units === wanted && wanted > 0;
      one.score *= worth(one.record) * (UNMATCHED + (1 - UNMATCHED) * (all ? one.mass / all : 1)) * (one.whole ? ALL_WORDS : 1);
    });
    return out.sort(function (a, b) { return b.score - a.score || a.record - b.record; });
  }

  // --- words that the book does not have ---------------------------------------------------------------------

  function oneEdit(a, b) {
    if (Math.abs(a.length - b.length) > 1) { return false; }
    var i = 0;
    while (i < a.length && a[i] === b[i]) { i++; }
    var rest = [[1, 1], [1, 0], [0, 1]].some(function (step) { return a.slice(i + step[0]) === b.slice(i + step[1]); });
    return rest || (a[i] === b[i + 1] && a[i + 1] === b[i] && a.slice(i + 2) === b.slice(i + 2));
  }

  // Words of the book that hold a part of a word, or differ from a long one in a letter.
  function similar(word) {
    var swapped = word.length > 3 ? word.slice(0, 2) + word[3] + word[2] + word.slice(4) : word;
    var grams = [word.slice(0, GRAM), word.slice(-GRAM)];
    if (word.length >= GUESSED_FROM) { grams.push(swapped.slice(0, GRAM)); }
    return Promise.all(grams.map(function (gram) {
      return fileOf("w", gram).then(function (name) { return name ? lines(name) : new Map(); }).then(function (found) {
        return found.has(gram) ? found.get(gram).split(" ") : [];
      });
    })).then(function (lists) {
      var begin = lists[0].filter(function (w) { return w.startsWith(word); });
      var within = begin.length ? begin : lists[0].filter(function (w) { return w.indexOf(word) >= 0; });
      if (within.length) { return { words: within.slice(0, ENDINGS), slip: false }; }
      if (word.length < GUESSED_FROM) { return { words: [], slip: false }; }
      var near = new Set([].concat.apply([], lists).filter(function (w) { return oneEdit(word, w); }));
      return { words: Array.from(near), slip: true };
    });
  }

  function use(found, word) {
    var one = found.get(words.stem(word));
    return one ? one.records.length + one.names.length : 0;
  }

  // Units of unknown words get the words that the reader may have meant.
  function mend(asked, found) {
    return Promise.all(asked.map(function (unit) {
      if (!unit.word || unit.ids || found.has(unit.ways[0][0]) || unit.word.length < GRAM || /[0-9]/.test(unit.word)) { return null; }
      return similar(unit.word).then(function (guess) {
        if (!guess.words.length) { return null; }
        var tokens = Array.from(new Set(guess.words.map(words.stem)));
        return look(tokens, "p").then(function (more) {
          var ids = [];
          more.forEach(function (one, token) {
            found.set(token, one);
            one.names.forEach(function (name) { if (name.form === token && !name.pinyin) { ids.push(name.id); } });
          });
          if (guess.slip) {
            // The likeliest of the words that differ by a letter is the one that the book uses most.
            unit.meant = guess.words.sort(function (a, b) { return use(more, b) - use(more, a); })[0];
            return;
          }
          unit.ways = tokens.map(function (token) { return [token]; });
          unit.share = 0.9;
          unit.like = guess.words;
          if (ids.length && ids.length <= 3) { unit.ids = Array.from(new Set(ids)); }
        });
      });
    }));
  }

  // --- the texts ---------------------------------------------------------------------------------------------

  function text(record, number) {
    var range = rangeOf(record), at = record - range.from, file = range.file + Math.floor(at / range.each);
    return part("t/" + file + (number ? "-" + number : "")).then(function (rows) {
      var row = rows[at % range.each];
      return {
        record: record, kind: range.kind, page: row[0], pageTitle: row[1], anchor: row[2], title: row[3],
        trail: row[4], text: row[5], parts: row[6], extra: row.slice(7)
      };
    });
  }

  // What is shown of each: of a long text the part that a function chooses, or all.
  function texts(list, choose) {
    return Promise.all(list.map(function (one) {
      return text(one.record, choose ? choose(one.record) : 0).then(function (shown) {
        shown.whole = one.whole;
        shown.score = one.score;
        if (choose || shown.parts === 1) { return shown; }
        var rest = [];
        for (var number = 1; number < shown.parts; number++) { rest.push(text(one.record, number)); }
        return Promise.all(rest).then(function (others) {
          shown.text = [shown].concat(others).map(function (other) { return other.text; }).join("\n");
          return shown;
        });
      });
    }));
  }

  // Where a record stands among those of a posting, or -1.
  function within(one, record) {
    var at = place(one.records, record);
    return one.records[at] === record ? at : -1;
  }

  // Returns what chooses the part of a long text in which most of a query stands; of parts as good, the first.
  function choice(asked, found) {
    return function (record) {
      var votes = new Array(PARTS).fill(0);
      asked.forEach(function (unit) {
        // By the way that most of a part has; of what is a name of a concept, by all of the name.
        var most = votes.map(function () { return 0; }), concepts = (unit.ids || []).map(function (id) { return ["=" + id]; });
        unit.ways.concat(concepts).forEach(function (way) {
          var all = 0, has = votes.map(function () { return 0; });
          way.forEach(function (token) {
            var one = found.get(token), at = one ? within(one, record) : -1, share = 1 + rarity(one, head.size);
            all += share;
            has = has.map(function (sum, n) { return at >= 0 && one.parts[at] >> n & 1 ? sum + share : sum; });
          });
          most = most.map(function (share, n) { return has[n] === all || !concepts.length ? Math.max(share, has[n] / way.length) : share; });
        });
        most.forEach(function (share, n) { votes[n] += share; });
      });
      return votes.indexOf(Math.max.apply(null, votes));
    };
  }

  // Ranked records that hold the quoted phrases, by their texts, a few at a time.
  function holding(ranked, phrases, wanted) {
    var out = [], at = 0;
    function more() {
      if (out.length >= wanted || at >= Math.min(ranked.length, CHECKED)) { return out; }
      var some = ranked.slice(at, at + wanted);
      at += wanted;
      return texts(some).then(function (list) {
        list.forEach(function (one) {
          var all = " " + words.key([one.title, one.text].concat(one.extra).join(" \n ")).replace(/ /g, "  ") + " ";
          if (phrases.every(function (p) { return all.indexOf(edged(p)) >= 0; })) { out.push(one); }
        });
        return more();
      });
    }
    return Promise.resolve(more());
  }

  // --- direct answers ----------------------------------------------------------------------------------------

  // Whether the title of what may be a direct answer has a token.
  function inTitle(one, record) {
    var at = one ? within(one, record) : -1;
    return at >= 0 && one.parts[at] === 1;
  }

  // What the facts have of units. Of a measure that they have whole (8 Gy) its parts are not asked for.
  function lookFacts(units) {
    return look(tokensOf(units.map(function (unit) { return unit.measure ? [unit.ways[0]] : unit.ways; })), "f").then(function (found) {
      var apart = units.filter(function (unit) { return unit.measure && !found.has(unit.ways[0][0]); });
      return look(tokensOf(apart.map(function (unit) { return unit.ways.slice(1); })), "f").then(function (more) {
        more.forEach(function (one, token) { found.set(token, one); });
        return found;
      });
    });
  }

  function factAnswers(asked) {
    var numbers = asked.filter(function (unit) { return unit.number; });
    if (!numbers.length) { return Promise.resolve([]); }
    // A concept may go by its other names in the sentence, so only literal words are asked for here.
    var literal = asked.filter(function (u) { return u.ways.length; }).map(function (u) {
      return { text: u.text, ways: u.ways, extra: u.extra, measure: u.measure, like: u.like };
    });
    return lookFacts(literal).then(function (found) {
      var count = head.kinds[head.kinds.length - 1][1];
      var ranked = rank(literal, found, count, function () { return 1; }).filter(function (one) { return one.whole; });
      ranked.forEach(function (one) { one.record += head.size; });
      // 20 Gy in 8 fractions is no answer to 8 Gy; but 20 to 30 Gy is one to 20 Gy, where nothing is nearer.
      var near = ranked.slice(0, FACTS_NEAR);
      function fitting(ways) {
        return near.filter(function (one) {
          return numbers.every(function (unit) {
            return unit.ways.slice(0, ways).some(function (way) {
              return way.every(function (token) { return inTitle(found.get(token), one.record - head.size); });
            });
          });
        });
      }
      var exact = fitting(1);
      if (exact.length || !near.length) { return texts(exact.slice(0, FACTS)); }
      var parts = tokensOf(numbers.map(function (unit) { return unit.ways.slice(1, 2); }));
      return look(parts.filter(function (token) { return !found.has(token); }), "f").then(function (more) {
        more.forEach(function (one, token) { found.set(token, one); });
        return texts(fitting(2).slice(0, FACTS));
      });
    });
  }

  // Terms, codes, figures, tables and steps that are what was asked for.
  function answers(asked, ranked, found) {
    var subject = asked.filter(function (unit) { return !unit.extra; });
    var out = [];
    function names(one) {
      return subject.every(function (unit) {
        return unit.ways.some(function (way) {
          return way.every(function (token) { return inTitle(found.get(token), one.record); });
        });
      });
    }
    if (subject.length && subject.every(function (unit) { return unit.ids; })) {
      var ids = new Set([].concat.apply([], subject.map(function (unit) { return unit.ids; })));
      if (subject.length === 1 || ids.size === 1) {
        ids.forEach(function (id) { if (found.has("=" + id)) { out.push({ record: found.get("=" + id).term, whole: true, score: 0 }); } });
      }
    }
    ["code", "figure", "table", "step"].forEach(function (kind) {
      if (kind !== "code" && subject.length < 2) { return; }
      var best = ranked.filter(function (one) { return one.whole && kindOf(one.record) === kind; });
      out = out.concat(best.slice(0, kind === "code" ? 4 : 1).filter(names));
    });
    return texts(out);
  }

  // --- all of it ---------------------------------------------------------------------------------------------

  // Results of one page stand together, as far as that passes no result that is clearly better.
  function grouped(results) {
    var rest = results.slice(), out = [];
    while (rest.length) {
      var page = rest[0].page, other = rest.find(function (one) { return one.page !== page; });
      var least = other ? other.score * BESIDE : 0;
      out = out.concat(rest.filter(function (one) { return one.page === page && one.score >= least; }));
      rest = rest.filter(function (one) { return out.indexOf(one) < 0; });
    }
    return out;
  }

  function quoted(query) {
    var phrases = [];
    var rest = query.replace(/["\u201c\u201d\u300c\u300e]([^"\u201c\u201d\u300c-\u300f]+)["\u201c\u201d\u300d\u300f]/g, function (_, phrase) {
      if (words.key(phrase)) { phrases.push(phrase); }
      return " " + phrase + " ";
    });
    return { phrases: phrases, rest: rest };
  }

  // A query with each character that the book has nowhere as the book has it, where that is known.
  function simplified(query, found) {
    var has = new Set(Array.from(found.keys()).join(""));
    return Promise.all(Array.from(query).map(function (c) {
      if (!HAN.test(c) || head.plain.has(c) || has.has(c)) { return c; }
      return part("c/" + c.charCodeAt(0) % head.characters).then(function (map) {
        var at = map[0].indexOf(c);
        return at < 0 ? c : map[1][at];
      });
    })).then(function (all) { return all.join(""); });
  }

  // The pairs of a run of ideographs without those inside words that say nothing of the subject and begin no name.
  function tellingPairs(text) {
    var owner = [];
    head.stopRuns.forEach(function (stop) {
      if (stop.length < 2 || head.begin.indexOf(stop) >= 0) { return; }
      for (var at = text.indexOf(stop); at >= 0; at = text.indexOf(stop, at + 1)) {
        var end = at + stop.length;
        if (!owner.slice(at, end).some(Boolean)) { for (var i = at; i < end; i++) { owner[i] = end; } }
      }
    });
    return words.pairs(text).filter(function (_, i) { return !owner[i] || owner[i] !== owner[i + 1]; });
  }

  // Whether an ideograph of a run is in no pair that the book has: it may be a traditional one.
  function isUnknown(run, found) {
    var text = run.text;
    if (text.length === 1) { return !found.has(text); }
    return Array.from(text).some(function (char, i) {
      return !head.plain.has(char) && !found.has(text.slice(i, i + 2)) && !(i && found.has(text.slice(i - 1, i + 1)));
    });
  }

  function isStopWord(word) { return head.stopWords.has(words.key(word)); }

  // Whether letters may be how a name of the book is typed in pinyin.
  function mayBePinyin(letters) {
    return letters.length <= head.pinyin[0] && (SYLLABLES.test(letters) || (letters.length <= head.pinyin[1] && INITIALS.test(letters)));
  }

  // All tokens that a query may need at first: of its runs, its names, and its letters read as pinyin.
  function firstTokens(runs) {
    var out = [], letters = "";
    runs.forEach(function (run, number) {
      if (run.han) {
        out = out.concat(run.text.length > 1 ? tellingPairs(run.text) : [run.text]);
      } else if (!isStopWord(run.text) || head.begin.indexOf(words.key(run.text)) >= 0) {
        out = out.concat(words.wordTokens(run.text));
      }
      letters += run.han ? " " : run.text;
      var pair = number && words.touching(runs[number - 1], run);
      if (pair) { out.push(pair); }
    });
    return out.concat(letters.split(" ").filter(mayBePinyin));
  }

  // Letters of several words that only together are pinyin become one word.
  function together(runs, found) {
    if (runs.length < 2 || runs.some(function (run) { return run.han; })) { return null; }
    var letters = runs.map(function (run) { return run.text; }).join("");
    var one = found.get(letters);
    return one && one.names.some(function (name) { return name.pinyin && name.form === letters; }) ? letters : null;
  }

  function search(query) {
    return open().then(function () { return attempt(query, false, []); });
  }

  // mended: words put in the place of misspelt ones, in a query that is asked again with them.
  function attempt(query, isSimplified, mended) {
    var typed = quoted(words.normalize(query.replace(/[\u201c\u201d\u300c-\u300f]/g, '"')));
    var runs = words.segments(typed.rest), first = firstTokens(runs);
    var none = { query: query, answers: [], results: [], total: 0, also: [], marks: [] };
    if (!runs.length) { return none; }
    return look(first, "p").then(function (found) {
      if (!isSimplified && runs.some(function (run) { return run.han && isUnknown(run, found); })) {
        return simplified(query, found).then(function (plain) { return plain === query ? go(found) : attempt(plain, true, mended); });
      }
      return go(found);
    });

    function go(found) {
      var pinyin = together(runs, found);
      if (pinyin) { runs = words.segments(pinyin); }
      var list = atoms(runs);
      recognize(list, found);
      var asked = units(runs, list);
      if (!asked.some(function (unit) { return !unit.extra; })) {
        // Nothing but words that say nothing: then they are what is asked for.
        asked = runs.map(function (run) {
          return { text: run.text, ways: [run.han ? (run.text.length > 1 ? words.pairs(run.text) : [run.text]) : words.wordTokens(run.text).slice(0, 1)] };
        });
      }
      var missing = tokensOf(asked.map(function (u) { return u.ways; }))
        .filter(function (token) { return !found.has(token); });
      return Promise.all([mend(asked, found), look(missing, "p")]).then(function (done) {
        done[1].forEach(function (one, token) { found.set(token, one); });
        var slips = asked.filter(function (unit) { return unit.meant; });
        if (slips.length && !mended.length) {
          var better = slips.reduce(function (text, unit) {
            return text.replace(new RegExp("(^|[^a-z])" + unit.word + "(?![a-z])"), "$1" + unit.meant);
          }, words.normalize(query));
          return attempt(better, isSimplified, slips.map(function (unit) { return unit.meant; }));
        }
        return name();
      });

      function name() {
        var ids = [].concat.apply([], asked.map(function (unit) { return unit.ids || []; }));
        return look(ids.map(function (id) { return "=" + id; }), "p").then(function (concepts) {
          concepts.forEach(function (one, token) { found.set(token, one); });
          return answer(asked, list, found);
        });
      }
    }

    function answer(asked, list, found) {
      var ranked = rank(asked, found, head.size, function (record) { return WORTH[kindOf(record)]; });
      var phrases = typed.phrases.map(words.key), shown = SHOWN, from = 0, chosen = choice(asked, found);
      var listed = ranked.filter(function (one) { return kindOf(one.record) !== "code"; });
      var results = phrases.length ? holding(listed, phrases, shown) : texts(listed.slice(0, shown), chosen);
      return Promise.all([
        results, phrases.length ? [] : answers(asked, ranked, found), phrases.length ? [] : factAnswers(asked)
      ]).then(function (done) {
        var also = mended.slice(), marks = typed.phrases.slice();
        asked.forEach(function (unit) {
          if (unit.extra) { return; }
          if (unit.like) { marks = marks.concat(unit.like); } else if (unit.text) { marks.push(unit.text); }
          (unit.ids || []).forEach(function (id) {
            var names = found.has("=" + id) ? found.get("=" + id).shown : [];
            names.forEach(function (name) {
              if (words.key(name) !== words.key(unit.text)) { also.push(name); }
              marks.push(name);
            });
          });
        });
        var told = new Set(done[1].map(function (one) { return one.record; }));
        return {
          query: query,
          answers: done[1].filter(function (one) { return one.kind === "term"; }).concat(done[2])
            .concat(done[1].filter(function (one) { return one.kind !== "term"; })),
          results: grouped(done[0].filter(function (one) { return !told.has(one.record); })),
          total: phrases.length ? done[0].length : listed.length + done[2].length
            + done[1].filter(function (one) { return one.kind === "code"; }).length,
          also: Array.from(new Set(also)),
          marks: Array.from(new Set(marks)),
          // The next results, a few at a time; of a quoted phrase all were shown.
          more: function () { from += shown; return texts(listed.slice(from, from + shown), chosen); }
        };
      });
    }
  }

  return { open: open, search: search };
};
