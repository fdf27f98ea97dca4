"""Publish style sheets and scripts without what only their authors read."""

from __future__ import annotations

from gitops_docs.text.patterns import Pattern

_COMMENT = Pattern(r"/\*.*?\*/", dot_all=True)
_WHOLE = Pattern(r"^[ \t]*(?:/\*(?:[^*]|\*+[^*/])*\*+/|//.*)[ \t]*$", multiline=True)
"""A comment that has its lines for itself."""
_TEXTS = Pattern(
    r"""("(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`"""
    r"""|/(?:[^/\\\s\[]|\\.|\[(?:[^\]\\]|\\.)*\])(?:[^/\\\[]|\\.|\[(?:[^\]\\]|\\.)*\])*/)"""
)
"""Texts, templates and regular expressions. A division has a blank behind its stroke."""
_BLANKS = Pattern(r" ?([^\w\s$]) ?")


def compact(name: str, text: str) -> str:
    """Return the text of an asset without comments, indentation, and blanks that nothing needs.

    Scripts lose whole lines of comments only: what looks like a comment within a line may be part
    of an address or an expression. Their lines stay where they end statements.
    """
    is_script = name.endswith(".js")
    text = (_WHOLE if is_script else _COMMENT).sub("", text)
    lines = [line.strip() for line in text.splitlines()]
    if not is_script:
        return "\n".join(filter(None, lines)) + "\n"
    tight = "\n".join(_tight(line) for line in lines if line)
    return tight.replace("{\n", "{").replace("\n}", "}") + "\n"


def _tight(line: str) -> str:
    """Return a line of a script without blanks around signs. Texts, templates and expressions
    stay."""
    parts = _TEXTS.split(line)
    return "".join(
        part if number % 2 else _BLANKS.sub(lambda sign: sign[1], part)
        for number, part in enumerate(parts)
    )
