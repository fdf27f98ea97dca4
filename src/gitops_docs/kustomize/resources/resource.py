"""Hold an object on its way through a build, and the set of them.

In: the `Map` of a parsed document. Out: identities as kustomize compares them (`kyaml/resid`,
`api/resource`).

The data is never changed in place: a change puts a new `Map` that shares what
stayed the same. So one parsed file, and one rendered base, serve every layer that includes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from typing import NamedTuple

from msgspec import Struct

from gitops_docs.kustomize import rules
from gitops_docs.kustomize.errors import Refused
from gitops_docs.kustomize.resources import schema
from gitops_docs.yaml import limits
from gitops_docs.yaml.nodes import Map, Node, Scalar, Sealed, Seq, is_null, placed
from gitops_docs.yaml.sealing import sealed_object

DEFAULT_NAMESPACE = "default"
NO_NAMESPACE = "_non_namespaceable_"
"""What kustomize records as the namespace of a cluster-scoped object."""


class Id(NamedTuple):
    """A group, version, kind and name with the effective namespace."""

    group: str
    version: str
    kind: str
    name: str
    namespace: str

    def __str__(self) -> str:
        where = "" if self.namespace == NO_NAMESPACE else f"{self.namespace}/"
        return f"{self.kind} {where}{self.name}"


class Gvk(Struct, frozen=True):
    """A group, version and kind; an empty part selects anything."""

    group: str = ""
    version: str = ""
    kind: str = ""

    @property
    def parts(self) -> tuple[str, str, str]:
        return self.group, self.version, self.kind

    def selects(self, group: str, version: str, kind: str) -> bool:
        return (
            (not self.kind or self.kind == kind)
            and (not self.group or self.group == group)
            and (not self.version or self.version == version)
        )


class Previous(NamedTuple):
    """A name that an object had before a transformer changed it."""

    namespace: str
    name: str
    kind: str


class Shared(NamedTuple):
    """A value that a transformer put into several places of an object.

    Upstream puts one YAML node there, so that whatever changes it in one place changes it in all.
    """

    value: Scalar
    paths: tuple[tuple[str | int, ...], ...]


class Resource(Struct, eq=False):
    """An object with what kustomize remembers about it; `original` is None where no file holds
    it."""

    data: Map
    original: Map | None
    generated: bool = False
    file: str = ""
    line: int = 0
    previous: tuple[Previous, ...] = ()
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    needs_hash: bool = False
    is_encrypted: bool = False
    """Whether Flux decrypts a part of its content before it is built."""
    behavior: str | None = None
    misfit: Refused | None = None
    untyped: tuple[Scalar, ...] = ()
    """Scalars that replacements have made, as long as they are there."""
    origin: str | None = None
    transformations: tuple[str, ...] = ()
    partial: str | None = None
    variables: tuple[str, ...] = ()
    shared: tuple[Shared, ...] = ()
    json: Map | None = None
    """The data as a JSON patch left it. Where `data` is this very object, it has no key `<<` and
    only values as JSON has them, annotations aside."""
    _current: Id | None = None
    _weight: int | None = None

    def __post_init__(self) -> None:
        self.file, self.line = self.data.file, self.data.line

    def copy(self) -> Resource:
        """Return another resource with the same data."""
        return copy(self)

    def replace(self, data: Map) -> None:
        """Put changed data; what has become a value of a Secret is sealed."""
        if data is not self.data:
            self.data = sealed_object(self._aligned(data) if self.shared else data)
            self._current = self._weight = None

    def _aligned(self, data: Map) -> Map:
        """Return the data with every shared value changed in all of its places where it was changed
        in one."""
        kept = []
        for shared in self.shared:
            found = {
                path: value for path in shared.paths if type(value := _at(data, path)) is Scalar
            }
            changed = next((value for value in found.values() if value is not shared.value), None)
            if changed is not None:
                for path, value in found.items():
                    if value is shared.value:
                        data = _with(data, path, changed)
            if len(found) > 1:
                kept.append(Shared(changed if changed is not None else shared.value, tuple(found)))
        self.shared = tuple(kept)
        return data

    def sort_parts(self) -> tuple[str, str, str, str, str]:
        """Return group, version, kind, written namespace and name, by which kustomize sorts: what
        is hidden in messages too."""
        now = self.id
        parts = (now.group, now.version, now.kind, self.namespace, now.name)
        group, version, kind, namespace, name = (
            part.sorts_as() if type(part) is _Hidden else part for part in parts
        )
        return group, version, kind, namespace, name

    @property
    def weight(self) -> int:
        """How many values it holds, as a budget counts them."""
        if self._weight is None:
            self._weight = limits.weight(self.data)
        return self._weight

    @property
    def id(self) -> Id:
        """The identity that the object has now (`CurId`)."""
        found = self._current
        if found is None:
            api_version = self.data.get("apiVersion")
            group, version = group_version("" if is_null(api_version) else text(api_version))
            if type(api_version) is Sealed:
                group, version = _hidden_as(api_version, group), _hidden_as(api_version, version)
            kind = _shown(self.data.get("kind"))
            found = self._current = Id(
                group, version, kind, self.name, self._effective(group, version, kind)
            )
        return found

    def _effective(self, group: str, version: str, kind: str) -> str:
        if schema.is_cluster_scoped(group, version, kind):
            return NO_NAMESPACE
        return self.namespace or DEFAULT_NAMESPACE

    @property
    def name(self) -> str:
        return _shown(_metadata(self.data).get("name"))

    @property
    def namespace(self) -> str:
        """`metadata.namespace` as written, empty where absent."""
        return _shown(_metadata(self.data).get("namespace"))

    @property
    def cluster_scoped(self) -> bool:
        return self.id.namespace == NO_NAMESPACE

    @property
    def first_id(self) -> Id:
        """The identity that the object had in its file (`OrgId`)."""
        if not self.previous:
            return self.id
        now = self.id
        first = self.previous[0]
        return Id(
            now.group, now.version, first.kind, first.name, first.namespace or DEFAULT_NAMESPACE
        )

    def ids(self) -> Iterator[Id]:
        """Yield every identity, oldest first, the present one last."""
        now = self.id
        for earlier in self.previous:
            yield Id(
                now.group,
                now.version,
                earlier.kind,
                earlier.name,
                earlier.namespace or DEFAULT_NAMESPACE,
            )
        yield now

    def store_previous_id(self) -> None:
        """Record the present identity before it changes (`StorePreviousId`). It is kept in
        annotations, all of which become texts.

        Raises:
            Refused: A name or kind has a comma, as one that is encrypted has: upstream keeps lists,
                takes it for more entries and panics.
        """
        now = self.id
        metadata = _metadata(self.data)
        written = [
            text(node)
            for node in (metadata.get("name"), metadata.get("namespace"), self.data.get("kind"))
        ]
        if len({part.count(",") for part in written}) > 1:
            message = (
                "the name, namespace or kind of an object has a comma, where kustomize falls over; "
                "are they encrypted?"
            )
            raise Refused(message, self.file, self.line)
        self.previous = (*self.previous, Previous(now.namespace, now.name, now.kind))
        if self.shared:  # Upstream writes the annotations anew here.
            self.shared = tuple(
                Shared(
                    item.value,
                    tuple(path for path in item.paths if path[:2] != ("metadata", "annotations")),
                )
                for item in self.shared
            )

    @property
    def has_build_annotations(self) -> bool:
        """Whether kustomize keeps notes in the object's annotations while it builds."""
        return bool(
            self.previous
            or self.prefixes
            or self.suffixes
            or self.needs_hash
            or self.behavior is not None
            or self.origin
        )

    def labels(self) -> dict[str, str]:
        return _texts(_metadata(self.data).get("labels"))

    def annotations(self) -> dict[str, str]:
        return _texts(_metadata(self.data).get("annotations"))


class Resources:
    """The objects of a build in the order in which they were added (`resWrangler`)."""

    __slots__ = ("items",)

    def __init__(self, items: Iterable[Resource] = ()) -> None:
        self.items: list[Resource] = list(items)

    def identities(self) -> set[Id]:
        """Return the present identities, for `extend` where much is added and nothing changes in
        between."""
        return {item.id for item in self.items}

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def extend(self, added: Iterable[Resource], known: set[Id] | None = None) -> None:
        """Add objects. `known`: the present identities, which those of the added ones join.

        Raises:
            Refused: An object of this identity is already there; all others have been added.
        """
        known = self.identities() if known is None else known
        repeated: Resource | None = None
        for item in added:
            if item.id in known:
                repeated = repeated or item
                continue
            known.add(item.id)
            self.items.append(item)
        if repeated is not None:
            message = (
                f"{repeated.id} is there twice; kustomize may not add a resource with an already "
                f"registered id"
            )
            raise Refused(message, repeated.file, repeated.line, rules.KustomizeDuplicateId)

    def check_unique(self) -> None:
        """Compare identities anew, as kustomize does where it puts a list together again.

        Raises:
            Refused: Two objects have become one.
        """
        seen: set[Id] = set()
        for item in self.items:
            if item.id in seen:
                message = (
                    f"two objects have become one: {item.id}; kustomize may not add an already "
                    f"registered id"
                )
                raise Refused(message, item.file, item.line, rules.KustomizeDuplicateId)
            seen.add(item.id)

    def absorb(
        self, made: Resource, merge: Callable[[Resource, Resource], None]
    ) -> Resource | None:
        """Add a generated object, or let it replace or merge into the one that is there
        (`appendReplaceOrMerge`).

        Returns:
            The object where it took the place of another one.


        Raises:
            Refused: Its `behavior` does not fit what is there.
        """
        wanted = made.id
        matches = [
            item for item in self.items if any(identity == wanted for identity in item.ids())
        ]
        if not matches:
            if made.behavior in ("merge", "replace"):
                raise Refused(
                    f"{wanted} does not exist; a generator cannot {made.behavior} it",
                    made.file,
                    made.line,
                )
            self.extend([made])
            return None
        if len(matches) > 1:
            raise Refused(f"several objects could take the merge of {wanted}", made.file, made.line)
        if made.behavior not in ("merge", "replace"):
            raise Refused(
                f"{wanted} exists; its generator needs `behavior: merge` or `replace`",
                made.file,
                made.line,
            )
        old = matches[0]
        merge(old, made)
        self.items[self.items.index(old)] = made
        return made

    def find(self, wanted: Id) -> Resource:
        """Return the one object that has or had an identity.

        Raises:
            Refused: None, or more than one.
        """
        matches = [
            item for item in self.items if any(identity == wanted for identity in item.ids())
        ]
        if len(matches) == 1:
            return matches[0]
        raise Refused(
            f"{'several resources match' if matches else 'no resource matches'} the patch of "
            f"{wanted}"
        )


def group_version(api_version: str) -> tuple[str, str]:
    """Return the two parts of an apiVersion."""
    group, slash, version = api_version.partition("/")
    return (group, version) if slash else ("", api_version)


def text(node: object) -> str:
    """Return the text of a scalar, sealed or not, as it is written; empty for absent and
    containers."""
    if type(node) is Sealed:
        node = node.unseal()
    return str(node) if type(node) is Scalar else ""


def _at(node: Node | None, path: tuple[str | int, ...]) -> Node | None:
    for part in path:
        if type(node) is Map:
            node = node.get(str(part))
        elif type(node) is Seq and isinstance(part, int) and part < len(node):
            node = node[part]
        else:
            return None
    return node


def _with(data: Map, path: tuple[str | int, ...], value: Scalar) -> Map:
    """Return a mapping with another scalar at a path where `_at` finds one."""
    key = str(path[0])
    made = placed(Map(data), data)
    made[key] = _with_below(data[key], path[1:], value)
    return made


def _with_below(node: Node, path: tuple[str | int, ...], value: Scalar) -> Node:
    if not path:
        return value
    if type(node) is Map:
        return _with(node, path, value)
    at = path[0]
    if type(node) is not Seq or not isinstance(at, int):
        return node
    made = placed(Seq(node), node)
    made[at] = _with_below(node[at], path[1:], value)
    return made


class _Hidden(str):
    """A part of an identity that is secret: all of them read the same, and those are equal that hide
    the same."""

    __slots__ = ("_secret",)
    _secret: str

    def __new__(cls, secret: str) -> _Hidden:
        made = str.__new__(cls, "**secret**")
        made._secret = secret
        return made

    def __eq__(self, other: object) -> bool:
        return type(other) is _Hidden and self._secret == other._secret

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._secret)

    def sorts_as(self) -> str:
        """Return the text by which kustomize sorts."""
        return self._secret


def _shown(node: Node | None) -> str:
    """Return the text of a part of an identity, which messages quote: one that is made from a
    secret stays hidden. A null is none."""
    if is_null(node):
        return ""
    return _hidden_as(node, text(node))


def _hidden_as(node: Node | None, part: str) -> str:
    """Return what was read from a node, hidden where the node is."""
    return _Hidden(part) if type(node) is Sealed and part else part


def _metadata(data: Map) -> dict[str, Node]:
    found = data.get("metadata")
    return found if type(found) is Map else {}


def _texts(node: Node | None) -> dict[str, str]:
    return {key: text(value) for key, value in node.items()} if type(node) is Map else {}
