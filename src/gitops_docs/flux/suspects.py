"""Credentials that stand where none belong: in ConfigMaps, values of charts, environment variables, arguments.

In: a rendered object that is no Secret. Out: findings that name the key and never the value.
"""

from __future__ import annotations

from collections.abc import Iterator

from gitops_docs import redaction
from gitops_docs.flux import objects
from gitops_docs.model import Finding, Severity
from gitops_docs.nodes import Map, Scalar

_NOT_LOOKED_AT = frozenset({"Secret", "SealedSecret", "ExternalSecret", "CustomResourceDefinition"})
_PARTS = frozenset({"spec", "data"})
_SHORT = 8
"""Shorter values under a key such as `password` are taken for examples or defaults of a chart."""
_TEXT_PARTS = frozenset({"description", "expr", "query", "current", "failed", "inProgress"})


def suspects(data: Map, layer: str | None) -> Iterator[Finding]:
    """One finding for each line that holds what looks like a credential."""
    kind = objects.kind(data)
    if kind in _NOT_LOOKED_AT:
        return
    label = f"{kind} {objects.name(data)}"
    seen: set[tuple[str, int]] = set()
    for part in sorted(_PARTS & set(data)):
        for path, leaf, judged in redaction.leaves(data[part], (part,)):
            if type(leaf) is not Scalar or not leaf.file or (leaf.file, leaf.line) in seen:
                continue
            where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
            why = _why(judged, leaf)
            if why is None:
                continue
            seen.add((leaf.file, leaf.line))
            message = f"{label} holds {why} in {where[:80]}; move it to a Secret, and change it if the repository was ever shared"
            yield Finding("secret-suspected", Severity.WARNING, message, leaf.file, leaf.line, layer)


def _why(path: tuple[str | int, ...], leaf: Scalar) -> str | None:
    text = str(leaf)
    if redaction.looks_secret(text):
        return "what looks like a credential"
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    if len(text) >= _SHORT and key not in _TEXT_PARTS and redaction.is_secret(path, text) and not _is_word(text):
        return f"a value for `{key}`"
    return None


def _is_word(text: str) -> bool:
    """Names of Secrets, files and settings are what most values under such keys are: words of lower-case letters, joined."""
    parts = text.replace("_", "-").replace(".", "-").replace("/", "-").split("-")
    return all(part.isalpha() and (part.islower() or part.isupper()) for part in parts if part)
