"""Read front matter of hand-written pages before MkDocs does: what aliases repeat counts as often as
it stands there.

MkDocs and a theme go through all that front matter holds. A few lines of aliases are more than any
computer holds, or never end.
"""

from __future__ import annotations

import yaml
from mkdocs.utils.meta import YAML_RE

_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""That of MkDocs: what one parser refuses the other may read."""
MOST_VALUES = 20_000
"""Most values of front matter, aliases expanded; each 128 characters of a text are one more."""
MOST_DEPTH = 100
"""Deepest nesting of mappings and lists."""


def without_endless(source: str) -> str | None:
    """Return the page without its front matter, where that holds too much; None where it does not.

    Args:
        source: The text of a page.
    """
    # The expression of MkDocs: no other text is front matter to it.
    found = YAML_RE.match(source)
    return source[found.end() :] if found and not is_bounded(found[1]) else None


def is_bounded(text: str) -> bool:
    """Return whether a text holds at most so many values, so deep, and no alias inside of what it
    stands for. A text that is not YAML is: MkDocs shows it as it is."""
    sizes: dict[str, tuple[int, int]] = {}
    """Values and depth of what an anchor names."""
    open_: list[tuple[str | None, int, int]] = []
    """Anchor, values before it and depth below it of each mapping and list that is read."""
    total = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            below = 0
            if isinstance(event, yaml.AliasEvent):
                # An anchor that is not complete has no size yet: what it names would hold itself.
                size, below = sizes.get(event.anchor or "", (MOST_VALUES, 0))
                total += size + 1
            elif isinstance(event, yaml.ScalarEvent):
                size = 1 + len(event.value) // 128
                total += size
                if event.anchor is not None:
                    sizes[event.anchor] = size, 0
            elif isinstance(event, yaml.CollectionStartEvent):
                sizes.pop(event.anchor or "", None)
                open_.append((event.anchor, total, 0))
                total += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                anchor, before, depth = open_.pop()
                below = depth + 1
                if anchor is not None:
                    sizes[anchor] = total - before, below
            if open_ and below > open_[-1][2]:
                open_[-1] = *open_[-1][:2], below
            if total > MOST_VALUES or len(open_) + below > MOST_DEPTH:
                return False
    except yaml.YAMLError:
        return True
    return True
