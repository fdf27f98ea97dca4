"""Addresses that somebody else wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.text import addresses
from tests.project.test_imports import ENGINE, ENGINE_FILES, PLUGIN

BROKEN = ["http://[", "//[x", "http://[::1/a", "http://\u2100.example.org/", "oci://]x[/a"]
"""Addresses that the standard library refuses."""
FILES = [*ENGINE_FILES, *sorted(PLUGIN.rglob("*.py"))]


@pytest.mark.parametrize("url", BROKEN)
def test_broken_addresses(url: str) -> None:
    """A broken address has no parts and leads nowhere."""
    assert not any(addresses.split(url)) and addresses.split(url).hostname is None
    assert addresses.join("https://charts.example.org/a/", url) == ""
    assert addresses.join(url, "https://charts.example.org/") in ("", "https://charts.example.org/")


def test_addresses() -> None:
    """Other addresses have their parts, and relative ones are joined."""
    parts = addresses.split("https://a@charts.example.org:8443/b?c#d")
    assert (parts.scheme, parts.hostname, parts.port, parts.path, parts.query, parts.fragment) == (
        "https", "charts.example.org", 8443, "/b", "c", "d",
    )  # fmt: skip
    assert addresses.join("https://charts.example.org/a/", "b.tgz") == (
        "https://charts.example.org/a/b.tgz"
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_one_module_takes_addresses_apart(path: Path) -> None:
    """No other module calls what raises an error for a broken address."""
    source = path.read_text(encoding="utf-8")
    calls = [name for name in ("urlsplit", "urlparse", "urljoin") if name in source]
    assert not calls or path == ENGINE / "text" / "addresses.py"
