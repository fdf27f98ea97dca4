"""Read comments of manifests as descriptions and remarks."""

from __future__ import annotations

from collections.abc import Container, Mapping

from gitops_docs import redaction
from gitops_docs.model import Remark
from gitops_docs.repository.tree import Tree
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.comments import Comment
from gitops_docs.yaml.nodes import Map, Node, Seq

_TOOLING = Pattern(
    r"\A#*\s*(?:yaml-language-server|vim?|renovate|checkov|trivy|gitops-docs):"
    r"|-\*-|yamllint|kics-scan|nosec|\$schema|@schema|prettier-ignore"
    r"|kube-linter|datree|noqa|x-release-please|\$imagepolicy|\{\"\$",
    ignore_case=True,
)
_RULE = Pattern(r"[-=#*_~\s]*\z")
_CODE = Pattern(r"(?:-\s+)?[\pL\pN_./-]+:(?:\s|\z)|[\]}{\[]\s*\z|---")
_NOTE = Pattern(r"\p{Lu}\pL*:\s+[\pL\pN]\S*\s+\S")
"""Words behind a label such as `Note:` or `TODO:`, where a line of YAML has a key."""


def description(line: int, comments: Mapping[int, Comment]) -> str | None:
    """Return the comment block that ends right above `line`, with its paragraphs and without
    directives of tools; a `---` may stand between."""
    number = line - 1
    if number not in comments:
        number -= 1
        if number not in comments or not _above_separator(number, line, comments):
            return None
    return _prose(_block(number, comments))


def _block(last: int, comments: Mapping[int, Comment], first: Container[int] = ()) -> list[str]:
    """Return the comments on lines of their own that end on a line; `first` are lines that a block
    does not reach beyond."""
    number = last
    while number in comments and comments[number].own_line and number not in first:
        number -= 1
    return [comments[one].text for one in range(number + 1, last + 1)]


def _above_separator(number: int, line: int, comments: Mapping[int, Comment]) -> bool:
    return number == line - 2 and comments[number].own_line


def _prose(lines: list[str]) -> str | None:
    kept = [line for line in lines if not _TOOLING.search(line)]
    paragraphs: list[list[str]] = [[]]
    for line in kept:
        if _RULE.match(line):
            paragraphs.append([])
        elif _NOTE.match(line) or not _CODE.match(line):
            paragraphs[-1].append(line)
    text = "\n\n".join(" ".join(paragraph) for paragraph in paragraphs if paragraph)
    return text or None


def remarks(data: Map, file: str, comments: Mapping[int, Comment]) -> tuple[Remark, ...]:
    """Comments beside or right above a field of the object, in the order of the file."""
    if not comments:
        return ()
    fields: dict[int, str] = {}
    _fields(data, "", file, fields)
    found: list[Remark] = []
    for line in sorted(fields):
        words = _block(line - 1, comments, fields)
        beside = comments.get(line)
        if beside is not None and not beside.own_line:
            words.append(beside.text)
        text = _prose(words)
        if text and line > data.line:
            found.append(Remark(fields[line], text, line))
    return tuple(found)


def at(line: int, comments: Mapping[int, Comment]) -> str | None:
    """Return the comment on a line, else the one right above it; None where neither is meant for
    people."""
    beside = comments.get(line)
    if beside is not None and not beside.own_line:
        return _prose([beside.text])
    return _prose(_block(line - 1, comments))


def lines_with_credentials(
    data: Map, line: int, file: str, comments: Mapping[int, Comment], *, by_look: bool = False
) -> list[int]:
    """Return lines of the comments above and in an object that hold what looks like a credential;
    1-based. With `by_look` only tokens and the like count, not what a comment assigns to a key."""
    if not comments:
        return []
    told = [number for number, one in comments.items() if _tells(one.text, by_look=by_look)]
    if not told:
        return []
    first = line
    while first - 1 in comments or (first == line and first - 2 in comments):
        first -= 1
    last = _last_line(data, file) or line
    return [number for number in sorted(told) if first <= number <= last]


_BEGIN = Pattern(r"-----BEGIN [A-Z0-9 ]+-----")
_KEY_LINE = 16
"""Fewest characters of a line of a key."""
_CIPHERTEXT = Pattern(r"\bENC\[[^\]]*\]")
"""What SOPS writes, which everybody may read."""
_EXAMPLE = Pattern(
    r"(?i)\b(?:pass(?:word|wd|phrase)?|secret|token)[\"']?\s*[:=]\s*[\"']?"
    r"(?:pass(?:word|wd|phrase)?|secret|token|changeme)\d{0,2}(?:[\"',;\s]|\z)"
)
"""A key and the word that a manual writes for its value."""


def _tells(text: str, *, by_look: bool) -> bool:
    """Return whether a comment holds what looks like a credential. A first line that is only a key,
    as the values file of a chart explains it, does not."""
    parts = _BEGIN.split(text)
    if len(parts) > 1 and all(len((*part.split(), "")[0]) < _KEY_LINE for part in parts[1:]):
        text = " ".join(parts)
    text = _CIPHERTEXT.sub(" ", _EXAMPLE.sub(" ", text))
    return redaction.looks_secret(text) if by_look else redaction.prose(text) != text


def _fields(node: Node | None, path: str, file: str, fields: dict[int, str]) -> None:
    """Note the first field on each line of the object's own file."""
    if type(node) is Map:
        for key, value in node.items():
            inner = f"{path}.{key}" if path else key
            _field(value, inner, file, fields)
    elif type(node) is Seq:
        for index, value in enumerate(node):
            _field(value, f"{path}[{index}]", file, fields)


def _field(value: Node, path: str, file: str, fields: dict[int, str]) -> None:
    if type(value) is Map or type(value) is Seq:
        _fields(value, path, file, fields)
    elif value.file == file:
        fields.setdefault(value.line, path)


def _last_line(data: Map, file: str) -> int:
    """Return the last line of the object's own file on which a value of it begins; 0 where none
    does."""
    last = 0
    pending: list[Map | Seq] = [data]
    while pending:
        node = pending.pop()
        for value in node.values() if type(node) is Map else node:
            if type(value) is Map or type(value) is Seq:
                pending.append(value)
            elif value.line > last and value.file == file:
                last = value.line
    return last


class Comments:
    """The comments of the files of a scan, by the name that nodes carry."""

    def __init__(self, own: Tree) -> None:
        self._tree = own

    def of(self, file: str) -> dict[int, Comment]:
        """Return the comments of a file, by the name that findings give it."""
        return self._tree.comments(self._tree.paths.get(file, file))
