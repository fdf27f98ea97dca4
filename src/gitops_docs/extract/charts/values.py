"""Join the values that a HelmRelease gives its chart: `valuesFrom` in order, and the values of its
own.

In: the spec of a HelmRelease and the objects of its cluster. Out: the effective values, each leaf
with its place, and what becomes of each reference. Rules: `ChartValuesFromReferences` of
fluxcd/pkg/chartutil, step by step: the values of the release are merged before each `targetPath`
and at the end, mappings and lists are shared and not copied, and so a `targetPath` wins over the
values of the release or not.
"""

from __future__ import annotations

from msgspec import Struct

from gitops_docs import redaction
from gitops_docs.flux.objects import ObjectIndex
from gitops_docs.kubernetes import objects, strvals
from gitops_docs.kustomize import Rendered, reread
from gitops_docs.model import ChartValue, Location, ValuesReference, ValuesState
from gitops_docs.redaction.keys import Leaf
from gitops_docs.yaml.nodes import (
    Map,
    Scalar,
    Sealed,
    as_map,
    as_seq,
    as_text,
    as_yaml_1_1,
    copy_tree,
    deep_merge,
    is_null,
    is_true,
    mapping,
    text_like,
)
from gitops_docs.yaml.parse import parse_inline
from gitops_docs.yaml.rules import YamlParse

MAX_VALUES = 500
"""Most leaves of a release's values that are listed."""


class Values(Struct, frozen=True, kw_only=True):
    """The effective values of a release."""

    merged: Map
    for_chart: Map
    """The same, with a sealed value at each `targetPath` that a Secret fills."""
    listed: tuple[ChartValue, ...]
    named: tuple[str, ...]
    references: tuple[ValuesReference, ...]
    partial: str | None


class _Step(Struct, frozen=True):
    """What one entry of `valuesFrom` does: merge a mapping, or set what a key holds at a path."""

    merged: Map | None
    target: str = ""
    held: Scalar | Sealed | None = None
    literal: bool = False
    secret: bool = False


class _Entry(Struct):
    """An entry of `valuesFrom` while it is looked at."""

    node: Map
    kind: str
    name: str
    key: str
    target: str | None
    state: ValuesState
    detail: str | None
    step: _Step | None = None


def effective_values(spec: Map, rendered: Rendered, namespace: str, index: ObjectIndex) -> Values:
    """Return the values that a HelmRelease gives its chart; what comes from a Secret is not
    read."""
    entries: list[_Entry] = []
    missing: list[str] = []
    for item in as_seq(spec.get("valuesFrom")):
        if type(item) is Map:
            entry = _entry(item, namespace, index, missing)
            if entry.kind == "Secret" and entry.target and entry.state in _SECRETS:
                unknown = Sealed(text_like("hidden", item), rendered.file, rendered.line)
                literal = is_true(item.get("literal"))
                entry.step = _Step(None, entry.target, unknown, literal, secret=True)
            entries.append(entry)
    own = reread(as_map(spec.get("values")))
    for_chart = _built(own, entries, with_secrets=True)
    merged = for_chart
    if any(entry.step is not None and entry.step.secret for entry in entries):
        merged = _built(own, entries, with_secrets=False)
    partial = (
        f"values from {', '.join(dict.fromkeys(missing))} are not in the repository or secret"
        if missing
        else None
    )
    leaves = redaction.leaves(merged)
    if len(leaves) > MAX_VALUES:
        limit = f"only the first {MAX_VALUES} of {len(leaves)} values are listed"
        partial = "; ".join(filter(None, [partial, limit]))
    return Values(
        merged=merged,
        for_chart=for_chart,
        listed=tuple(_listed(leaves[:MAX_VALUES])),
        named=tuple(
            f"{one.kind}/{one.name} ({one.key}{f' to {one.target}' if one.target else ''})"
            for one in entries
        ),
        references=tuple(_reference(entry, rendered) for entry in entries),
        partial=partial,
    )


_SECRETS = (ValuesState.FOUND, ValuesState.UNREAD)
"""States in which the key of a Secret has a value."""


def _entry(item: Map, namespace: str, index: ObjectIndex, missing: list[str]) -> _Entry:
    """Return an entry of `valuesFrom` with the step that it takes; what is not known is added to
    `missing`."""
    kind = objects.text(item.get("kind")) or ""
    name = objects.text(item.get("name")) or ""
    key = objects.text(item.get("valuesKey")) or "values.yaml"
    target = objects.text(item.get("targetPath"))
    state, detail, held = _referenced_value(kind, namespace, name, key, index)
    entry = _Entry(item, kind, name, key, target, state, detail)
    if state is not ValuesState.FOUND:
        if not is_true(item.get("optional")):
            missing.append(f"{kind}/{name}")
    elif held is None:
        missing.append(f"{kind}/{name}")
    elif target:
        entry.step = _Step(None, target, held, is_true(item.get("literal")))
    else:
        parsed, held_text = parse_inline(held), str(held) if type(held) is Scalar else ""
        if parsed.closed:
            missing.append(f"{kind}/{name}")
        elif any(one.code == YamlParse.code for one in parsed.findings) and "${" not in held_text:
            entry.state, entry.detail = ValuesState.INVALID, "it is not valid YAML"
        elif parsed.documents and type(parsed.documents[0].root) is Map:
            # Helm reads YAML 1.1: a plain `yes` is true. The values of a release are JSON by then.
            entry.step = _Step(as_map(as_yaml_1_1(parsed.documents[0].root)))
        elif parsed.documents and not is_null(parsed.documents[0].root):
            entry.state, entry.detail = ValuesState.INVALID, "it holds no mapping of values"
    return entry


def _built(own: Map, entries: list[_Entry], *, with_secrets: bool) -> Map:
    """Return the values of all steps; a step that Helm refuses is said at its entry, and left
    out."""
    sets = any(one.step is not None and one.step.held is not None for one in entries)
    while True:
        values = copy_tree(own) if sets else own
        made = mapping(own.file, own.line)
        for entry in entries:
            step = entry.step
            if step is None or step.secret and not with_secrets:
                continue
            if step.held is None:
                merged = as_map(step.merged)
                made = deep_merge(made, copy_tree(merged) if sets else merged)
                continue
            made = deep_merge(made, values)
            try:
                strvals.set_target(made, step.target, step.held, literal=step.literal)
            except strvals.SyntaxFault as fault:
                entry.state, entry.detail, entry.step = ValuesState.INVALID, str(fault), None
                break  # What was set of it is in the values.
        else:
            return deep_merge(made, values)


def _listed(leaves: list[Leaf]) -> list[ChartValue]:
    found = []
    for path, leaf, judged in leaves:
        if type(leaf) is Scalar:
            kept = redaction.shown(judged, str(leaf))
            found.append(ChartValue(_dotted(path), kept, leaf.file, leaf.line))
        elif type(leaf) is Sealed:
            found.append(ChartValue(_dotted(path), None, leaf.file, leaf.line))
    return found


def _reference(entry: _Entry, rendered: Rendered) -> ValuesReference:
    name = as_text(entry.node.get("name"))
    place = (
        Location(name.file, name.line)
        if name is not None and name.file
        else Location(rendered.file, rendered.line)
    )
    return ValuesReference(
        kind=entry.kind,
        name=entry.name,
        key=entry.key,
        target=entry.target,
        optional=is_true(entry.node.get("optional")),
        state=entry.state,
        detail=entry.detail,
        file=place.file,
        line=place.line,
    )


def _referenced_value(
    kind: str, namespace: str, name: str, key: str, index: ObjectIndex
) -> tuple[ValuesState, str | None, Scalar | Sealed | None]:
    """Return what becomes of a reference to a key: the state, a detail, and what the key of a
    ConfigMap holds."""
    if kind not in ("ConfigMap", "Secret") or "${" in f"{name}{key}":
        return ValuesState.FOUND, None, None
    found = index.get(kind, namespace, name)
    if found is None:
        hashed = _hashed(kind, namespace, name, index)
        if hashed is not None:
            return ValuesState.HASHED, hashed, None
        return (ValuesState.UNREAD if kind == "Secret" else ValuesState.MISSING), None, None
    data = found.rendered.data
    fields = ("data", "stringData") if kind == "Secret" else ("data",)
    keys = [as_map(data.get(field)) for field in fields]
    if not any(key in held for held in keys):
        known = found.rendered.partial is None and all(
            type(data.get(field)) in (Map, type(None)) for field in fields
        )
        return (ValuesState.KEY_MISSING if known else ValuesState.UNREAD), None, None
    held = keys[0].get(key)
    if kind == "Secret" or (type(held) is not Scalar and type(held) is not Sealed):
        return ValuesState.FOUND, None, None
    return ValuesState.FOUND, None, held


def _hashed(kind: str, namespace: str, name: str, index: ObjectIndex) -> str | None:
    """Return the name that kustomize gave to the generated object that was meant: the written one
    with a hash."""
    for applied in index.of_kind(kind):
        made = applied.rendered
        start, dash, suffix = made.key[2].rpartition("-")
        if (
            made.generated
            and dash
            and start == name
            and len(suffix) == 10
            and made.key[1] in ("", namespace)
        ):
            return made.key[2]
    return None


def _dotted(path: tuple[str | int, ...]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text
