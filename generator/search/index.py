"""`Edition` in; the files of its search index out, below `search/`. `engine.js` reads them.

index.js            what is loaded when search opens: sizes, and which token begins each list of files
p/<n>.js, f/<n>.js  postings, sorted by token: of all records, and of facts, which only numbers ask for
w/<n>.js            words by their groups of three letters: for parts of words and slips of the finger
l/<folder><n>.js    lists: which token, or group, begins each file of a folder, a few dozen files in each
t/<n>.js            the texts of records, a few of one kind together
traditional.js      traditional characters of the corpus and their simplified forms

A posting is the distance to the record before it and a weight of one character: the saturated, weighted
frequency of BM25F. The rarity of a token the reader's script works out from the number of its records.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files as package_files
from itertools import islice, product
from sys import intern

from pypinyin import Style, pinyin

from generator.model import Edition, OutputFile
from generator.search import records
from generator.search.records import KINDS, Record
from generator.search.tokens import HAN, Segment, joined, key, key_of, normalize, segments, tokens_of

# What a word weighs by where it stands, and how many bytes a record of usual length has.
WEIGHTS = {"title": 13.0, "names": 5.0, "lead": 1.0, "trail": 1.8, "text": 1.0}
SATURATION, LENGTH_SHARE, USUAL_LENGTH = 3.5, 0.6, 1000
# Weights are told in this many steps, one character each.
LEVELS = 14
# Sizes of files before compression. A question needs a line of each: the rest of a file nobody asked for.
POSTINGS_BYTES, TEXT_BYTES, WORDS_BYTES = 1_500, 2_000, 3_000
# Files in one list: about the root of their number in a book of a thousand topics.
LISTED = 48
GRAM = 3
# Concepts are tokens too, under a mark that no word begins with.
CONCEPT = "="
# Distances: 64 characters end one, 24 others come before where it is long.
_LAST = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_MORE = "!#$%()*,-.:;=?@[]^_{|}~'"
_WORD = re.compile("[0-9a-z\u00df-\u024f\u0370-\u03ff]+")
# Some characters are read in several ways; of a name with many such, the likeliest are kept.
_READINGS = 12
_LATIN_EDGE = re.compile(f"[^{HAN} ]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A record with all that it is found by. It depends on the record and the names.

    A book has tens of thousands, so each is kept small: `levels` holds the weights, in the order of `tokens`.
    """

    record: Record
    tokens: tuple[str, ...]
    levels: bytes
    words: tuple[str, ...]


class Names:
    """Every name of every concept of the book, found in a text without trying each."""

    def __init__(self, edition: Edition) -> None:
        self.by_key: dict[str, dict[str, None]] = {}
        self.pinyin: dict[str, dict[str, None]] = {}
        self.shown: dict[str, list[str]] = {}
        for page in edition.pages:
            for _, terms in page.terms:
                for term in terms:
                    for _, name in term.every_name:
                        for form in {key(name), key(name, whole=True)} - {""}:
                            self.by_key.setdefault(form, {})[term.id] = None
                        for spelt in _pinyin(name):
                            self.pinyin.setdefault(spelt, {})[term.id] = None
                    others = (n for _, name, names in term.others for n in (name, *names[:1]))
                    self.shown[term.id] = list(dict.fromkeys((term.name, *term.synonyms[:2], *others)))
        # The token that leads to a name: its place among all names, the longest first, and how it is spelt.
        self.first: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
        for rank, form in enumerate(sorted(self.by_key, key=lambda f: (-len(f), f))):
            self.first[first_token(form)].append((rank, edged(form), form))

    def concepts(self, text: str, found_by: Mapping[str, int]) -> Counter[str]:
        """How often each concept is named in a text (in the form of `key`), the longest name first."""
        # Words stand between spaces of their own, so that a name never begins or ends inside one.
        rest = f" {text.replace(' ', '  ')} "
        out: Counter[str] = Counter()
        candidates = [name for token in self.first.keys() & found_by.keys() for name in self.first[token]]
        for _, needle, form in sorted(candidates):
            if needle in rest:
                for id_ in self.by_key[form]:
                    out[id_] += rest.count(needle)
                rest = rest.replace(needle, "\0")
        return out


def edged(form: str) -> str:
    """A name with a space at an end that is a word; an ideograph may have neighbors."""
    before = " " if _LATIN_EDGE.match(form) else ""
    after = " " if _LATIN_EDGE.match(form[-1]) else ""
    return f"{before}{form.replace(' ', '  ')}{after}"


def first_token(form: str) -> str:
    """The token whose shard lists a name: the one that every query with the name looks up."""
    run = form.split(" ", 1)[0]
    return run if _LATIN_EDGE.match(run) else run[:2]


def _pinyin(name: str) -> set[str]:
    """How a Chinese name is typed in letters: whole, and by initials."""
    runs = segments(normalize(name))
    if not runs or not all(run.is_han for run in runs) or len(name) < 2:
        return set()
    every = pinyin("".join(run.text for run in runs), style=Style.NORMAL, heteronym=True)
    readings = list(islice(product(*every), _READINGS))
    return {"".join(r) for r in readings} | {"".join(syllable[0] for syllable in r) for r in readings}


def entry(record: Record, names: Names) -> Entry:
    """A record with the weights of its tokens."""
    parts = {
        "title": (record.title,),
        "names": record.names,
        "lead": (record.lead,),
        "trail": (record.trail,),
        "text": record.text,
    }
    total: dict[str, float] = {}
    raw: set[str] = set()
    for part, texts in parts.items():
        found: list[str] = []
        forms: list[str] = []
        for text in texts:
            if text:
                runs = segments(normalize(text))
                found += tokens_of(runs)
                forms.append(key_of(runs))
                raw.update(*map(_words, runs))
        if not found:
            continue
        counted: Counter[str] = Counter(found)
        if part != "names":
            for id_, count in names.concepts(" \0 ".join(forms), counted).items():
                counted[CONCEPT + id_] = count
        length = 1.0
        if part == "text":
            # In bytes, of which an ideograph has three: both languages say a thing in about as many.
            size = sum(len(text.encode()) for text in texts)
            length = 1 - LENGTH_SHARE + LENGTH_SHARE * size / USUAL_LENGTH
        elif part == "title":
            length = 0.7 + 0.3 * len(found) / 8
        weight = WEIGHTS[part] / max(length, 0.5)
        for token, count in counted.items():
            total[token] = total.get(token, 0.0) + weight * count
    if record.kind == "term":
        own = CONCEPT + record.anchor
        total[own] = total.get(own, 0.0) + 2 * WEIGHTS["title"]
    levels = bytes(int(LEVELS * value / (value + SATURATION)) for value in total.values())
    # Interned: of a token that a thousand records have, one string is kept.
    return Entry(record, tuple(map(intern, total)), levels, tuple(raw))


@cache
def _words_of(word: str) -> tuple[str, ...]:
    whole = joined(word)
    return tuple(w for w in {*re.split(r"[-./+']", word), whole} if len(w) >= GRAM and _WORD.fullmatch(w))


def _words(run: Segment) -> tuple[str, ...]:
    return () if run.is_han else _words_of(run.text)


def entries(edition: Edition, names: Names) -> list[Entry]:
    """Every record of the book in the order of its number: by kind, then as the pages stand."""
    found = [record for page in edition.pages for record in records.of_page(page, edition)]
    found += records.facts(edition)
    return sorted((entry(r, names) for r in found), key=lambda e: KINDS.index(e.record.kind))


def files(edition: Edition) -> list[OutputFile]:
    """The index of one language, paths below its folder."""
    names = Names(edition)
    every = entries(edition, names)
    general = [e for e in every if e.record.kind != "fact"]
    facts = [e for e in every if e.record.kind == "fact"]
    numbers = {e.record.anchor: n for n, e in enumerate(general) if e.record.kind == "term"}
    shown = {id_: [str(numbers[id_]), *names] for id_, names in names.shown.items()}
    listed: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for kind, forms in (("n", names.by_key), ("p", names.pinyin)):
        for form, ids in forms.items():
            token = form if kind == "p" else first_token(form)
            listed[token] += [(kind, form, id_) for id_ in ids]
    postings, starts = _postings(general, listed, shown)
    fact_postings, fact_starts = _postings(facts, {}, {})
    texts, sizes = _texts(every)
    raw = set().union(*(e.words for e in every), (w for form in names.by_key for w in form.split()))
    grams, gram_starts = _grams({w for w in raw if len(w) >= GRAM and _WORD.fullmatch(w)})
    counts = Counter(e.record.kind for e in every)
    stop = sorted({key(str(word)) for word in edition.ui.search_stop_words})
    head = {
        "version": 1,
        "kinds": [[kind, counts[kind], size] for kind, size in zip(KINDS, sizes, strict=True)],
        "listed": LISTED,
        "p": starts[::LISTED],
        "f": fact_starts[::LISTED],
        "w": gram_starts[::LISTED],
        "stop": stop,
        # Words without a subject in which a name begins all the same.
        "begin": [word for word in stop if any(word[at : at + 2] in listed for at in range(len(word) - 1))],
    }
    out = [_script("index", "index", head), _script("traditional", "traditional", _traditional(every))]
    for folder, firsts in (("p", starts), ("f", fact_starts), ("w", gram_starts)):
        for n in range(0, len(firsts), LISTED):
            name = f"l/{folder}{n // LISTED}"
            out.append(_script(name, name, firsts[n : n + LISTED]))
    for folder, shards in (("p", postings), ("f", fact_postings), ("t", texts), ("w", grams)):
        out += [_script(f"{folder}/{n}", f"{folder}/{n}", shard) for n, shard in enumerate(shards)]
    return out


def _script(path: str, name: str, data: object) -> OutputFile:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    # Two characters end a line in old scripts though not in JSON.
    text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return OutputFile(f"search/{path}.js", f'clinrefIndex("{name}",{text});\n'.encode())


def _number(value: int) -> str:
    """A number of 0 or more, a character or a few."""
    value, last = divmod(value, len(_LAST))
    out = _LAST[last]
    while value:
        value, more = divmod(value - 1, len(_MORE))
        out = _MORE[more] + out
    return out


def _postings(
    every: list[Entry],
    listed: dict[str, list[tuple[str, str, str]]],
    shown: dict[str, list[str]],
) -> tuple[list[str], list[str]]:
    """The shards, and the first token of each. A line: token, distances, weights, names that begin with it.

    A concept has other fields there: the number of its term, then its names as shown.
    """
    gaps: dict[str, list[str]] = defaultdict(list)
    weights: dict[str, list[str]] = defaultdict(list)
    last: dict[str, int] = {}
    coded = [_number(n) for n in range(len(every) + 1)]
    for number, one in enumerate(every):
        for token, level in zip(one.tokens, one.levels, strict=True):
            gaps[token].append(coded[number - last.get(token, -1) - 1])
            weights[token].append(_LAST[level])
            last[token] = number
    lines = []
    for token in sorted(gaps.keys() | listed.keys()):
        names = "".join(f"\t{kind}{form}\t{id_}" for kind, form, id_ in sorted(listed.get(token, ())))
        if token.startswith(CONCEPT):
            names = "\t" + "\t".join(shown.get(token[1:], ()))
        lines.append((token, f"{token}\t{''.join(gaps[token])}\t{''.join(weights[token])}{names}"))
    return _packed(lines, POSTINGS_BYTES)


def _packed(lines: Iterable[tuple[str, str]], size: int) -> tuple[list[str], list[str]]:
    """Sorted lines put together up to a size; the first key of each part."""
    shards: list[list[str]] = []
    starts: list[str] = []
    filled = size
    for first, line in lines:
        length = len(line.encode())
        if filled + length > size:
            shards.append([])
            starts.append(first)
            filled = 0
        shards[-1].append(line)
        filled += length
    return ["\n".join(shard) for shard in shards], starts


def _texts(every: list[Entry]) -> tuple[list[object], list[int]]:
    """The texts of records, as many of a kind in each file, and how many of each kind that is.

    A list of what each file holds would be longer than all else that is loaded when search opens.
    """
    shards: list[object] = []
    sizes: list[int] = []
    for kind in KINDS:
        rows = [_row(one.record) for one in every if one.record.kind == kind]
        total = sum(len(json.dumps(row, ensure_ascii=False).encode()) for row in rows)
        sizes.append(max(1, round(TEXT_BYTES * len(rows) / max(total, 1))))
        shards += [rows[start : start + sizes[-1]] for start in range(0, len(rows), sizes[-1])]
    return shards, sizes


def _row(record: Record) -> list[str]:
    # The top of a page shows its description, which is no part of its text.
    shown = record.text if record.anchor else (record.lead, *record.text)
    words = (record.page_title, record.anchor, record.title, record.trail, "\n".join(shown))
    return [record.page, *words, *record.extra]


def _grams(words: set[str]) -> tuple[list[str], list[str]]:
    """Every word under each group of three letters in it. A line: the group, the words."""
    by_gram: dict[str, set[str]] = defaultdict(set)
    for word in words:
        for start in range(len(word) - GRAM + 1):
            by_gram[word[start : start + GRAM]].add(word)
    return _packed(
        ((gram, f"{gram} {' '.join(sorted(by_gram[gram]))}") for gram in sorted(by_gram)), WORDS_BYTES
    )


def _traditional(every: list[Entry]) -> list[str]:
    """Two strings, character for character: traditional, and the simplified form that the corpus has."""
    known = {token for one in every for token in one.tokens if len(token) == 1}
    pairs = [(old, new) for old, new in _characters() if new in known and old not in known]
    return ["".join(old for old, _ in pairs), "".join(new for _, new in pairs)]


@lru_cache(maxsize=1)
def _characters() -> tuple[tuple[str, str], ...]:
    """OpenCC's table of characters, traditional to simplified, each with its first choice."""
    table = package_files("opencc").joinpath("dictionary", "TSCharacters.txt").read_text(encoding="utf-8")
    rows = (line.split() for line in table.splitlines() if line.strip())
    return tuple((row[0], row[1]) for row in rows if row[0] != row[1] and len(row[0]) == 1)
