"""`Edition` in; the files of its search index out, below `search/`. `engine.js` reads them.

index.js            what is loaded when search opens: sizes, and which token begins each list of files
p/<n>.js, f/<n>.js  postings, sorted by token: of all records, and of facts, which only numbers ask for
w/<n>.js            words by their groups of three letters: for parts of words and slips of the finger
l/<folder><n>.js    lists: which token, or group, begins each file of a folder, a few dozen files in each
t/<n>.js            the texts of records, a few of one kind together; of a long text the first part
t/<n>-<part>.js     the other parts of the long texts among them
c/<n>.js            traditional characters and the simplified ones that the corpus has, by their code points

A posting is the distance to the record before it, and one character: the saturated, weighted frequency of
BM25F, and where the token is: in which parts of a long text, so that a result loads the part that it shows;
or whether in the title of what may be a direct answer, so that no other is loaded.
The rarity of a token the reader's script works out from the number of its records.
"""

from __future__ import annotations

import json
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files as package_files
from itertools import chain, islice, product, repeat, zip_longest
from operator import rshift, sub

from generator.model import Edition, OutputFile
from generator.search import records
from generator.search.records import KINDS, Record
from generator.search.tokens import FIRST_HAN, HAN, cut, is_han, joined, key, normalize, tokens_of, word_key

# What a word weighs by where it stands, and how many bytes a record of usual length has.
WEIGHTS = {"title": 13.0, "names": 5.0, "lead": 1.0, "trail": 1.8, "text": 1.0}
SATURATION, LENGTH_SHARE, USUAL_LENGTH = 3.5, 0.6, 1000
# Weights are told in this many steps. A long text has up to four parts of about so many bytes each or more.
LEVELS, PARTS, PART_BYTES = 14, 4, 700
# Records of these kinds are direct answers where their titles have all of a query. They have one part.
DIRECT = {"code", "figure", "table", "step", "fact"}
# Sizes of files before compression. A question needs a line of each: the rest of a file nobody asked for.
POSTINGS_BYTES, TEXT_BYTES, FACT_BYTES, WORDS_BYTES = 1_500, 1_200, 2_000, 3_000
# Files in one list: about the root of their number in a book of a thousand topics.
LISTED = 48
# Files that traditional characters are spread over: a query has one or two.
CHARACTERS = 32
GRAM = 3
# Concepts are tokens too, under a mark that no word begins with.
CONCEPT = "="
# Distances: 64 characters end one, 24 others come before where it is long.
_LAST = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_MORE = "!#$%()*,-.:;=?@[]^_{|}~'"
# Which parts of a text have a token, bit by bit: none or all, one, two; of three of them the first two.
_SETS = [0, 1, 2, 4, 8, 3, 5, 9, 6, 10, 12]
# How often a token is in a text, and above that, bit by bit, in which parts.
_PART = 1 << 16
_COUNT = _PART - 1
_WORTH_BITS = 8
_WORTH_MASK = (1 << _WORTH_BITS) - 1
# A level and a set of parts: all characters that print and need no escape, without the space.
_WORTH = bytes(n for n in (*range(33, 127), *range(161, 256)) if chr(n) not in '"\\').ljust(256)
_WORD = re.compile("[0-9a-z\u00df-\u024f\u0370-\u03ff]+")
# Between texts that are cut as one, and between the parts of one: no token and no name reaches over these.
_BREAK, _APART = "\0", "\1"
# Some characters are read in several ways; of a name with many such, the likeliest are kept.
_READINGS = 12
_LATIN_EDGE = re.compile(f"[^{HAN} ]")


class Names:
    """Every name of every concept of the book, found in a text without trying each."""

    def __init__(self, edition: Edition) -> None:
        self.by_key: dict[str, dict[str, None]] = {}
        self.pinyin: dict[str, dict[str, None]] = {}
        self.shown: dict[str, list[str]] = {}
        self.syllables = 0  # of the longest name
        for page in edition.pages:
            for _, terms in page.terms:
                for term in terms:
                    for _, name in term.every_name:
                        for form in {key(name), key(name, whole=True)} - {""}:
                            self.by_key.setdefault(form, {})[term.id] = None
                        spellings = _pinyin(name)
                        for spelt in spellings:
                            self.pinyin.setdefault(spelt, {})[term.id] = None
                        self.syllables = max(self.syllables, min(map(len, spellings), default=0))
                    others = (n for _, name, names in term.others for n in (name, *names[:1]))
                    self.shown[term.id] = list(dict.fromkeys((term.name, *term.synonyms[:2], *others)))
        # The token that leads to a name: its place among all names, the longest first, and how it is spelt.
        self.first: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
        for rank, form in enumerate(sorted(self.by_key, key=lambda f: (-len(f), f))):
            self.first[first_token(form)].append((rank, edged(form), form))

    def concepts(self, forms: Sequence[str], found_by: Mapping[str, int]) -> dict[str, tuple[int, int]]:
        """How often each concept is named in the parts of a text, the longest name first; and in which parts.

        forms: the parts as `key` has them. found_by: their tokens.
        """
        # Words stand between spaces of their own, so that a name never begins or ends inside one.
        rest = _APART.join(f" {form.replace(' ', '  ')} " for form in forms)
        out: dict[str, tuple[int, int]] = {}
        here = [
            name
            for token in self.first.keys() & found_by.keys()
            for name in self.first[token]
            if name[1] in rest
        ]
        for _, needle, form in sorted(here):
            # A longer name may have been all of it.
            if needle in rest:
                counts = [part.count(needle) for part in rest.split(_APART)]
                within = sum(1 << n for n, count in enumerate(counts) if count)
                for id_ in self.by_key[form]:
                    count, parts = out.get(id_, (0, 0))
                    out[id_] = count + sum(counts), parts | within
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
    runs = cut(normalize(name))[1::2]
    if not runs or not all(map(is_han, runs)) or len(name) < 2:
        return set()
    # As in `collation`.
    from pypinyin import Style, pinyin

    every = pinyin("".join(runs), style=Style.NORMAL, heteronym=True)
    readings = list(islice(product(*every), _READINGS))
    return {"".join(r) for r in readings} | {"".join(syllable[0] for syllable in r) for r in readings}


class Index:
    """What is gathered of the records, one after the other.

    A posting is the number of a record and a byte of worth, in one number: a book has millions of them.
    """

    def __init__(self, names: Names) -> None:
        self.names = names
        self.postings: dict[str, array[int]] = defaultdict(_posting)
        self.words: set[str] = set()
        # What sections lie under, and titles like "Treatment", come again and again.
        self.tally_of = lru_cache(1 << 12)(self._tally)

    def add(self, number: int, record: Record, text: Sequence[Sequence[str]]) -> None:
        """A record, in the order of its number. text: its text by parts."""
        others: dict[str, float] = {}
        tally = self._tally(text)
        for where, texts in (
            ("title", (record.title,)),
            ("names", record.names),
            ("lead", (record.lead,)),
            ("trail", (record.trail,)),
        ):
            found = self.tally_of((texts,), named=where != "names")
            weight = WEIGHTS[where]
            if where == "title":
                length = sum(count for token, count in found.items() if not token.startswith(CONCEPT))
                weight /= max(0.7 + 0.3 * length / 8, 0.5)
            for token, count in found.items():
                others[token] = others.get(token, 0.0) + weight * count
            if record.kind in DIRECT and (where == "title" or (where == "trail" and record.kind == "code")):
                for token in found:
                    tally[token] = tally.get(token, 0) & _COUNT | _PART
        if record.kind == "term":
            own = CONCEPT + record.anchor
            others[own] = others.get(own, 0.0) + 2 * WEIGHTS["title"]
        # In bytes, of which an ideograph has three: both languages say a thing in about as many.
        size = sum(len(one.encode()) for some in text for one in some)
        weight = WEIGHTS["text"] / max(1 - LENGTH_SHARE + LENGTH_SHARE * size / USUAL_LENGTH, 0.5)
        told = _told(len(text))

        def posted(tallied: int, more: float = 0.0) -> int:
            value = weight * (tallied & _COUNT) + more
            return number << _WORTH_BITS | int(LEVELS * value / (value + SATURATION)) + told[tallied // _PART]

        postings = self.postings
        for token, more in others.items():
            postings[token].append(posted(tally.pop(token, 0), more))
        # Most tokens are in the text alone, and weigh what others weigh there.
        alike = {tallied: posted(tallied) for tallied in set(tally.values())}
        for token, tallied in tally.items():
            postings[token].append(alike[tallied])

    def _tally(self, parts: Sequence[Sequence[str]], named: bool = True) -> dict[str, int]:
        """How often each token is in texts and, where they are in several parts, in which: `_PART` and above.

        named: with the concepts.
        """
        pieces = [cut(normalize(_BREAK.join(texts))) for texts in parts]
        tally: dict[str, int] = {}
        for n, one in enumerate(pieces):
            # Runs of ideographs are as many as clauses, and no one asks for them.
            self.words.update([run for run in one[1::2] if run < FIRST_HAN])
            counted = Counter(tokens_of(one))
            if len(pieces) == 1:
                tally = counted
                break
            here = _PART << n
            for token, count in counted.items():
                tally[token] = tally.get(token, 0) + count + here
        if named and tally:
            for id_, (count, mask) in self.names.concepts([*map(_form, pieces)], tally).items():
                tally[CONCEPT + id_] = count + (mask * _PART if len(pieces) > 1 else 0)
        return tally


@cache
def _told(parts: int) -> tuple[int, ...]:
    """By the parts that have a token, bit by bit, out of so many: what its worth has above the level."""

    def first_two(mask: int) -> int:
        first = mask & -mask
        return first | (mask - first) & -(mask - first)

    everywhere = (1 << parts) - 1 if parts > 1 else 0
    return tuple(
        0 if mask == everywhere else LEVELS * _SETS.index(first_two(mask)) for mask in range(1 << PARTS)
    )


def _posting() -> array[int]:
    return array("I")


def _form(pieces: list[str]) -> str:
    """Texts that were cut as one, as `key` has them, with what no name reaches over between them."""
    out: list[str] = []
    for gap, run in zip(pieces[::2], pieces[1::2], strict=False):
        if _BREAK in gap:
            out.append(_BREAK)
        out.append(run if run >= FIRST_HAN else word_key(run))
    return " ".join(out)


@cache
def _words(word: str) -> tuple[str, ...]:
    whole = joined(word)
    return tuple(w for w in {*re.split(r"[-./+']", word), whole} if len(w) >= GRAM and _WORD.fullmatch(w))


def parts_of(record: Record) -> list[list[str]]:
    """The paragraphs of a record's text in up to so many parts as the text is long, all about as long."""
    sizes = [len(text.encode()) for text in record.text]
    total = sum(sizes)
    count = 1 if record.kind in DIRECT else min(PARTS, max(total // PART_BYTES, 1))
    parts: list[list[str]] = [[] for _ in range(count)]
    before = 0
    for text, size in zip(record.text, sizes, strict=True):
        # A paragraph lies where its middle does.
        parts[(2 * before + size) * count // (2 * total) if total else 0].append(text)
        before += size
    return [part for part in parts if part]


def files(edition: Edition) -> list[OutputFile]:
    """The index of one language, paths below its folder."""
    names = Names(edition)
    # In the order of their numbers: by kind, then as the pages stand.
    every = [record for page in edition.pages for record in records.of_page(page, edition)]
    every = sorted([*every, *records.facts(edition)], key=lambda record: KINDS.index(record.kind))
    counts = Counter(record.kind for record in every)
    general = len(every) - counts["fact"]
    texts = [parts_of(record) for record in every]
    index, facts = Index(names), Index(names)
    for number, (record, text) in enumerate(zip(every, texts, strict=True)):
        if number < general:
            index.add(number, record, text)
        else:
            facts.add(number - general, record, text)
    numbers = {record.anchor: n for n, record in enumerate(every) if record.kind == "term"}
    shown = {id_: [str(numbers[id_]), *names] for id_, names in names.shown.items()}
    listed: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for kind, forms in (("n", names.by_key), ("p", names.pinyin)):
        for form, ids in forms.items():
            token = form if kind == "p" else first_token(form)
            listed[token] += [(kind, form, id_) for id_ in ids]
    postings, starts = _postings(index, listed, shown)
    fact_postings, fact_starts = _postings(facts, {}, {})
    rows, sizes = _texts(every, texts)
    words = {
        word for form in names.by_key for word in form.split() if len(word) >= GRAM and _WORD.fullmatch(word)
    }
    grams, gram_starts = _grams(words.union(*map(_words, index.words | facts.words)))
    stop = sorted({key(str(word)) for word in edition.ui.search_stop_words})
    head = {
        "version": 2,
        "kinds": [[kind, counts[kind], size] for kind, size in zip(KINDS, sizes, strict=True)],
        "listed": LISTED,
        "characters": CHARACTERS,
        "p": starts[::LISTED],
        "f": fact_starts[::LISTED],
        "w": gram_starts[::LISTED],
        "stop": stop,
        # Words without a subject in which a name begins all the same.
        "begin": [word for word in stop if _begins(word, listed)],
        # More letters than these are no pinyin: of syllables, and of their initials.
        "pinyin": [max(map(len, names.pinyin), default=0), names.syllables],
    }
    out = [_script("index", head)]
    known = {token for token in index.postings.keys() | facts.postings.keys() if len(token) == 1}
    out += [_script(f"c/{n}", pair) for n, pair in enumerate(_traditional(known))]
    for folder, firsts in (("p", starts), ("f", fact_starts), ("w", gram_starts)):
        for n in range(0, len(firsts), LISTED):
            out.append(_script(f"l/{folder}{n // LISTED}", firsts[n : n + LISTED]))
    for folder, shards in (("p", postings), ("f", fact_postings), ("w", grams)):
        out += [_script(f"{folder}/{n}", shard) for n, shard in enumerate(shards)]
    return out + [_file(f"t/{name}", json_) for name, json_ in rows]


def _begins(word: str, listed: Container[str]) -> bool:
    """Whether a name begins with a word, or inside it where it is of ideographs."""
    return word in listed or (
        is_han(word) and any(word[at : at + 2] in listed for at in range(len(word) - 1))
    )


def _script(name: str, data: object) -> OutputFile:
    return _file(name, _json(data))


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _file(name: str, text: str) -> OutputFile:
    # Two characters end a line in old scripts though not in JSON.
    text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return OutputFile(f"search/{name}.js", f'clinrefIndex("{name}",{text});\n'.encode())


def _number(value: int) -> str:
    """A number of 0 or more, a character or a few."""
    value, last = divmod(value, len(_LAST))
    out = _LAST[last]
    while value:
        value, more = divmod(value - 1, len(_MORE))
        out = _MORE[more] + out
    return out


def _postings(
    index: Index,
    listed: dict[str, list[tuple[str, str, str]]],
    shown: dict[str, list[str]],
) -> tuple[list[str], list[str]]:
    """The shards, and the first token of each. A line: token, distances, worth, names that begin with it.

    A concept has other fields there: the number of its term, then its names as shown.
    """
    postings = index.postings
    last = max((posted[-1] >> _WORTH_BITS for posted in postings.values()), default=-1)
    # A distance is at least 1.
    coded = ["", *map(_number, range(last + 1))].__getitem__

    def lines() -> Iterator[tuple[str, str]]:
        for token in sorted(postings.keys() | listed.keys()):
            posted = postings.get(token, ())
            numbers = list(map(rshift, posted, repeat(_WORTH_BITS)))
            gaps = "".join(map(coded, map(sub, numbers, chain((-1,), numbers))))
            worth = bytes(map(_WORTH_MASK.__and__, posted))
            if token.startswith(CONCEPT):
                names = "".join(f"\t{name}" for name in shown.get(token[1:], ()))
            else:
                names = "".join(f"\t{kind}{form}\t{id_}" for kind, form, id_ in sorted(listed.get(token, ())))
            yield token, f"{token}\t{gaps}\t{worth.translate(_WORTH).decode('latin-1')}{names}"

    return _packed(lines(), POSTINGS_BYTES)


def _packed(lines: Iterable[tuple[str, str]], size: int) -> tuple[list[str], list[str]]:
    """Sorted lines put together up to a size; and how each part begins, as far as that tells it apart."""
    shards: list[list[str]] = []
    starts: list[str] = []
    filled, before = size, ""
    for first, line in lines:
        length = len(line.encode())
        if filled + length > size:
            shards.append([])
            starts.append(next(first[:n] for n in range(1, len(first) + 1) if first[:n] > before))
            filled = 0
        shards[-1].append(line)
        filled += length
        before = first
    return ["\n".join(shard) for shard in shards], starts


def _texts(
    every: Sequence[Record], texts: Sequence[Sequence[Sequence[str]]]
) -> tuple[list[tuple[str, str]], list[int]]:
    """The files of the texts of records, as many of a kind in each, and how many of each kind that is.

    A list of what each file holds would be longer than all else that is loaded when search opens.
    """
    out: list[tuple[str, str]] = []
    sizes: list[int] = []
    shards = 0
    rows: dict[str, list[list[str]]] = {kind: [] for kind in KINDS}
    for record, parts in zip(every, texts, strict=True):
        rows[record.kind].append(_rows(record, parts))
    for kind, of_kind in rows.items():
        # Facts are most of all records, and no question reads more than three.
        wanted = FACT_BYTES if kind == "fact" else TEXT_BYTES
        total = sum(len(first.encode()) for first, *_ in of_kind)
        size = max(1, round(wanted * len(of_kind) / max(total, 1)))
        sizes.append(size)
        for start in range(0, len(of_kind), size):
            for n, parts in enumerate(zip_longest(*of_kind[start : start + size], fillvalue="0")):
                out.append((f"{shards}-{n}" if n else str(shards), f"[{','.join(parts)}]"))
            shards += 1
    return out, sizes


def _rows(record: Record, parts: Sequence[Sequence[str]]) -> list[str]:
    """What is shown of a record, once for each part of its text."""
    # Other sentences with a fact are what it is found by.
    texts = ["\n".join(part) for part in parts] if record.kind != "fact" else [*record.text[:1]]
    if not record.anchor:
        # The top of a page shows its description, which is no part of its text.
        texts[:1] = ["\n".join((record.lead, *texts[:1]))]
    texts = texts or [""]
    words = (record.page, record.page_title, record.anchor, record.title, record.trail)
    return [_json([*words, text, len(texts), *record.extra]) for text in texts]


def _grams(words: set[str]) -> tuple[list[str], list[str]]:
    """Every word under each group of three letters in it. A line: the group, the words."""
    by_gram: dict[str, set[str]] = defaultdict(set)
    for word in words:
        for start in range(len(word) - GRAM + 1):
            by_gram[word[start : start + GRAM]].add(word)
    return _packed(
        ((gram, f"{gram} {' '.join(sorted(by_gram[gram]))}") for gram in sorted(by_gram)), WORDS_BYTES
    )


def _traditional(known: Container[str]) -> list[list[str]]:
    """Two strings a file: traditional characters, and their simplified forms where the corpus has those."""
    out = [["", ""] for _ in range(CHARACTERS)]
    for old, new in _characters():
        if new in known and old not in known:
            pair = out[ord(old) % CHARACTERS]
            pair[0] += old
            pair[1] += new
    return out


@lru_cache(maxsize=1)
def _characters() -> tuple[tuple[str, str], ...]:
    """OpenCC's table of characters, traditional to simplified, each with its first choice."""
    table = package_files("opencc").joinpath("dictionary", "TSCharacters.txt").read_text(encoding="utf-8")
    rows = (line.split() for line in table.splitlines() if line.strip())
    return tuple((row[0], row[1]) for row in rows if row[0] != row[1] and len(row[0]) == 1)
