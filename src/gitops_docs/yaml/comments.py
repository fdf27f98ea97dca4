"""Read the comments of a YAML text, which libyaml drops.

In: a text, and where its scalars stand. Out: what lies between them, by line.
"""

from __future__ import annotations

from msgspec import Struct

from gitops_docs.yaml.limits import MAX_COMMENTS


class Comment(Struct, frozen=True):
    """A comment without its `#`; `own_line` where nothing else stands on the line."""

    text: str
    own_line: bool


def between(text: str, hidden: list[tuple[int, int]]) -> dict[int, Comment]:
    """Return the comments of a text. libyaml drops them: they are what lies between its scalars.

    Args:
        text: As it was read.
        hidden: From where to where scalars stand that have a `#` in them, in their order.
    """
    found: dict[int, Comment] = {}
    line, counted = 1, 0
    spans = iter([*hidden, (len(text), len(text))])
    start, end = next(spans)
    at = text.find("#")
    while at >= 0 and len(found) < MAX_COMMENTS:
        while end <= at:
            start, end = next(spans)
        if start <= at:
            at = text.find("#", end)
            continue
        if at and text[at - 1] not in " \t\n":
            at = text.find("#", at + 1)
            continue
        line += text.count("\n", counted, at)
        counted = at
        ends = text.find("\n", at)
        ends = len(text) if ends < 0 else ends
        before = text[text.rfind("\n", 0, at) + 1 : at]
        found[line] = Comment(text[at + 1 : ends].strip("# \t\r"), not before.strip())
        at = text.find("#", ends)
    return found
