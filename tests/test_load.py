"""The folder of a book: what is read, what is missing, and what does not belong."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tiny import BOOK, edit, findings

from generator.checks.passages import all_passages
from generator.load import Memory, load
from generator.markup import KINDS, references
from generator.model import BLOCK_FIELDS, FACT_FORMS, Content


def test_the_tiny_book_uses_every_feature(book: Content) -> None:
    """What the golden files cover is what a book can hold."""
    blocks = {block.kind for topic in book.words["en"].topics.values() for _, block in topic.blocks()}
    assert blocks == {"paragraph", *BLOCK_FIELDS}
    assert {fact.form for fact in book.facts.values()} == set(FACT_FORMS)
    refs = [r for passage in all_passages(book) for r in references(passage.prose.nodes)]
    assert {r.kind for r in refs} == set(KINDS)
    assert {r.kind for r in refs if r.shown} == set(KINDS) - {"fact", "cite"}
    kinds = {node.kind for flow in book.flows.values() for node in flow.nodes.values()}
    assert kinds == {"start", "action", "decision", "parallel", "outcome", "alert"}


def test_the_tiny_book_is_clean() -> None:
    assert findings(BOOK) == []


def test_a_second_language_is_data(copy_of_book: Path) -> None:
    """A book of one language is a book, too."""
    edit(copy_of_book / "shared" / "site.yml", "languages: [zh, en]", "languages: [en]")
    content, found = load(copy_of_book)
    assert found == []
    assert content is not None and content.languages == ("en",)


def test_what_a_file_manager_leaves_is_passed_over(copy_of_book: Path) -> None:
    left = ("shared/.DS_Store", "shared/figures/Thumbs.db", "en/desktop.ini", "en/topics/._sample-topic.yml")
    for name in left:
        (copy_of_book / name).write_bytes(b"\0\5\x16\7")
    assert findings(copy_of_book) == []


def test_no_folder() -> None:
    content, found = load(Path("no-such-folder"))
    assert content is None
    assert [(d.rule, str(d.location)) for d in found] == [("no-content", "no-such-folder:1:1")]


def test_every_fault_of_every_file_in_one_run(copy_of_book: Path) -> None:
    edit(copy_of_book / "shared" / "facts.yml", "value: 43250", "value: 43,250")
    edit(copy_of_book / "en" / "people.yml", "name: R. Viewer", "nome: R. Viewer")
    edit(copy_of_book / "zh" / "topics" / "sample-topic.yml", "note: |-", "note: >-")
    (copy_of_book / "en" / "tables.yml").write_bytes(b"\xff")
    rules = [d.rule for d in load(copy_of_book)[1]]
    assert sorted(rules) == ["encoding", "missing-key", "number-form", "prose-block", "unknown-key"]


def test_a_file_in_parts_is_read_as_one(copy_of_book: Path) -> None:
    whole = load(copy_of_book)[0]
    for folder, name in (("shared", "facts"), ("shared", "figures"), ("en", "tables"), ("zh", "changes")):
        path = copy_of_book / folder / f"{name}.yml"
        entries = re.split(r"^(?=\S)", path.read_text(encoding="utf-8"), flags=re.M)[1:]
        path.write_text("".join(entries[:1]), encoding="utf-8")
        path.with_name(f"{name}.more.yml").write_text("".join(entries[1:]), encoding="utf-8")
    parts, found = load(copy_of_book)
    assert found == [] and whole is not None and parts is not None
    assert list(parts.facts.items()) == list(whole.facts.items())
    assert parts.words == whole.words
    assert findings(copy_of_book) == []


def test_an_id_in_two_parts(copy_of_book: Path) -> None:
    (copy_of_book / "shared" / "facts.more.yml").write_text(
        'sample-year:\n  value: 2021\n  cite: alpha-2020\n  source_value: "2021"\n', encoding="utf-8"
    )
    (copy_of_book / "shared" / "site.more.yml").write_text("url: https://other.example/\n", encoding="utf-8")
    twice, stranger = sorted(load(copy_of_book)[1], key=lambda d: d.rule)
    assert (twice.rule, str(twice.location)) == ("duplicate-key", f"{copy_of_book}/shared/facts.more.yml:1:1")
    assert [str(r.location) for r in twice.related] == [f"{copy_of_book}/shared/facts.yml:9:1"]
    assert stranger.rule == "unknown-file"


def test_a_link_out_of_the_book_is_refused(copy_of_book: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    shutil.move(copy_of_book / "en" / "flows", outside)
    (copy_of_book / "en" / "flows").symlink_to(outside)
    assert {d.rule for d in load(copy_of_book)[1]} == {"no-symlink"}


def test_a_linked_drawing_is_refused(copy_of_book: Path, tmp_path: Path) -> None:
    drawing = copy_of_book / "shared" / "figures" / "box.svg"
    shutil.move(drawing, tmp_path / "box.svg")
    drawing.symlink_to(tmp_path / "box.svg")
    assert [d.rule for d in load(copy_of_book)[1]] == ["missing-drawing"]


def test_optional_files_may_be_absent(copy_of_book: Path) -> None:
    """A file that maps no ids need not be there; what it lacks is said by the rules, not by a crash."""
    (copy_of_book / "shared" / "tables.yml").unlink()
    content, found = load(copy_of_book)
    assert found == []
    assert content is not None and not content.tables


def test_messages_name_files_as_the_user_named_the_folder(copy_of_book: Path) -> None:
    edit(copy_of_book / "shared" / "facts.yml", "value: 43250", "value: many")
    assert load(copy_of_book)[1][0].location.file.path == (copy_of_book / "shared" / "facts.yml").as_posix()


def test_a_fault_is_told_as_long_as_it_is_there(copy_of_book: Path) -> None:
    """A program reads only what was written since; a fault that it can read over it tells again."""
    path = copy_of_book / "en" / "people.yml"
    memory: Memory = {}
    edit(path, "name: R. Viewer", "name: Reviewer #2")
    first, again = (load(copy_of_book, memory=memory)[1] for _ in range(2))
    assert {d.rule for d in first} == {"text-or-comment"}
    assert again == first
    edit(path, "name: Reviewer #2", "name: R. Viewer")
    assert load(copy_of_book, memory=memory)[1] == []
