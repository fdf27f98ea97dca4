"""Patterns of `.gitignore`'s kind that a repository writes, read so that none of them can fail or take for ever.

In: a line. Out: a pattern, or None where it is none.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

MAX_STARS = 4
"""Most `*` in a segment of a pattern; people write two."""


def too_many_stars(pattern: str) -> bool:
    """Whether a glob has more `*` in one segment than can be matched in time: each multiplies it by the length of a name."""
    return any(len(re.findall(r"\*+", segment)) > MAX_STARS for segment in pattern.split("/"))


@lru_cache(maxsize=4096)
def gitignore_pattern(line: str) -> GitIgnoreSpecPattern | None:
    """The pattern of a line that is neither blank nor a comment; None where it cannot be read, or not be matched in time."""
    # Few repositories have such a line, and the library takes longer to load than a small scan.
    from pathspec.patterns.gitignore import GitIgnorePatternError
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    if too_many_stars(line):
        return None
    try:
        with warnings.catch_warnings():
            # Of Python, about character classes as people write them.
            warnings.simplefilter("ignore")
            pattern = GitIgnoreSpecPattern(line)
    except (GitIgnorePatternError, re.error, ValueError):
        return None
    return pattern if pattern.include is not None else None
