"""Document a Kubernetes platform from the Git repository that Flux applies.

`scan` turns a directory into a `Platform`, a frozen struct of plain values; the other names work
with it. What stands in `__all__` is the public API, everything else may change without notice. A
name is loaded when it is first used. The library never imports MkDocs, prints nothing, and leaves
signals and the garbage collector of the process alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitops_docs.checks.registry import rules
    from gitops_docs.diff.compare import Comparison, compare
    from gitops_docs.inventory.codec import dumps as dump_inventory
    from gitops_docs.inventory.schema import schema as inventory_schema
    from gitops_docs.model import (
        Finding,
        Layer,
        Location,
        Platform,
        Ref,
        Release,
        Resource,
        Rule,
        Severity,
    )
    from gitops_docs.pages import Options as PageOptions
    from gitops_docs.pages import Page
    from gitops_docs.pages import render as render_pages
    from gitops_docs.scanner.scanner import Scan, Scanner, analyse, scan
    from gitops_docs.settings.load import ConfigurationError, load_settings
    from gitops_docs.settings.options import Settings

__all__ = [
    "Comparison",
    "ConfigurationError",
    "Finding",
    "Layer",
    "Location",
    "Page",
    "PageOptions",
    "Platform",
    "Ref",
    "Release",
    "Resource",
    "Rule",
    "Scan",
    "Scanner",
    "Settings",
    "Severity",
    "analyse",
    "compare",
    "dump_inventory",
    "inventory_schema",
    "load_settings",
    "render_pages",
    "rules",
    "scan",
]

_PLACES = {
    "Comparison": ("diff.compare", "Comparison"),
    "ConfigurationError": ("settings.load", "ConfigurationError"),
    "Page": ("pages", "Page"),
    "PageOptions": ("pages", "Options"),
    "Scan": ("scanner.scanner", "Scan"),
    "Scanner": ("scanner.scanner", "Scanner"),
    "Settings": ("settings.options", "Settings"),
    "analyse": ("scanner.scanner", "analyse"),
    "compare": ("diff.compare", "compare"),
    "dump_inventory": ("inventory.codec", "dumps"),
    "inventory_schema": ("inventory.schema", "schema"),
    "load_settings": ("settings.load", "load_settings"),
    "render_pages": ("pages", "render"),
    "rules": ("checks.registry", "rules"),
    "scan": ("scanner.scanner", "scan"),
}
"""Public name to the module that defines it and its name there; structs of the model are not
listed."""


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _PLACES.get(name, ("model", name))
    value = getattr(import_module(f"{__name__}.{module}"), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
