"""Find, read and check a kustomization file as kustomize decodes it.

In: a directory of a tree. Out: its fields as a `Map`, checked by `shapes`, deprecated ones folded
into the present ones (`FixKustomization`).
"""

from __future__ import annotations

from gitops_docs.kustomize import errors
from gitops_docs.kustomize.behaviour import Behaviour
from gitops_docs.kustomize.errors import Refused, RefusedFile, refused
from gitops_docs.kustomize.files import decode
from gitops_docs.kustomize.files.decode import with_json_keys
from gitops_docs.kustomize.files.loader import Loader
from gitops_docs.kustomize.resources import printable
from gitops_docs.kustomize.resources.resource import text
from gitops_docs.yaml.nodes import Map, Scalar, as_seq, as_yaml_1_1, sequence

KUSTOMIZATION_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")

KUSTOMIZATION = "kustomize.config.k8s.io/v1beta1"
COMPONENT = "kustomize.config.k8s.io/v1alpha1"


def find(loader: Loader) -> str | None:
    """Return the kustomization file of the loader's directory, None where it has none.

    Raises:
        Refused: It has more than one.
    """
    prefix = f"{loader.directory}/" if loader.directory else ""
    found = [prefix + name for name in KUSTOMIZATION_NAMES if loader.tree.is_file(prefix + name)]
    if len(found) > 1:
        raise Refused(
            f"`{loader.directory or '.'}` has several kustomization files; keep one",
            loader.tree.origin(found[1]),
            1,
        )
    return found[0] if found else None


def load(loader: Loader) -> Map:
    """Return the kustomization of the loader's directory.

    Raises:
        Refused: There is none, or kustomize would not read it.
    """
    path = find(loader)
    if path is None:
        raise Refused(
            f"`{loader.directory or '.'}` has no kustomization.yaml",
            loader.tree.origin(loader.directory) or None,
        )
    loader.notes.files.add(path)
    parsed = loader.tree.documents(path)
    if not parsed.documents:
        worst = parsed.findings[0] if parsed.findings else None
        if worst is not None:
            raise RefusedFile(worst)
        raise Refused("the kustomization file is empty", loader.tree.origin(path), 1)
    root = parsed.documents[0].root
    if parsed.documents[0].index > 0:
        raise refused(
            "the first document of the kustomization file is empty, and no other is read; take out "
            "the `---` above this",
            root,
        )
    if type(root) is not Map:
        raise refused(
            "a kustomization file is one mapping, with `resources:` and the like; this is not a mapping",
            root,
        )
    return checked(root, loader.behaviour)


def checked(root: Map, behaviour: Behaviour, *, lenient: bool = False) -> Map:
    """Return the fields of a kustomization under their right names, their shapes checked.

    `lenient` leaves unknown fields out, as Flux does with the root's file.

    Raises:
        Refused: A field is unknown, of the wrong shape or sealed, or `kind` and `apiVersion` do not
            fit.
    """
    printable.check_numbers(root)
    for field in ("commonLabels", "labels", "commonAnnotations"):
        printable.check_merge_keys(root.get(field))
    made = decode.decoded(
        as_yaml_1_1(with_json_keys(root)), decode.kustomization(behaviour), lenient=lenient
    )
    errors.refuse_sealed(made)
    kind = text(made.get("kind")) or "Kustomization"
    if kind not in ("Kustomization", "Component"):
        raise refused(
            "the `kind` of a kustomization file is Kustomization or Component", made["kind"]
        )
    wanted = COMPONENT if kind == "Component" else KUSTOMIZATION
    version = made.get("apiVersion")
    if version is not None and text(version) not in ("", wanted):
        raise refused(f"the `apiVersion` of a {kind} is {wanted}", version)
    for old, new in (("bases", "resources"), ("imageTags", "images")):
        if old in made:
            listed = as_seq(made[old])
            made[new] = sequence(listed.file, listed.line, [*as_seq(made.get(new)), *listed])
            del made[old]
            if not made[new]:
                del made[new]
    if all(
        key in ("apiVersion", "kind") or (type(value) is Scalar and not value)
        for key, value in made.items()
    ):
        raise Refused("the kustomization file is empty", root.file, root.line)
    return made


def is_component(kustomization: Map) -> bool:
    """Return whether a kustomization is a Component."""
    return text(kustomization.get("kind")) == "Component"


__all__ = ["KUSTOMIZATION_NAMES", "checked", "find", "is_component", "load"]
