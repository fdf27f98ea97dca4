"""Keys as kustomize has them where it reads YAML by way of JSON, as it does kustomizations and JSON patches (`sigs.k8s.io/yaml`).

In: a tree. Out: the tree with texts for keys: a key without quotes is YAML 1.1, where `yes` is a boolean and `0644` a number.
"""

from __future__ import annotations

import struct
from math import isfinite
from typing import Any

from gitops_docs.kustomize.errors import Refused
from gitops_docs.kustomize.output import go_number
from gitops_docs.nodes import BareKey, Map, Seq, as_yaml_1_1, placed, plain_value, scalar, scalar_kind


def with_json_keys(value: Any) -> Any:
    """A value with the keys that JSON has in place of its own (`convertToJSONableObject`); the same one where none changes.

    Raises:
        Refused: A key is null.
    """
    kind = type(value)
    if kind is Map:
        made = [
            (_json_key(key, inner) if type(key) is BareKey else key, with_json_keys(inner))
            for key, inner in value.items()
        ]
        same = all(key is new and inner is value[key] for key, (new, inner) in zip(value, made, strict=True))
        return value if same else placed(Map(made), value)
    if kind is Seq:
        items = [with_json_keys(item) for item in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else placed(Seq(items), value)
    return value


def _json_key(key: BareKey, value: Any) -> str:
    """A key as a text: a fraction is printed with the precision of four bytes."""
    found = as_yaml_1_1(scalar(str(key)))
    kind = scalar_kind(found)
    number = plain_value(found)
    if kind == "null":
        raise Refused("a key that is null; put it in quotes", getattr(value, "file", None), key.line or None)
    if kind == "float" and isfinite(number):
        narrow = struct.unpack("f", struct.pack("f", number))[0]
        shortest = (float(f"{number:.{digits}g}") for digits in range(1, 18))
        return go_number(next(text for text in shortest if struct.unpack("f", struct.pack("f", text))[0] == narrow))
    return str(found).lower() if kind == "bool" else str(number)
