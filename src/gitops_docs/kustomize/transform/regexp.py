"""Match regular expressions that a kustomization writes, as kustomize does.

Go's `regexp` and RE2 have one syntax and one meaning. What a match costs is known before it is
made, so a pattern that is too large for a text is refused by count: the answer is the same on every
machine and after every other scan.
"""

from __future__ import annotations

from gitops_docs.kustomize.errors import Refused
from gitops_docs.text import patterns
from gitops_docs.text.patterns import PatternError

__all__ = ["PatternError", "check", "cost", "matches"]

_MOST = 5_000_000
"""Most steps of one match, instructions of the pattern times characters; some twenty milliseconds.
A list of a hundred names of thirty characters takes 800,000 for the longest name that Kubernetes
allows."""
_STEPS = 256
"""So many of them count for one value in the budget of a scan."""


def _anchored(pattern: str) -> str:
    return f"^(?:{pattern})$"


def check(pattern: str) -> None:
    """Whether kustomize takes a text for a pattern.

    Raises:
        PatternError: It is not valid.
    """
    patterns.compile(_anchored(pattern))


def cost(pattern: str, value: str) -> int:
    """Return what a match may cost, in values of the budget (`repository.budget.MAX_WORK`).

    Raises:
        PatternError: The pattern is not valid.
    """
    return patterns.compile(_anchored(pattern)).cost(value) // _STEPS


def matches(pattern: str, value: str, *, whole: bool = True) -> bool:
    """Return whether a text matches a pattern.

    Args:
        pattern: What the kustomization writes.
        value: The text.
        whole: Put the pattern between `^(?:` and `)$`, as selectors do (`anchorRegex`); else a
            match anywhere is enough, as in a condition of a replacement's path.

    Raises:
        PatternError: The pattern is not valid.
        Refused: Pattern and text are too large together.
    """
    compiled = patterns.compile(_anchored(pattern) if whole else pattern)
    if compiled.cost(value) > _MOST:
        raise Refused(
            "a regular expression of this kustomization is too large for the text that it is "
            "compared with; shorten it"
        )
    return compiled.contains(value)
