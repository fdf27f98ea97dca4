"""Find what makes a ConfigMap or Secret in the cluster that no manifest holds.

In: its kind, namespace and name, and the objects of the cluster. Out: the controller's object that
makes it, or the object that a controller copies.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gitops_docs.flux.objects import Applied, ObjectIndex
from gitops_docs.kubernetes import objects
from gitops_docs.model import Location
from gitops_docs.yaml.nodes import Map, Node, as_map, as_seq, as_text, get_path

_TARGETS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "BitwardenSecret": ("k8s.bitwarden.com", ("spec", "secretName"), "Secret"),
    "Bundle": ("trust.cert-manager.io", (), "ConfigMap"),
    "Certificate": ("cert-manager.io", ("spec", "secretName"), "Secret"),
    "ClusterExternalSecret": ("external-secrets.io", (), "Secret"),
    "ClusterSecret": ("clustersecret.io", (), "Secret"),
    "DopplerSecret": ("secrets.doppler.com", ("spec", "managedSecret", "name"), "Secret"),
    "ExternalSecret": ("external-secrets.io", ("spec", "target", "name"), "Secret"),
    "InfisicalSecret": (
        "secrets.infisical.com",
        ("spec", "managedSecretReference", "secretName"),
        "Secret",
    ),
    "OnePasswordItem": ("onepassword.com", (), "Secret"),
    "SealedSecret": ("bitnami.com", ("spec", "template", "metadata", "name"), "Secret"),
    "VaultStaticSecret": ("secrets.hashicorp.com", ("spec", "destination", "name"), "Secret"),
}
"""Kind to its API group, to where it names what it makes (else by its own name), and to what that
is."""
_CLUSTER_WIDE = frozenset({"Bundle", "ClusterExternalSecret", "ClusterSecret"})
"""Kinds that make an object in many namespaces, by selectors of labels that are not known here."""


class Maker(NamedTuple):
    """The controller's object that creates a Secret or ConfigMap in the cluster."""

    label: str
    """`Kind namespace/name`."""
    place: Location
    keys: list[tuple[str, Node]]
    """The keys that are known."""
    complete: bool
    """Whether these are all."""


def maker_of(kind: str, namespace: str, name: str, index: ObjectIndex) -> Maker | None:
    """Return the object from which a controller creates a Secret or ConfigMap that is not in Git;
    None where no object here does."""
    for applied in index.of_kind(*_TARGETS):
        data = applied.rendered.data
        maker = objects.kind(data)
        group, path, made = _TARGETS[maker]
        if made != kind or objects.group(data) != group:
            continue
        if maker not in _CLUSTER_WIDE and (objects.namespace(data) or namespace) != namespace:
            continue
        target = _cluster_target(data) if maker == "ClusterExternalSecret" else _text(data, path)
        if (target or objects.name(data)) != name:
            continue
        where = "" if maker in _CLUSTER_WIDE else f"{namespace}/"
        label = f"{maker} {where}{objects.name(data)}"
        place = Location(applied.rendered.file, applied.rendered.line)
        spec = as_map(data.get("spec"))
        if maker == "SealedSecret":
            return Maker(label, place, list(as_map(spec.get("encryptedData")).items()), True)
        if maker in ("ExternalSecret", "ClusterExternalSecret"):
            spec = spec if maker == "ExternalSecret" else as_map(spec.get("externalSecretSpec"))
            return Maker(label, place, list(_external_keys(spec)), not as_seq(spec.get("dataFrom")))
        return Maker(label, place, [], False)
    return None


def copied(kind: str, namespace: str, name: str, index: ObjectIndex) -> Applied | None:
    """Return the object that a controller copies into a namespace under a name; None where none is.

    Reflector, kubernetes-replicator and Config Syncer read annotations of the object; Kyverno
    clones the object that a policy names.
    """
    for applied in index.of_kind(kind):
        data = applied.rendered.data
        annotations = as_map(get_path(data, "metadata", "annotations"))
        if (
            objects.name(data) == name
            and objects.namespace(data) != namespace
            and _is_spread(annotations, namespace)
        ):
            return applied
    for policy in index.of_kind("ClusterPolicy", "Policy"):
        for rule in as_seq(get_path(policy.rendered.data, "spec", "rules")):
            generate = as_map(get_path(rule, "generate"))
            clone = as_map(generate.get("clone"))
            if (generate.get("kind"), generate.get("name")) == (kind, name) and clone:
                place, what = objects.text(clone.get("namespace")), objects.text(clone.get("name"))
                return index.get(kind, place or "", what or "") or policy
    return None


_SPREAD = {
    "reflector.v1.k8s.emberstack.com/reflection-auto-enabled": "reflector.v1.k8s.emberstack.com/reflection-auto-namespaces",
    "replicator.v1.mittwald.de/replicate-to": "replicator.v1.mittwald.de/replicate-to",
}  # fmt: skip
"""Annotation that has an object copied, and the one with a list of patterns of namespaces."""
_BY_SELECTOR = (
    "kubed.appscode.com/sync",
    "kubernetes.config-syncer.dev/sync",
    "replicator.v1.mittwald.de/replicate-to-matching",
)
"""Annotations that have an object copied by labels of namespaces, which are not known here."""


def _is_spread(annotations: Map, namespace: str) -> bool:
    if any(key in annotations for key in _BY_SELECTOR):
        return True
    for key, namespaces in _SPREAD.items():
        given = objects.text(annotations.get(key))
        if given is None or given == "false":
            continue
        patterns = [
            part.strip() for part in (objects.text(annotations.get(namespaces)) or "").split(",")
        ]
        if not any(patterns) or any(_fits(pattern, namespace) for pattern in patterns if pattern):
            return True
    return False


def _fits(pattern: str, namespace: str) -> bool:
    """Return whether a pattern names a namespace: a text, or an expression of plain parts and
    `.*`."""
    first, *others = pattern.replace(".*", "*").split("*")
    if not others:
        return first == namespace
    if not namespace.startswith(first) or not namespace.endswith(others[-1]):
        return False
    rest = namespace[len(first) : len(namespace) - len(others[-1])]
    for part in others[:-1]:
        _, found, rest = rest.partition(part) if part else ("", "-", rest)
        if not found:
            return False
    return len(first) + len(others[-1]) <= len(namespace)


def _text(data: Map, path: tuple[str, ...]) -> str | None:
    return objects.text(get_path(data, *path)) if path else None


def _cluster_target(data: Map) -> str | None:
    spec = data.get("spec")
    return objects.text(get_path(spec, "externalSecretSpec", "target", "name")) or objects.text(
        get_path(spec, "externalSecretName")
    )


def _external_keys(spec: Map) -> Iterator[tuple[str, Node]]:
    template = as_map(get_path(spec, "target", "template", "data"))
    yield from template.items()
    if not template:
        for item in as_seq(spec.get("data")):
            key = as_text(item.get("secretKey")) if type(item) is Map else None
            if key is not None:
                yield str(key), key
