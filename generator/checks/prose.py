"""Rules on the form of prose: punctuation, brackets, spaces, stray words. They read print, not markup.

Which rule holds for a language follows from `spaced_words` in its ui.yml: text with spaces between words has
half-width punctuation, text without has full-width punctuation and no spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from operator import eq

from generator import markup
from generator.checks.passages import Check, Finding, once
from generator.checks.printed import FILLED, Printed, printed_texts
from generator.model import Content

IDEOGRAPH = "\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\U00020000-\U0002ffff"
# Pause marks: two of them in a row are one too many.
PAUSES = "，。、；：,.;:"
FULL_WIDTH = {",": "，", ".": "。", ";": "；", ":": "：", "?": "？", "!": "！", "(": "（", ")": "）"}
HALF_WIDTH = {wide: narrow for narrow, wide in FULL_WIDTH.items()} | {
    "、": ",", "【": "[", "】": "]", "～": "to or a dash", "％": "%", "＋": "+", "－": "-", "／": "/",
    "＝": "=", "《": "*title*", "》": "*title*", "「": "“", "」": "”", "『": "‘", "』": "’",
}  # fmt: skip
BRACKETS = {
    "（": "）", "(": ")", "[": "]", "【": "】", "{": "}", "《": "》", "〈": "〉", "「": "」", "『": "』",
    "“": "”", "‘": "’",
}  # fmt: skip
CLOSING = {closing: opening for opening, closing in BRACKETS.items()}
_BRACKET = re.compile(f"[{re.escape(''.join((*BRACKETS, *CLOSING)))}]")
# A full stop after one of these, or after a single letter, belongs to the word.
ABBREVIATIONS = frozenset(
    "al etc vs cf eg ie no nos fig figs dr st jr sr inc ltd co corp llc ed eds vol pp sp spp approx".split()
)


def _unspaced(content: Content, local: bool = True) -> Iterator[Printed]:
    return (t for t in printed_texts(content, local) if not content.words[t.language].ui.spaced_words)


def _spaced(content: Content, local: bool = True) -> Iterator[Printed]:
    return (t for t in printed_texts(content, local) if content.words[t.language].ui.spaced_words)


def _ends_abbreviation(text: str, stop: int) -> bool:
    """Whether the full stop at `stop` belongs to a word: `et al.`, `e.g.`, `U.S.`"""
    word = re.search(r"[A-Za-z]+\Z", text[:stop])
    return word is not None and (len(word.group()) == 1 or word.group().lower() in ABBREVIATIONS)


# --- punctuation --------------------------------------------------------------------------------------------

_ENDS = "？！?!"
# It begins with one set of marks, so that Python passes over all other characters at once.
_DOUBLED = re.compile(
    rf"[{PAUSES}{_ENDS}-](?:(?<=[{PAUSES}])\s*[{PAUSES}{_ENDS}]+|(?<=[{_ENDS}])\s*[{PAUSES}]"
    rf"|(?<=([{_ENDS}]))\1+|(?<=-)-+)"
)


def doubled_punctuation(content: Content) -> Iterator[Finding]:
    """Two punctuation marks do not stand in a row; an ellipsis is `……` or `…`, a dash `——` or `–`."""
    for text in printed_texts(content):
        for match in _DOUBLED.finditer(text.text):
            marks = match.group()
            if marks[0] == "." and marks[-1] not in ".。" and _ends_abbreviation(text.text, match.start()):
                continue
            hint = "keep one of them"
            if set(marks) <= {"."} or set(marks) <= {"。"}:
                hint = "write one full stop, or … (…… in Chinese) for an ellipsis"
            elif marks[0] == "-":
                hint = "write – or —"
            yield Finding(f'doubled punctuation "{marks}"', text.at(match), hint)


_STRAY = (
    (re.compile(r"\A\s*([，。、；：？！,.;:?!])"), '"{}" begins the text', "delete it"),
    (
        re.compile(r"[ ]+([，。、；：？！,.;:?!）)】」』》”](?![A-Za-z0-9]))"),
        'a space before "{}"',
        "delete the space",
    ),
    (
        re.compile(r"[（(\[【“‘「『《]\s*([，。、；：,;:])"),
        '"{}" right after an opening bracket',
        "delete it",
    ),
    (re.compile(r"([，、；：,;:])\s*[）)\]】」』》]"), '"{}" right before a closing bracket', "delete it"),
    (re.compile(r"[（(\[【「『《][ ]+(\S)"), 'a space after the bracket before "{}"', "delete the space"),
    (re.compile(r"(\S) {2,}(?=\S)"), 'two spaces after "{}"', "leave one"),
)


# What all of these but the first begin with, and what follows it: most texts have nothing of the kind.
_MAY_BE_STRAY = re.compile(
    r"[ （(\[【“‘「『《，、；：,;:](?:(?<= )[ ，。、；：？！,.;:?!）)】」』》”]"
    r"|(?<=[（(\[【“‘「『《])\s*[ ，。、；：,;:]|(?<=[，、；：,;:])\s*[）)\]】」』》])"
)


def stray_punctuation(content: Content) -> Iterator[Finding]:
    """Punctuation follows a word: it begins no text, opens and closes no bracket, has no space before it."""
    for text in printed_texts(content):
        if not (_MAY_BE_STRAY.search(text.text) or _STRAY[0][0].match(text.text)):
            continue
        for pattern, message, hint in _STRAY:
            for match in pattern.finditer(text.text):
                mark = match.group(1)
                shown = mark if mark != FILLED else "a reference"
                yield Finding(message.format(shown), text.at(match), hint)


_NARROW = re.compile(r"[,.;:?!()]")


def half_width_punctuation(content: Content) -> Iterator[Finding]:
    """A language without spaces between words has full-width punctuation, but for Latin names and numbers."""
    for text in _unspaced(content):
        for match in _NARROW.finditer(text.typed):
            if not _in_latin(text.text, match.start()):
                mark = match.group()
                yield Finding(f'half-width "{mark}"', text.at(match), f'write "{FULL_WIDTH[mark]}"')


def _in_latin(text: str, at: int) -> bool:
    """Whether the mark at `at` belongs to Latin words or a number on both sides of it."""
    before, after = text[:at].rstrip(" "), text[at + 1 :].lstrip(" ")
    mark = text[at]
    if mark in "()":
        return _latin_bracket(text, at)
    if mark == "." and _ends_abbreviation(text, at) and after:
        return True
    return _latin(before[-1:]) and _latin(after[:1])


def _latin_bracket(text: str, at: int) -> bool:
    """Whether a bracket and all within it are Latin, as in `RANK (CD265)`."""
    other = text.find(")", at) if text[at] == "(" else text.rfind("(", 0, at)
    first, last = sorted((at, other))
    return (
        other >= 0
        and all(map(_latin, text[first + 1 : last].replace(" ", "")))
        and _latin(text[:first].rstrip(" ")[-1:])
    )


def _latin(char: str) -> bool:
    return bool(char) and (char.isascii() or char.isalpha()) and not markup.is_wide(char)


_WIDE_MARK = re.compile("[\u3001-\u3003\u3008-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]")


def full_width_punctuation(content: Content) -> Iterator[Finding]:
    """A language with spaces between words has no full-width punctuation."""
    for text in _spaced(content):
        for match in _WIDE_MARK.finditer(text.text):
            better = HALF_WIDTH.get(match.group())
            yield Finding(
                f'full-width "{match.group()}"', text.at(match), f"write {better}" if better else "delete it"
            )


def unbalanced_brackets(content: Content) -> Iterator[Finding]:
    """Every bracket and quotation mark that opens is closed by its own kind, and the other way round."""
    for text in printed_texts(content):
        opened: list[int] = []
        for match in _BRACKET.finditer(text.text):
            place, char = match.start(), match.group()
            if char in BRACKETS:
                opened.append(place)
            elif char == "’" and _is_apostrophe(text.text, place, opened):
                continue
            elif not opened:
                yield Finding(f'"{char}" closes nothing', text.at(match), f'open it with "{CLOSING[char]}"')
            elif (opening := text.text[opened.pop()]) != CLOSING[char]:
                yield Finding(
                    f'"{opening}" is closed by "{char}"', text.at(match), f'write "{BRACKETS[opening]}"'
                )
        for place in opened:
            char = text.text[place]
            yield Finding(
                f'"{char}" is not closed', text.place(place, place + 1), f'close it with "{BRACKETS[char]}"'
            )


def _is_apostrophe(text: str, at: int, opened: list[int]) -> bool:
    """`surgeon’s`, and `patients’` where no quotation is open."""
    if not re.match(r"[A-Za-z]", text[at - 1 : at] or " "):
        return False
    return bool(re.match(r"[A-Za-z]", text[at + 1 :])) or not any(text[o] == "‘" for o in opened)


# An apostrophe stands after a letter; a mark that opens a quotation does not.
_STRAIGHT = re.compile(r'"|(?<![A-Za-z])\'')


def straight_quote(content: Content) -> Iterator[Finding]:
    """Quotation marks are curly; a straight mark is an apostrophe after a Latin letter, or an error."""
    for text in printed_texts(content):
        if '"' not in text.typed and "'" not in text.typed:
            continue
        for match in _STRAIGHT.finditer(text.typed):
            pair = "“…”" if match.group() == '"' else "‘…’"
            yield Finding(f"straight quotation mark {match.group()}", text.at(match), f"write {pair}")


# --- spaces -------------------------------------------------------------------------------------------------

_WIDE = f"[{IDEOGRAPH}\u3001-\u3003\u3008-\u3011\uff01-\uff0f\uff1a-\uff1f]"
_SPACED_OUT = re.compile(rf"(?<={_WIDE}) +(?=\S)|(?<=\S) +(?={_WIDE})")
_BEFORE_CITE = re.compile(r"(?<=\S) +(?=\[\[cite:)")


def mixed_spacing(content: Content) -> Iterator[Finding]:
    """A language without spaces between words has none beside an ideograph, or before a citation."""
    for text in _unspaced(content):
        for match in _SPACED_OUT.finditer(text.text) if " " in text.text else ():
            if not re.match(r"[，。、；：？！,.;:?!）)】」』》”]", text.text[match.end() :]):
                yield Finding("a space beside an ideograph", text.at(match), "delete the space")
        for match in _BEFORE_CITE.finditer(text.source) if " [[cite:" in text.source else ():
            yield Finding(
                "a space before a citation",
                text.source.place(match.start(), len(match.group())),
                "delete the space",
            )


# --- words --------------------------------------------------------------------------------------------------
# Asked of the shared text alone where it is about names, or about links: those of a hospital are its own.

_LATIN_RUN = re.compile(r"[A-Za-z][A-Za-z’'-]*(?:[ ,;:]+[A-Za-z][A-Za-z’'-]*){2,}")
_WORD = re.compile(r"[A-Za-z]+")
# They stand in names too: American Society of Clinical Oncology, van der Linden.
_IN_NAMES = frozenset("of and the for in on to at by de la le du van von der den et al vs a".split())
_IDEOGRAPHS = re.compile(f"[{IDEOGRAPH}]+")


def untranslated_run(content: Content) -> Iterator[Finding]:
    """No words of another language are left: no ideographs in English, no English phrase in Chinese."""
    names = _names(content)
    for text in _spaced(content, local=False):
        if text.source.isascii():
            continue
        for match in _IDEOGRAPHS.finditer(text.typed):
            if match.group() not in names:
                yield Finding(
                    f'"{match.group()}" is left in {content.words[text.language].ui.name} text',
                    text.at(match),
                    "translate it; a name of a term is shown with [[term:id|name]]",
                )
    for text in _unspaced(content, local=False):
        for match in _LATIN_RUN.finditer(text.typed):
            plain = [w for w in _WORD.findall(match.group()) if w.islower() and w not in _IN_NAMES]
            if plain and match.group().lower() not in names:
                yield Finding(
                    f'"{match.group()}" is not translated',
                    text.at(match),
                    "translate it; a name of a term is shown with [[term:id|name]]",
                )


@once
def _names(content: Content) -> set[str]:
    """What may stand in any language: names of terms and people, titles and bodies of the references."""
    out: set[str] = set()
    for words in content.words.values():
        out |= {str(name).lower() for term in words.terms.values() for name in term.names}
        out |= {str(person.name).lower() for person in words.people.values()}
        out.add(str(words.ui.site_name).lower())
    for reference in content.references.values():
        parts = (reference.title, reference.container_title, reference.publisher)
        out |= {str(part).lower() for part in parts if part}
        out |= {str(n.family or n.literal).lower() for n in reference.author}
    return out


# The syllables of Hanyu Pinyin, by final: the initials that it takes, "-" for none.
_FINALS = {
    "a": "- b p m f d t n l g k h zh ch sh z c s", "o": "- b p m f",
    "e": "- m d t n l g k h zh ch sh r z c s",
    "ai": "- b p m d t n l g k h zh ch sh z c s", "ei": "- b p m f d t n l g k h zh sh z",
    "ao": "- b p m d t n l g k h zh ch sh r z c s", "ou": "- p m f d t n l g k h zh ch sh r z c s",
    "an": "- b p m f d t n l g k h zh ch sh r z c s", "en": "- b p m f d n g k h zh ch sh r z c s",
    "ang": "- b p m f d t n l g k h zh ch sh r z c s", "eng": "b p m f d t n l g k h zh ch sh r z c s",
    "ong": "d t n l g k h zh ch r z c s", "i": "b p m d t n l j q x zh ch sh r z c s y", "ia": "d l j q x",
    "ie": "b p m d t n l j q x", "iao": "b p m d t n l j q x", "iu": "m d n l j q x",
    "ian": "b p m d t n l j q x", "in": "b p m n l j q x y", "iang": "n l j q x",
    "ing": "b p m d t n l j q x y",
    "iong": "j q x", "u": "b p m f d t n l g k h zh ch sh r z c s j q x y w", "ua": "g k h zh ch sh",
    "uo": "d t n l g k h zh ch sh r z c s", "uai": "g k h zh ch sh", "ui": "d t g k h zh ch sh r z c s",
    "uan": "d t n l g k h zh ch sh r z c s j q x y", "un": "d t l g k h zh ch sh r z c s j q x y",
    "uang": "g k h zh ch sh", "ue": "n l j q x y", "v": "n l", "ve": "n l", "ya": "-", "yao": "-", "ye": "-",
    "you": "-", "yan": "-", "yang": "-", "yong": "-", "wa": "-", "wo": "-", "wai": "-", "wei": "-",
    "wan": "-",
    "wen": "-", "wang": "-", "weng": "-", "er": "-",
}  # fmt: skip
SYLLABLES = frozenset(
    ("" if initial == "-" else initial) + final
    for final, taken in _FINALS.items()
    for initial in taken.split()
)
_TONES = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü", "aaaaeeeeiiiioooouuuuvvvvv")
# A macron or a caron stands in pinyin and in next to no Latin name; acute and grave stand in French ones.
_TONED_ONLY = re.compile("[āǎēěīǐōǒūǔǖǘǚǜ]", re.I)
_PINYIN_WORD = re.compile(r"[A-Za-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]+(?:'[A-Za-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]+)*")


@lru_cache(4096)
def _fewest_syllables(word: str) -> int:
    """Into how few syllables of pinyin a word falls; 0 when it does not."""
    best = {0: 0}
    for end in range(1, len(word) + 1):
        ways = [best[s] + 1 for s in range(max(0, end - 6), end) if s in best and word[s:end] in SYLLABLES]
        if ways:
            best[end] = min(ways)
    return best.get(len(word), 0)


def _syllables(word: str) -> int:
    parts = [_fewest_syllables(part) for part in word.lower().translate(_TONES).split("'")]
    return sum(parts) if all(parts) else 0


def pinyin(content: Content) -> Iterator[Finding]:
    """No pinyin is left in text of ideographs, with tone marks or without."""
    for text in _unspaced(content, local=False):
        run: list[re.Match[str]] = []
        for match in (*_PINYIN_WORD.finditer(text.typed), None):
            near = match and run and text.typed[run[-1].end() : match.start()] in (" ", "-", "'")
            if run and not near:
                if found := _pinyin_in([m.group() for m in run], content):
                    yield Finding(
                        f'pinyin "{found}"',
                        text.place(run[0].start(), run[-1].end()),
                        "write it in characters",
                    )
                run = []
            if match:
                run.append(match)


@once
def _latin_words(content: Content) -> set[str]:
    """A word that the book also prints in a language of words is of that language: data, Apache."""
    named = {w.lower() for name in _names(content) for w in _WORD.findall(name)}
    texts = _spaced(content, local=False)
    return {"meta"} | named | {w.lower() for text in texts for w in _WORD.findall(text.text)}


def _pinyin_in(words: list[str], content: Content) -> str:
    """The words, if they are pinyin: one of several syllables, several of one, or one with tone marks."""
    counts = [_syllables(w) for w in words]
    if any(c and _TONED_ONLY.search(w) for c, w in zip(counts, words, strict=True)):
        return " ".join(words)
    # A phrase of which only some words could be pinyin is English: American Society.
    if not all(counts) or sum(counts) < 2 or any(w.isupper() for w in words):
        return ""
    return "" if _latin_words(content).issuperset(w.lower() for w in words) else " ".join(words)


_DOUBLED_WORD = re.compile(r"\b([A-Za-z]++)\s+\1\b", re.I)
_LETTERS = re.compile("[a-z]+")
# A word of one character : after these its double ends another word : before these it begins one.
# 目的的 is two words, and so is 为了了解.
_DOUBLED_CHARACTERS = (
    "的:目标:确 了:为除:解结然 和:缓饱温中总柔: 与:参: 及:累波涉提普: 或:抑: 是:但于只还若凡要就可正也: "
    "在:存现所内潜实: 为:行作认成以: 于:: 对:相绝反针: 被:: 把:: 也:: 都:: 而:: 且:: 就:: 从:服跟遵听: "
    "由:自理缘: 以:可所予加难足得: 并:合一: 不:: 其:尤与极: 者:: 但:: 因:原病诱: 则:规原法准: 较:比: 最:: "
    "很:: 再:一: 仍:: 应:反效相适响: 须:必: 可:许: 将:: 使:即: 经:已神曾: 至:甚乃:"
).split()
_DOUBLED_CHARACTER = re.compile(
    "|".join(
        (rf"(?<![{before}])" if before else "") + char * 2 + (rf"(?![{after}])" if after else "")
        for char, before, after in (entry.split(":") for entry in _DOUBLED_CHARACTERS)
    )
    + "|(?<=逐)渐渐"
)
_DOUBLED_IDEOGRAPHS = re.compile(r"([\u4e00-\u9fff]{2,8})\1")
# Most texts have none, and need not be read for each of the characters above.
_TWICE = re.compile(r"([\u4e00-\u9fff])\1")


def doubled_word(content: Content) -> Iterator[Finding]:
    """No word stands twice in a row."""
    for text in printed_texts(content):
        # Most texts have no two words alike beside each other, which a list of them shows sooner.
        words = _LETTERS.findall(text.text.casefold())
        patterns = [_DOUBLED_WORD] if any(map(eq, words, islice(words, 1, None))) else []
        if not content.words[text.language].ui.spaced_words:
            patterns += [_DOUBLED_CHARACTER] if _TWICE.search(text.text) else []
            patterns.append(_DOUBLED_IDEOGRAPHS)
        for pattern in patterns:
            for match in pattern.finditer(text.text):
                word = match.group(1) if pattern.groups else match.group()[:1]
                yield Finding(f'"{word}" stands twice', text.at(match), "delete one of them")


# A word that sends the reader elsewhere, not followed by a link. In English to see is also to look at and to
# visit (see a doctor), so there a place has to be meant: in brackets, or by the noun.
_LINK = r"\s*\[\[(?!term:|fact:)"
_SEE = (
    re.compile(rf"(参见|另见|请见|详见)(?![“《（]?{_LINK})"),
    re.compile(rf"(?:^|(?<=[（(，。；、：\n]))(见)(?!于|到|有|光|习|效|识|解|[“《（]?{_LINK})", re.M),
    re.compile(
        rf"(?<![可常少罕所意多未偶预易看发参另请详])(见)(?=[上下前后左右]?(?:图|表|文|节|章|页)(?!{_LINK}))"
    ),
    re.compile(rf"\b(see\s+also)\b(?!\s+(?:the|under)?{_LINK}|{_LINK})", re.I),
    re.compile(rf"[(（](see)\b(?!\s+also)(?!(?:\s+(?:the|under|section|figure|table))*{_LINK})", re.I),
    re.compile(
        r"\b(see)\s+(?:(?:the|under)\s+)*(?:section|figure|fig\.|table|chapter|page|above|below|appendix|glossary)\b"
        rf"(?!\s*\(?{_LINK})",
        re.I,
    ),
)


def see_without_link(content: Content) -> Iterator[Finding]:
    """A word that sends the reader elsewhere (see, 参见) is followed by the link."""
    for text in printed_texts(content, local=False):
        source, told = text.source, set()
        for pattern in _SEE if "见" in source or "see" in source.lower() else ():
            for match in pattern.finditer(source):
                if match.start(1) not in told:
                    told.add(match.start(1))
                    yield Finding(
                        f'"{match.group(1)}" without a link',
                        source.place(match.start(1), len(match.group(1))),
                        "put the link right after it: [[section:id]], [[figure:id]], [[table:id]], …",
                    )


CHECKS: tuple[Check, ...] = (
    doubled_punctuation,
    stray_punctuation,
    half_width_punctuation,
    full_width_punctuation,
    unbalanced_brackets,
    straight_quote,
    mixed_spacing,
    untranslated_run,
    pinyin,
    doubled_word,
    see_without_link,
)
