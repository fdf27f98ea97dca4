"""List fields of objects that hold credentials under keys of any name."""

from __future__ import annotations

from msgspec import Struct


class Place(Struct, frozen=True):
    """Fields of a kind of objects that hold credentials under keys of any name."""

    kind: str
    """Kind of the object; `*` for any."""
    path: tuple[str, ...]
    """Keys that lead there; `*` is any key, items of lists are left out."""
    sure: bool
    """Whether every value there is a credential; otherwise those that look like one."""


PLACES = (
    Place("*", ("provider", "fake", "data"), True),
    Place("Fake", ("spec", "data"), True),
    Place("ExternalSecret", ("target", "template", "data"), False),
    Place("SealedSecret", ("spec", "template", "data"), False),
    Place("SealedSecret", ("spec", "template", "stringData"), True),
    Place("PushSecret", ("spec", "template", "data"), False),
    Place("ClusterExternalSecret", ("target", "template", "data"), False),
    Place("Secret", ("data",), True),
    Place("Secret", ("stringData",), True),
)
