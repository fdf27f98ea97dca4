"""List the directories of a repository, each with what its README says first.

In: a checkout. Out: `model.Directory` objects. A README is read as plain Markdown: headings,
badges, comments, lists and front matter are passed over, links and emphasis lose their marks; what
is left of the first paragraph is cut after its first sentence.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from gitops_docs.model import Directory
from gitops_docs.repository.checkout import Checkout, UnreadableFile
from gitops_docs.text.memo import memo
from gitops_docs.text.patterns import Match, Pattern

_README = Pattern(r"readme(?:\.(?:md|markdown|txt|rst|adoc))?\z", ignore_case=True)
_MOST = 16_384
"""Bytes of a README that are looked at."""
_LONGEST = 240
_FRONT_MATTER = Pattern(r"\A---\r?\n.*?\n---\r?\n", dot_all=True)
_HIDDEN = Pattern(r"<!--|```|~~~|<[^<>\n]*>")
_CLOSED_BY = {"<!--": "-->", "```": "```", "~~~": "~~~"}
_IMAGE = Pattern(r"\[?!\[[^\[\]]*\](?:\([^()]*\)|\[[^\[\]]*\])(?:\](?:\([^()]*\)|\[[^\[\]]*\]))?")
_LINK = Pattern(r"\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_EMPHASIS = Pattern(r"\*\*|__|\*|_|~~")
_NO_TEXT = Pattern(
    r"\s*(?:#|=+\s*$|-+\s*$|[-*+]\s|\d+[.)]\s|\||>|:{3}|\[[^\]]*\]:|!{3}|\{%|\.\.\s)"
)
"""Lines that are not part of a paragraph."""
_UNDERLINE = Pattern(r"\s*(?:=+|-+)\s*\z")
_SENTENCE = Pattern(r"[.!?](\s+)[A-Z\x{00c0}-\x{00de}`(]")


def directories(checkout: Checkout) -> tuple[Directory, ...]:
    """Return every directory that holds a file, or has one below it, sorted by path; the root is
    `""`."""
    files: Counter[str] = Counter()
    readmes: dict[str, list[str]] = defaultdict(list)
    for path in checkout.files:
        directory, _, name = path.rpartition("/")
        files[directory] += 1
        if _README.match(name):
            readmes[directory].append(path)
    everything = {""} if checkout.files else set()
    for directory in files:
        while directory and directory not in everything:
            everything.add(directory)
            directory = directory.rpartition("/")[0]
    return tuple(
        Directory(path, files[path], *_about(checkout, sorted(readmes.get(path, ()))))
        for path in sorted(everything)
    )


def _about(checkout: Checkout, readmes: list[str]) -> tuple[str | None, str | None]:
    """Return a README's path and its first sentence."""
    for path in readmes:
        try:
            text = checkout.read(path)[:_MOST].decode("utf-8", "replace")
        except UnreadableFile:
            continue
        return path, first_sentence(text)
    return None, None


@memo(1024)
def first_sentence(text: str) -> str | None:
    """Return the first sentence of a Markdown text, without its marks; None where there is no
    paragraph."""
    text = _shown(_FRONT_MATTER.sub("", text.removeprefix("\ufeff"), count=1))
    paragraph: list[str] = []
    for line in [*_IMAGE.sub(" ", text).splitlines(), ""]:
        if _UNDERLINE.match(line) and line.strip():
            # What stands above was a heading.
            paragraph = []
        elif line.strip() and not _NO_TEXT.match(line):
            paragraph.append(line.strip())
        elif paragraph:
            break
    plain = " ".join(
        _EMPHASIS.sub(_unmarked, _LINK.sub(lambda match: match[1], " ".join(paragraph))).split()
    ).lstrip(".,;:\u2026- ")
    if not any(character.isalpha() for character in plain):
        return None
    end = _SENTENCE.search(plain)
    sentence = plain[: end.start(1)] if end is not None else plain
    return sentence if len(sentence) <= _LONGEST else f"{sentence[: _LONGEST - 1].rstrip()}\u2026"


def _shown(text: str) -> str:
    """Return the text without comments, code blocks and elements of HTML."""
    pieces: list[str] = []
    done = 0
    unclosed = len(text)
    for match in _HIDDEN.finditer(text):
        start, end = match.span()
        closing = _CLOSED_BY.get(match[0])
        if start < done or (match[0] == "<!--" and start >= unclosed):
            continue
        if closing is not None:
            found = text.find(closing, end)
            if found < 0 and match[0] == "<!--":
                unclosed = start  # and so are all that come after it
                continue
            end = found + len(closing) if found >= 0 else len(text)
        pieces += text[done:start], " "
        done = end
    pieces.append(text[done:])
    return "".join(pieces)


def _unmarked(match: Match) -> str:
    """Return nothing for a mark of emphasis; a `_` inside a word stays."""
    start, end = match.span()
    inside = (
        match[0] == "_"
        and _in_word(match.string[start - 1 : start])
        and _in_word(match.string[end : end + 1])
    )
    return match[0] if inside else ""


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"
