"""Replace the legacy `vars`: `$(NAME)` in known fields becomes the value of another object's field
(`api/filters/refvar`).

In: the variables of a build and its objects. Out: objects with the references resolved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from gitops_docs.kustomize.errors import refused
from gitops_docs.kustomize.resources.fieldspecs import FieldSpec, apply, retexted
from gitops_docs.kustomize.resources.resource import (
    Gvk,
    Id,
    Resources,
    group_version,
    text,
)
from gitops_docs.kustomize.transform.replacements import look_up
from gitops_docs.redaction import is_secret
from gitops_docs.text.patterns import Match, Pattern
from gitops_docs.yaml.nodes import (
    PLAIN,
    TEXT,
    Map,
    Node,
    Scalar,
    Sealed,
    Seq,
    as_map,
    is_null,
    placed,
    plain_kind,
    scalar,
    scalar_kind,
)

_STEP = Pattern(r"\[(\d+)\]|\[[^\[\]]*\]|\.|[^.\[]+|\[")
_REFERENCE = Pattern(r"\$(?:(\$)|\(([^)]*)\))")


class Variable(Struct, frozen=True):
    """A variable: whose field, and where it is declared."""

    name: str
    gvk: Gvk
    target: str
    namespace: str
    path: tuple[str, ...]
    node: Map


def read(node: Map) -> Variable:
    """Return a `vars` entry."""
    reference = as_map(node.get("objref"))
    group, version = group_version(text(reference.get("apiVersion")))
    gvk = Gvk(
        text(reference.get("group")) or group,
        text(reference.get("version")) or version,
        text(reference.get("kind")),
    )
    path = (
        text(as_map(node.get("fieldref")).get("fieldpath"))
        or text(as_map(node.get("fieldref")).get("fieldPath"))
        or "metadata.name"
    )
    parts = _parts(path)
    return Variable(
        text(node.get("name")),
        gvk,
        text(reference.get("name")),
        text(reference.get("namespace")),
        parts,
        node,
    )


def _parts(path: str) -> tuple[str, ...]:
    """Return the parts of a field path: dots between brackets separate nothing, and a number in
    brackets is a part."""
    parts = [""]
    for token in _STEP.finditer(path):
        if token[1]:
            parts += token[1], ""
        elif token[0] == ".":
            parts.append("")
        else:
            parts[-1] += token[0]
    return tuple(part for part in parts if part)


def mark(resources: Resources, variable: Variable) -> None:
    """Record which object a variable means, by any name that it has had.

    Raises:
        Refused: Several objects are meant.
    """
    found = [
        item for item in resources if any(_means(variable, identity) for identity in item.ids())
    ]
    if len(found) > 1:
        raise refused(
            f"several objects could be meant by the variable `{variable.name}`", variable.node
        )
    for item in found:
        item.variables = (*item.variables, variable.name)


def _means(variable: Variable, identity: Id) -> bool:
    gvk = variable.gvk
    return (
        identity.name == variable.target
        and (identity.group, identity.version, identity.kind) == (gvk.group, gvk.version, gvk.kind)
        and (not variable.namespace or variable.namespace == identity.namespace)
    )


def resolve(
    resources: Resources, variables: Iterable[Variable], specs: Iterable[FieldSpec]
) -> None:
    """Put the values in.

    Raises:
        Refused: A variable means no object, or one without the field.
    """
    values: dict[str, Node] = {}
    for variable in variables:
        owner = next((item for item in resources if variable.name in item.variables), None)
        if owner is None:
            raise refused(
                f"the variable `{variable.name}` cannot be mapped to a field of a known object",
                variable.node,
            )
        value = look_up(owner.data, variable.path)
        if value is None:
            raise refused(
                f"the object of the variable `{variable.name}` has no such field", variable.node
            )
        if type(value) is Scalar and is_secret(variable.path, value):
            value = Sealed(
                value, value.file, value.line
            )  # Where it is put in, nothing says that it is a credential.
        values[variable.name] = value
    if not values:
        return

    def put(node: Node) -> Node:
        if type(node) is Seq:
            return placed(Seq(_expanded(_string(item), values) for item in node), node)
        if type(node) is Map:
            pairs = (
                (key, item if type(item) is Map or type(item) is Seq else _expanded(item, values))
                for key, item in node.items()
            )
            return placed(Map(pairs), node)
        return _expanded(node, values)

    for spec in specs:
        for resource in resources:
            apply(resource, spec, put)


def _typed(value: Scalar) -> Scalar:
    """Return the value for a reference that is the whole text: it keeps its type, but not its
    quotes."""
    is_text = scalar_kind(value) == "str" and plain_kind(value) != "str"
    return scalar(str(value), value.file, value.line, TEXT if is_text else PLAIN)


def _string(item: Node) -> Scalar | Sealed:
    """Return the text of a list element that may hold variables.

    Raises:
        Refused: It is not text.
    """
    if type(item) is Sealed or (type(item) is Scalar and scalar_kind(item) == "str"):
        return item
    raise refused("a variable may stand in a list of texts only; quote this element", item)


def _expanded(node: Scalar | Sealed, values: Mapping[str, Node]) -> Scalar | Sealed:
    """Return a text with its references replaced; sealed where a secret is among them."""
    if is_null(node):
        return node
    written = text(node)
    if "$" not in written:
        return node
    whole = _REFERENCE.fullmatch(written)
    if whole is not None and whole[2] in values:
        value = values[whole[2]]
        if type(value) is Map or type(value) is Seq:
            return node
        return (
            Sealed(value.unseal(), value.file, value.line)
            if type(value) is Sealed
            else _typed(value)
        )
    sealed = type(node) is Sealed

    def one(match: Match) -> str:
        nonlocal sealed
        if match[1]:
            return "$"
        value = values.get(match[2])
        if value is None or type(value) is Map or type(value) is Seq:
            return match[0]
        sealed = sealed or type(value) is Sealed
        return text(value)

    # Behind the last bracket nothing closes a reference; looking for its end there would read the
    # rest for each.
    end = written.rfind(")") + 1
    made = _REFERENCE.sub(one, written[:end]) + written[end:].replace("$$", "$")
    result = retexted(node, made, node)
    if sealed and type(result) is not Sealed:
        return Sealed(result, node.file, node.line)
    return result
