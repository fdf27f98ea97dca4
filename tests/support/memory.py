"""Look for texts in what a process keeps: the globals of the engine's modules and every memo cache."""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

_MEMO = functools._lru_cache_wrapper  # type: ignore[attr-defined]  # the type has no public name


def roots(package: str) -> Iterator[tuple[str, object]]:
    """The globals of a package's modules, and the caches of `lru_cache` wherever they are."""
    for name, module in sorted(sys.modules.items()):
        if name.partition(".")[0] == package and isinstance(module, ModuleType):
            for key, value in list(vars(module).items()):
                if not key.startswith("__") and not isinstance(value, ModuleType):
                    yield f"{name}.{key}", value
    for found in gc.get_objects():
        # Hypothesis keeps the texts of the tests' own modules.
        if isinstance(found, _MEMO) and not found.__module__.startswith("hypothesis"):
            yield f"cache {found.__module__}.{found.__qualname__}", found


def texts(root: object, seen: set[int]) -> Iterator[str | bytes]:
    """The texts that an object leads to. `seen` holds the ids of what was looked at, and grows.

    Modules are not followed, nor the globals of functions: those are roots of their own, or not of
    the engine.
    """
    pending = [root]
    while pending:
        value = pending.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, str | bytes | bytearray):
            yield bytes(value) if isinstance(value, bytearray) else value
        elif isinstance(value, ModuleType) or (isinstance(value, dict) and "__spec__" in value):
            continue
        else:
            pending += gc.get_referents(value)


def kept(package: str, holds: Callable[[str | bytes], bool]) -> list[str]:
    """The globals and caches that lead to a text of which `holds` is true, each with the text."""
    gc.collect()
    found = []
    seen: set[int] = set()
    for name, root in roots(package):
        found += [f"{name}: {text[:60]!r}" for text in texts(root, seen) if holds(text)]
    return found
