"""Markdown as the templates write it in; the HTML that Python-Markdown makes of it out, many times sooner.

Python-Markdown says how a page reads, and the tests compare every byte with it. It asks each pattern of the
language about each text, builds a tree and takes it apart again. The templates use few forms, and write each
in one way: these are read here in one pass. A page that holds anything else is refused (`Unknown`), and
Python-Markdown makes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape

# Elements of HTML that Python-Markdown takes for blocks.
_BLOCKS = (
    "address article aside blockquote body canvas center colgroup dd details div dl dt fieldset "
    "figcaption figure footer form group h1 h2 h3 h4 h5 h6 header hgroup hr html iframe legend li main "
    "map math menu nav noscript object ol option output p pre progress script section style summary "
    "table tbody td textarea tfoot th thead tr ul video"
)
BLOCK_LEVEL = frozenset(_BLOCKS.split())
_BLOCK_NAMES = "|".join(_BLOCKS.split())
# Their content is text, and blocks only where the Markdown attribute says so.
_SPANS = frozenset("address dd dt h1 h2 h3 h4 h5 h6 legend li p summary td th".split())
# What these hold is no HTML, or they hold nothing; of the last not even within HTML.
_OPAQUE = frozenset("canvas hr math option pre script style textarea".split())
_UNREAD = frozenset(("script", "style", "textarea", "title"))

# No pattern of Markdown that is tried before that of HTML finds anything in such a tag.
_ATTRIBUTES = r"""(?:\s+[a-zA-Z][\w:.-]*(?:="[^"<>\\`\[\]]*")?)*"""
# The tag of an element around Markdown is taken apart before any pattern is tried.
_ELEMENT = re.compile(r"""<([a-z][a-z0-9]*)((?:\s+[a-zA-Z][\w:.-]*(?:="[^"<>]*")?)*)>""")
_ANY_TAG = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9]*)(?:[^<>"']|"[^"]*"|'[^']*')*>""")
# An attribute, and the first quote of its value.
_ATTRIBUTE = re.compile(r'([a-zA-Z][\w:.-]*)(=")?')
_BLOCK_TAG = re.compile(rf"<(?:{_BLOCK_NAMES})[\s>/]")
# Where a block of Markdown ends: at an empty line, before a heading or a tag of a block.
_CHUNK_END = re.compile(rf"\n(?=\n|#|</?(?:{_BLOCK_NAMES})[\s>])")
_HEADING = re.compile(r"(#{1,6}) ([^\n]*?)(?: \{: ([^{}\n]*) \})?")
_ADMONITION = re.compile(r'!!! ([a-z]+) "([^"\n]+)"')
_MARKER = re.compile(r"(?:-|[0-9]+\.) +(?=\S)")
_LIST_ATTRIBUTES = re.compile(r"\n *\{: ([^{}\n]*) \}$")
# What may not begin a paragraph, since Markdown could take it for something else.
_NO_PARAGRAPH = re.compile(r"[ #>|=~:`\\_]|[*+-](?:\s|$)|\*\*\*|--|[0-9]+\.\s|!!!|\[[^\]]*\]:")
# Attributes as attr_list reads them between braces. Values hold no character that a pattern could find.
_LISTED = re.compile(r'(?:#([\w-]+)|\.([\w-]+)|([a-z][\w-]*)="([^"<>\\`\[\]*_]*)")(?: |$)')
_ENTITY = r"&(?:\#[0-9]+|\#x[0-9a-fA-F]+|[a-zA-Z0-9]+);"
_INLINE_TAG = rf"</?(?!(?:{_BLOCK_NAMES})[\s>/])[a-zA-Z][a-zA-Z0-9]*+{_ATTRIBUTES}\s*/?>"
# The end of a link: its address, which may hold brackets in pairs, and its attributes.
_CLOSE = r"""\]\((?P<href>(?:[^()\s<>"'\\`]|\([^()\s<>"'\\`]*\))+)\)(?:\{:\ (?P<listed>[^{}\n]*)\})?"""
# Text that is copied as it is; a link whose words are such text; and each mark of any text.
_PLAIN = re.compile(rf"(?:[^][\\`*_<>&{{}}\n]++|{_ENTITY}|{_INLINE_TAG})*+")
_LINK = re.compile(rf"\[(?P<words>[^][\\`*_{{}}\n]*){_CLOSE}")
_MARK = re.compile(
    rf"(?P<copied>{_ENTITY}|{_INLINE_TAG})|(?P<emphasis>\*\*?(?!\*))|(?P<open>(?<!!)\[)|(?P<close>{_CLOSE})"
    r"|(?P<other>[][\\`*_<>&{}\n])"
)
# Control characters by which Python-Markdown marks places, and white space that it makes plain.
_CONTROLS = "\t\r\x02\x03"
_BLANK_LINE = re.compile(r"\n +\n")
_LOOSE_AND = re.compile(r"&(?!(?:#[0-9]+|#x[0-9a-f]+|[0-9a-z]+);)", re.I)
_TAGS = re.compile(r"<[^<>]*>")
_STYLES = {"**": "strong", "*": "em"}


# The extensions of Markdown by which pages are read, with their settings: those of `mkdocs.yml`.
EXTENSIONS: dict[str, dict[str, object]] = {
    "toc": {"permalink": True, "toc_depth": 3},
    "tables": {"use_align_attribute": True},
    "fenced_code": {},
    "admonition": {},
    "attr_list": {},
    "md_in_html": {},
}
# Headings up to this level stand in the list of sections.
LISTED_LEVEL = 3


class Unknown(Exception):
    """The page holds a form that is not read here."""


@dataclass
class Html:
    """A page: its text; level, id and name (HTML) of each heading; the ids that its Markdown gives."""

    text: str = ""
    headings: list[tuple[int, str, str]] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    # The first block is a heading of the first level, which titles the page.
    is_titled: bool = False


def read(markdown: str, address: Callable[[str], str]) -> Html:
    """The HTML of a page, as the extensions of `mkdocs.yml` make it.

    address: what stands in HTML for the address of a link. Raises Unknown where the page holds other forms.
    """
    # Asked one by one: a pattern of them all takes a tenth of what the page does.
    if (
        any(char in markdown for char in _CONTROLS)
        or markdown.startswith((" ", "\n"))
        or _BLANK_LINE.search(markdown)
    ):
        raise Unknown("white space")
    page = _Page(markdown, address)
    blocks = page.blocks("")
    page.out.is_titled = blocks[:1] != [] and blocks[0].startswith("<h1")
    page.out.text = "\n".join(blocks).strip()
    return page.out


@dataclass
class _Item:
    """An item of a list: its own text, until that turns out to be one of several blocks."""

    text: str
    blocks: list[str] = field(default_factory=list)


class _Page:
    """Reads one page from its beginning to its end; `at` is how far it got."""

    def __init__(self, text: str, address: Callable[[str], str]) -> None:
        self.text, self.address = text.rstrip("\n"), address
        self.at = 0
        self.out = Html()

    # -- blocks ----------------------------------------------------------------------------------------------

    def blocks(self, end: str) -> list[str]:
        """The HTML of every block from here to the closing tag `end`, which is passed, or to the last."""
        text, out = self.text, list[str]()
        after_list = False
        while True:
            while text.startswith("\n", self.at):
                self.at += 1
            if self.at == len(text):
                if end:
                    raise Unknown(f"no {end}")
                return out
            if end and text.startswith(end, self.at):
                self.at += len(end)
                return out
            tag = _ANY_TAG.match(text, self.at) if text[self.at] == "<" else None
            if tag and tag[2] in BLOCK_LEVEL:
                out.append(
                    self.element(tag[2], "block") if end or " markdown=" in tag[0] else self.raw(tag[2])
                )
                after_list = tag[2] in ("ol", "ul")
                continue
            chunk = self.chunk()
            if chunk[0] == "#":
                out.append(self.heading(chunk))
            elif chunk.startswith("!!!"):
                out.append(self.admonition(chunk))
            elif _MARKER.match(chunk):
                if after_list:
                    raise Unknown("a list that would go on with the one before it")
                out.append(self.list_of(chunk))
                after_list = True
                continue
            else:
                out.append(self.paragraph(chunk))
            after_list = False

    def chunk(self) -> str:
        """The lines from here to where their block ends."""
        found = _CHUNK_END.search(self.text, self.at)
        start, self.at = self.at, found.start() if found else len(self.text)
        return self.text[start : self.at]

    def indented(self) -> str:
        """The next block without its indent, if it has one and so belongs to what stands before it."""
        start = self.at
        while self.text.startswith("\n", self.at):
            self.at += 1
        if not self.text.startswith("    ", self.at):
            self.at = start
            return ""
        lines = self.chunk().split("\n")
        if not all(line.startswith("    ") for line in lines):
            raise Unknown("an indent that ends within a block")
        return "\n".join(line[4:] for line in lines)

    def heading(self, chunk: str) -> str:
        found = _HEADING.fullmatch(chunk)
        if not found or found[2].endswith("#"):
            raise Unknown("a heading")
        level, text = len(found[1]), self.inline(found[2].strip())
        known = self.listed(found[3] or "")
        if "id" not in known:
            raise Unknown("a heading without an id")
        self.out.headings.append((level, known["id"], " ".join(_TAGS.sub("", text).split())))
        link = f'<a class="headerlink" href="#{known["id"]}" title="Permanent link">&para;</a>'
        return f"<h{level}{_attributes(known)}>{text}{link}</h{level}>"

    def paragraph(self, chunk: str) -> str:
        if _NO_PARAGRAPH.match(chunk):
            raise Unknown(f"a paragraph that begins with {chunk[:4]!r}")
        return self.filled("p", chunk)

    def filled(self, tag: str, text: str) -> str:
        """An element of one line of text, with the attributes that a second line gives."""
        found = _LIST_ATTRIBUTES.search(text)
        known = self.listed(found[1]) if found else {}
        return f"<{tag}{_attributes(known)}>{self.inline(text[: found.start()] if found else text)}</{tag}>"

    def admonition(self, chunk: str) -> str:
        found = _ADMONITION.fullmatch(chunk)
        if not found:
            raise Unknown("an admonition")
        out = [f'<p class="admonition-title">{self.inline(found[2])}</p>']
        while block := self.indented():
            out.append(self.paragraph(block))
        return _holding("div", f' class="admonition {found[1]}"', out)

    def list_of(self, chunk: str) -> str:
        """A list, from its first block on. Items parted by empty lines, or with more in them, hold blocks."""
        tag, items = "ul" if chunk[0] == "-" else "ol", list[_Item]()
        while True:
            is_first = True
            for line in chunk.split("\n"):
                if found := _MARKER.match(line):
                    if _NO_PARAGRAPH.match(line, found.end()):
                        raise Unknown("an item that begins with a mark")
                    if is_first and items:
                        self.wrap(items[-1])
                    items.append(_Item(line[found.end() :]))
                    if is_first and len(items) > 1:
                        items[-1].blocks.append("")
                    is_first = False
                elif line.startswith("    {: "):
                    items[-1].text += f"\n{line}"
                else:
                    raise Unknown("a line of an item")
            for item in items:
                if item.blocks == [""]:
                    item.blocks = [self.paragraph(item.text)]
                    item.text = ""
            while block := self.indented():
                self.wrap(items[-1])
                items[-1].blocks.append(self.paragraph(block))
            start = self.at
            while self.text.startswith("\n", self.at):
                self.at += 1
            if not _MARKER.match(self.text, self.at):
                self.at = start
                break
            chunk = self.chunk()
        return _holding(
            tag,
            "",
            [
                _holding("li", "", item.blocks) if item.blocks else self.filled("li", item.text)
                for item in items
            ],
        )

    def wrap(self, item: _Item) -> None:
        """Makes the text of an item its first paragraph."""
        if item.text:
            item.blocks.insert(0, self.paragraph(item.text))
            item.text = ""

    # -- elements --------------------------------------------------------------------------------------------

    def raw(self, name: str) -> str:
        """A block of HTML that stands by itself: as it is written."""
        if name in _OPAQUE:
            raise Unknown(f"<{name}>")
        start, depth = self.at, 0
        for tag in _ANY_TAG.finditer(self.text, start):
            if tag[2] in _UNREAD:
                raise Unknown(f"<{tag[2]}> in HTML")
            if tag[2] == name:
                depth += -1 if tag[1] else 1
                if not depth:
                    break
        else:
            raise Unknown(f"no </{name}>")
        self.at = tag.end()
        html = self.text[start : self.at]
        if "<!" in html or "<?" in html or " markdown=" in html:
            raise Unknown("a comment, or Markdown, in HTML")
        after = self.text[self.at : self.at + 2]
        if after not in ("\n\n", "\n", ""):
            raise Unknown("text after HTML")
        return f"{html}\n"

    def element(self, name: str, around: str) -> str:
        """An element within which Markdown is read, or that stands in such a one.

        around: "block" or "span", by what the element around it may hold.
        """
        tag = _ELEMENT.match(self.text, self.at)
        if not tag or name in _OPAQUE:
            raise Unknown(f"<{name}>")
        asked, attributes = _asked(tag[2])
        self.at = tag.end()
        if asked not in ("", "1", "span"):
            raise Unknown(f'markdown="{asked}"')
        if not asked:
            return self.untouched(name, attributes)
        if asked == "1" and around == "block" and name not in _SPANS:
            return _holding(name, attributes, self.blocks(f"</{name}>"))
        return self.span(name, attributes)

    def untouched(self, name: str, attributes: str) -> str:
        """An element whose text is no Markdown."""
        text = self.until_tag(name)
        if text is None:
            raise Unknown(f"a block in <{name}>")
        if _LOOSE_AND.search(text) or "<!" in text or "\n" in text or _TAGS.sub("", text).count("<"):
            raise Unknown(f"text of <{name}>")
        return f"<{name}{attributes}>{text}</{name}>"

    def span(self, name: str, attributes: str) -> str:
        """An element of text, or of others alone."""
        start = self.at
        text = self.until_tag(name)
        if text is not None:
            if text.strip() != text or " {" in text:
                raise Unknown(f"white space in <{name}>")
            return f"<{name}{attributes}>{self.inline(text)}</{name}>"
        self.at, out = start, list[str]()
        end = f"</{name}>"
        while True:
            while self.text[self.at : self.at + 1] == "\n":
                self.at += 1
            if self.text.startswith(end, self.at):
                self.at += len(end)
                break
            tag = _ANY_TAG.match(self.text, self.at)
            if not tag or tag[2] not in BLOCK_LEVEL or " markdown=" not in tag[0]:
                raise Unknown(f"text beside elements in <{name}>")
            out.append(self.element(tag[2], "span"))
        # What stands between them is kept as it was written, and an empty line added.
        return f"<{name}{attributes}>\n" + "\n\n".join(out) + f"\n{end}"

    def until_tag(self, name: str) -> str | None:
        """The text up to the closing tag, which is passed; None where another block comes first."""
        end = f"</{name}>"
        stop = self.text.find(end, self.at)
        if stop < 0:
            raise Unknown(f"no {end}")
        if _BLOCK_TAG.search(self.text, self.at, stop):
            return None
        start, self.at = self.at, stop + len(end)
        return self.text[start:stop]

    # -- inline ----------------------------------------------------------------------------------------------

    def inline(self, text: str) -> str:
        """The HTML of one line of text: what lies between its links stands as it is written."""
        if "[" not in text:
            return text if _PLAIN.fullmatch(text) else self.marked(text)
        out, at = list[str](), 0
        for found in _LINK.finditer(text):
            label, href, listed = found.groups()
            before = text[at : found.start()]
            # After an exclamation mark it is a picture.
            if not (_PLAIN.fullmatch(before) and _PLAIN.fullmatch(label)) or before.endswith("!"):
                return self.marked(text)
            out += before, self.link(href, listed), label, "</a>"
            at = found.end()
        out.append(text[at:])
        return "".join(out) if _PLAIN.fullmatch(out[-1]) else self.marked(text)

    def link(self, href: str, listed: str | None) -> str:
        """The tag that begins a link."""
        id_, before, after = _beside_href(listed or "")
        if id_:
            self.out.ids.add(id_)
        return f'<a{before} href="{_escaped(self.address(href))}"{after}>'

    def marked(self, text: str) -> str:
        """As `inline`, of a text with emphasis or with marks in its links."""
        out, at = list[str](), 0
        # Links that are open, by the place of their tag in `out`; and the emphasis that is.
        links, emphasis = list[int](), ""
        for found in _MARK.finditer(text):
            start, kind = found.start(), found.lastgroup
            out.append(text[at:start])
            at = found.end()
            if kind == "copied":
                out.append(found[0])
            elif kind == "open":
                if links:
                    raise Unknown("a link in a link")
                links.append(len(out))
                out.append("")
            elif kind == "close":
                if not links:
                    raise Unknown("the end of a link")
                out[links.pop()] = self.link(found["href"], found["listed"])
                out.append("</a>")
            elif kind == "emphasis" and not links:
                mark = found[0]
                if emphasis:
                    if mark != emphasis or text[start - 1].isspace():
                        raise Unknown("emphasis in emphasis")
                    out.append(f"</{_STYLES[mark]}>")
                    emphasis = ""
                elif at == len(text) or text[at].isspace():
                    raise Unknown("an asterisk")
                else:
                    out.append(f"<{_STYLES[mark]}>")
                    emphasis = mark
            else:
                raise Unknown(f"{kind}: {found[0]!r}")
        if links or emphasis:
            raise Unknown("a link or emphasis without end")
        out.append(text[at:])
        return "".join(out)

    def listed(self, text: str) -> dict[str, str]:
        """Attributes between braces, by name, as HTML."""
        known = _listed(text)
        if "id" in known:
            self.out.ids.add(known["id"])
        return known


def _listed(text: str) -> dict[str, str]:
    known: dict[str, str] = {}
    at, text = 0, text.strip()
    while at < len(text):
        found = _LISTED.match(text, at)
        if not found:
            raise Unknown(f"attributes: {text}")
        id_, class_, name, value = found.groups()
        if id_:
            known["id"] = id_
        elif class_:
            known["class"] = f"{known['class']} {class_}" if "class" in known else class_
        elif _LOOSE_AND.search(value):
            raise Unknown("an ampersand in an attribute")
        else:
            known[name] = value
        at = found.end()
    return known


# Thousands of links have the same few.
@lru_cache(1 << 12)
def _beside_href(text: str) -> tuple[str, str, str]:
    """Of attributes between braces the id, and what stands before and behind the address of a link."""
    known = _listed(text)
    if "href" in known:
        raise Unknown("a second address")
    before = _attributes({name: value for name, value in known.items() if name < "href"})
    after = _attributes({name: value for name, value in known.items() if name > "href"})
    return known.get("id", ""), before, after


def _asked(text: str) -> tuple[str, str]:
    """Of the attributes of a tag what it asks of Markdown, and the others as Python-Markdown writes them."""
    # Thousands of tags have the same few attributes, and other values.
    pieces = text.split('"')
    place, ordered = _shape('"'.join(pieces[::2]))
    if "&" in text:
        pieces = [_escaped(unescape(piece)) for piece in pieces]
    return pieces[place] if place else "", "".join([f'{a}{pieces[n]}"' if n else a for a, n in ordered])


@lru_cache(1 << 12)
def _shape(text: str) -> tuple[int, list[tuple[str, int]]]:
    """Of the attributes of a tag without their values, how they are written in the order of their names.

    Each with the place of its value between the quotes; before them, the place of what is asked of Markdown.
    Zero where there is none.
    """
    places = dict[str, int]()
    for found in _ATTRIBUTE.finditer(text):
        places[found[1].lower()] = 2 * text.count('"', 0, found.start()) + 1 if found[2] else 0
    asked = places.pop("markdown", None)
    if asked == 0:
        raise Unknown("markdown without a value")
    # An attribute without a value reads like one whose value is its name.
    return asked or 0, [
        (f' {name}="', place) if place else (f' {name}="{name}"', 0) for name, place in sorted(places.items())
    ]


def _escaped(value: str) -> str:
    """The value of an attribute as Python-Markdown writes it."""
    if "&" in value:
        value = _LOOSE_AND.sub("&amp;", value)
    return value.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _attributes(known: dict[str, str]) -> str:
    """Attributes in the order of their names, as Python-Markdown writes them."""
    return "".join([f' {name}="{known[name]}"' for name in sorted(known)])


def _holding(tag: str, attributes: str, blocks: list[str]) -> str:
    """An element around blocks, each on lines of its own."""
    inside = "\n".join(blocks)
    return f"<{tag}{attributes}>\n{inside}\n</{tag}>" if blocks else f"<{tag}{attributes}></{tag}>"
