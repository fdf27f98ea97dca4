"""Publish style sheets and scripts without what only their authors read."""

from __future__ import annotations

from gitops_docs.text.patterns import Pattern

_COMMENT = Pattern(r"/\*.*?\*/", dot_all=True)
_LINE = Pattern(r"(?:/\*.*\*/|//.*)\z")


def compact(name: str, text: str) -> str:
    """The text of an asset without comments and indentation.

    Scripts lose whole lines of comments only: what looks like a comment within a line may be part
    of an address or an expression.
    """
    if name.endswith(".css"):
        text = _COMMENT.sub("", text)
    lines = [line.strip() for line in text.splitlines()]
    kept = [line for line in lines if line and not (name.endswith(".js") and _LINE.match(line))]
    return "\n".join(kept) + "\n"
