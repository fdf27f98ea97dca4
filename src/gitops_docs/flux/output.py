"""Objects as YAML text for people: secrets replaced, keys in the order of the object.

In: an object. Out: text. Values are what kustomize makes of them (`0644` is 420), not what the source looks like.
"""

from __future__ import annotations

from typing import Any

import yaml

from gitops_docs.nodes import Map, plain_value
from gitops_docs.redaction import redacted


class _Dumper(yaml.CSafeDumper):
    """Block style, long lines kept, several lines as a block scalar."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(data: Map) -> str:
    """One object as a YAML document; the value of a secret is `**REDACTED**`."""
    dumped: str = yaml.dump(without_secrets(data), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000)
    return dumped


def without_secrets(data: Any) -> Any:
    """The JSON value of an object with `**REDACTED**` for each sealed value, and for what looks like a credential elsewhere."""
    return redacted(plain_value(data))
