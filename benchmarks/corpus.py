"""A number and a seed in; a book of that many topics out, in both languages, that passes every check.

The words are invented, the shape is that of a real book: each topic has every kind of prose, own terms,
facts, sources and a table; some have a flow, a drawing, a picture, a page for patients. Words follow Zipf's
law and new ones keep coming with new topics, so that indexes grow as they would in earnest.

    python benchmarks/corpus.py FOLDER [--topics 100] [--seed 1]
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate, pairwise
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parent.parent
LANGUAGES = ("zh", "en")
# Topics in one category, and entries in one part of a file.
CATEGORY, PART = 25, 400
DATE = "2026-01-31"
PATIENTS_EVERY, FLOW_EVERY, DRAWING_EVERY, PICTURE_EVERY, CHANGE_EVERY = 20, 5, 4, 50, 10

# Syllables and ideographs that make no number, no drug's ending and no word that a rule looks for.
_SYLLABLES = (
    "bra cor dal fen gor hul jol kel lom mer nol pir ros sel tor val wer zor pel gran stel mor".split()
)
_IDEOGRAPHS = (
    "安白板包保背本壁边变标表病波薄部侧层长肠常沉成程池充出处触传窗创垂唇磁次丛粗脆带胆导道底地电动毒短段断堆队"
    "发法范方防肥肺分粉风峰缝肤服浮腹改干肝感岗高隔根功宫钩孔骨鼓固关管光广规海寒汗核黑痕横红后厚湖护滑化环缓黄灰"
    "活火肌基激级急脊加甲尖坚间肩检件渐江降胶角脚节结筋紧进经晶精颈静局剧觉卡开抗口快宽眶阔"
).replace("抗", "")
_SHORT = "and in of with the to at by from on".split()
_PARTICLES = "的与在和或及于对"
# How often a word comes: Zipf's law with this exponent.
_EXPONENT = 1.05


class _Vocabulary:
    """Words that are drawn by Zipf's law; the later a topic, the more of them are in use."""

    def __init__(self, chance: random.Random, make: Callable[[random.Random], str], size: int) -> None:
        words: dict[str, None] = {}
        while len(words) < size:
            words[make(chance)] = None
        self.words = list(words)
        self.weights = list(accumulate(1 / rank**_EXPONENT for rank in range(1, size + 1)))

    def draw(self, chance: random.Random, known: int) -> str:
        known = min(known, len(self.words))
        return chance.choices(self.words[:known], cum_weights=self.weights[:known])[0]


def _english(chance: random.Random) -> str:
    return "".join(chance.sample(_SYLLABLES, chance.choice((1, 2, 2, 2, 3)))) + chance.choice(
        ("", "a", "is", "er")
    )


def _chinese(chance: random.Random) -> str:
    return "".join(chance.sample(_IDEOGRAPHS, chance.choice((2, 2, 2, 3))))


class _Words:
    """Sentences of one language."""

    def __init__(self, language: str, topics: int, seed: int) -> None:
        self.chance = random.Random(f"{seed} {language}")
        self.spaced = language == "en"
        size = 600 + round(40 * topics**0.8)
        self.vocabulary = _Vocabulary(self.chance, _english if self.spaced else _chinese, size)
        self.known = 600

    def begin(self, topic: int) -> None:
        self.known = 600 + round(40 * (topic + 1) ** 0.8)

    def words(self, count: int) -> str:
        out: list[str] = []
        while len(out) < count:
            word = self.vocabulary.draw(self.chance, self.known)
            if not out or (word not in out[-3:] and word[0] != out[-1][-1]):
                out.append(word)
                if len(out) < count and self.chance.random() < 0.3:
                    small = self.chance.choice(_SHORT if self.spaced else _PARTICLES)
                    out += [small] if small not in out[-2:] else []
        text = " ".join(out) if self.spaced else "".join(out)
        if not self.spaced and re.search(r"(..+)\1", text):
            # Two words may meet so that ideographs stand twice, which a rule takes for a slip.
            return self.words(count)
        return text[0].upper() + text[1:]

    def sentence(self, *parts: str) -> str:
        """Words around the parts (facts, terms, links), and a citation last."""
        *inner, cites = parts
        gap = " " if self.spaced else ""
        out = self.words(self.chance.randint(7, 12))
        for part in inner:
            follow = self.words(self.chance.randint(3, 6))
            out += f"{gap}{part}{gap}{follow[0].lower()}{follow[1:]}"
        return f"{out}{gap if cites else ''}{cites}{'.' if self.spaced else '。'}"

    def title(self, count: int = 2) -> str:
        return self.words(count)

    def name(self, number: int) -> str:
        """A name that no other term has, and no chance makes: its number in syllables or ideographs."""
        letters, out = (_SYLLABLES, "") if self.spaced else (_IDEOGRAPHS[::5], "")
        rest = number + len(letters)
        while rest:
            rest, index = divmod(rest, len(letters))
            out = letters[index] + out
        return out + ("itis" if self.spaced else "症")


def _prose(text: str, indent: int) -> str:
    return f"|-\n{' ' * (indent + 2)}{text}\n"


class _Book:
    def __init__(self, folder: Path, topics: int, seed: int) -> None:
        self.folder, self.topics, self.seed = folder, topics, seed
        self.chance = random.Random(seed)
        self.words = {language: _Words(language, topics, seed) for language in LANGUAGES}
        self.parts: dict[str, list[str]] = {}

    def write(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "shared" / "figures").mkdir(parents=True)
        self.frame()
        for number in range(self.topics):
            self.topic(number)
        self.change("book", {"date": "2026-01-01", "kind": "addition", "version": "2026.1"}, "")
        for name, entries in self.parts.items():
            for part, start in enumerate(range(0, len(entries), PART)):
                path = self.folder / (f"{name}.yml" if part == 0 else f"{name}.p{part:03}.yml")
                path.write_text("".join(entries[start : start + PART]), encoding="utf-8")

    def add(self, file: str, text: str) -> None:
        self.parts.setdefault(file, []).append(text)

    def put(self, path: str, text: str) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def dump(self, path: str, tree: Mapping[str, object]) -> None:
        self.put(path, yaml.safe_dump(dict(tree), allow_unicode=True, sort_keys=False))

    # -- what there is once ----------------------------------------------------------------------------------

    def frame(self) -> None:
        """The book's own files: what the machine says is the first book's, the categories are new."""
        categories = [f"category-{n:03}" for n in range(-(-self.topics // CATEGORY))]
        site = {
            "url": "https://scale.example/book/",
            "version": "2026.1",
            "updated": DATE,
            "languages": list(LANGUAGES),
            "publisher": "sample-editors",
            "categories": {name: {} for name in categories},
            "topics": [name for n in range(self.topics) for name in self.names(n)],
        }
        self.dump("shared/site.yml", site)
        self.dump("shared/people.yml", {"sample-editors": {}})
        for language in LANGUAGES:
            source = PROJECT / "content" / language / "ui.yml"
            ui = yaml.load(source.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)
            ui["categories"] = {name: self.words[language].title(3) for name in categories}
            self.dump(f"{language}/ui.yml", ui)
            self.dump(f"{language}/people.yml", {"sample-editors": {"name": "Sample editors"}})
            self.put(
                f"{language}/pages.yml",
                "".join(f"{page}:\n  title: Sample\n  description: Sample\n" for page in ("home", "about")),
            )

    def names(self, number: int) -> list[str]:
        """The topics that a number stands for: one for professionals, sometimes one for patients."""
        name = f"topic-{number:04}"
        return [name, f"{name}-patients"] if number % PATIENTS_EVERY == 1 else [name]

    # -- a topic ---------------------------------------------------------------------------------------------

    def topic(self, number: int) -> None:
        name, key = f"topic-{number:04}", f"{number:04}"
        for words in self.words.values():
            words.begin(number)
        sources = [f"source-{key}-{letter}" for letter in "abcde"]
        for index, source in enumerate(sources):
            self.source(source, number * 5 + index)
        terms = [f"term-{key}-{letter}" for letter in "ab"]
        for index, term in enumerate(terms):
            self.term(term, number * 2 + index, sources[index])
        facts = self.facts(key, sources)
        table = f"table-{key}"
        self.table(table, sources, facts[6:])
        drawing = f"drawing-{key}" if number % DRAWING_EVERY == 0 else ""
        picture = f"picture-{key}" if number % PICTURE_EVERY == 0 else ""
        for figure in filter(None, (drawing, picture)):
            self.figure(figure, sources[0])
        flow = f"flow-{key}" if number % FLOW_EVERY == 0 else ""
        before = f"topic-{self.chance.randrange(number):04}" if number else name
        shared = {
            "category": f"category-{number // CATEGORY:03}",
            "updated": DATE,
            "authors": ["sample-editors"],
            "related": [before] if before != name else [],
        }
        self.dump(f"shared/topics/{name}.yml", {k: v for k, v in shared.items() if v})
        for language, words in self.words.items():
            text = "".join(
                self.text(words, sources, terms, facts, table, drawing, picture, flow, before, number)
            )
            self.put(f"{language}/topics/{name}.yml", text)
        if flow:
            self.flow(flow, name, sources, number)
        if number % PATIENTS_EVERY == 1:
            self.patients(name, sources[0], shared["category"])
        if number % CHANGE_EVERY == 0:
            entry = {"date": DATE, "kind": "update", "version": "2026.1", "topic": name}
            self.change(key, entry, f"[[cite:{sources[0]}]]")

    def text(
        self,
        words: _Words,
        sources: list[str],
        terms: list[str],
        facts: list[str],
        table: str,
        drawing: str,
        picture: str,
        flow: str,
        before: str,
        number: int,
    ) -> Iterator[str]:
        """The file of a topic in one language. What it cites and names is the same in each."""
        cites = [f"[[cite:{source}]]" for source in sources]
        fact = [f"[[fact:{name}]]" for name in facts]
        term = [f"[[term:{name}]]" for name in terms]

        def paragraph(key: str, *sentences: str, indent: int = 6, kind: str = "") -> str:
            gap = " " if words.spaced else ""
            text = gap.join(sentences)
            if kind:
                return f"{' ' * indent}{key}:\n{' ' * (indent + 2)}{kind}: {_prose(text, indent + 2)}"
            return f"{' ' * indent}{key}: {_prose(text, indent)}"

        def section(key: str, indent: int = 2) -> str:
            pad = " " * indent
            return f"{pad}{key}:\n{pad}  title: {words.title()}\n{pad}  body:\n"

        say = words.sentence
        yield (
            f"title: {words.name(2 * number)} {words.title(1).lower()}\n"
            if words.spaced
            else (f"title: {words.name(2 * number)}{words.title(1)}\n")
        )
        yield f"description: {words.words(8)}\nlead:\n"
        yield paragraph("lead-what", say(term[0], cites[0]), say(cites[1]), indent=2)
        yield "sections:\n" + section("key-points")
        yield "      points:\n        list:\n"
        for index in range(5):
            parts = (fact[index], cites[index]) if index < 3 else (cites[index],)
            yield f"          point-{index}: {_prose(say(*parts), 10)}"
        yield section("overview")
        for index in range(4):
            yield paragraph(f"overview-{index}", *(say(cites[(index + n) % 5]) for n in range(3)))
        yield paragraph("overview-terms", say(term[1], cites[1]), say(f"[[topic:{before}]]", cites[2]))
        yield f"      overview-table:\n        table: {table}\n"
        yield section("diagnosis")
        for index in range(4):
            yield paragraph(f"diagnosis-{index}", *(say(cites[(index + n) % 5]) for n in range(3)))
        figures = [figure for figure in (drawing, picture) if figure]
        if len(figures) == 2:
            yield f"      diagnosis-gallery:\n        gallery: [{', '.join(figures)}]\n"
        elif figures:
            yield f"      diagnosis-figure:\n        figure: {figures[0]}\n"
        if flow:
            yield f"      diagnosis-flow:\n        flow: {flow}\n"
        yield section("treatment")
        yield paragraph("treatment-now", say(fact[3], cites[3]), kind="emergency", indent=6)
        yield "      treatment-steps:\n        steps:\n"
        for index in range(4):
            yield f"          step-{index}: {_prose(say(cites[index]), 10)}"
        yield paragraph("treatment-care", say(cites[0]), kind="warning")
        yield paragraph("treatment-note", say("[[section:overview]]", cites[1]), kind="note")
        yield "    sections:\n" + section("dosing", 6)
        yield paragraph("dosing-text", say(fact[4], cites[4]), say(fact[5], cites[0]), indent=10)
        for index in range(3):
            yield paragraph(f"dosing-{index}", *(say(cites[(index + n) % 5]) for n in range(3)), indent=10)

    def facts(self, key: str, sources: list[str]) -> list[str]:
        """Eight facts of different forms; the last two stand in the table."""
        low, high, dose, parts = 5 + self.chance.randrange(40), 50 + self.chance.randrange(40), 8, 1
        forms = [
            (f"low: {low}\n  high: {high}\n  unit: percent", f"{low}% to {high}%"),
            (f"value: {high}\n  unit: percent", f"{high}%"),
            (f"at_least: {low}\n  unit: mg", f"at least {low} mg"),
            (f"less_than: {low}\n  unit: hours", f"less than {low} hours"),
            (f"dose: {dose}\n  fractions: {parts}\n  unit: Gy", f"{dose} Gy in {parts} fraction"),
            (f"at_most: {high}\n  unit: weeks", f"at most {high} weeks"),
            (f"value: {low}\n  unit: percent", f"{low}%"),
            (f"more_than: {high}\n  unit: cm", f"more than {high} cm"),
        ]
        names = []
        for index, (form, printed) in enumerate(forms):
            names.append(f"fact-{key}-{'abcdefgh'[index]}")
            self.add(
                "shared/facts",
                f'{names[-1]}:\n  {form}\n  cite: {sources[index % 5]}\n  source_value: "{printed}"\n',
            )
        return names

    def source(self, name: str, number: int) -> None:
        title = self.words["en"].words(9)
        self.add(
            "shared/references",
            f"{name}:\n  type: article-journal\n  title: {title}\n"
            f"  author:\n    - literal: Sample Society {number % 97}\n"
            f"  container-title: Journal of Samples\n  issued: {2000 + number % 25}\n"
            f"  volume: {number % 60 + 1}\n  page: {number % 900 + 1}-{number % 900 + 9}\n"
            f"  DOI: 10.5555/{name}\n  language: en\n",
        )

    def term(self, name: str, number: int, source: str) -> None:
        category = "drug" if number % 7 == 3 else "disease"
        self.add("shared/terms", f"{name}:\n  category: {category}\n  cite: [{source}]\n")
        for language, words in self.words.items():
            definition = _prose(words.words(14) + (". " if words.spaced else "。").strip(), 2)
            self.add(
                f"{language}/terms", f"{name}:\n  name: {words.name(number)}\n  definition: {definition}"
            )

    def table(self, name: str, sources: list[str], facts: list[str]) -> None:
        rows = [f"row-{n}" for n in range(4)]
        text = f"{name}:\n  columns: [item, meaning, measure]\n  rows:\n"
        for index, row in enumerate(rows):
            cell = f"      facts:\n        measure: {facts[index]}\n" if index < 2 else ""
            text += f"    {row}:\n{cell or f'      cite: [{sources[index]}]{chr(10)}'}"
        self.add("shared/tables", text)
        for language, words in self.words.items():
            text = f"{name}:\n  caption: {words.title(4)}\n  columns:\n"
            text += (
                "".join(f"    {c}: {words.title(1)}\n" for c in ("item", "meaning", "measure")) + "  rows:\n"
            )
            for index, row in enumerate(rows):
                text += f"    {row}:\n"
                for column in ("item", "meaning", *(["measure"] if index > 1 else [])):
                    text += f"      {column}: {_prose(words.words(3 if column == 'item' else 6), 6)}"
            self.add(f"{language}/tables", text)

    def figure(self, name: str, source: str) -> None:
        kind = "jpg" if name.startswith("picture") else "svg"
        fixture = PROJECT / "tests" / "fixtures" / "book" / "shared" / "figures"
        original = fixture / ("photo.jpg" if kind == "jpg" else "box.svg")
        shutil.copyfile(original, self.folder / "shared" / "figures" / f"{name}.{kind}")
        outside = (
            "  source: https://books.example/photo\n  nobody_identifiable: yes\n" if kind == "jpg" else ""
        )
        self.add(
            "shared/figures",
            f"{name}:\n  file: {name}.{kind}\n  credit: sample-editors\n  licence: CC-BY-4.0\n{outside}"
            f"  cite: [{source}]\n",
        )
        for language, words in self.words.items():
            stop = "." if words.spaced else "。"
            labels = f"  labels:\n    corner: {words.title(1)}\n" if kind == "svg" else ""
            self.add(
                f"{language}/figures",
                f"{name}:\n  title: {words.title(3)}\n  caption: {_prose(words.words(8) + stop, 2)}"
                f"  alt: {words.words(8)}{stop}\n{labels}",
            )

    def flow(self, name: str, topic: str, sources: list[str], number: int) -> None:
        """A question with three answers, each with a way of its own; some end in a call for help."""
        nodes: dict[str, dict[str, object]] = {
            "begin": {"kind": "start", "next": "ask"},
            "ask": {"kind": "decision", "exits": {f"answer-{n}": f"way-{n}" for n in range(3)}},
        }
        for way in range(3):
            length = 1 + (number // FLOW_EVERY + way) % 3
            steps = [f"way-{way}", *(f"way-{way}-{n}" for n in range(length))]
            for step, following in pairwise(steps):
                nodes[step] = {"kind": "alert" if way == 0 else "action", "next": following}
            nodes[steps[-1]] = {"kind": "outcome"}
        for index, node in enumerate(nodes.values()):
            place = {
                "phase": "look" if index < 2 else "act",
                "section": "treatment",
                "cite": [sources[index % 5]],
            }
            node |= place
        self.dump(
            f"shared/flows/{name}.yml",
            {"topic": topic, "start": "begin", "phases": ["look", "act"], "nodes": nodes},
        )
        for language, words in self.words.items():
            self.dump(
                f"{language}/flows/{name}.yml",
                {
                    "title": words.title(3),
                    "description": words.words(7),
                    "phases": {"look": words.title(), "act": words.title()},
                    "answers": {f"answer-{n}": words.title() for n in range(3)},
                    "nodes": {node: words.words(5) for node in nodes},
                },
            )

    def patients(self, topic: str, source: str, category: object) -> None:
        name = f"{topic}-patients"
        shared = {
            "category": category,
            "updated": DATE,
            "authors": ["sample-editors"],
            "patient_page_of": topic,
        }
        self.dump(f"shared/topics/{name}.yml", shared)
        for language, words in self.words.items():
            body = "".join(
                f"      care-{n}: {_prose(words.sentence(f'[[cite:{source}]]'), 6)}" for n in range(6)
            )
            self.put(
                f"{language}/topics/{name}.yml",
                f"title: {words.title(3)}\ndescription: {words.words(8)}\nsections:\n  treatment:\n"
                f"    title: {words.title()}\n    body:\n{body}",
            )

    def change(self, key: str, entry: Mapping[str, str], cite: str) -> None:
        lines = "".join(f'  {k}: "{v}"\n' for k, v in entry.items())
        self.add("shared/changes", f"change-{key}:\n{lines}")
        for language, words in self.words.items():
            what = _prose(words.sentence(cite), 2)
            self.add(
                f"{language}/changes", f"change-{key}:\n  what: {what}  why: {_prose(words.sentence(''), 2)}"
            )


def write(folder: Path, topics: int, seed: int = 1) -> None:
    """Writes the book into `folder`, which is emptied first. The same numbers give the same bytes."""
    _Book(folder, topics, seed).write()


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes a book of invented words, as large as wanted.")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--topics", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.folder.exists() and not (options.folder / "shared" / "site.yml").is_file():
        parser.error(f"{options.folder} is no book: it would be emptied")
    write(options.folder, options.topics, options.seed)


if __name__ == "__main__":
    main()
