"""postBuild substitution on rendered objects, as kustomize-controller does it.

In: rendered objects and the variables of their layer. Out: an `Outcome`: the objects with variables replaced, every use of a variable, and
what Flux would fail with.

Flux prints an object as YAML, replaces in that text, and parses it again (`fluxcd/pkg/kustomize/kustomize_varsub.go`; the printer is
`sigs.k8s.io/yaml`, a port of libyaml). So quotes of the source protect nothing, `${X}` may come back a number or a mapping, and a value can
break the YAML. Here each leaf is printed, replaced and parsed alone where that gives the same; where a leaf alone fails, or a key has a
variable, the whole object is.

Values that Git does not hold stay as the expression they were written as. Whatever a secret value goes into is sealed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import yaml
from msgspec import Struct, field
from msgspec.structs import replace

from gitops_docs import redaction
from gitops_docs.flux import envsubst, objects
from gitops_docs.flux.envsubst import Function, SubstitutionError
from gitops_docs.kustomize import reread
from gitops_docs.model import Finding, Location, Severity, VariableStatus
from gitops_docs.nodes import (
    DOUBLE_QUOTED,
    FOLDED,
    LITERAL,
    PLAIN,
    Map,
    Scalar,
    Sealed,
    Seq,
    as_map,
    mapping,
    plain_kind,
    scalar,
    scalar_kind,
    sequence,
    text_like,
)
from gitops_docs.repository.sealing import seal, sealed_object
from gitops_docs.repository.yaml import parse

if TYPE_CHECKING:
    from gitops_docs.kustomize import Rendered

SUBSTITUTE = "kustomize.toolkit.fluxcd.io/substitute"
"""Label or annotation; `disabled` keeps an object as it is."""
VARIABLE_NAME = re.compile(r"[_A-Za-z][_A-Za-z0-9]*\Z")
"""`varsubRegex`: one name that does not match fails the layer."""

_MAX_SHOWN = 200
"""Longest result of an expression, in characters, that is kept for the tables."""
_MAX_RESULT, _MAX_RESULTS = 2_000_000, 50_000_000
"""Longest text, in characters, that substitution may make of one value and of a whole layer; Kubernetes takes 1.5 MB an object."""
_SHORT = 1000
"""Longest text, in characters, whose result is kept for the next place in which it stands."""
_MAX_NAMED = 8
"""Most variables that a reason names."""
_IDENTITY = (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"), ("spec", "path"))
"""Fields that name things: never made from a secret."""
_PRINTED_PLAIN = re.compile(r"[A-Za-z_/$(](?:[!-9;-~]|:(?=[!-~])| (?=[!\"$-9;-~]))*\Z")
"""Texts that the printer leaves unquoted for certain, and that the parser reads as one plain scalar."""
_READ_PLAIN = re.compile(r"[A-Za-z0-9_/$(.](?:[!-9;-~]|:(?=[!-~])| (?=[!\"$-9;-~]))*\Z")
_OLD_BOOLS = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), "true"),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), "false"),
}
"""go-yaml v2, which reads the text after substitution, knows the booleans of YAML 1.1."""


class Value(Struct, frozen=True):
    """The value of a variable. `text` None: it exists, and Git does not hold its value."""

    text: str | None
    status: VariableStatus
    file: str
    line: int
    provider: str | None = None
    sealed: bool = False


class Variables(Struct):
    """The variables of a layer: later ones win, and what they replace is kept."""

    values: dict[str, Value] = field(default_factory=dict)
    overridden: dict[str, list[Value]] = field(default_factory=dict)
    """Name to the values that lost, in the order in which they were given."""
    outside: frozenset[str] = frozenset()
    """Names that are declared to be made outside Git."""
    open_ended: bool = False
    """Whether an object that gives variables is not in the repository: any name may exist then."""
    always: bool = False
    """`substituteStrategy: Always`: substitute although there is no variable."""
    error: Finding | None = None
    """Why Flux would refuse the variables themselves: an invalid name."""
    wanted: set[tuple[str, str, str]] = field(default_factory=set)
    """(kind, namespace, name) of objects that give variables and were not found."""
    findings: list[Finding] = field(default_factory=list)

    def add(self, name: str, value: Value) -> None:
        """Set a variable; one of that name is overridden. Flux takes line breaks out of values."""
        if value.text is not None and "\n" in value.text:
            value = replace(value, text=value.text.replace("\n", ""))
        before = self.values.get(name)
        if before is not None:
            self.overridden.setdefault(name, []).append(before)
        self.values[name] = value
        if self.error is None and not VARIABLE_NAME.match(name):
            shown = name if len(name) <= 60 and name.isprintable() else "a name"
            message = f"variable name `{shown}` is not valid, Flux refuses the layer; use letters, digits and `_`, a letter first"
            self.error = Finding("variable-name", Severity.ERROR, message, value.file or None, value.line or None)

    @property
    def runs(self) -> bool:
        """Whether Flux substitutes at all. An object that is not in the repository counts as giving variables."""
        return bool(self.values) or self.always or self.open_ended


class Use(Struct, frozen=True):
    """An expression that stands in an object. `becomes` is None where the result is secret or not known."""

    name: str
    expression: str
    file: str
    line: int
    becomes: str | None
    status: VariableStatus


class Outcome(Struct, frozen=True):
    """What substitution made of a layer's objects.

    With `error` Flux would refuse the layer; `objects` are then what is known: expressions that nothing defines, and objects that cannot
    be substituted, stay as they were.
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
        return Outcome(given, findings=(variables.error,), error=variables.error.message, variables=variables)
    work = _Work(variables, strict)
    made = []
    for item in given:
        data, partial = work.object(item.data)
        if data is not item.data or partial is not None:
            item = replace(item, data=data, partial="; ".join(filter(None, [item.partial, partial])) or None)
        made.append(item)
    error = next((finding.message for finding in work.findings if finding.severity is Severity.ERROR), None)
    return Outcome(
        objects=tuple(made),
        uses=tuple(work.uses),
        findings=tuple(work.findings),
        error=error,
        partial=work.reason,
        variables=variables,
    )


def substitute_object(data: Map, variables: Mapping[str, str], *, strict: bool = True) -> Map:
    """One object with plain values, for tests and tools.

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

    def __init__(self, node: Any, error: SubstitutionError | None = None) -> None:
        super().__init__()
        self.node = node
        self.error = error


class _Filled(Struct, frozen=True):
    """A text as it is printed, its parts, what becomes of it, and whether a secret took part in that: as a value, or by a name."""

    printed: str
    parts: tuple[str | Function, ...]
    text: str
    secret: bool
    named_secret: bool
    unknown: dict[str, None]


def _too_much() -> SubstitutionError:
    return SubstitutionError("substitution makes more text than any cluster takes", "limit")


class _Work:
    """Substitution in the objects of one layer."""

    def __init__(self, variables: Variables, strict: bool) -> None:
        self.variables = variables
        self.strict = strict
        self.uses: list[Use] = []
        self.findings: list[Finding] = []
        self.partial: list[str] = []
        self._made = 0
        self.unknown: dict[str, None] = {}
        """Variables whose value objects need and Git does not hold, in the order of use."""
        self.partly = 0
        """How many objects need one."""
        self._object_unknown: dict[str, None] = {}
        self._object_partial: list[str] = []
        self._texts: dict[str, _Filled] = {}
        self._shown: dict[str, str | None] = {}
        """What expressions become."""
        self._reported: set[tuple[str, str]] = set()
        """(variable, file) of findings: one that stands in a dashboard a hundred times is told once."""

    def object(self, data: Map) -> tuple[Map, str | None]:
        """The object, the same one where nothing changes, and why it is not wholly known."""
        if not _has_marks(data):
            return data, None
        if not self.variables.runs or is_disabled(data):
            _each_leaf(data, lambda leaf: self._note(leaf, VariableStatus.DISABLED))
            return data, None
        self._object_partial = []
        self._object_unknown = {}
        _each_leaf(data, self._note)
        data = reread(data)
        try:
            made = self._node(data, ())
        except _Whole as failed:
            made = self._whole(data, failed)
        made = sealed_object(made) if type(made) is Map else data
        if self._object_unknown:
            self.unknown.update(self._object_unknown)
            self.partly += 1
        self.partial += [f"{_title(made)}: {reason}" for reason in dict.fromkeys(self._object_partial)]
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

    # Names and values

    def _lookup(self, name: str) -> str | None:
        value = self.variables.values.get(name)
        return value.text if value is not None else None

    def _kept(self, function: Function) -> bool:
        """Whether an expression stays as it is, since Git does not hold a value that it needs."""
        for part in function.walk():
            value = self.variables.values.get(part.name)
            if value is not None:
                if value.text is None:
                    return True
            elif (
                not part.has_default
                and (self.strict or self.variables.open_ended)
                or part.name in self.variables.outside
            ):
                return True
        return False

    def _status(self, name: str, *, has_default: bool) -> VariableStatus:
        value = self.variables.values.get(name)
        if value is not None:
            return value.status
        if name in self.variables.outside:
            return VariableStatus.EXTERNAL
        if has_default:
            return VariableStatus.DEFAULT
        return VariableStatus.EXTERNAL if self.variables.open_ended else VariableStatus.UNDEFINED

    def _note(self, node: Any, status: VariableStatus | None = None) -> None:
        """List what a leaf or a key asks for, and report what nothing defines."""
        sealed = type(node) is Sealed
        text = str(node.unseal() if sealed else node)
        for found in envsubst.expressions(text):
            line = node.line
            if not sealed and node.style in (LITERAL, FOLDED) and node.style:
                line += 1 + text.count("\n", 0, found.offset)
            shown = f"${{{found.name}}}" if sealed else found.text
            if found.escaped:
                known = status or VariableStatus.ESCAPED
                becomes = None if sealed else (shown if status else shown[1:])
            else:
                known = status or self._status(found.name, has_default=found.has_default)
                becomes = None if sealed else (shown if status else self._becomes(found.text))
            self.uses.append(Use(found.name, shown, node.file, line, becomes, known))
            if known is VariableStatus.UNDEFINED:
                self._undefined(found.name, node.file, line)

    def _becomes(self, expression: str) -> str | None:
        if expression not in self._shown:
            self._shown[expression] = self._result(expression)
        return self._shown[expression]

    def _result(self, expression: str) -> str | None:
        try:
            parts = envsubst.parse(expression)
            if self._secret(parts) or self._looks_secret(parts) or self._unknown(parts):
                return None
            made = envsubst.substitute(expression, self._lookup, strict=False)
        except SubstitutionError:
            return None
        made = _printable(made)
        return made if len(made) <= _MAX_SHOWN else made[: _MAX_SHOWN - 1] + "…"

    def _undefined(self, name: str, file: str, line: int) -> None:
        severity = Severity.ERROR if self.strict else Severity.WARNING
        result = "Flux refuses the layer" if self.strict else "it becomes empty"
        message = (
            f"nothing defines `${{{name}}}`, {result}; "
            f"define it in postBuild, give a default, or write `$${{{name}}}` if it is not Flux's"
        )
        if (name, file) not in self._reported:
            self._reported.add((name, file))
            self.findings.append(Finding("variable-undefined", severity, message, file or None, line or None))

    def _secret(self, parts: Iterable[str | Function]) -> bool:
        values = self.variables.values
        for part in parts:
            if isinstance(part, Function):
                for function in part.walk():
                    value = values.get(function.name)
                    if value is not None and value.sealed:
                        return True
        return False

    def _looks_secret(self, parts: Iterable[str | Function]) -> bool:
        """Whether a value is a credential by the name of its variable, wherever it comes from."""
        for part in parts:
            if isinstance(part, Function):
                for function in part.walk():
                    value = self.variables.values.get(function.name)
                    given = value.text if value is not None else None
                    if given is None and function.has_default:
                        given = "".join(text for text in function.arguments if isinstance(text, str))
                    if given and redaction.is_secret_value(function.name, given):
                        return True
        return False

    def _evaluate(self, parts: Iterable[str | Function], printed: str) -> str:
        """The text after substitution; an expression without a known value stays."""
        made = []
        length = 0
        for part in parts:
            if isinstance(part, str):
                made.append(part)
            elif self._kept(part):
                made.append(printed[part.start : part.end])
            else:
                made.append(envsubst.evaluate(part, self._lookup, strict=False))
            length += len(made[-1])
            if length > max(_MAX_RESULT, 2 * len(printed)) or self._made + length > _MAX_RESULTS:
                raise _too_much()
        self._made += length
        return "".join(made)

    def _unknown(self, parts: Iterable[str | Function]) -> list[str]:
        """Names that make the object partial; what nothing defines makes it fail, which is another finding."""
        return [
            part.name
            for part in parts
            if isinstance(part, Function)
            and self._kept(part)
            and self._status(part.name, has_default=part.has_default) is not VariableStatus.UNDEFINED
        ]

    # Leaf by leaf

    def _node(self, node: Any, path: tuple[str, ...]) -> Any:
        """The node after substitution; the same one where nothing in it changes."""
        kind = type(node)
        if kind is Scalar:
            return self._leaf(node, path) if "$" in node and envsubst.concerns(node) else node
        if kind is Map:
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
        if kind is Seq:
            items = [self._node(value, (*path, "*")) for value in node]
            if all(made is value for made, value in zip(items, node, strict=True)):
                return node
            return sequence(node.file, node.line, items)
        if kind is Sealed:
            inner = node.unseal()
            if not envsubst.concerns(inner):
                return node
            made = self._leaf(inner, path)
            return node if made is inner else _sealed(made, node)
        return node

    def _leaf(self, node: Scalar, path: tuple[str, ...]) -> Any:
        try:
            filled = self._filled(str(node))
        except SubstitutionError as error:
            raise _Whole(node, error) from None
        self._object_unknown.update(filled.unknown)
        if filled.text == filled.printed:
            return node
        if filled.secret and path in _IDENTITY:
            self._object_partial.append(f"`{'.'.join(path)}` is made from a secret")
            return node
        made = _read(filled.text, self._origin(filled.parts, node))
        if made is None:
            raise _Whole(node)
        if (filled.secret or filled.named_secret) and _keys(made):
            self._object_partial.append("a key is made from a secret")
            return node
        return _sealed(made, node) if filled.secret or (filled.named_secret and path not in _IDENTITY) else made

    def _filled(self, text: str) -> _Filled:
        """A text with its variables filled in; most texts of a layer that have any stand in many of its objects.

        Raises:
            SubstitutionError: Flux would fail, or the layer makes more text than any cluster takes.
        """
        found = self._texts.get(text)
        if found is not None:
            self._made += len(found.text)
            if self._made > _MAX_RESULTS:
                raise _too_much()
            return found
        printed = _printed(text)
        parts = envsubst.parse(printed)
        secret, named = self._secret(parts), self._looks_secret(parts)
        made = self._evaluate(parts, printed)
        found = _Filled(printed, parts, made, secret, named, dict.fromkeys(self._unknown(parts)))
        if len(text) <= _SHORT:
            self._texts[text] = found
        return found

    def _origin(self, parts: Sequence[str | Function], node: Scalar) -> Any:
        """Where a new leaf stands: where its one variable is defined, else where it is used."""
        used = [part for part in parts if isinstance(part, Function)]
        if len(used) == 1 and not any(isinstance(part, Function) for part in used[0].arguments):
            value = self.variables.values.get(used[0].name)
            if value is not None and value.file and value.text:
                return value
        return node

    # The whole object

    def _whole(self, data: Map, failed: _Whole) -> Any:
        """Print, substitute and parse the object as Flux does; a finding where Flux would fail."""
        printed = print_object(data)
        place = failed.node
        try:
            parts = envsubst.parse(printed)
            text = self._evaluate(parts, printed)
        except SubstitutionError as error:
            known = failed.error or error
            message = (
                f"{known.message}: an expression that Flux cannot read, it refuses the layer; "
                f"write `$${{` where `${{` is not meant for Flux, or set `{SUBSTITUTE}: disabled` on the object"
            )
            code = "substitution-limit" if known.kind == "limit" else "substitution-syntax"
            self.findings.append(Finding(code, Severity.ERROR, message, place.file or None, place.line or None))
            return data
        parsed = parse(text, data.file, seal=False)
        root = parsed.documents[0].root if parsed.complete and len(parsed.documents) == 1 else None
        if type(root) is not Map:
            message = f"{_title(data)} is no valid YAML after substitution, Flux refuses the layer; quote the variable or correct its value"
            self.findings.append(
                Finding("substitution-yaml", Severity.ERROR, message, place.file or None, place.line or None)
            )
            return data
        secret = self._secret(parts) or self._looks_secret(parts)
        if secret and _keys(root) - self._known_keys(data):
            # A key cannot be sealed, and what stands around it would tell it.
            self._object_partial.append("a key is made from a secret")
            return data
        self._object_unknown.update(dict.fromkeys(self._unknown(parts)))
        made = align(root, data, sealed=secret or has_sealed(data))
        for path in _IDENTITY:
            if self._unseal_identity(made, data, path):
                self._object_partial.append(f"`{'.'.join(path)}` is made from a secret")
        return made

    def _known_keys(self, data: Map) -> set[str]:
        """The keys that an object may have after substitution without telling a secret."""
        keys = _keys(data)
        for key in [key for key in keys if "$" in key]:
            with suppress(SubstitutionError):
                filled = self._filled(key)
                if not filled.secret and not filled.named_secret:
                    keys.add(filled.text)
        return keys

    def _unseal_identity(self, made: Any, data: Any, path: tuple[str, ...]) -> bool:
        """Put the old value back where a name became secret."""
        for key in path[:-1]:
            made, data = as_map(made).get(key), as_map(data).get(key)
        if type(made) is not Map or type(made.get(path[-1])) is not Sealed:
            return False
        made[path[-1]] = as_map(data).get(path[-1], text_like("", made))
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


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text


def is_disabled(data: Map) -> bool:
    """Whether an object opts out of substitution, by a label or an annotation."""
    metadata = as_map(data.get("metadata"))
    return any(as_map(metadata.get(part)).get(SUBSTITUTE) == "disabled" for part in ("labels", "annotations"))


def _has_marks(node: Any) -> bool:
    kind = type(node)
    if kind is Scalar:
        return "$" in node and envsubst.concerns(node)
    if kind is Map:
        for key, value in node.items():
            if "$" in key and envsubst.concerns(key):
                return True
            if (type(value) is not Scalar or "$" in value) and _has_marks(value):
                return True
        return False
    if kind is Seq:
        return any((type(value) is not Scalar or "$" in value) and _has_marks(value) for value in node)
    return kind is Sealed and envsubst.concerns(node.unseal())


def _keys(node: Any) -> set[str]:
    """Every key in a node."""
    found: set[str] = set()
    pending = [node]
    while pending:
        here = pending.pop()
        if type(here) is Map:
            found.update(here)
            pending.extend(here.values())
        elif type(here) is Seq:
            pending.extend(here)
    return found


def has_sealed(node: Any) -> bool:
    kind = type(node)
    if kind is Map:
        return any(has_sealed(value) for value in node.values())
    return any(has_sealed(value) for value in node) if kind is Seq else kind is Sealed


def _each_leaf(node: Any, visit: Callable[[Any], None]) -> None:
    """Visit scalars and sealed values, and keys as scalars that stand where their value stands."""
    kind = type(node)
    if kind is Map:
        for key, value in node.items():
            if "$" in key:
                visit(text_like(key, value))
            if type(value) is not Scalar or "$" in value:
                _each_leaf(value, visit)
    elif kind is Seq:
        for value in node:
            if type(value) is not Scalar or "$" in value:
                _each_leaf(value, visit)
    elif kind is Sealed or (kind is Scalar and "$" in node):
        visit(node)


def _sealed(made: Any, origin: Any) -> Any:
    if type(made) is Scalar:
        return Sealed(made, origin.file, origin.line)
    return seal(made)


# Printing and reading as Go does


def _printed(text: str) -> str:
    """What stands behind `key: ` where the printer writes a string that holds `$`; blocks with their lines indented by two."""
    if _PRINTED_PLAIN.match(text):
        return text
    node = yaml.MappingNode("tag:yaml.org,2002:map", [(_string("k"), _string(text))], flow_style=False)
    return _serialize(node).removeprefix("k:").removeprefix(" ").removesuffix("...\n")


def _string(text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    if style is None and (plain_kind(text) != "str" or text in _OLD_BOOLS):
        style = '"'
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, style=style)


def _serialize(node: yaml.Node) -> str:
    printed: str = yaml.serialize(node, Dumper=yaml.CSafeDumper, allow_unicode=True, width=1 << 30)
    return printed


def _read(text: str, origin: Any) -> Any:
    """The node that a leaf is after substitution; None where it is not one value in its place any more."""
    if _READ_PLAIN.match(text):
        return _typed(text, PLAIN, origin)
    try:
        parsed = parse(f"k: {text}", origin.file, seal=False)
    except UnicodeEncodeError:
        return None
    if not parsed.complete or len(parsed.documents) != 1 or parsed.findings:
        return None
    root = parsed.documents[0].root
    if type(root) is not Map or list(root) != ["k"]:
        return None
    return _at(root["k"], origin)


def _at(node: Any, origin: Any) -> Any:
    """A parsed value, placed where `origin` stands."""
    kind = type(node)
    if kind is Map:
        return mapping(origin.file, origin.line, ((key, _at(value, origin)) for key, value in node.items()))
    if kind is Seq:
        return sequence(origin.file, origin.line, (_at(value, origin) for value in node))
    return _typed(str(node), node.style, origin)


def _typed(text: str, style: str, origin: Any) -> Scalar:
    """A scalar as go-yaml v2 resolves it: YAML 1.1 booleans are booleans, dates stay text."""
    if style == PLAIN:
        old = _OLD_BOOLS.get(text)
        if old is not None:
            return scalar(old, origin.file, origin.line)
        if plain_kind(text) not in ("str", "timestamp"):
            return scalar(text, origin.file, origin.line)
    return scalar(text, origin.file, origin.line, LITERAL if "\n" in text else DOUBLE_QUOTED)


def print_object(data: Map) -> str:
    return _serialize(_printable_node(data))


def _printable_node(node: Any) -> yaml.Node:
    kind = type(node)
    if kind is Sealed:
        node = node.unseal()
        kind = type(node)
    if kind is Map:
        pairs = [(_string(key), _printable_node(value)) for key, value in sorted(node.items())]
        return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=not pairs)
    if kind is Seq:
        return yaml.SequenceNode(
            "tag:yaml.org,2002:seq", [_printable_node(value) for value in node], flow_style=not node
        )
    if scalar_kind(node) in ("str", "timestamp"):
        return _string(str(node))
    tag = {"int": "int", "float": "float", "bool": "bool", "null": "null"}[scalar_kind(node)]
    return yaml.ScalarNode(f"tag:yaml.org,2002:{tag}", str(node) or "null")


def align(made: Any, before: Any, *, sealed: bool) -> Any:
    """A parsed node with the places of the node that stood there; unchanged leaves are the old ones.

    With `sealed` a secret took part in the text: what changed is sealed.
    """
    kind, old = type(made), type(before)
    if kind is Map:
        inner = before if old is Map else {}
        pairs = ((key, align(value, inner.get(key, before), sealed=sealed)) for key, value in made.items())
        return mapping(before.file, before.line, pairs)
    if kind is Seq:
        was = before if old is Seq and len(before) == len(made) else [before] * len(made)
        return sequence(
            before.file, before.line, (align(value, one, sealed=sealed) for value, one in zip(made, was, strict=True))
        )
    inner_before = before.unseal() if old is Sealed else before
    if type(inner_before) is Scalar and _same(made, inner_before):
        return before
    leaf = _typed(str(made), made.style, before)
    return Sealed(leaf, leaf.file, leaf.line) if sealed or old is Sealed else leaf


def _same(made: Scalar, before: Scalar) -> bool:
    textual = scalar_kind(before) in ("str", "timestamp")
    now = _typed(str(made), made.style, before)
    if (scalar_kind(now) == "str") != textual:
        return False
    return str(now) == str(before) or (not textual and not before and now == "null")


def defined_at(value: Value) -> Location | None:
    """Where a variable is defined, None where no file does."""
    return Location(value.file, value.line) if value.file else None
