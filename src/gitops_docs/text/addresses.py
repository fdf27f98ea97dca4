"""Take addresses apart that somebody else wrote: a broken one has no parts, and is no error."""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit

_NONE = SplitResult("", "", "", "", "")


def split(url: str) -> SplitResult:
    """Return the parts of an address; all are empty where it cannot be taken apart."""
    try:
        return urlsplit(url)
    except ValueError:
        return _NONE


def join(base: str, url: str) -> str:
    """Return an address as seen from another one; empty where either cannot be taken apart."""
    try:
        return urljoin(base, url)
    except ValueError:
        return ""
