"""Objects that are rendered anew count as those of before only where nothing that anybody reads of
them is different."""

from __future__ import annotations

from gitops_docs.flux.render import reuse_unchanged
from gitops_docs.kustomize import Rendered
from gitops_docs.yaml.nodes import Map, Scalar, Sealed, mapping, scalar

ORIGINAL = mapping("apps/a.yaml", 1)


def config_map(value: Scalar | Sealed) -> Rendered:
    """A ConfigMap with a value, rendered from a file that did not change."""
    place = ("apps/a.yaml", 1)
    data: Map = mapping(
        *place, [("kind", scalar("ConfigMap", *place)), ("data", mapping(*place, [("a", value)]))]
    )
    return Rendered(data, ORIGINAL, *place)


def is_taken(before: Scalar | Sealed, now: Scalar | Sealed, *changed: str) -> bool:
    """Whether the object of before is taken."""
    kept = config_map(before)
    return reuse_unchanged([config_map(now)], [kept], frozenset(changed))[0] is kept


def text(value: str, line: int = 3) -> Scalar:
    return scalar(value, "apps/a.yaml", line)


def sealed(value: str, outline: str | None) -> Sealed:
    return Sealed(text(value), "apps/a.yaml", 3, text(outline) if outline is not None else None)


def test_plain_values() -> None:
    """The same text in the same place of a file that did not change is the same; another text, line
    or style is not."""
    assert is_taken(text("x"), text("x"))
    assert not is_taken(text("x"), text("y"))
    assert not is_taken(text("x"), text("x", line=4))
    assert not is_taken(text("x"), scalar("x", "apps/a.yaml", 3, '"'))
    assert not is_taken(text("x"), text("x"), "apps/a.yaml")


def test_sealed_values() -> None:
    """Of a sealed text, what may be told of it counts too: where more of it is secret now, what was
    told before is not told again."""
    assert is_taken(sealed("x", None), sealed("x", None))
    assert is_taken(sealed("a: x", "a: sealed-value"), sealed("a: x", "a: sealed-value"))
    assert not is_taken(sealed("x", None), sealed("y", None))
    assert not is_taken(sealed("a: x", "a: x"), sealed("a: x", "a: sealed-value"))
    assert not is_taken(sealed("a: x", "a: x"), sealed("a: x", None))
    assert not is_taken(text("x"), sealed("x", None))
