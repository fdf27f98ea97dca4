"""Compute the hash suffix of generated ConfigMaps and Secrets (`api/hasher/hasher.go`).

In: the object. Out: ten characters. Its name is not part of the hash: upstream looks for a field
called `metadata/name` and finds none.
"""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal

from gitops_docs.kustomize.resources.fieldspecs import untagged, with_metadata
from gitops_docs.kustomize.resources.output import to_json
from gitops_docs.kustomize.resources.resource import Resource, text
from gitops_docs.yaml.nodes import Map, Plain, Scalar, Sealed, get_path

_SAFE = str.maketrans({"0": "g", "1": "h", "3": "k", "a": "m", "e": "t"})
_ESCAPED = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}


def add_suffix(resource: Resource) -> None:
    """Put the hash of an object behind its name, unless Flux decrypts a part of the object
    first."""
    if resource.is_encrypted:
        why = "the hash in its name is that of decrypted content, which is not in the repository"
        resource.partial = "; ".join(filter(None, [resource.partial, why]))
        return
    if text(resource.data.get("kind")) not in ("ConfigMap", "Secret"):
        resource.partial = (
            "the hash in its name is made of places in its file, which are not known here"
        )
    found = suffix(resource.data)
    resource.store_previous_id()
    name = get_path(resource.data, "metadata", "name")
    resource.replace(
        with_metadata(resource.data, "name", untagged(name, f"{resource.name}-{found}", name))
    )


def suffix(data: Map) -> str:
    """Return the suffix of an object, from its content; sealed values are read for it."""
    content = go_json(_content(data)).encode("utf-8", "surrogateescape")
    return hashlib.sha256(content).hexdigest()[:10].translate(_SAFE)


def _content(data: Map) -> Plain:
    """Return what of an object is hashed (`encodeConfigMap`, `encodeSecret`)."""
    kind = text(data.get("kind"))
    if kind not in ("ConfigMap", "Secret"):
        return _unsealed(to_json(data))
    content: dict[str, Plain] = {"kind": kind, "name": "", "data": _field(data, "data")}
    if kind == "Secret":
        content["type"] = _field(data, "type")
    optional = "binaryData" if kind == "ConfigMap" else "stringData"
    if type(data.get(optional)) is Map:
        content[optional] = _field(data, optional)
    return content


def go_json(value: Plain) -> str:
    """Return JSON as Go writes it: keys sorted, no spaces, HTML characters escaped, all numbers
    floating-point ones."""
    if isinstance(value, dict):
        return (
            "{" + ",".join(f"{go_json(key)}:{go_json(value[key])}" for key in sorted(value)) + "}"
        )
    if isinstance(value, list):
        return "[" + ",".join(map(go_json, value)) + "]"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(float(value))
    made = json.dumps(value, ensure_ascii=False)
    for character, escaped in _ESCAPED.items():
        if character in made:
            made = made.replace(character, escaped)
    return made


def _number(value: float) -> str:
    """Return a number by the rules of `encoding/json`: an exponent from 1e21 on and below 1e-6."""
    exact = Decimal(repr(value))
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        whole = f"{exact:f}"
        return whole.rstrip("0").rstrip(".") if "." in whole else whole
    digits, _, power = f"{exact.normalize():e}".partition("e")
    return f"{digits}e{int(power):+}"


def _field(data: Map, name: str) -> Plain:
    found = data.get(name)
    if found is None:
        return ""
    if type(found) is Scalar or type(found) is Sealed:
        return text(found)
    return _unsealed(to_json(found))


def _unsealed(value: Plain) -> Plain:
    if isinstance(value, Sealed):
        return to_json(value.unseal())
    if isinstance(value, dict):
        return {key: _unsealed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_unsealed(inner) for inner in value]
    return value
