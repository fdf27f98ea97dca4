"""Match labels against a label selector as text, as controllers take it in a flag.

Rules: `k8s.io/apimachinery/pkg/labels` (`Parse`, `Requirement.Matches`).
"""

from __future__ import annotations

from collections.abc import Mapping

from gitops_docs.text.patterns import Pattern

_REQUIREMENT = Pattern(
    r"\s*(?:(?P<absent>!)\s*)?(?P<key>[\w./-]+)\s*"
    r"(?:(?P<operator>==|=|!=)\s*(?P<value>[\w.-]*)\s*"
    r"|(?P<set>in|notin)\s*\((?P<values>[^()]*)\)\s*)?(?:,|\z)"
)

MAX_LENGTH = 1_000
"""Longest selector that is read, in characters."""


def matches(selector: str, labels: Mapping[str, str]) -> bool | None:
    """Return whether a selector takes an object with these labels; None where it is not understood.

    An empty selector takes everything. An object without the key satisfies `!=` and `notin`.
    """
    if len(selector) > MAX_LENGTH:
        return None
    rest, taken = selector.strip(), True
    while rest:
        found = _REQUIREMENT.match(rest)
        if found is None:
            return None
        absent, key, operator, value, kind, values = found.groups()
        rest = rest[found.end() :]
        if absent and (operator or kind):
            return None
        wanted = {part.strip() for part in values.split(",")} if kind else {value}
        if absent:
            holds = key not in labels
        elif operator in ("=", "==") or kind == "in":
            holds = labels.get(key) in wanted
        elif operator == "!=" or kind == "notin":
            holds = labels.get(key) not in wanted
        else:
            holds = key in labels
        taken = taken and holds
    return taken
