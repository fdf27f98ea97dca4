"""Read YAML from text: documents with lines, never an exception.

In: the bytes or text of a file. Out: a `Parsed` of `Document`s whose trees are `nodes.Map`, `Seq`,
`Scalar` and `Sealed`, and a `Finding` for whatever could not be read.

The tree is built straight from libyaml's events, because PyYAML's own loaders refuse what go-yaml
accepts (an anchor defined twice, a plain `=`, unknown tags), turn `1.10` into a number, and crash
the process on deep nesting: libyaml composes recursively, its events do not recurse. Depth, nodes
and alias expansion are counted on the way, before anything is built from them.
"""

from __future__ import annotations

from codecs import BOM_UTF8

import yaml
from msgspec import Struct, field
from msgspec.structs import replace

from gitops_docs.model import Finding
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml import escapes, rules
from gitops_docs.yaml.comments import Comment, between
from gitops_docs.yaml.errors import Refused, explain
from gitops_docs.yaml.limits import MAX_BYTES
from gitops_docs.yaml.nodes import Scalar, Sealed
from gitops_docs.yaml.reader import Document, Reader
from gitops_docs.yaml.sealing import SecretShape, may_hold_secrets, seal_document, seal_where_secret

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_SEPARATOR = Pattern(r"\n---[ \t\r]*()[^#\s][^\n]*\n")
_DIRECTIVE = Pattern(r"^%[A-Z]", multiline=True)
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


class Parsed(Struct, frozen=True):
    """What a text holds. `complete` is False where a document could not be read; the ones before it
    are there."""

    documents: tuple[Document, ...] = ()
    findings: tuple[Finding, ...] = ()
    complete: bool = True
    sealed: tuple[Sealed, ...] = ()
    """Every secret value of the documents, once."""
    comments: dict[int, Comment] = field(default_factory=dict)
    """By line, 1-based; none where the file is not complete."""
    closed: bool = False
    """Whether the text must not be read, since what is secret is not only a value in it. Nothing
    else is known then."""
    odd_mark: int = 0
    """Line, 1-based, of the first directive, or of the first `---` after a line that something else
    than a comment follows; 0: none."""


_MARK_OF_ORDER = Pattern("(?m)^(---[ \t]*\n)\ufeff")
"""A byte order mark at the start of a later document, as `cat` leaves it; kustomize reads each
document by itself."""
MAX_READ_AGAIN = 16 * 1024 * 1024
"""Most characters of one text that are read again because of an escape."""


def parse(text: bytes | str, file: str, *, first_line: int = 1, seal: bool = True) -> Parsed:
    """Return the documents of `text`, which stands in `file` from `first_line` on.

    Args:
        text: UTF-8 bytes (a byte-order mark is dropped) or text.
        file: What findings and nodes name, relative to the scan root.
        first_line: Line of `file` where the text begins, 1-based.
        seal: Whether secret values are replaced by `Sealed`. Off only for text that is secret as a
            whole.
    """
    try:
        decoded = _decode(text)
    except Refused as refused:
        return Parsed((), (refused.finding(file, first_line),), complete=False)
    if "\ufeff" in decoded:
        decoded = _MARK_OF_ORDER.sub(lambda match: match[1], decoded)
    left = MAX_READ_AGAIN
    while True:
        reader = Reader(file, first_line)
        try:
            reader.read(decoded)
        except Refused as refused:
            reader.findings.append(refused.finding(file, first_line))
            reader.complete = False
        except (yaml.YAMLError, ValueError) as error:
            left -= len(decoded)
            quoted = escapes.of_quotes(error, decoded) if left > 0 else None
            if quoted is not None:
                decoded = quoted
                continue
            reader.findings.append(explain(error, decoded).finding(file, first_line))
            reader.complete = False
        break
    documents = tuple(reader.documents)
    sealed: tuple[Sealed, ...] = ()
    if seal and may_hold_secrets(decoded):
        sealed = tuple(value for document in documents for value in seal_document(document.root))
    found = between(decoded, reader.hidden) if reader.complete and "#" in decoded else {}
    return Parsed(
        documents,
        tuple(reader.findings),
        reader.complete,
        sealed,
        found,
        odd_mark=_odd_mark(decoded),
    )


def _odd_mark(text: str) -> int:
    found = _SEPARATOR.search(text) if "\n---" in text else None
    start = found.start(1) if found is not None else -1
    if start < 0 and (text.startswith("%") or "\n%" in text):
        starts = (directive.start() for directive in _DIRECTIVE.finditer(text))
        start = next((start for start in starts if not text.endswith("...\n", 0, start)), -1)
    return text.count("\n", 0, start) + 1 if start >= 0 else 0


def parse_inline(node: object, *, seal: bool = True, trim: bool = False) -> Parsed:
    """Return the documents held in a scalar, such as an inline patch; their lines point into the
    file that holds it.

    A text that is sealed because a secret stands in it is read too: what of it is secret is sealed
    again. With `trim` blanks at both ends are taken off before.
    """
    if type(node) is Sealed:
        outline = node.outline()
        if outline is None:
            return Parsed(complete=False, closed=True)
        value = node.unseal()
        parsed = _inline(value, seal, trim)
        return (
            parsed if value == outline else sealed_by_outline(parsed, _inline(outline, seal, trim))
        )
    return _inline(node, seal, trim) if type(node) is Scalar else Parsed()


def sealed_by_outline(parsed: Parsed, outline: Parsed) -> Parsed:
    """Seal in `parsed` each value that differs from the one in `outline` (see `Sealed.outline`).
    The result is `closed` where the two do not have the same shape, so that nothing can be told
    apart."""
    if len(parsed.documents) != len(outline.documents) or not (
        parsed.complete and outline.complete
    ):
        return Parsed(complete=False, closed=True)
    pairs = zip(parsed.documents, outline.documents, strict=True)
    try:
        documents = tuple(
            replace(one, root=seal_where_secret(one.root, other.root)) for one, other in pairs
        )
    except SecretShape:
        return Parsed(complete=False, closed=True)
    return replace(parsed, documents=documents, comments={})


def _inline(held: Scalar, seal: bool, trim: bool) -> Parsed:
    written, first_line = str(held), held.line + 1 if held.style in ("|", ">") else held.line
    if trim:
        first_line += written.count("\n", 0, len(written) - len(written.lstrip()))
        written = written.strip()
    return parse(written, held.file, first_line=first_line, seal=seal)


def _decode(text: bytes | str) -> str:
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    if len(text) > MAX_BYTES:
        size = len(text) // (1024 * 1024)
        raise Refused(
            rules.FileTooLarge,
            f"{size} MB of YAML is more than the {MAX_BYTES >> 20} MB that are read; split the "
            f"file",
            0,
        )
    if text.startswith(_LFS_POINTER):
        raise Refused(
            rules.LfsPointer,
            "this is a Git LFS pointer, not the file; run `git lfs pull` or keep manifests out of "
            "LFS",
            0,
        )
    try:
        # Not "utf-8-sig", which Python does in Python.
        return (
            text.decode("utf-16")
            if text.startswith(_UTF_16)
            else text.removeprefix(BOM_UTF8).decode()
        )
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start)
        message = "the file is not UTF-8; save it as UTF-8, or encrypt or encode binary data"
        raise Refused(rules.YamlEncoding, message, line) from None


def comments(text: str) -> dict[int, Comment]:
    """Return the comments of a YAML text by line, 1-based; none where it is not YAML."""
    return parse(text, "", seal=False).comments


__all__ = ["Comment", "Document", "Parsed", "Sealed", "comments", "parse", "parse_inline"]
