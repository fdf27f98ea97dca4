"""Note what changed an object on its way: fields whose value is not the one that its own file
holds.

In: a rendered object. Out: `FieldChange`s. No bookkeeping is needed for it: every leaf carries the
line that it was written on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias, TypeVar

from gitops_docs.kustomize.build import Rendered
from gitops_docs.kustomize.resources.resource import text
from gitops_docs.model import FieldChange
from gitops_docs.redaction import is_secret_flag
from gitops_docs.yaml.nodes import FOLDED, Map, Node, Scalar, Sealed, Seq, scalar_kind

SECRET = "secret"
"""Shown in place of a sealed value."""

_KEYS = (
    "name",
    "alert",
    "record",
    "ip",
    "key",
    "mountPath",
    "devicePath",
    "containerPort",
    "port",
    "topologyKey",
    "type",
    "uid",
)
"""Fields by which an element of a list is found again, the likeliest first."""


Show: TypeAlias = Callable[[str, str], str]
"""How the text of a changed value is shown: of its path and itself."""


def changes(rendered: Rendered, show: Show = lambda _, text: text) -> tuple[FieldChange, ...]:
    """Return every leaf that something other than the object's own file set, in the order of the
    object; none for a generated one."""
    if rendered.original is None or rendered.data is rendered.original:
        return ()
    found: list[_Leaf] = []
    _compare(rendered.data, rendered.original, "", found)
    return tuple(
        [
            FieldChange(
                path,
                show(path, value),
                file,
                line,
                None if was is None else show(path, was),
                was_file,
                was_line,
            )
            for path, value, file, line, was, was_file, was_line in found
        ]
    )


_Leaf: TypeAlias = tuple[str, str, str, int, str | None, str | None, int | None]


def _compare(now: Node, before: Node | None, path: str, found: list[_Leaf]) -> None:
    if now is before:
        return
    if type(now) is Map:
        held: Mapping[str, Node] = before if type(before) is Map else {}
        for key, value in now.items():
            was = held.get(key)
            if value is not was:
                _compare(value, was, f"{path}.{_escaped(key)}" if path else _escaped(key), found)
    elif type(now) is Seq:
        earlier = _Earlier(before if type(before) is Seq else ())
        for index, value in enumerate(now):
            name, other = earlier.counterpart(index, now)
            flag = now[index - 1] if index else None
            if type(value) is Scalar and type(flag) is Scalar and is_secret_flag(flag):
                _leaf(value, other, f"{path}[{name}]", found, hidden=True)
            else:
                _compare(value, other, f"{path}[{name}]", found)
    elif type(now) is Scalar or type(now) is Sealed:
        _leaf(now, before, path, found)


def _leaf(
    now: Scalar | Sealed,
    before: Node | None,
    path: str,
    found: list[_Leaf],
    *,
    hidden: bool = False,
) -> None:
    """Record a leaf where something else than the object's own file set it; `hidden` like a secret."""
    was = before if type(before) is Scalar or type(before) is Sealed else None
    if was is not None and text(now) == text(was):
        return  # A patch may repeat what is there, as it has to for the name of a list's element.
    if (
        type(was) is Scalar
        and (now.file, now.line) == (was.file, was.line)
        and "$" not in was
        and (was.style == FOLDED or scalar_kind(was) == "timestamp")
    ):
        return  # kustomize writes it in its own way; nothing else set it.
    if not now.file:
        return
    value = SECRET if hidden or type(now) is Sealed else str(now)
    old = None if was is None else SECRET if hidden or type(was) is Sealed else str(was)
    found.append(
        (
            path,
            value,
            now.file,
            now.line,
            old,
            before.file if before is not None else None,
            before.line if before is not None else None,
        )
    )


class _Earlier:
    """The elements of a list as it was, found again by themselves, by a field that tells them
    apart, or by their text."""

    def __init__(self, items: Sequence[Node]) -> None:
        self.items = items
        self._ids = {id(item) for item in items}
        self._texts: dict[str, Scalar] | None = None
        self._keyed: dict[str, dict[str, Map]] = {}

    def counterpart(self, index: int, now: Seq) -> tuple[str, Node | None]:
        """Return the element that the element `now[index]` comes from, and how to call it."""
        value = now[index]
        if id(value) in self._ids:
            return _label(index, value), value
        if type(value) is Map:
            for key in _KEYS:
                wanted = value.get(key)
                if type(wanted) is Scalar and (match := self._by(key).get(wanted)) is not None:
                    return f"{key}={wanted}", match
            # Nothing tells such elements apart but their place, which counts while none has come or
            # gone.
            keyless = len(self.items) == len(now) and not any(
                type(value.get(key)) is Scalar for key in _KEYS
            )
            return _label(index, value), self.items[index] if keyless else None
        if type(value) is Scalar:
            if self._texts is None:
                self._texts = _first(
                    (str(item), item) for item in self.items if type(item) is Scalar
                )
            return str(index), self._texts.get(value)
        return str(index), self.items[index] if index < len(self.items) else None

    def _by(self, key: str) -> dict[str, Map]:
        found = self._keyed.get(key)
        if found is None:
            maps = (item for item in self.items if type(item) is Map)
            pairs = ((str(item[key]), item) for item in maps if type(item.get(key)) is Scalar)
            found = self._keyed[key] = _first(pairs)
        return found


_T = TypeVar("_T")


def _first(pairs: Iterable[tuple[str, _T]]) -> dict[str, _T]:
    """Return a mapping in which the first of several values of a key counts."""
    found: dict[str, _T] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


def _label(index: int, value: Node) -> str:
    if type(value) is Map:
        for key in _KEYS:
            if type(value.get(key)) is Scalar:
                return f"{key}={value[key]}"
    return str(index)


def _escaped(key: str) -> str:
    return key.replace(".", "\\.")
