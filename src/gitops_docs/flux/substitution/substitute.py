"""Substitute variables in rendered objects (`postBuild`), as kustomize-controller does.

In: rendered objects and the variables of their layer. Out: an `Outcome`: the objects with variables
replaced, every use of a variable, and what Flux would fail with.

Flux prints an object as YAML, replaces in that text, and parses it again
(`fluxcd/pkg/kustomize/kustomize_varsub.go`; the printer is `sigs.k8s.io/yaml`, a port of libyaml).
So quotes of the source protect nothing, `${X}` may come back a number or a mapping, and a value can
break the YAML. Here each leaf is printed, replaced and parsed alone where that gives the same;
where a leaf alone fails, or a key has a variable, the whole object is.

Values that Git does not hold stay as the expression they were written as. Whatever a secret value
goes into is sealed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct, field

from gitops_docs.flux import rules
from gitops_docs.flux.substitution import envsubst
from gitops_docs.flux.substitution.envsubst import Function, SubstitutionError
from gitops_docs.flux.substitution.expressions import Expressions, Use, Uses
from gitops_docs.flux.substitution.printing import (
    ELEMENT,
    align,
    folded_text,
    is_folded,
    print_object,
    printed_text,
    read_text,
)
from gitops_docs.flux.substitution.scalars import each_leaf, has_marks, has_sealed, keys_of
from gitops_docs.flux.substitution.variables import Value, Variables
from gitops_docs.kubernetes import objects
from gitops_docs.kustomize import Refused, reread, with_json_keys
from gitops_docs.model import Finding, Severity, VariableStatus
from gitops_docs.yaml.nodes import (
    OUTLINED,
    Map,
    Node,
    Scalar,
    Sealed,
    Seq,
    as_map,
    mapping,
    not_finite,
    sequence,
    text_like,
)
from gitops_docs.yaml.parse import parse
from gitops_docs.yaml.sealing import seal, sealed_object

if TYPE_CHECKING:
    from gitops_docs.kustomize import Rendered

SUBSTITUTE = "kustomize.toolkit.fluxcd.io/substitute"
"""Label or annotation; `disabled` keeps an object as it is."""

_MAX_RESULT, _MAX_RESULTS = 2_000_000, 50_000_000
"""Longest text, in characters, that substitution may make of one value and of a whole layer;
Kubernetes takes 1.5 MB an object."""
_SHORT = 1000
"""Longest text, in characters, whose result is kept for the next place in which it stands."""
_MAX_NAMED = 8
"""Most variables that a reason names."""
_IDENTITY = (
    ("apiVersion",),
    ("kind",),
    ("metadata", "name"),
    ("metadata", "namespace"),
    ("spec", "path"),
)
"""Fields that name things: never made from a secret."""


class Outcome(Struct, frozen=True):
    """What substitution made of a layer's objects.

    With `error` Flux would refuse the layer; `objects` are then what is known: expressions that
    nothing defines, and objects that cannot be substituted, stay as they were.
    """

    objects: tuple[Rendered, ...]
    uses: tuple[Use, ...] = ()
    findings: tuple[Finding, ...] = ()
    error: str | None = None
    partial: str | None = None
    """Why the result is not wholly known; None where it is."""
    variables: Variables = field(default_factory=Variables)


def substitute_objects(items: Iterable[Rendered], variables: Variables, *, strict: bool) -> Outcome:
    """Substitute in every object of a layer.

    Args:
        items: The rendered objects; those without `$` are handed on as they are.
        variables: From `variables.collect`, or made by hand.
        strict: Whether an unset variable without default fails the layer.
    """
    given = tuple(items)
    if variables.error is not None:
        return Outcome(
            given, findings=(variables.error,), error=variables.error.message, variables=variables
        )
    work = _Work(variables, strict)
    made = []
    for item in given:
        data, partial = work.object(item.data)
        if data is not item.data or partial is not None:
            item = item.with_data(data, partial)
        made.append(item)
    error = next(
        (finding.message for finding in work.findings if finding.severity is Severity.ERROR), None
    )
    return Outcome(
        objects=tuple(made),
        uses=tuple(work.uses.found),
        findings=tuple(work.findings),
        error=error,
        partial=work.reason,
        variables=variables,
    )


def substitute_object(data: Map, variables: Mapping[str, str], *, strict: bool = True) -> Map:
    """Return one object with plain values, for tests and tools.

    Raises:
        SubstitutionError: Flux would fail.
    """
    given = Variables()
    for name, text in variables.items():
        given.add(name, Value(text, VariableStatus.INLINE, "", 0))
    work = _Work(given, strict)
    made, _ = work.object(data)
    for finding in work.findings:
        if finding.severity is Severity.ERROR:
            raise SubstitutionError(finding.message, finding.code)
    return made


class _Whole(Exception):
    """A leaf cannot be substituted alone; carries the leaf and why."""

    def __init__(self, node: Node, error: SubstitutionError | None = None) -> None:
        super().__init__()
        self.node = node
        self.error = error


class _Filled(Struct, frozen=True):
    """A text as it is printed, its parts, what becomes of it, and whether a secret took part in
    that: as a value, or by a name."""

    printed: str
    parts: tuple[str | Function, ...]
    text: str
    secret: bool
    named_secret: bool
    unknown: dict[str, None]
    outline: str
    """The same with a word in the place of each expression that is secret."""


def _too_much() -> SubstitutionError:
    return SubstitutionError("substitution makes more text than any cluster takes", "limit")


class _Work:
    """Substitution in the objects of one layer."""

    def __init__(self, variables: Variables, strict: bool) -> None:
        self.variables = variables
        self.known = Expressions(variables, strict=strict)
        self.findings: list[Finding] = []
        self.uses = Uses(self.known, self.findings)
        self.partial: list[str] = []
        self._made = 0
        self.unknown: dict[str, None] = {}
        """Variables whose value objects need and Git does not hold, in the order of use."""
        self.partly = 0
        """How many objects need one."""
        self._object_unknown: dict[str, None] = {}
        self._object_partial: list[str] = []
        self._texts: dict[str, _Filled] = {}

    def object(self, data: Map) -> tuple[Map, str | None]:
        """Return the object, the same one where nothing changes, and why it is not wholly known."""
        if not has_marks(data):
            return data, None
        if not self.variables.runs or is_disabled(data):
            each_leaf(data, lambda leaf: self.uses.note(leaf, VariableStatus.DISABLED))
            return data, None
        self._object_partial = []
        self._object_unknown = {}
        self.uses.is_description = objects.kind(data) == "CustomResourceDefinition"
        each_leaf(data, self.uses.note)
        data = reread(data)
        try:
            found = self._node(data, ())
        except _Whole as failed:
            found = self._whole(data, failed)
        made = sealed_object(found) if type(found) is Map else data
        if self._object_unknown:
            self.unknown.update(self._object_unknown)
            self.partly += 1
        self.partial += [
            f"{_title(made)}: {reason}" for reason in dict.fromkeys(self._object_partial)
        ]
        reasons = [_not_known(self._object_unknown)] if self._object_unknown else []
        return made, "; ".join(dict.fromkeys([*reasons, *self._object_partial])) or None

    @property
    def reason(self) -> str | None:
        """Why the layer is not wholly known, in one sentence; None where it is."""
        reasons = list(dict.fromkeys(self.partial))
        if self.unknown:
            where = f" ({self.partly} objects)" if self.partly > 1 else ""
            reasons.insert(0, _not_known(self.unknown) + where)
        return "; ".join(reasons) or None

    def _evaluate(
        self, parts: Iterable[str | Function], printed: str, *, outline: bool = False
    ) -> str:
        """Return the text after substitution; an expression without a known value stays. In an
        outline a word stands for one that is secret."""
        made = []
        length = 0
        for part in parts:
            if isinstance(part, str):
                made.append(part)
            elif outline and (self.known.secret((part,)) or self.known.looks_secret((part,))):
                made.append(OUTLINED)
            elif self.known.is_unresolved(part):
                made.append(printed[part.start : part.end])
            else:
                made.append(envsubst.evaluate(part, self.known.lookup, strict=False))
            length += len(made[-1])
            if length > max(_MAX_RESULT, 2 * len(printed)) or self._made + length > _MAX_RESULTS:
                raise _too_much()
        self._made += length
        return "".join(made)

    # Leaf by leaf

    def _node(self, node: Node, path: tuple[str, ...]) -> Node:
        """Return the node after substitution; the same one where nothing in it changes."""
        if type(node) is Scalar:
            return self._leaf(node, path) if "$" in node and envsubst.concerns(node) else node
        if type(node) is Map:
            changed: Map | None = None
            for key, value in node.items():
                if "$" in key and envsubst.concerns(key):
                    raise _Whole(node)
                if type(value) is Scalar and "$" not in value:
                    continue
                made = self._node(value, (*path, key))
                if made is not value:
                    if changed is None:
                        changed = mapping(node.file, node.line, node.items())
                    changed[key] = made
            return node if changed is None else changed
        if type(node) is Seq:
            items = [self._node(value, (*path, ELEMENT)) for value in node]
            if all(made is value for made, value in zip(items, node, strict=True)):
                return node
            return sequence(node.file, node.line, items)
        inner = node.unseal()
        if not envsubst.concerns(inner):
            return node
        made = self._leaf(inner, path)
        if keys_of(made):
            self._object_partial.append("a key is made from a secret")
            return node
        return node if made is inner else self._sealed(made, node, node.outline())

    def _leaf(self, node: Scalar, path: tuple[str, ...]) -> Node:
        try:
            filled = self._filled(str(node), path)
        except SubstitutionError as error:
            raise _Whole(node, error) from None
        self._object_unknown.update(filled.unknown)
        if filled.text == filled.printed:
            return node
        if filled.secret and path in _IDENTITY:
            self._object_partial.append(f"`{'.'.join(path)}` is made from a secret")
            return node
        made = read_text(filled.text, *self._place(filled.parts, node))
        if made is None or not_finite(made) is not None:
            raise _Whole(node)
        if (filled.secret or filled.named_secret) and keys_of(made):
            self._object_partial.append("a key is made from a secret")
            return node
        return (
            self._sealed(made, node, node)
            if filled.secret or (filled.named_secret and path not in _IDENTITY)
            else made
        )

    def _sealed(self, made: Node, node: Scalar | Sealed, outline: Scalar | None) -> Node:
        """Return what a leaf has become, sealed. `outline`: the leaf, or what may be shown of one
        that was sealed before."""
        while type(made) is Sealed:
            made = made.unseal()
        if type(made) is not Scalar:
            return seal(made)
        told = None
        if outline is not None:
            told = read_text(self._filled(str(outline)).outline, outline.file, outline.line)
        return Sealed(made, node.file, node.line, told if type(told) is Scalar else None)

    def _filled(self, text: str, path: tuple[str, ...] = ()) -> _Filled:
        """Return a text with its variables filled in; most texts of a layer that have any stand in
        many of its objects.

        One that is printed on several lines depends on its place, `path`: a line may end inside an
        expression, and blanks at the ends of lines are lost when it is read again.

        Raises:
            SubstitutionError: Flux would fail, or the layer makes more text than any cluster takes.
        """
        folds = bool(path) and is_folded(text, path)
        found = self._texts.get(text) if not folds else None
        if found is not None:
            self._made += len(found.text)
            if self._made > _MAX_RESULTS:
                raise _too_much()
            return found
        printed = folded_text(text, path) if folds else printed_text(text)
        parts = envsubst.parse(printed)
        secret, named = self.known.secret(parts), self.known.looks_secret(parts)
        made = self._evaluate(parts, printed)
        outline = self._evaluate(parts, printed, outline=True) if secret or named else made
        found = _Filled(
            printed, parts, made, secret, named, dict.fromkeys(self.known.unknown(parts)), outline
        )
        if len(text) <= _SHORT and not folds:
            self._texts[text] = found
        return found

    def _place(self, parts: Sequence[str | Function], node: Scalar) -> tuple[str, int]:
        """File and line of a new leaf: where its one variable is defined, else where it is used."""
        used = [part for part in parts if isinstance(part, Function)]
        if len(used) == 1 and not any(isinstance(part, Function) for part in used[0].arguments):
            value = self.variables.values.get(used[0].name)
            if value is not None and value.file and value.text:
                return value.file, value.line
        return node.file, node.line

    # The whole object

    def _whole(self, data: Map, failed: _Whole) -> Map:
        """Print, substitute and parse the object as Flux does; a finding where Flux would fail."""
        printed = print_object(data)
        place = failed.node
        try:
            parts = envsubst.parse(printed)
            text = self._evaluate(parts, printed)
        except SubstitutionError as error:
            known = failed.error or error
            if known.kind == "limit":
                message = f"{known.message}; simplify the expression, its result is not known"
                self.findings.append(rules.SubstitutionLimit.at(place, message))
            else:
                message = (
                    f"{known.message}: Flux cannot parse the expression and rejects the layer; "
                    f"write `$${{` where `${{` is not meant for Flux, or set "
                    f"`{SUBSTITUTE}: disabled` on the object"
                )
                self.findings.append(rules.SubstitutionSyntax.at(place, message))
            return data
        parsed = parse(text, data.file, seal=False)
        root = parsed.documents[0].root if parsed.complete and len(parsed.documents) == 1 else None
        null_key = False
        if root is not None:
            try:
                root = with_json_keys(root)
            except Refused:
                root, null_key = None, True
        if type(root) is not Map or not_finite(root) is not None:
            result = (
                "has a key that is null"
                if null_key
                else "is not valid YAML"
                if type(root) is not Map
                else "has a number that JSON does not know, `.inf` or `.nan`,"
            )
            message = (
                f"{_title(data)} {result} after substitution, Flux rejects the layer; write quotes "
                f"into the value of the variable, or correct it"
            )
            self.findings.append(rules.SubstitutionYaml.at(place, message))
            return data
        secret = self.known.secret(parts) or self.known.looks_secret(parts) or has_sealed(data)
        if secret and keys_of(root) - self._known_keys(data):
            # A key cannot be sealed, and what stands around it would tell it.
            self._object_partial.append("a key is made from a secret")
            return data
        self._object_unknown.update(dict.fromkeys(self.known.unknown(parts)))
        made = align(root, data, sealed=secret)
        for path in _IDENTITY:
            if self._unseal_identity(made, data, path):
                self._object_partial.append(f"`{'.'.join(path)}` is made from a secret")
        return made

    def _known_keys(self, data: Map) -> set[str]:
        """Return the keys that an object may have after substitution without telling a secret."""
        keys = keys_of(data)
        for key in [key for key in keys if "$" in key]:
            with suppress(SubstitutionError):
                filled = self._filled(key)
                if not filled.secret and not filled.named_secret:
                    keys.add(filled.text)
        return keys

    def _unseal_identity(self, made: Map, data: Map, path: tuple[str, ...]) -> bool:
        """Put the old value back where a name became secret; whether it had."""
        for key in path[:-1]:
            made, data = as_map(made.get(key)), as_map(data.get(key))
        if type(made.get(path[-1])) is not Sealed:
            return False
        made[path[-1]] = data.get(path[-1], text_like("", made))
        return True


def _title(data: Map) -> str:
    namespace = objects.namespace(data)
    return f"{objects.kind(data)} {namespace + '/' if namespace else ''}{objects.name(data)}"


def _not_known(names: Iterable[str]) -> str:
    shown = [f"`${{{name}}}`" for name in names]
    listed = ", ".join(shown[:_MAX_NAMED])
    if len(shown) > _MAX_NAMED:
        listed += f" and {len(shown) - _MAX_NAMED} more"
    return f"the value of {listed} is not in the repository"


def is_disabled(data: Map) -> bool:
    """Return whether an object opts out of substitution, by a label or an annotation."""
    metadata = as_map(data.get("metadata"))
    return any(
        as_map(metadata.get(part)).get(SUBSTITUTE) == "disabled"
        for part in ("labels", "annotations")
    )
