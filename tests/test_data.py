"""The book for programs: JSON against its schemas and the content, feeds, JSON-LD, answers by code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from lxml import etree
from tiny import BOOK, ROOT, content_of, edit

from generator.model import Content, Edition, ListBlock, OutputFile, Page
from generator.render import data, feeds, infobutton
from generator.render.published import CODE_SYSTEMS, json_broken, json_bytes, stamp, tag
from generator.render.schema_org import json_ld
from generator.resolve import resolve

ATOM = {"a": feeds.ATOM}
# The fields and types that the Citation Style Language defines for input data.
CSL_FIELDS = set(
    "id type title author container-title publisher issued accessed volume issue page number DOI PMID URL "
    "language note genre custom".split()
)
CSL_TYPES = {"article-journal", "report", "webpage", "book", "chapter", "standard"}
BOOKS = {"tiny": BOOK, "real": ROOT / "content"}


def editions_of(content: Content) -> list[Edition]:
    return [resolve(content, language) for language in content.languages]


def files_of(content: Content) -> dict[str, bytes]:
    editions = editions_of(content)
    every: list[OutputFile] = [
        *data.files(content, editions),
        *feeds.files(editions),
        *infobutton.files(content, editions),
    ]
    out = {file.path: file.data for file in every}
    assert len(out) == len(every), "a path stands twice"
    return out


@pytest.fixture(scope="module", params=sorted(BOOKS))
def content(request: pytest.FixtureRequest) -> Content:
    return content_of(BOOKS[request.param])


@pytest.fixture(scope="module")
def files(content: Content) -> dict[str, bytes]:
    return files_of(content)


def read(files: dict[str, bytes], name: str) -> Any:
    return json.loads(files[f"{data.ROOT}/{name}.json"])


def schema_of(files: dict[str, bytes], path: str, value: Any) -> Draft202012Validator:
    name = Path(path).stem
    if path.startswith("infobutton/"):
        name = "infobutton"
    elif isinstance(value, dict):
        name = Path(value["$schema"]).stem
    return Draft202012Validator(read(files, f"schema/{name}"))


# -- JSON and its schemas ------------------------------------------------------------------------------------


def test_every_file_holds_to_its_schema(files: dict[str, bytes]) -> None:
    checked = 0
    for path, text in files.items():
        if path.endswith(".json") and "/schema/" not in path:
            value = json.loads(text)
            errors = [f"{e.json_path}: {e.message}" for e in schema_of(files, path, value).iter_errors(value)]
            assert errors[:3] == [], path
            checked += 1
    assert checked >= len(data.FILES) + 6


def test_schemas_are_schemas_under_their_address(files: dict[str, bytes], content: Content) -> None:
    schemas = [path for path in files if "/schema/" in path]
    assert {Path(path).stem for path in schemas} == {*data.FILES, "topic", "infobutton"}
    for path in schemas:
        schema = json.loads(files[path])
        Draft202012Validator.check_schema(schema)
        assert schema["$id"] == f"{content.site.url}{path}"


def object_schemas(schema: Any) -> list[Any]:
    if isinstance(schema, list):
        return [found for item in schema for found in object_schemas(item)]
    if not isinstance(schema, dict):
        return []
    own = [schema] if "properties" in schema and schema.get("type") == "object" else []
    return own + [found for item in schema.values() for found in object_schemas(item)]


def test_schemas_name_every_key(files: dict[str, bytes]) -> None:
    # A key that is not described, or one that is misspelled, is an error.
    for path in [path for path in files if "/schema/" in path]:
        for schema in object_schemas(json.loads(files[path])):
            assert schema["additionalProperties"] is False
            assert set(schema["required"]) <= set(schema["properties"])


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("facts", lambda v: v["facts"][0]["numbers"].update(value=43250)),
        ("facts", lambda v: v["facts"][0].update(form="range")),
        ("facts", lambda v: v["facts"][0].update(cites=[])),
        ("topics", lambda v: v["topics"][0].update(reviewed="yesterday")),
        ("topics/en/sample-topic", lambda v: v["lead"][0].pop("statements")),
        ("topics/en/sample-topic", lambda v: v["sections"][0].update(html="<p>")),
        ("topics/en/sample-topic", lambda v: v["lead"][0]["statements"][0]["pieces"].append({"type": "x"})),
        ("terms", lambda v: v["terms"][0]["codes"][0].pop("code")),
        ("references", lambda v: v[0].update(type="guideline")),
        ("changes", lambda v: v["changes"][0].update(kind="rewrite")),
        ("index", lambda v: v.pop("notice")),
        ("flows", lambda v: v["flows"][0].update(topic="No Topic")),
    ],
)
def test_schemas_refuse_what_is_wrong(book: Content, name: str, spoil: Any) -> None:
    files = files_of(book)
    value = read(files, name)
    validator = schema_of(files, name, value)
    assert validator.is_valid(value)
    spoil(value)
    assert not validator.is_valid(value)


# -- nothing is lost, nothing is changed ---------------------------------------------------------------------


def statements(topic: Any) -> dict[str, Any]:
    blocks = [*topic["lead"], *(b for s in topic["sections"] for b in s["blocks"])]
    return {s["id"]: s for block in blocks for s in block.get("statements", ())}


def words_of(pieces: list[Any]) -> str:
    """The text again, from its pieces."""
    return "".join(words_of(p["pieces"]) if p["type"] == "styled" else p.get("text", "") for p in pieces)


def inner(pieces: list[Any], kind: str) -> list[Any]:
    return [
        found for p in pieces for found in ([p] if p["type"] == kind else inner(p.get("pieces", []), kind))
    ]


def test_every_statement_is_there_with_its_words_facts_and_sources(
    files: dict[str, bytes], content: Content
) -> None:
    for language in content.languages:
        for name, words in content.words[language].topics.items():
            topic = read(files, f"topics/{language}/{name}")
            found = statements(topic)
            wanted = {}
            for id_, block in words.blocks():
                if isinstance(block, ListBlock):
                    wanted |= dict(block.items.items())
                elif prose := getattr(block, "prose", None):
                    wanted[id_] = prose
            assert list(found) == list(map(str, wanted))
            assert [s["id"] for s in topic["sections"]] == [str(id_) for id_, _, _ in words.walk()]
            for id_, prose in wanted.items():
                statement = found[id_]
                assert statement["cites"] == list(prose.cites), id_
                assert words_of(statement["pieces"]) == statement["text"]
                shown = {p["fact"] for p in inner(statement["pieces"], "fact")}
                assert shown == set(statement["facts"])
                for fact in statement["facts"]:
                    assert f"[[fact:{fact}" in prose.source
                assert "<" not in json.dumps(statement["pieces"]), "markup in a piece"


def test_a_statement_in_full(book: Content) -> None:
    topic = read(files_of(book), "topics/en/sample-topic")
    share = statements(topic)["share"]
    assert share["mark"] == {"kind": "correction", "date": "2026-01-31", "change": "share-corrected"}
    assert share["facts"] == ["sample-share"]
    assert share["cites"] == ["alpha-2020"]
    assert share["text"] == f"Seen in {inner(share['pieces'], 'fact')[0]['text']} with HaO and xa."
    assert [p["style"] for p in share["pieces"] if p["type"] == "styled"] == ["sub", "sup"]
    assert inner(share["pieces"], "cite") == [{"type": "cite", "cites": ["alpha-2020"]}]
    assert statements(topic)["care-warning"]["mark"]["kind"] == "withdrawal"
    assert topic["codes"] == [
        {
            "system": "ICD-10",
            "oid": "2.16.840.1.113883.6.3",
            "uri": "http://hl7.org/fhir/sid/icd-10",
            "code": "X00.0",
        }
    ]


def test_facts_keep_every_figure(files: dict[str, bytes], content: Content) -> None:
    facts = {fact["id"]: fact for fact in read(files, "facts")["facts"]}
    assert list(facts) == list(map(str, content.facts))
    places = {
        f"{name}#{id_}"
        for name, words in content.words[content.languages[0]].topics.items()
        for id_, block in words.blocks()
        for id_ in (id_, *(block.items if isinstance(block, ListBlock) else ()))
    }
    for name, fact in content.facts.items():
        found = facts[name]
        assert tuple(found["numbers"].values()) == tuple(map(str, fact.numbers))
        assert found["source_value"] == fact.source_value
        assert found["cites"] == fact.cite
        assert set(found["text"]) == set(content.languages)
        assert set(found["used_in"]) <= places


def test_facts_read_as_each_language_prints_them(book: Content) -> None:
    facts = {fact["id"]: fact for fact in read(files_of(book), "facts")["facts"]}
    assert "43,250" in facts["sample-people"]["text"]["en"]
    assert facts["sample-people"]["numbers"] == {"value": "43250"}
    assert facts["sample-people"]["where"] == "US"
    assert facts["long-dose"]["numbers"] == {"dose": "30", "fractions": "10"}
    assert facts["sample-share"]["used_in"] == ["sample-topic#share", "sample-topic#signs-table"]


def test_everything_cited_is_a_source(files: dict[str, bytes]) -> None:
    known = {item["id"] for item in read(files, "references")}

    def cited(value: Any) -> set[str]:
        if isinstance(value, list):
            return {c for item in value for c in cited(item)}
        if not isinstance(value, dict):
            return set()
        return set(value.get("cites", ())) | {c for item in value.values() for c in cited(item)}

    answers = [path for path in files if path.endswith(".json") and "/schema/" not in path]
    every = {c for path in answers for c in cited(json.loads(files[path]))}
    assert every <= known
    assert len(every) > len(known) / 2


def test_references_are_csl(files: dict[str, bytes], content: Content) -> None:
    items = read(files, "references")
    assert [item["id"] for item in items] == list(map(str, content.references))
    for item in items:
        assert set(item) <= CSL_FIELDS
        assert item["type"] in CSL_TYPES
        for date in (item.get("issued"), item.get("accessed")):
            assert date is None or all(isinstance(part, int) for part in date["date-parts"][0])


def test_a_reference_in_full(book: Content) -> None:
    items = {item["id"]: item for item in read(files_of(book), "references")}
    assert items["alpha-2020"]["issued"] == {"date-parts": [[2020, 5]]}
    assert items["alpha-2020"]["author"][3] == {"family": "Delta", "given": "D"}
    assert items["zhang-2019"]["custom"] == {"seen": "abstract"}
    assert "custom" not in items["alpha-2020"]
    assert items["beta-2021"] == {
        "id": "beta-2021",
        "type": "report",
        "title": "Guidance on samples",
        "genre": "guideline",
        "author": [{"literal": "Sample Society"}],
        "publisher": "Sample Press",
        "issued": {"date-parts": [[2021]]},
        "accessed": {"date-parts": [[2026, 1, 15]]},
        "number": "G 1",
        "URL": "https://society.example/guidance",
        "language": "en",
        "custom": {"more-authors": True},
    }


def test_json_lays_out_the_same_value(files: dict[str, bytes]) -> None:
    value = {"a": [1, "二", None, True], "b": {"c": "x" * 200, "d": []}, "e": {}}
    assert json.loads(json_bytes(value)) == value
    assert json_bytes({"short": ["一"]}) == '{"short": ["一"]}\n'.encode()
    assert json_broken(value) == json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    # Small enough to be read: a topic of 300 statements, pieces and all.
    assert all(len(text) < 500_000 for text in files.values())


def test_the_same_bytes_whatever_the_seed_zone_and_place(tmp_path: Path) -> None:
    program = (
        "import hashlib, sys; sys.path[:0] = [{root!r}, {tests!r}]\n"
        "from test_data import files_of; from tiny import BOOK, content_of\n"
        "files = files_of(content_of(BOOK))\n"
        "print(hashlib.sha256(b''.join(n.encode() + files[n] for n in files)).hexdigest())"
    ).format(root=str(ROOT), tests=str(ROOT / "tests"))
    found = set()
    for seed, zone in (("1", "UTC"), ("2", "Asia/Shanghai"), ("3", "America/Los_Angeles")):
        place = tmp_path / seed
        place.mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=place, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        found.add(done.stdout)
    assert len(found) == 1


# -- feeds ---------------------------------------------------------------------------------------------------


def test_site_map_names_every_page_and_its_twins(files: dict[str, bytes], content: Content) -> None:
    names = {"s": feeds.SITEMAP, "x": feeds.XHTML}
    tree = etree.fromstring(files["sitemap.xml"])
    twins = {
        url.findtext("s:loc", namespaces=names): {
            link.get("hreflang"): link.get("href") for link in url.findall("x:link", names)
        }
        for url in tree.findall("s:url", names)
    }
    pages = sum(len(edition.pages) for edition in editions_of(content))
    assert len(twins) == pages + 1
    for location, alternates in twins.items():
        assert location in alternates.values()
        for language in content.languages:
            target = alternates[language]
            back = twins[target]
            assert location in back.values() or location == content.site.url


def test_feed_of_changes(files: dict[str, bytes], content: Content) -> None:
    ids: list[str | None] = []
    for language in content.languages:
        tree = etree.fromstring(files[f"{language}/changes.atom"])
        entries = tree.findall("a:entry", ATOM)
        assert len(entries) == len(content.changes)
        ids += [
            tree.findtext("a:id", namespaces=ATOM),
            *(e.findtext("a:id", namespaces=ATOM) for e in entries),
        ]
        dates = {e.findtext("a:updated", namespaces=ATOM) for e in entries}
        # Dates of the content, not of the build.
        assert dates == {stamp(str(change.date)) for change in content.changes.values()}
        assert tree.findtext("a:updated", namespaces=ATOM) == max(d for d in dates if d)
        for entry, (name, change) in zip(entries, content.changes.items(), strict=True):
            link = entry.find("a:link", ATOM)
            assert link is not None
            assert link.get("href") == f"{content.site.url}{language}/changes/#{name}"
            assert entry.find("a:category", ATOM).get("term") == change.kind
    assert len(ids) == len(set(ids))
    assert all(id_ and id_.startswith("tag:") for id_ in ids)


def test_a_book_without_history_has_no_feed(copy_of_book: Path) -> None:
    for name in ("shared", "zh", "en"):
        (copy_of_book / name / "changes.yml").unlink()
    files = files_of(content_of(copy_of_book))
    assert not [path for path in files if path.endswith("changes.atom")]
    assert read(files, "changes")["changes"] == []


def test_stamp_and_tag(book: Content) -> None:
    assert (stamp("2026"), stamp("2026-05"), stamp("2026-05-09")) == (
        "2026-01-01T00:00:00Z",
        "2026-05-01T00:00:00Z",
        "2026-05-09T00:00:00Z",
    )
    assert tag(book.site, "en/changes") == "tag:books.example,2026-11-01:tiny/en/changes"


def test_llms_txt_names_every_topic_with_its_limits(files: dict[str, bytes], content: Content) -> None:
    text = files["llms.txt"].decode("utf-8")
    for language in content.languages:
        assert str(content.words[language].ui.labels["notice"]) in text
        for topic in content.site.topics:
            (line,) = (x for x in text.splitlines() if f"({content.site.url}{language}/{topic}/)" in x)
            reviewed = content.topics[topic].reviewed
            label = content.words[language].ui.labels["reviewed" if reviewed else "not-reviewed"]
            assert str(label) in line


# -- schema.org ----------------------------------------------------------------------------------------------


def topic_page(edition: Edition, name: str) -> Page:
    return next(page for page in edition.pages if page.path == name)


def test_json_ld_of_a_topic(book: Content) -> None:
    zh, en = editions_of(book)
    described = json.loads(json_ld(en, topic_page(en, "sample-topic")))
    assert described["@type"] == "MedicalWebPage"
    assert described["inLanguage"] == "en"
    assert described["lastReviewed"] == "2026-01-30"
    assert described["dateModified"] == "2026-01-31"
    assert described["license"] == "https://licenses.example/sample"
    assert described["about"]["code"] == [
        {"@type": "MedicalCode", "codeValue": "X00.0", "codingSystem": "ICD-10"}
    ]
    assert len(described["reviewedBy"]) == 1
    assert described["audience"]["audienceType"] == "Clinician"
    # The first language counts as the original, and each names the other.
    original = json.loads(json_ld(zh, topic_page(zh, "sample-topic")))
    assert described["translationOfWork"]["@id"] == original["@id"]
    assert [work["@id"] for work in original["workTranslation"]] == [described["@id"]]
    assert "translationOfWork" not in original


def test_json_ld_says_no_more_than_the_content(book: Content) -> None:
    en = resolve(book, "en")
    unreviewed = json.loads(json_ld(en, topic_page(en, "second-topic")))
    assert not {"lastReviewed", "reviewedBy"} & set(unreviewed)
    assert "code" not in unreviewed["about"]
    patients = json.loads(json_ld(en, topic_page(en, "sample-patients")))
    assert patients["audience"]["audienceType"] == "Patient"
    assert patients["about"]["code"][0]["codeValue"] == "X00.0"


def test_json_ld_cannot_leave_its_element(book: Content) -> None:
    en = resolve(book, "en")
    hostile = "</script><script>alert(1)</script><!-- & \u2028"
    text = json_ld(en, replace(topic_page(en, "sample-topic"), title=hostile))
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text)["name"] == hostile


# -- answers by code -----------------------------------------------------------------------------------------


def test_every_code_has_its_answer_in_both_forms(files: dict[str, bytes], content: Content) -> None:
    wanted = {
        (str(system), code)
        for codes in [
            *(t.codes for t in content.topics.values()),
            *(t.codes for t in content.terms.values()),
        ]
        for system, text in codes.items()
        for code in str(text).replace(" ", "").split(",")
    }
    assert wanted
    for system, code in wanted:
        known = CODE_SYSTEMS[system]
        path = f"infobutton/{known.slug}/{code}"
        feed = json.loads(files[f"{path}.json"])["feed"]
        tree = etree.fromstring(files[f"{path}.atom"])
        assert [c["term"] for c in feed["category"]] == [code, known.oid]
        assert {entry["lang"] for entry in feed["entry"]} == set(content.languages)
        links = [entry["link"][0]["href"] for entry in feed["entry"]]
        assert links == [a.get("href") for a in tree.findall("a:entry/a:link", ATOM)]
        ids = [entry["id"]["_value"] for entry in feed["entry"]]
        assert len(ids) == len(set(ids))
        assert ids == [e.findtext("a:id", namespaces=ATOM) for e in tree.findall("a:entry", ATOM)]


def test_several_codes_in_one_line_are_several_answers(copy_of_book: Path) -> None:
    edit(copy_of_book / "shared" / "topics" / "sample-topic.yml", "ICD-10: X00.0", 'ICD-10: "X00.0, X01"')
    files = files_of(content_of(copy_of_book))
    first = json.loads(files["infobutton/icd-10/X01.json"])["feed"]["entry"][0]
    assert first["link"][0]["href"].endswith("/zh/sample-topic/")


def test_a_code_cannot_leave_its_folder(copy_of_book: Path) -> None:
    edit(copy_of_book / "shared" / "topics" / "sample-topic.yml", "ICD-10: X00.0", 'Own list: "../../x/y"')
    paths = [path for path in files_of(content_of(copy_of_book)) if path.startswith("infobutton/own-list/")]
    assert sorted(paths) == ["infobutton/own-list/..-..-x-y.atom", "infobutton/own-list/..-..-x-y.json"]


def test_the_server_recipe_knows_every_system() -> None:
    recipe = (ROOT / "site_config" / "deploy" / "infobutton.conf").read_text(encoding="utf-8")
    for system in CODE_SYSTEMS.values():
        oid = system.oid.replace(".", r"\.")
        (line,) = (x for x in recipe.splitlines() if f"{oid}(?:&|$)" in x)
        assert f'set $clinref_system "{system.slug}"' in line
