"""Say what the API server refuses of an object: Flux's own kinds by their CRDs, and what every
object needs.

Rules: the CRDs of each release of Flux (`kubernetes.schemas`), `IsConfigMapKey` and `MaxSecretSize`
of Kubernetes, and the CEL environments of kustomize-controller and notification-controller
(`fluxcd/pkg/runtime/cel`). Server-side apply, which Flux uses, refuses a field that the schema does
not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from types import NoneType

from gitops_docs.flux import rules
from gitops_docs.kubernetes import cel, objects, schemas
from gitops_docs.kubernetes.flux import (
    HELM_GROUP,
    KINDS,
    KUSTOMIZE_GROUP,
    NOTIFICATION_GROUP,
    SOURCE_GROUP,
)
from gitops_docs.kubernetes.schemas import Fault, Problem, Release
from gitops_docs.model import (
    Finding,
    FluxInstallation,
    Location,
    Ref,
    Rule,
    Severity,
    cluster_of,
)
from gitops_docs.text.english import plural
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import (
    Map,
    Node,
    Scalar,
    Sealed,
    Seq,
    as_map,
    as_seq,
    as_text,
    get_path,
    is_null,
    scalar_kind,
)
from gitops_docs.yaml.sealing import SOPS_CIPHERTEXT

_NAME = Pattern(r"^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\z")
_KEY = Pattern(r"^[A-Za-z0-9._-]{1,253}\z")
_WITH_KEYS = frozenset({"ConfigMap", "Secret"})
_MAX_DATA = 1024 * 1024
"""Bytes that all values of a ConfigMap or a Secret may have (`MaxSecretSize`)."""
_RULE_KINDS = {"monitoring.coreos.com": "PrometheusRule", "operator.victoriametrics.com": "VMRule"}
_STRICT_GROUPS = frozenset(
    {
        "", "apps", "batch", "networking.k8s.io", "policy", KUSTOMIZE_GROUP, HELM_GROUP, SOURCE_GROUP,
        NOTIFICATION_GROUP,
    }
)  # fmt: skip
"""API groups whose names are all those of DNS; roles and some custom resources take more."""


def validate(
    data: Map,
    file: str,
    line: int,
    layer: str | None,
    installation: FluxInstallation | None = None,
    original: Map | None = None,
) -> Iterator[Finding]:
    """Yield what would be refused of an object.

    Args:
        data: The object as Flux applies it.
        file: Where it is written.
        line: See `file`.
        layer: Id of the layer that applies it, or that it is.
        installation: What the cluster's files say of its Flux; the newest known release where they
            say nothing.
        original: The object as its own file has it.
    """
    yield from _identity(data, file, line, layer)
    kind, group = objects.kind(data), objects.group(data)
    if kind in _WITH_KEYS and group == "":
        yield from _keys(data, file, line, layer)
        yield from _texts(data, file, line, layer, as_map(original))
        yield from _size(data, file, line, layer)
    yield from _annotations(data, file, line, layer)
    label = f"{kind} {objects.name(data)}"

    def finding(
        rule: type[Rule], text: str, node: Node | None = None, severity: Severity | None = None
    ) -> Finding:
        where = getattr(node, "file", "") or file
        number = getattr(node, "line", 0) or line
        said = "is rejected: " if rule.severity is Severity.ERROR else "holds a mistake: "
        message = f"{label} {said}{text}"
        place = Location(where, number)
        return rule.at(
            place,
            message,
            layers=[layer],
            about=_about(data, layer),
            severity=severity or rule.severity,
            cause=text,
        )

    if _RULE_KINDS.get(group) == kind:
        spec = as_map(data.get("spec"))
        yield from (finding(*wrong) for wrong in _rules(spec, kind))
        yield from (finding(*twice) for twice in _repeated_rules(spec))
    if schemas.flux_kind(group, kind) is None:
        return
    if is_null(data.get("spec")):
        data = _with_spec(data)
    known = schemas.parse_release(installation.version) if installation is not None else None
    for problem in schemas.problems(data, known or schemas.newest_release()):
        if kind == "ResourceSet" and problem.fault is Fault.RULE:
            continue  # `resourceset-refused` says it, with what the operator does.
        said = _describe(problem, data, known)
        if said is not None:
            yield finding(*said, problem.node)
    values = get_path(data, "spec", "values")
    if kind == "HelmRelease" and type(values) not in (Map, NoneType) and values:
        # The schema takes anything. helm-controller drops the error (`HelmRelease.GetValues`).
        message = (
            f"{label} has {_type_of(values)} as spec.values, which helm-controller leaves out: the "
            "chart gets its defaults; write a mapping"
        )
        yield rules.FieldInvalid.at(
            Location(values.file or file, values.line or line),
            message,
            layers=[layer],
            about=_about(data, layer),
            severity=Severity.WARNING,
            cause="spec.values is not a mapping",
        )
    if kind == "Receiver":
        yield from _untriggered(data, file, line, layer)
    for one in KINDS[kind].expressions if kind in KINDS else ():
        spec = as_map(data.get("spec"))
        for holder in as_seq(spec.get(one.within)) if one.within else [spec]:
            expression = as_text(as_map(holder).get(one.field))
            text = _wrong_expression(expression, one.names) if expression is not None else None
            if text is not None:
                where = f"spec.{one.within}[].{one.field}" if one.within else f"spec.{one.field}"
                yield finding(rules.CelInvalid, f"{where} {text}", expression)


def _untriggered(data: Map, file: str, line: int, layer: str | None) -> Iterator[Finding]:
    """Resources of a Receiver that no request triggers: the controller answers each request with an
    error (`requestReconciliation`)."""
    label = f"Receiver {objects.name(data)}"
    for entry in as_seq(get_path(data, "spec", "resources")):
        if type(entry) is not Map:
            continue
        kind, name = objects.text(entry.get("kind")) or "", objects.text(entry.get("name")) or ""
        what = f"{kind} `{name}`" if name != "*" else f"all {plural(kind)}"
        node: Node = entry
        known = kind in KINDS and KINDS[kind].has_known_version
        if not objects.text(entry.get("apiVersion")) and kind and not known:
            node = entry["kind"]
            why = f"an entry of kind {kind} needs apiVersion; add it"
        elif name == "*" and is_null(entry.get("matchLabels")):
            node = entry["name"]
            why = "the name `*` needs matchLabels; add them, `{}` for all objects of the kind"
        else:
            continue
        if "${" in f"{kind}{name}":
            continue
        yield rules.FieldMissing.at(
            Location(getattr(node, "file", "") or file, getattr(node, "line", 0) or line),
            f"{label} does not trigger {what}, and answers each request with an error: {why}",
            layers=[layer],
            about=_about(data, layer),
            severity=Severity.WARNING,
            cause=f"{kind} {name}: {why}",
        )


def _with_spec(data: Map) -> Map:
    made = Map(data)
    made.file, made.line = data.file, data.line
    made["spec"] = Map()
    return made


def _describe(problem: Problem, data: Map, known: Release | None) -> tuple[type[Rule], str] | None:
    """Return the code and the sentence for a problem; None for what may be right in a release of
    Flux that is not known."""
    path, node, detail = _short_path(problem.path), problem.node, problem.detail
    written = str(node) if type(node) is Scalar else ""
    match problem.fault:
        case Fault.MISSING:
            holder, _, field = path.rpartition(".")
            if holder.endswith("[]"):
                return rules.FieldMissing, f"an entry of {holder[:-2]} has no {field}; add it"
            return rules.FieldMissing, f"{path} is missing; add it"
        case Fault.UNKNOWN:
            return _describe_unknown_field(problem, path, data, known)
        case Fault.TYPE:
            return rules.FieldInvalid, _describe_type(path, node, str(detail))
        case Fault.CHOICE:
            return (
                rules.FieldInvalid,
                f"{path} is `{_short(written)}`; it must be {_or(tuple(detail))}",
            )
        case Fault.DURATION:
            return (
                rules.DurationInvalid,
                f"{path} is `{_short(written)}`; a duration is written `10m`, `1h30m`, with h, m, s "
                f"and ms only",
            )
        case Fault.PATTERN:
            return (
                rules.FieldInvalid,
                f"{path} is `{_short(written)}`; it must match the pattern `{detail}`",
            )
        case Fault.BOUND:
            return rules.FieldInvalid, f"{path} is out of bounds; it must have {detail}"
    return (
        rules.FieldInvalid,
        f"{detail}" if "spec" in detail else f"in {path or 'the object'}, {detail}",
    )


def _describe_unknown_field(
    problem: Problem, path: str, data: Map, known: Release | None
) -> tuple[type[Rule], str] | None:
    field = path.rpartition(".")[2]
    near = get_close_matches(field, problem.known, n=1, cutoff=0.8)
    since = schemas.fields_since(
        objects.group(data),
        objects.kind(data),
        objects.api_version(data).rpartition("/")[2],
        problem.path,
    )
    if since is not None and known is not None and since > known:
        cluster, first = schemas.release_name(known), schemas.release_name(since)
        return (
            rules.FieldUnknown,
            f"Flux {cluster} has no field {path}, Flux {first} has it; remove it or update Flux",
        )
    if near:
        return rules.FieldUnknown, f"it has no field {path}; did you mean `{near[0]}`?"
    if known is not None and known <= schemas.newest_release():
        return (
            rules.FieldUnknown,
            f"Flux {schemas.release_name(known)} has no field {path}; remove it or correct its "
            f"name",
        )
    return None


def _describe_type(path: str, node: Node, wanted: str) -> str:
    found = _type_of(node)
    if path.startswith("spec.postBuild.substitute."):
        name = path.rpartition(".")[2]
        advice = "put it in quotes" if type(node) is Scalar else "write it as a text"
        return (
            f"spec.postBuild.substitute.{name} is {found}; values of variables are texts: {advice}"
        )
    if path == "spec.postBuild.substitute":
        return f"{path} is {found}; it must be a mapping of names to texts"
    if wanted == "boolean":
        return f"{path} is {found}; it must be true or false, without quotes"
    names = {
        "object": "a mapping",
        "array": "a list",
        "string": "a text",
        "integer": "a whole number, without quotes",
        "number": "a number, without quotes",
        "int-or-string": "a whole number or a text",
    }
    advice = ": put it in quotes" if wanted == "string" and type(node) is Scalar else ""
    return f"{path} is {found}; it must be {names[wanted]}{advice}"


def _wrong_expression(expression: Scalar, names: tuple[str, ...]) -> str | None:
    """Return what is wrong with a CEL expression, which stalls the object; None where it can be
    right."""
    if "${" in expression:
        return None
    try:
        free = cel.parse(expression).names
    except cel.SyntaxFault as error:
        why = (
            "it ends too early" if error.at_end else f"column {error.column} is not expected there"
        )
        return f"is not a CEL expression: {why}; correct it"
    unknown = [name for name in free if names and name not in names and name not in _CEL_TYPES]
    if unknown:
        return (
            f"uses `{_short(unknown[0])}`, which is not defined there; use "
            f"{_or(tuple(f'`{name}`' for name in names))}"
        )
    return None


_CEL_TYPES = frozenset(
    {
        "bool",
        "bytes",
        "double",
        "duration",
        "int",
        "list",
        "map",
        "null_type",
        "string",
        "timestamp",
        "type",
        "uint",
    }
)
"""Names of types, which CEL defines in every expression."""


_PROMETHEUS_DURATION = Pattern(
    r"(?:0|(?:[0-9]+y)?(?:[0-9]+w)?(?:[0-9]+d)?(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?(?:[0-9]+ms)?)\z"
)


def _rules(spec: Map, kind: str) -> Iterator[tuple[type[Rule], str, Node]]:
    """Yield rules that the Prometheus operator or VictoriaMetrics refuse, or the CRD of the
    kind."""
    names: set[str] = set()
    for group in as_seq(spec.get("groups")):
        if type(group) is not Map:
            text = f"an entry of spec.groups is {_type_of(group)}; it must be a mapping"
            yield rules.FieldInvalid, text, group
            continue
        name = objects.text(group.get("name")) or ""
        if not name:
            yield rules.FieldMissing, "an entry of spec.groups has no name; add it", group
        elif name in names and kind == "PrometheusRule":
            text = f"two groups are called `{_short(name)}`; give each its own name"
            yield rules.FieldInvalid, text, group
        names.add(name)
        for rule in as_seq(group.get("rules")):
            yield from _rule(rule, name, kind)


def _rule(rule: Node, name: str, kind: str) -> Iterator[tuple[type[Rule], str, Node]]:
    if type(rule) is not Map:
        yield (
            rules.FieldInvalid,
            f"an entry of the rules of group `{_short(name)}` is {_type_of(rule)}; it must "
            f"be a mapping",
            rule,
        )
        return
    alert, record = objects.text(rule.get("alert")), objects.text(rule.get("record"))
    title = alert or record
    if title is None:
        yield (
            rules.FieldMissing,
            f"a rule of group `{_short(name)}` has neither `alert` nor `record`; add one",
            rule,
        )
        return
    if alert and record:
        yield (
            rules.FieldInvalid,
            f"rule `{_short(title)}` has `alert` and `record`; remove one",
            rule,
        )
    expression = rule.get("expr")
    if is_null(expression) or (type(expression) is Scalar and not expression.strip()):
        yield rules.FieldMissing, f"rule `{_short(title)}` has no expr; add it", rule
    for field in ("for", "keep_firing_for") if kind == "PrometheusRule" else ():
        text = as_text(rule.get(field))
        if text is not None and not _PROMETHEUS_DURATION.match(text) and "${" not in text:
            yield (
                rules.DurationInvalid,
                f"`{field}` of rule `{_short(title)}` is `{_short(text)}`; a duration is written "
                f"`5m`, `1h30m`, with whole numbers and y, w, d, h, m, s and ms",
                text,
            )


def _repeated_rules(spec: Map) -> Iterator[tuple[type[Rule], str, Node, Severity]]:
    """Yield rules of one name and the same labels in a group (`promtool check rules`)."""
    for group in as_seq(spec.get("groups")):
        seen: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
        name = objects.text(as_map(group).get("name")) or ""
        for rule in as_seq(as_map(group).get("rules")):
            title = objects.text(as_map(rule).get("alert"))
            record = objects.text(as_map(rule).get("record"))
            if title is None and record is None:
                continue
            labels = as_map(as_map(rule).get("labels"))
            written = sorted(
                (label, str(value)) for label, value in labels.items() if type(value) is Scalar
            )
            expression = objects.text(as_map(rule).get("expr")) or ""
            before = seen.setdefault((title or record or "", tuple(written)), [])
            said = f"rule `{_short(title or record or '')}` stands twice in group `{_short(name)}`"
            if expression in before:
                text = f"{said} with the same expression and labels; remove one"
                yield rules.AlertRuleDuplicate, text, rule, Severity.WARNING
            elif before and record is None:
                # Several records of one name fill one series from parts that do not overlap, as
                # those of kube-prometheus do.
                same = any(_selectors(one) == _selectors(expression) for one in before)
                effect = (
                    ", so that where both hold one hides the other"
                    if same
                    else ", for series of other labels"
                )
                text = f"{said} with the same labels{effect}; give them different names or labels"
                yield (
                    rules.AlertRuleDuplicate,
                    text,
                    rule,
                    Severity.WARNING if same else Severity.INFO,
                )
            before.append(expression)


_SELECTOR = Pattern(r"\{[^{}]*\}")


def _selectors(expression: str) -> frozenset[str]:
    """Return what an expression selects series by, without blanks."""
    return frozenset("".join(found.split()) for found in _SELECTOR.findall(expression))


def _texts(data: Map, file: str, line: int, layer: str | None, original: Map) -> Iterator[Finding]:
    """Yield values of a ConfigMap or a Secret are texts: server-side apply rejects anything else
    (`expected string`). What a generator makes is one until a variable stands in it."""
    for field in ("data", "binaryData", "stringData"):
        held = data.get(field)
        if not is_null(held) and type(held) is not Map:
            what = f"{_type_of(held)}; it must be a mapping"
            yield _no_text(data, field, what, held, file, line, layer)
        for key, value in as_map(held).items():
            node = value.unseal() if type(value) is Sealed else value
            if is_null(node) or (type(node) is Scalar and scalar_kind(node) == "str"):
                continue
            before = get_path(original, field, key)
            before = before.unseal() if type(before) is Sealed else before
            advice = (
                "write it as a block (`|`)"
                if type(node) in (Map, Seq)
                else "put it in quotes"
                if original and "${" not in str(before)
                else "quotes around a variable are lost; write `${quote}` before and behind it, with "
                "a variable `quote` that holds a quotation mark"
            )
            what = f"{_type_of(node)}; it must be a text: {advice}"
            place = before if type(before) is Scalar else value
            yield _no_text(data, f"{field}.{_short(key)}", what, place, file, line, layer)


def _no_text(
    data: Map, field: str, what: str, node: Node | None, file: str, line: int, layer: str | None
) -> Finding:
    label = f"{objects.kind(data)} {objects.name(data)}"
    place = Location(getattr(node, "file", "") or file, getattr(node, "line", 0) or line)
    text = f"{field} is {what}"
    return rules.FieldInvalid.at(
        place,
        f"{label} is rejected: {text}",
        layers=[layer],
        about=_about(data, layer),
        cause=text,
    )


_MAX_ANNOTATIONS = 256 * 1024
"""Most bytes of all annotations of an object (`TotalAnnotationSizeLimitB` of apimachinery)."""


def _annotations(data: Map, file: str, line: int, layer: str | None) -> Iterator[Finding]:
    """Yield the annotations of an object have 256 KiB together at most, keys included."""
    held = as_map(get_path(data, "metadata", "annotations"))
    total = sum(len(key.encode("utf-8", "replace")) for key in held) + sum(
        _bytes(value, encoded=False) for value in held.values()
    )
    if total > _MAX_ANNOTATIONS:
        message = (
            f"{objects.kind(data)} {objects.name(data)} is rejected: its annotations have {total:,} "
            f"bytes, and the API server takes {_MAX_ANNOTATIONS:,} at most; shorten them"
        )
        yield rules.ObjectTooLarge.at(
            Location(held.file or file, held.line or line),
            message,
            layers=[layer],
            about=_about(data, layer),
            cause="too many bytes of annotations",
        )


def _size(data: Map, file: str, line: int, layer: str | None) -> Iterator[Finding]:
    """Yield the values of a ConfigMap or a Secret have 1 MiB together at most."""
    encoded = ("binaryData",) if objects.kind(data) == "ConfigMap" else ("data",)
    total = sum(
        _bytes(value, encoded=field in encoded)
        for field in ("data", "binaryData", "stringData")
        for value in as_map(data.get(field)).values()
    )
    if total > _MAX_DATA:
        label = f"{objects.kind(data)} {objects.name(data)}"
        message = (
            f"{label} is rejected: its values have {total:,} bytes, and the API server takes "
            f"{_MAX_DATA:,} at most; split it or "
            "fetch the data at run time"
        )
        place, about = Location(file, line), _about(data, layer)
        yield rules.ObjectTooLarge.at(
            place, message, layers=[layer], about=about, cause="too many bytes"
        )


def _bytes(value: Node, *, encoded: bool) -> int:
    """Return how many bytes the API server counts for a value; none where Flux decrypts it
    first."""
    if type(value) is Sealed:
        value = value.unseal()
    if type(value) is not Scalar or value.startswith(SOPS_CIPHERTEXT):
        return 0
    if not encoded:
        return len(str(value).encode("utf-8", "replace"))
    digits = "".join(value.split())
    return len(digits) * 3 // 4 - digits[-2:].count("=")


def _keys(data: Map, file: str, line: int, layer: str | None) -> Iterator[Finding]:
    """Yield keys of a ConfigMap or a Secret, which may be names of files (`IsConfigMapKey`)."""
    for field in ("data", "binaryData", "stringData"):
        for key, value in as_map(data.get(field)).items():
            valid = _KEY.contains(key) and key != "." and not key.startswith("..")
            if not valid and "${" not in key:
                label = f"{objects.kind(data)} {objects.name(data)}"
                message = (
                    f"{label} is rejected: the key `{_short(key)}` of its {field}; a key has "
                    f"letters, digits, `-`, `_` and `.` only, 253 at "
                    "most: rename it"
                )
                yield rules.NameInvalid.at(
                    Location(value.file or file, value.line or line),
                    message,
                    layers=[layer],
                    about=_about(data, layer),
                )


def _identity(data: Map, file: str, line: int, layer: str | None) -> Iterator[Finding]:
    """Yield what every object needs: an apiVersion, without which Flux leaves it out, and a name
    that can stand in an address."""
    kind, name = objects.kind(data), objects.name(data)
    label = f"{kind} {name[:40]}{'…' if len(name) > 40 else ''}"
    # Without a kind or a name kustomize refuses it.
    if kind and name and not objects.api_version(data):
        message = f"{label} has no apiVersion, and Flux ignores it without an error; add it"
        about = _about(data, layer)
        yield rules.FieldMissing.at(Location(file, line), message, layers=[layer], about=about)
    if not name or "${" in name:
        return
    strict = objects.group(data) in _STRICT_GROUPS
    if strict and not _NAME.contains(name):
        why = "a name has lower-case letters, digits, `-` and `.` only, 253 at most"
    elif len(name) > 253 or "/" in name or "%" in name or name in (".", ".."):
        why = "a name has no `/` and no `%`, and 253 characters at most"
    else:
        return
    node = get_path(data, "metadata", "name")
    place = Location(getattr(node, "file", "") or file, getattr(node, "line", 0) or line)
    message = f"{label} is rejected: {why}; rename it"
    yield rules.NameInvalid.at(place, message, layers=[layer], about=_about(data, layer))


def _about(data: Map, layer: str | None) -> tuple[Ref, ...]:
    return (objects.ref(data, cluster_of(layer)),) if layer is not None else ()


def _type_of(node: Node | None) -> str:
    if type(node) is Map:
        return "a mapping"
    if type(node) is Seq:
        return "a list"
    if type(node) is Scalar:
        kind = scalar_kind(node)
        return {"int": "a number", "float": "a number", "bool": "a boolean", "null": "empty"}.get(
            kind, "a text"
        )
    return "empty" if node is None else "a text"


def _short_path(path: str) -> str:
    return (
        path
        if len(path) <= 120 and path.isprintable()
        else f"{path[:60]}…"
        if path.isprintable()
        else "a field"
    )


def _short(text: str) -> str:
    if not text.isprintable():
        return "something else"
    return text if len(text) <= 60 else f"{text[:59]}…"


def _or(values: tuple[str, ...], word: str = "or") -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} {word} {values[-1]}"
