"""Write the inventory as JSON text."""

from __future__ import annotations

import json

import msgspec
from msgspec import to_builtins

from gitops_docs import model
from gitops_docs.inventory.document import head, sections
from gitops_docs.text import escape

MAX_BYTES = 128 << 20
"""Largest published inventory that is read. One of twenty thousand objects has some 40 MB."""

Known = dict[str | int, tuple[object, str]]
"""Objects of the model with their JSON text, by id: that of a layer, else that of the object in
memory."""


def dumps(platform: model.Platform, directory: str = "platform", known: Known | None = None) -> str:
    """Return the inventory as JSON text that is safe inside HTML and on a terminal: what either obeys is
    escaped.

    Args:
        platform: What was scanned.
        directory: Site directory of the generated pages, for the pages of alerts.
        known: What this gave for an earlier platform. Texts of objects that are the same are taken
            from it, and it holds those of this platform afterwards.
    """
    before: Known = known if known is not None else {}
    after: Known = {}
    parts = [f"  {to_json(name)}: {to_json(value)}" for name, value in head(platform).items()]
    for name, section in sections(platform, directory).items():
        texts = []
        for item, describe in section.entries():
            # Layers are made anew by each scan; everything else is the same object until its layer
            # changes.
            key = item.id if type(item) is model.Layer else id(item)
            found = before.get(key)
            # The page of an alert depends on all names that there are.
            if found is None or name == "alerts" or (found[0] is not item and found[0] != item):
                found = (item, to_json(describe()))
            after[key] = found
            texts.append(f"    {found[1]}")
        parts.append(
            f"  {to_json(name)}: " + ("[\n" + ",\n".join(texts) + "\n  ]" if texts else "[]")
        )
    if known is not None:
        known.clear()
        known.update(after)
    return "{\n" + ",\n".join(parts) + "\n}\n"


def to_json(value: object) -> str:
    """Return JSON on one line, without blanks between its parts."""
    try:
        text = msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        # Names can hold halves of surrogate pairs, which msgspec refuses.
        text = json.dumps(to_builtins(value), ensure_ascii=False, separators=(",", ":"))
    return escape.json_text(text)
