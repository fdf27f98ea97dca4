"""Copy a field of one object into fields of others (`api/filters/replacement`).

In: a `replacements` entry. Out: changed objects. The copied value is the source's own scalar, so it
still says where it was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from gitops_docs.kustomize.behaviour import Behaviour
from gitops_docs.kustomize.errors import Refused, refused
from gitops_docs.kustomize.resources.fieldspecs import (
    MISFIT,
    retexted,
    shallow,
    split_path,
    with_field,
    with_notes,
)
from gitops_docs.kustomize.resources.printable import (
    MERGE,
    UNFOLLOWED,
    check_merge_keys,
    has_merge_key,
)
from gitops_docs.kustomize.resources.resource import (
    DEFAULT_NAMESPACE,
    Id,
    Resource,
    Resources,
    text,
)
from gitops_docs.kustomize.transform import regexp, selectors, structured_text
from gitops_docs.redaction import is_secret
from gitops_docs.yaml import limits
from gitops_docs.yaml.limits import MAX_DEPTH
from gitops_docs.yaml.nodes import (
    TEXT,
    Map,
    Node,
    Scalar,
    Sealed,
    Seq,
    as_map,
    as_seq,
    bare_key,
    depth_exceeds,
    is_null,
    is_true,
    mapping,
    plain_kind,
    scalar,
    scalar_kind,
    sequence,
    walk_leaves,
)

DEFAULT_PATH = "metadata.name"
Spend: TypeAlias = Callable[[int], None]
Value: TypeAlias = Callable[[], Node]
"""Gives the value that is put, as it is by then."""


_WITH_NOTES = (("metadata",), ("metadata", "annotations"))
"""What holds the notes that kustomize keeps in annotations while it builds."""


def apply(
    resources: Resources, entry: Map, behaviour: Behaviour, spend: Spend = lambda amount: None
) -> None:
    """Carry out one replacement; `spend` gets the number of values that are looked at.

    Raises:
        Refused: Its source or a target's field cannot be found.
    """
    source = entry.get("source")
    targets = [item for item in as_seq(entry.get("targets")) if type(item) is Map]
    constant = entry.get("sourceValue")
    if (type(source) is not Map and constant is None) or not targets:
        raise refused("a replacement needs a `source` and at least one target", entry)
    if constant is not None:
        if type(source) is Map:
            raise refused("a replacement has either a `source` or a `sourceValue`", entry)
        written = _constant(constant)
        for target in targets:
            spend(limits.OF_CHANGE * len(resources))
            _apply_target(resources, target, lambda: written, (), behaviour, spend)
        return
    source = as_map(source)
    found = _source(resources, source)
    value = _value(found, source)
    path = field_path(text(source.get("fieldPath")) or DEFAULT_PATH)
    noted = type(value) is Map and path in _WITH_NOTES and found.has_build_annotations
    live = not text(as_map(source.get("options")).get("delimiter"))

    def current() -> Node:
        """Return the source's value now: upstream holds its node, which an earlier target may lie
        in."""
        now = look_up(found.data, path) if live else value
        return value if now is None or is_null(now) else now

    for target in targets:
        spend(limits.OF_CHANGE * len(resources))
        for resource in _apply_target(resources, target, current, path, behaviour, spend):
            if noted:
                resource.partial = (
                    "a replacement puts all annotations there, with notes of kustomize among them"
                )


def _constant(node: Node) -> Scalar | Sealed:
    """Return a `sourceValue` as a scalar of its own: how it is written in the kustomization does
    not count (`NewScalarRNode`)."""
    if type(node) is Sealed:
        inner = node.unseal()
        return node.like(scalar(str(inner), inner.file, inner.line))
    return scalar(text(node), node.file, node.line)


def _value(found: Resource, source: Map) -> Node:
    """Return the value of a source, or the part of it that `delimiter` and `index` choose."""
    path = text(source.get("fieldPath")) or DEFAULT_PATH
    value = look_up(found.data, field_path(path))
    if value is None or is_null(value) or (type(value) in (Map, Seq) and not value):
        raise refused(f"the replacement's source has no field `{path}`", source)
    options = as_map(source.get("options"))
    delimiter = text(options.get("delimiter"))
    if not delimiter:
        return value
    if type(value) is Map or type(value) is Seq:
        raise refused("a replacement's `delimiter` needs a source that is text", source)
    parts = text(value).split(delimiter)
    index = _index(options)
    if not 0 <= index < len(parts):
        raise refused(f"the replacement's source has no part {index}", source)
    return retexted(value, parts[index], value)


def _source(resources: Resources, source: Map) -> Resource:
    wanted = _wanted(source)
    found = [
        item
        for item in resources
        if any(_selected(identity, wanted) for identity in _identities(item))
    ]
    if len(found) != 1:
        raise refused(
            f"the replacement's source selects {'several objects' if found else 'no object'}",
            source,
        )
    return found[0]


def _wanted(selector: Map) -> dict[str, str]:
    """Return what the selector of a source asks for: plain texts, as those of targets were up to
    kustomize 5.7."""
    return {
        key: text(selector.get(key)) for key in ("group", "version", "kind", "name", "namespace")
    }


def _identities(resource: Resource) -> list[Id]:
    """Return the identities that replacements know (`MakeResIds`): the namespace of a
    cluster-scoped object counts as it is written."""
    now = resource.id
    return [*resource.ids(), now._replace(namespace=resource.namespace or DEFAULT_NAMESPACE)]


def _selected(identity: Id, wanted: dict[str, str]) -> bool:
    return (
        (not wanted["name"] or wanted["name"] == identity.name)
        and (not wanted["namespace"] or wanted["namespace"] == identity.namespace)
        and (not wanted["kind"] or wanted["kind"] == identity.kind)
        and (not wanted["group"] or wanted["group"] == identity.group)
        and (not wanted["version"] or wanted["version"] == identity.version)
    )


def _index(options: Map) -> int:
    try:
        return int(text(options.get("index")) or 0)
    except ValueError:
        raise refused("a replacement's `index` is a number", options) from None


class _Chosen:
    """The objects that a target selects and does not reject.

    Raises:
        Refused: A part of a selector is not a regular expression, where it is one.
    """

    def __init__(self, select: Map, rejects: list[Map], behaviour: Behaviour) -> None:
        read = selectors.read if behaviour.selects_targets_by_pattern else selectors.plain
        self.select, self.rejects = read(select), [read(item) for item in rejects]
        self.matches = selectors.matches if behaviour.selects_targets_by_pattern else _is_same

    def holds(self, resource: Resource) -> bool:
        """Return whether an object is one of them; selectors of labels are read first, as upstream
        has it."""
        if not self.select.matches_metadata(resource):
            return False
        if any(
            (item.labels or item.annotations) and item.matches_metadata(resource)
            for item in self.rejects
        ):
            return False
        identities = _identities(resource)
        return not any(
            item.names_something and any(self._is_named(identity, item) for identity in identities)
            for item in self.rejects
        ) and any(self._is_named(identity, self.select) for identity in identities)

    def _is_named(self, identity: Id, wanted: selectors.Selector) -> bool:
        pairs = (
            (wanted.group, identity.group),
            (wanted.version, identity.version),
            (wanted.kind, identity.kind),
            (wanted.name, identity.name),
            (wanted.namespace, identity.namespace),
        )
        return all(self.matches(pattern, value) for pattern, value in pairs)


def _is_same(wanted: str, value: str) -> bool:
    return not wanted or wanted == value


def _is_name(path: str) -> bool:
    """Return whether a field holds the name of something: what a key calls a secret may be the name
    of one."""
    return path.rpartition(".")[2].lower().endswith(("name", "namespace"))


def _apply_target(
    resources: Resources,
    target: Map,
    current_value: Value,
    source: tuple[str, ...],
    behaviour: Behaviour,
    spend: Spend,
) -> list[Resource]:
    """Write a value, which stood at the path `source`, to the objects that a target selects;
    these."""

    def hidden() -> Node:
        """Return the value, sealed where its own key says that it is a credential: another key
        would show it."""
        value = current_value()
        if type(value) is Scalar and is_secret(source, value):
            return Sealed(value, value.file, value.line)
        return value

    select = target.get("select")
    if type(select) is not Map:
        raise refused("a replacement's target must `select` objects", target)
    rejects = [as_map(item) for item in as_seq(target.get("reject"))]
    chosen = _Chosen(select, rejects, behaviour)
    options = as_map(target.get("options"))
    paths = [text(item) for item in as_seq(target.get("fieldPaths"))] or [DEFAULT_PATH]
    written = []
    for resource in resources:
        if chosen.holds(resource):
            for path in paths:
                current = current_value if _is_name(path) else hidden
                before = resource.weight
                spend(before)
                if path.startswith("metadata.annotations") and resource.has_build_annotations:
                    resource.replace(with_notes(resource.data))
                if behaviour.replaces_in_structured_text and _written_inside(
                    resource, path, current(), options, spend
                ):
                    continue
                if type(current()) in (Map, Seq) and is_true(options.get("create")):
                    # Upstream makes the field before it copies the value, which it may lie in.
                    maker = _Maker(current(), options, target, path, resource.untyped, behaviour)
                    resource.replace(maker.walk(resource.data, field_path(path)))
                    resource.untyped = tuple(maker.untyped)
                _write(resource, path, current(), options, target, behaviour)
                spend(limits.OF_GROWTH * max(0, resource.weight - before))
            written.append(resource)
    return written


def field_path(path: str) -> tuple[str, ...]:
    """Return the parts of a dotted path; `[name=value]` may hold dots (`SmarterPathSplitter`)."""
    parts = split_path(path, ".")
    made: list[str] = []
    index = 0
    while index < len(parts):
        part = parts[index]
        if part.startswith("[") and not part.endswith("]"):
            held = [part]
            while index < len(parts) - 1:
                index += 1
                held.append(parts[index])
                if parts[index].endswith("]"):
                    break
            joined = ".".join(held)
            made.append(joined if "=" in joined else joined.strip("[]"))
        else:
            made.append(part)
        index += 1
    return tuple(made)


def look_up(node: Node | None, path: tuple[str, ...]) -> Node | None:
    """Return the node at a path; None where there is none (`PathGetter`)."""
    for part in path:
        if type(node) is Seq:
            if _is_condition(part):
                name, wanted = _condition(part)
                node = next((item for item in node if _equals(item, name, wanted)), None)
            elif part == "-":
                node = node[-1] if node else None
            elif part.isdigit():
                node = node[int(part)] if int(part) < len(node) else None
            else:
                raise Refused(f"the path part `{part}` is looked for in a list")
        elif type(node) is Map:
            if part.isdigit():
                raise Refused(f"the path part `{part}` is looked for in a mapping")
            node = node.get(part)
        else:
            return None
        if node is None:
            return None
    return node


def _is_condition(part: str) -> bool:
    return part.startswith("[") and part.endswith("]")


def _leads_into_list(part: str) -> bool:
    """Return whether a part of a path is an index, a condition or `*`."""
    return part.isdigit() or part == "*" or _is_condition(part)


def _condition(part: str) -> tuple[str, str]:
    name, _, wanted = part[1:-1].partition("=")
    return name, wanted


def _equals(item: Node, name: str, wanted: str) -> bool:
    if not name:
        return text(item) == wanted
    return type(item) is Map and name in item and text(item[name]) == wanted


def _written_inside(resource: Resource, path: str, value: Node, options: Map, spend: Spend) -> bool:
    """Write a value into a text that holds JSON or YAML, if the path leads into one
    (`setValueInStructuredData`)."""
    parts = field_path(path)
    for length in range(1, len(parts)):
        try:
            found = look_up(resource.data, parts[:length])
        except Refused:
            continue
        if type(found) is Scalar or type(found) is Sealed:
            return _put_inside(
                resource, parts[:length], parts[length:], found, value, options, spend
            )
    return False


def _put_inside(
    resource: Resource,
    place: tuple[str, ...],
    rest: tuple[str, ...],
    found: Scalar | Sealed,
    value: Node,
    options: Map,
    spend: Spend,
) -> bool:
    """Write a value into the text `found` at `place`; False where the text leads nowhere."""
    spend(len(text(found)) // limits.OF_LOADED)
    try:
        made = structured_text.replaced(
            text(found), rest, value, create=is_true(options.get("create"))
        )
    except (structured_text.NotFound, structured_text.Unwritten):
        return False
    except structured_text.Unknown as unknown:
        resource.partial = f"kustomize writes the text of `{'.'.join(place)}` anew, and {unknown}"
        return True
    new = retexted(found, made, found)
    if any(type(leaf) is Sealed for _, leaf in walk_leaves(value)) and type(new) is not Sealed:
        new = Sealed(new, new.file, new.line)
    resource.replace(_with(resource.data, place, new))
    return True


def _with(data: Map, path: tuple[str, ...], value: Node) -> Map:
    """Return a mapping with another value where `look_up` finds one."""
    return with_field(data, path[0], _with_below(data[path[0]], path[1:], value))


def _with_below(node: Node, path: tuple[str, ...], value: Node) -> Node:
    if not path:
        return value
    if type(node) is Map:
        return _with(node, path, value)
    child = look_up(node, path[:1])
    if type(node) is not Seq or child is None:
        return node
    made = shallow(node)
    at = next(at for at, item in enumerate(node) if item is child)
    made[at] = _with_below(child, path[1:], value)
    return made


def _write(
    resource: Resource, path: str, value: Node, options: Map, target: Map, behaviour: Behaviour
) -> None:
    writer = _Writer(value, options, target, path, resource.untyped, behaviour)
    changed = writer.walk(resource.data, field_path(path))
    if not writer.found:
        verb = "find or create" if writer.create else "find"
        raise refused(f"a replacement cannot {verb} the field `{path}` in {resource.id}", target)
    if type(value) in (Map, Seq) and depth_exceeds(changed, MAX_DEPTH):
        raise refused(
            f"a replacement nests {resource.id} more than {MAX_DEPTH} levels deep", target
        )
    resource.replace(changed)
    resource.misfit = writer.misfit or resource.misfit
    resource.untyped = tuple(writer.untyped)
    if MERGE in path and has_merge_key(changed):
        check_merge_keys(changed)
        resource.partial = UNFOLLOWED
    if (
        field_path(path) in _WRITTEN_ANEW
        and plain_kind(text(look_up(resource.data, field_path(path)))) != "str"
    ):
        resource.partial = (
            f"a replacement makes a number or a date of `{path}`, which kustomize may print as such"
        )


_WRITTEN_ANEW = (("metadata", "name"), ("metadata", "namespace"), ("kind",))
"""What other transformers write without saying that it is a text, so that its type is what YAML
takes it for."""

_FITTING: dict[str, tuple[str, ...]] = {
    "int": ("int",),
    "float": ("int", "float"),
    "bool": ("bool",),
    "null": ("null",),
    "timestamp": ("timestamp",),
}
"""What may stand where a number, a boolean, a null or a date stood."""


def check_fit(resource: Resource) -> None:
    """Hold an object to the types of its fields, as printing it does.

    Raises:
        Refused: A replacement has put something else where a number, a boolean or a null stood.
    """
    if resource.misfit is not None:
        for _, leaf in walk_leaves(resource.data):
            held = leaf.unseal() if type(leaf) is Sealed else leaf
            if type(held) is Scalar and held.style.startswith(MISFIT):
                raise resource.misfit


class _Writer:
    """Sets every field that a path leads to; conditions are regular expressions, `*` means each
    (`PathMatcher`)."""

    def __init__(
        self,
        value: Node,
        options: Map,
        target: Map,
        path: str,
        untyped: Iterable[Scalar],
        behaviour: Behaviour,
    ) -> None:
        self.value = value
        self.behaviour = behaviour
        self.delimiter = text(options.get("delimiter"))
        self.index = _index(options)
        self.create = is_true(options.get("create"))
        self.misfit: Refused | None = None
        self.untyped = list(untyped)
        """Scalars that replacements have made: YAML decides their type anew with each text that
        they get."""
        self.target = target
        self.path = path
        self.found = False

    def walk(self, data: Map, path: tuple[str, ...]) -> Map:
        """Return the object with the value at a path below it.

        Raises:
            Refused: The path does not fit.
        """
        part, rest = path[0], path[1:]
        if _leads_into_list(part):
            raise self.expects_list()
        child = data.get(part)
        if child is None:
            if not self.create:
                return data
            child = self.blank(rest)
        is_text = type(child) is Scalar or type(child) is Sealed
        if rest and is_text and self.behaviour.replaces_in_structured_text:
            self.look_inside(child, rest)
            return data
        made = self.walk_below(child, rest)
        return data if made is data.get(part) else with_field(data, bare_key(part), made)

    def walk_below(self, node: Node, path: tuple[str, ...]) -> Node:
        if not path:
            self.found = True
            return self.put(node)
        part = path[0]
        if self.create and is_null(node) and part != "*" and (not part.isdigit() or part == "0"):
            # Upstream puts what it makes behind the null, where it is never printed.
            self.found = True
            return node
        if type(node) is Seq:
            return self.walk_list(node, part, path[1:])
        if type(node) is Map:
            return self.walk(node, path)
        if _leads_into_list(part):
            raise self.expects_list()
        if is_null(node):
            return node
        raise refused(
            f"the replacement's path `{self.path}` leads through a value that is not a mapping",
            self.target,
        )

    def expects_list(self) -> Refused:
        return refused(f"the replacement's path `{self.path}` expects a list", self.target)

    def look_inside(self, child: Node, rest: tuple[str, ...]) -> None:
        """Look whether the path leads to something inside a text; upstream changes a copy of it,
        which is then forgotten."""
        if self.create and is_null(child) and text(child):
            self.found = True
            return
        try:
            there = structured_text.leads_to(text(child), rest, self.value, create=self.create)
        except structured_text.Unknown:
            there = True
        if not there:
            raise refused(
                f"the replacement's path `{self.path}` leads to nothing in the text that it passes",
                self.target,
            )
        self.found = True

    def blank(self, rest: tuple[str, ...]) -> Node:
        """Return what is created for the rest of a path: a list before an index or condition, else
        a mapping or the value's kind."""
        file, line = self.target.file, self.target.line
        if rest:
            is_list = _leads_into_list(rest[0])
        elif type(self.value) is Map or type(self.value) is Seq:
            is_list = type(self.value) is Seq
        else:
            return self.fresh("", file, line)
        return sequence(file, line) if is_list else mapping(file, line)

    def walk_list(self, node: Seq, part: str, rest: tuple[str, ...]) -> Seq:
        if part == "*":
            chosen = list(range(len(node)))
        elif part.isdigit():
            chosen = [int(part)]
            if chosen[0] == len(node) and self.create:
                node = shallow(node)
                node.append(self.blank(rest))
            elif chosen[0] >= len(node):
                raise refused(
                    f"the replacement's path `{self.path}` names an element that the list does not "
                    f"have",
                    self.target,
                )
        elif _is_condition(part):
            if "=" not in part:
                raise refused(
                    f"the replacement's path `{self.path}` holds a condition without `=`",
                    self.target,
                )
            name, wanted = _condition(part)
            chosen = self.matching(node, name, wanted)
            if not chosen and self.create:
                node = shallow(node)
                node.append(self.element(name, wanted))
                chosen = [len(node) - 1]
            if not name:
                rest = ()
        else:
            raise refused(
                f"the replacement's path `{self.path}` leads into a list without saying which "
                f"element",
                self.target,
            )
        changed = shallow(node)
        for at in chosen:
            changed[at] = self.walk_below(node[at], rest)
        return changed

    def matching(self, node: Seq, name: str, wanted: str) -> list[int]:
        found = []
        for at, item in enumerate(node):
            held = item if not name else item.get(name) if type(item) is Map else None
            try:
                if (type(held) is Scalar or type(held) is Sealed) and regexp.matches(
                    wanted, printed(held), whole=False
                ):
                    found.append(at)
            except regexp.PatternError:
                raise refused(
                    f"a condition of the replacement's path `{self.path}` is not a regular expression",
                    self.target,
                ) from None
        return found

    def element(self, name: str, wanted: str) -> Node:
        """Return a new element that satisfies a condition `[name=wanted]`."""
        file, line = self.target.file, self.target.line
        value = self.fresh(wanted, file, line)
        return mapping(file, line, [(bare_key(name), value)]) if name else value

    def put(self, node: Node) -> Node:
        """Return the node that replaces `node`."""
        value = self.value
        if type(node) is Map or type(node) is Seq:
            if self.delimiter:
                raise refused(
                    "a replacement's `delimiter` needs a target that is text", self.target
                )
            return value
        if self.delimiter:
            parts = text(node).split(self.delimiter)
            if self.index < 0:
                parts = [text(value), *parts]
            elif self.index >= len(parts):
                parts = [*parts, text(value)]
            else:
                parts[self.index] = text(value)
            return self.sealed(self.typed(node, self.delimiter.join(parts), value), value)
        return self.sealed(self.typed(node, text(value), value), value)

    def typed(self, node: Scalar | Sealed, new: str, value: Node) -> Scalar | Sealed:
        """Return the target with another text and its own type, which the text has to fit."""
        held = node.unseal() if type(node) is Sealed else node
        if any(held is one for one in self.untyped):
            return self.fresh(new, value.file, value.line)
        again = held.style.startswith(MISFIT)
        kind = held.style.removeprefix(MISFIT) if again else scalar_kind(held)
        if kind in _FITTING and plain_kind(new) not in _FITTING[kind]:
            if field_path(self.path)[:2] == ("metadata", "annotations"):
                # Written anew as texts before anybody looks at their type.
                return scalar(new, value.file, value.line, TEXT)
            self.misfit = refused(
                f"a replacement puts something else where `{self.path}` has a {kind}", self.target
            )
            return scalar(new, value.file, value.line, f"{MISFIT}{kind}")
        return scalar(new, value.file, value.line) if again else retexted(node, new, value)

    def fresh(self, written: str, file: str, line: int) -> Scalar:
        made = scalar(written, file, line)
        self.untyped.append(made)
        return made

    def sealed(self, made: Scalar | Sealed, value: Node) -> Scalar | Sealed:
        if type(value) is Sealed and type(made) is not Sealed:
            return Sealed(made, made.file, made.line)
        return made


class _Maker(_Writer):
    """Creates the missing parts of a path, with an empty value at its end."""

    def put(self, node: Node) -> Node:
        return node


def printed(node: Scalar | Sealed) -> str:
    """Return a scalar as YAML prints it, which is what the regular expression of a condition is
    matched with."""
    if type(node) is Sealed:
        return text(node)
    if scalar_kind(node) == "str" and node.style == '"':
        return f'"{node}"'
    if scalar_kind(node) == "str" and node.style == "'":
        return f"'{node}'"
    return str(node)


__all__ = ["DEFAULT_PATH", "apply", "field_path", "look_up"]
