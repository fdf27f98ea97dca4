"""Read hand-written pages as far as they are joined and checked: front matter, headings, code,
links.

In: the text of a Markdown file. Out: a `Document`. This is not a Markdown engine: it goes line by
line, so that a block inside a list or an admonition is found whatever its indentation, and every
piece keeps its line.
"""

from __future__ import annotations

import html
import unicodedata

from msgspec import Struct, field

from gitops_docs.model import Section
from gitops_docs.text import patterns
from gitops_docs.text.patterns import Cursor, Pattern
from gitops_docs.yaml.nodes import Map, mapping
from gitops_docs.yaml.parse import parse

IGNORE = Pattern(r"<!--\s*gitops-docs:\s*ignore\s*-->")
"""`<!-- gitops-docs: ignore -->` before a block, or on a line: nothing in it is checked. With a
code it is one for `checks.ignores`."""
_HEADING = Pattern(r" {0,3}(#{1,6})(?:[ \t]|\z)")
_SETEXT = Pattern(r" {0,3}(=+|-+)[ \t]*\z")
_FENCE = Pattern(r"([ \t>]*)(`{3,}|~{3,})([^`]*)\z")
_ATTRIBUTES = Pattern(r"\{:?([^{}]*)\}\z")
_EXPLICIT = Pattern(
    r"<(?:a|span|div|h[1-6]|section)\b[^<>]*?\b(?:id|name)=[\"']([^\"']+)[\"']", ignore_case=True
)
_TICKS = Pattern("`+")
_BRACKET = Pattern(r"\\.|[\[\]]")
_TARGET = Pattern(r"\((?:<([^<>]*)>|([^()\s]*(?:\([^()\s]*\)[^()\s]*)*))(?:\s+[\"'(][^)]*)?\)")
_STRONG = (
    *(
        Pattern(rf"(^|[^\pL\pN_]){mark}(\S|\S.*?\S){mark}($|[^\pL\pN_])")
        for mark in (r"\*\*", "__", r"\*", "_")
    ),
)
_DEFINITION = Pattern(r" {0,3}\[[^\]^][^\]]*\]:\s+<?(\S+?)>?(?:\s+[\"'(].*)?\z")
_NO_PARAGRAPH = Pattern(r"\s*(?:[-*+>|<]\s?|\d+[.)]\s|!!!|\?\?\?|:::)")
_EMPHASIS = Pattern(r"\s*\*\*?[\pL\pN_]")
_MARKUP = Pattern(r"[\[<*_&`\\]")
_NO_WORD = Pattern(r"[^\pL\pN_\s-]")
_NO_HUB = Pattern(r"[^\pL\pN_\- ]")
_BLANKS = Pattern(r"[-\s]+")
_IDENTITY = Pattern(r"\{:?[^{}]*?#([\pL\pN_.-]+)[^{}]*\}")
_TITLE = 500
"""Characters of a heading that are read."""
_SHOWN = 400
"""Characters of a section's first paragraph that are kept."""


class Block(Struct, frozen=True):
    """A fenced block: `line` is that of its first line of text; `ignored` where the author opted
    out."""

    language: str
    info: str
    line: int
    lines: tuple[str, ...]
    ignored: bool = False

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


class Piece(Struct, frozen=True):
    """A piece of code in the text, or the target of a link, and its line."""

    text: str
    line: int


class Document(Struct):
    """One page. `path` is below `docs_dir`, `source` the same file from the scan root."""

    path: str
    source: str
    front: Map = field(default_factory=mapping)
    front_error: tuple[int, str] | None = None
    """Line and reason where the front matter is not a YAML mapping."""
    front_text: str = ""
    title: str = ""
    sections: list[Section] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    """Every anchor that the page has, by the rules of Python-Markdown and of GitHub."""
    blocks: list[Block] = field(default_factory=list)
    codes: list[Piece] = field(default_factory=list)
    links: list[Piece] = field(default_factory=list)

    def has_anchor(self, anchor: str) -> bool:
        """Return whether a link to `#anchor` finds something; forgiving about case, since slugs
        differ in it."""
        return anchor.lower() in self.ids or not anchor


class Documents:
    """The pages of the last scan: one that is the same again is not read again, and stays the same
    object. A document is never changed."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, str, str], Document] = {}
        self._now: dict[tuple[str, str, str], Document] = {}

    def begin(self) -> None:
        """Begin a scan: what the scan before did not read is forgotten."""
        self._before, self._now = self._now, {}

    def read(self, text: str, path: str, source: str) -> Document:
        """See `read`."""
        key = (text, path, source)
        found = self._now[key] = self._before.get(key) or read(text, path, source)
        return found


def read(text: str, path: str, source: str) -> Document:
    """Take a page apart.

    Args:
        text: The file, decoded.
        path: Its path below `docs_dir`.
        source: Its path from the scan root, as findings name it.
    """
    document = Document(path, source)
    lines = text.removeprefix("\ufeff").splitlines()
    start = _front_matter(document, lines)
    _body(document, lines, start)
    given = document.front.get("title")
    first = next((section.title for section in document.sections if section.level == 1), "")
    document.title = str(given) if isinstance(given, str) and given else first or _from_name(path)
    return document


def _front_matter(document: Document, lines: list[str]) -> int:
    """Read the block between `---` and `---`; the number of lines that it takes."""
    if not lines or lines[0].rstrip() != "---":
        return 0
    end = next(
        (index for index, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), None
    )
    if end is None:
        if len(lines) > 1 and patterns.match(r"[A-Za-z_][\pL\pN_-]*:(\s|\z)", lines[1]):
            document.front_error = (1, "no line `---` ends it")
        return 0
    document.front_text = "\n".join(lines[1:end]) + "\n"
    parsed = parse(document.front_text, document.source, first_line=2)
    if parsed.findings and not parsed.complete:
        document.front_error = (parsed.findings[0].line or 2, parsed.findings[0].message)
    elif parsed.documents and type(parsed.documents[0].root) is Map:
        document.front = parsed.documents[0].root
    elif (
        parsed.documents
        and parsed.documents[0].root is not None
        and str(parsed.documents[0].root).strip()
    ):
        document.front_error = (2, "front matter must be a mapping of keys to values")
    return end + 1


def _body(document: Document, lines: list[str], start: int) -> None:
    slugs: dict[str, int] = {}
    fence: tuple[str, int, str, int, bool] | None = None
    inside: list[str] = []
    ignore_next = comment = False
    paragraph: list[str] = []
    waiting: tuple[int, str, int] | None = None
    """The heading whose first paragraph is being read."""

    def close_section() -> None:
        nonlocal waiting, paragraph
        if waiting is not None:
            level, title, line = waiting
            text = " ".join(" ".join(paragraph).split())
            text = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1].rstrip()}…"
            document.sections.append(_section(document, slugs, level, title, line, text))
        waiting, paragraph = None, []

    for number, line in enumerate(lines[start:], start + 1):
        if fence is not None:
            mark, indent, info, first, ignored = fence
            closing = line.strip().lstrip("> \t")
            if closing.startswith(mark) and not closing.strip(mark[0]):
                document.blocks.append(Block(_language(info), info, first, tuple(inside), ignored))
                fence = None
            else:
                inside.append(_dedent(line, indent))
            continue
        if comment:
            comment = "-->" not in line
            continue
        stripped = line.strip()
        if not stripped:
            if waiting is not None and paragraph:
                close_section()
            continue
        opening = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if opening:
            info = opening[3].strip()
            ignored = ignore_next or ".no-check" in info or "no-check" in info.split()
            fence, inside, ignore_next = (
                (opening[2], len(opening[1]), info, number + 1, ignored),
                [],
                False,
            )
            continue
        if "<!--" in line and IGNORE.search(line):
            ignore_next = not IGNORE.sub("", line).strip()
            if not ignore_next:
                continue
        else:
            ignore_next = False
        if "<!--" in line and "-->" not in line:
            comment = True
            line = line[: line.index("<!--")]
        heading = _HEADING.match(line) if "#" in line else None
        if heading:
            close_section()
            waiting = (len(heading[1]), _heading_text(line[heading.end() :]), number)
        elif (
            stripped[0] in "=-"
            and _SETEXT.match(line)
            and paragraph
            and lines[number - 2].strip()
            and _plain_text(lines[number - 2])
        ):
            title = lines[number - 2].strip()[:_TITLE]
            paragraph = paragraph[: -1 if paragraph[-1] == title else len(paragraph)]
            level = 1 if "=" in line else 2
            close_section()
            waiting = (level, title, number - 1)
        elif line and (stripped[0].isalpha() or _plain_text(line)):
            paragraph.append(line.strip())
        _inline(document, line, number)
    close_section()


def _plain_text(line: str) -> bool:
    """Return whether a line can begin or continue a paragraph: no list, table, quote, HTML or
    admonition."""
    return _NO_PARAGRAPH.match(line) is None or _EMPHASIS.match(line) is not None


def _heading_text(rest: str) -> str:
    """Return what stands behind the `#`s of a heading, without those that close it."""
    text = rest.strip()[:_TITLE]
    open_ended = text.rstrip("#")
    return open_ended.rstrip() if not open_ended or open_ended[-1] in " \t" else text


def _section(
    document: Document, slugs: dict[str, int], level: int, title: str, line: int, text: str
) -> Section:
    attributes = _ATTRIBUTES.search(title) if title.endswith("}") else None
    explicit = ""
    if attributes:
        explicit = next(
            (part[1:] for part in attributes[1].split() if part.startswith("#") and len(part) > 1),
            "",
        )
        title = title[: attributes.start()].rstrip()
    shown = _text_of(title)
    identity = explicit or slug(shown) or "_1"
    seen = slugs.get(identity, 0)
    slugs[identity] = seen + 1
    unique = f"{identity}_{seen}" if seen else identity
    # GitHub keeps letters of every script and does not join hyphens; others number with a hyphen.
    hub = _NO_HUB.sub("", shown.strip().lower()).replace(" ", "-")
    document.ids |= {unique.lower(), hub, f"{hub}-{seen}" if seen else hub}
    return Section(level, unique, shown, line, text)


def slug(text: str) -> str:
    """Return an anchor as Python-Markdown's extension `toc` makes it (`slugify` of `toc.py`)."""
    flat = (
        text
        if text.isascii()
        else unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    )
    return _BLANKS.sub("-", _NO_WORD.sub("", flat).strip().lower())


def _text_of(title: str) -> str:
    """Return the text of a heading without its markup."""
    if not _MARKUP.search(title):
        return title.strip()
    title = patterns.sub(r"!?\[([^\[\]]*)\]\([^()]*\)", lambda match: match[1], title)
    title = patterns.sub(r"<[^>]+>", "", title)
    for mark in _STRONG:
        for _ in range(2):  # The character between two of them is a part of one match only.
            title = mark.sub(lambda match: match[1] + match[2] + match[3], title)
    return html.unescape(title.replace("`", "").replace("\\", "")).strip()


_ELSEWHERE = Pattern(r"\[`([^`\n]+)`\]\(https?://")
"""Code that is the whole text of a link to another site: what it names is there."""
_SAID_GONE = Pattern(r"(?i)\b(?:does not|doesn't|do not|don't|no longer) exist")
"""The page itself says that what it names is not there."""


def _inline(document: Document, line: str, number: int) -> None:
    # Most lines have none of these, and looking for a character is much cheaper than for a pattern.
    if "<" in line:
        if IGNORE.search(line):
            return
        document.ids.update(match.lower() for match in _EXPLICIT.findall(line))
    if "#" in line and "{" in line:
        document.ids.update(match.lower() for match in _IDENTITY.findall(line))
    bare = line
    if "`" in line:
        codes, bare = _codes(line)
        if not _SAID_GONE.contains(line):
            elsewhere = set(_ELSEWHERE.findall(line)) if "`](" in line else ()
            document.codes.extend(
                [Piece(code.strip(), number) for code in codes if code not in elsewhere]
            )
    if "](" in bare:
        document.links.extend([Piece(target, number) for target in _links(bare)])
    if "]:" in bare and (definition := _DEFINITION.match(bare)):
        document.links.append(Piece(definition[1], number))


def _links(line: str) -> list[str]:
    """Return where the links and images of a line lead, but for images inside of links.

    An expression would read the rest of the line for each bracket that nothing closes.
    """
    begins: list[tuple[int, int]] = []
    opened: list[tuple[int, int]] = []
    for match in _BRACKET.finditer(line):
        if match[0] == "[":
            opened.append((match.start(), 0))
        elif match[0] == "]" and opened:
            start, depth = opened.pop()
            if opened:
                opened[-1] = opened[-1][0], max(opened[-1][1], depth + 1)
            if depth < 2 and line.startswith("(", match.end()):
                begins.append((start, match.end()))
    cursor, last, done, found = Cursor(line), line.rfind(")"), 0, []
    for start, at in sorted(begins):
        if start < done or at > last:
            continue
        target = cursor.match(_TARGET, at)
        if target is not None:
            found.append((target[1] if target.has(1) else target[2]).strip())
            done = target.end()
    return found


def _codes(line: str) -> tuple[list[str], str]:
    """Return the code in a line, and the line without it."""
    if "``" in line:
        return _long_codes(line)
    parts = line.split("`")
    paired = (len(parts) - 1) // 2 * 2
    bare = "".join(parts[: paired + 1 : 2])
    # A backtick without a partner is text.
    return parts[1:paired:2], bare if paired == len(parts) - 1 else f"{bare}`{parts[-1]}"


def _long_codes(line: str) -> tuple[list[str], str]:
    """Return the same where a code may begin with several backticks: the next run of as many ends
    it."""
    runs = [match.span() for match in _TICKS.finditer(line)]
    later: dict[int, list[int]] = {}
    for number, (start, end) in reversed(list(enumerate(runs))):
        later.setdefault(end - start, []).append(number)
    codes, bare, at, number = [], [], 0, 0
    while number < len(runs):
        start, end = runs[number]
        same = later[end - start]
        while same and same[-1] <= number:
            same.pop()
        if same:
            number = same[-1]
            codes.append(line[end : runs[number][0]])
            bare.append(line[at:start])
            at = runs[number][1]
        number += 1
    bare.append(line[at:])
    return codes, "".join(bare)


def _language(info: str) -> str:
    """Return the language that an info string names: `yaml`, `{ .yaml .annotate }`."""
    words = info.replace("{", " ").replace("}", " ").split()
    return words[0].lstrip(".").lower() if words else ""


def _dedent(line: str, indent: int) -> str:
    """Return a line without the indentation of its fence, as far as it has one."""
    position = 0
    while position < indent and position < len(line) and line[position] in " \t>":
        position += 1
    return line[position:]


def _from_name(path: str) -> str:
    """Return a title from a file name, as MkDocs makes it."""
    name = path.rpartition("/")[2].removesuffix(".md").replace("-", " ").replace("_", " ")
    return name.capitalize() if name.lower() == name else name
