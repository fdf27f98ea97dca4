"""Give the events of libyaml with types: the stubs of PyYAML have every field optional."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs do not export it

if TYPE_CHECKING:
    from yaml.error import Mark


class Event(Protocol):
    """An event. Which of the fields it has follows from its type."""

    value: str
    anchor: str | None
    tag: str | None
    style: str | None
    flow_style: bool
    start_mark: Mark
    end_mark: Mark


class Events(Protocol):
    """The events of one text, one after the other."""

    def get_event(self) -> Event | None:
        """Return the next event; None after the last one.

        Raises:
            YAMLError: The text is not YAML.
        """

    def dispose(self) -> None:
        """Free what libyaml holds."""


def parse_events(text: str | bytes) -> Events:
    """Start to read a text."""
    return cast(Events, CParser(text))
