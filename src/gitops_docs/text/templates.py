"""Take the texts of alert rules apart: words, labels that the alert fills in, other template code.

In: a text with Go template actions, as Prometheus expands it (prometheus.io/docs, "Template
examples"); actions that Helm writes out (`{{ "{{" }}`, raw strings) are read as what they become.
Out: pieces.
"""

from __future__ import annotations

from collections.abc import Iterator

from gitops_docs.text.patterns import Pattern

_RAW = Pattern(r"\{\{-?\s*`([^`]*)`\s*-?\}\}")
_BRACES = Pattern(r"\{\{-?\s*[\"`](\{\{|\}\})[\"`]\s*-?\}\}")
_ACTION = Pattern(r"\{\{((?s:.*?))\}\}")
_LABEL = Pattern(
    r"-?\s*(?:(?:\$labels|\.Labels|\$\.Labels)\.([A-Za-z_][A-Za-z0-9_]*)"
    r"|index\s+(?:\$labels|\.Labels)\s+[\"`]([A-Za-z_][A-Za-z0-9_.]*)[\"`])\s*-?"
)

LABEL, OTHER, TEXT = "label", "other", "text"


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """Split a text into pieces: `(LABEL, name)` for a label of the alert, `(OTHER, "…")` for any
    other template action, `(TEXT, words)` for the rest."""
    text = _BRACES.sub(lambda match: match[1], _RAW.sub(lambda match: match[1], text))
    end = 0
    for match in _ACTION.finditer(text):
        if match.start() > end:
            yield TEXT, text[end : match.start()]
        label = _LABEL.fullmatch(match[1])
        yield (LABEL, label[1] or label[2]) if label else (OTHER, "…")
        end = match.end()
    if end < len(text):
        yield TEXT, text[end:]


def labels(text: str) -> tuple[str, ...]:
    """Return the names of the labels that a text shows, in its order."""
    return tuple(dict.fromkeys(name for kind, name in pieces(text) if kind == LABEL))


def plain(text: str) -> str:
    """Return the text for a place without markup: a label becomes `<namespace>`, any other action
    `…`."""
    return "".join(f"<{piece}>" if kind == LABEL else piece for kind, piece in pieces(text))
