"""Write objects as YAML text for people: secrets replaced, keys in the order of the object.

In: an object. Out: text. Values are what kustomize makes of them (`0644` is 420), not what the
source looks like.
"""

from __future__ import annotations

import re

import yaml

from gitops_docs.kustomize import to_json
from gitops_docs.redaction import redacted
from gitops_docs.text.escape import is_command
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import TEXT, Map, Plain, is_old_word, scalar


class _Dumper(yaml.CSafeDumper):
    """Block style, long lines kept, several lines as a block scalar."""

    def ignore_aliases(self, data: object) -> bool:
        return True


_INVISIBLE = re.compile(
    "[\x7f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
"""Characters that YAML lets stand as they are and a terminal obeys, and halves of characters."""
_COMMAND = Pattern(r"##([\pL\pN_]*)\[")
"""Stands in double-quoted texts only, see `is_command`."""


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    # Some texts are something else to Go's YAML and texts to Python's: `1e3`, `0o17`, `y`. A
    # double-quoted text is one line, on which `to_yaml` can write a command to a CI runner as an
    # escape.
    if _INVISIBLE.search(text) or is_command(text) or is_old_word(scalar(text, style=TEXT)):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(data: Map) -> str:
    """Return one object as a YAML document; the value of a secret is `**REDACTED**`."""
    dumped: str = yaml.dump(
        without_secrets(data), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000
    )
    dumped = _INVISIBLE.sub(_as_escape, dumped)
    return _COMMAND.sub(lambda match: f"#\\x23{match[1]}[", dumped) if "##" in dumped else dumped


def _as_escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def without_secrets(data: Map) -> Plain:
    """Return the JSON value of an object with `**REDACTED**` for each sealed value, and for what
    looks like a credential elsewhere."""
    return redacted(to_json(data))
