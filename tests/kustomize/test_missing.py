"""What is not in the repository makes a build partial; what Flux does not run fails it. Both are
named with their place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gitops_docs.kustomize import build
from gitops_docs.repository.checkout import Checkout
from gitops_docs.repository.tree import Tree

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"
CASES = {
    "remote-base": ("resources:\n  - service.yaml\n  - https://github.com/example/repo//deploy?ref=v1\n", "example/repo", 3),
    "remote-base-ssh": ("resources:\n  - service.yaml\n  - git@github.com:example/repo.git\n", "example/repo", 3),
    "remote-base-short": ("resources:\n  - service.yaml\n  - github.com/example/repo?ref=main\n", "example/repo", 3),
    "remote-file": ("resources:\n  - service.yaml\n  - https://example.org/install.yaml\n", "install.yaml", 3),
    "remote-component": ("resources: [service.yaml]\ncomponents:\n  - https://example.org/repo.git\n", "repo.git", 3),
    "remote-generator-file": (
        "resources: [service.yaml]\nconfigMapGenerator:\n  - name: a\n    files:\n      - "
        "x=https://example.org/x.json\n",
        "x.json",
        5,
    ),
    "openapi": ("resources: [service.yaml]\nopenapi:\n  path: schema.json\n", "openapi", 3),
    "crds": ("resources: [service.yaml]\ncrds:\n  - crd.json\n", "crds", 3),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_partial(name: str, repository: Callable[[Mapping[str, str]], Path]) -> None:
    """The rest is built, nothing is refused, and the missing part is named where it is asked
    for."""
    content, wanted, line = CASES[name]
    built = build(
        Tree.of(Checkout(repository({"kustomization.yaml": content, "service.yaml": SERVICE}))), ""
    )
    assert built.error is None, built.error
    assert any(item.data["kind"] == "Service" for item in built.objects)
    (missing,) = built.missing
    assert wanted in missing.reason
    assert (missing.file, missing.line) == ("kustomization.yaml", line)


REFUSED = {
    "helm-charts": ("resources: [service.yaml]\nhelmCharts:\n  - name: redis\n    version: 1.2.3\n", "redis", 3),
    "exec-generator": (
        "resources: [service.yaml]\ngenerators:\n  - |-\n    apiVersion: example.org/v1\n    kind: "
        "Maker\n    metadata: {name: a}\n",
        "Maker",
        4,
    ),
    "exec-transformer": (
        "resources: [service.yaml]\ntransformers:\n  - |-\n    apiVersion: example.org/v1\n    "
        "kind: Changer\n    metadata: {name: a}\n",
        "Changer",
        4,
    ),
    "validator": ("resources: [service.yaml]\nvalidators:\n  - |-\n    apiVersion: example.org/v1\n"
        "    kind: Check\n    metadata: {name: a}\n",
        "Check",
        4,
   ),
    "unknown-built-in": (
        "resources: [service.yaml]\ntransformers:\n  - |-\n    apiVersion: builtin\n    kind: "
        "Nothing\n    metadata: {name: a}\n",
        "Nothing",
        4,
    ),
    "changing-validator": (
        "resources: [service.yaml]\nvalidators:\n  - |-\n    apiVersion: builtin\n    kind: "
        "PrefixTransformer\n    metadata: {name: a}\n"
        "    prefix: a\n    fieldSpecs: [{path: metadata/name}]\n",
        "validator",
        4,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, repository: Callable[[Mapping[str, str]], Path]) -> None:
    """What Flux does not run fails the build, at its place; the rest is there to look at."""
    content, wanted, line = REFUSED[name]
    built = build(
        Tree.of(Checkout(repository({"kustomization.yaml": content, "service.yaml": SERVICE}))), ""
    )
    assert built.error is not None and wanted in built.error.message
    assert (built.error.file, built.error.line) == ("kustomization.yaml", line)
    assert built.missing == ()
    assert any(item.data["kind"] == "Service" for item in built.objects)


def test_partial_object(repository: Callable[[Mapping[str, str]], Path]) -> None:
    """An object that lacks a file from the network says so itself."""
    content = "configMapGenerator:\n  - name: a\n    files: [x=https://example.org/x.json]\n"
    (made,) = build(Tree.of(Checkout(repository({"kustomization.yaml": content}))), "").objects
    assert made.partial is not None and "x.json" in made.partial


@pytest.mark.parametrize(
    "change",
    [
        'patches: [{target: {kind: Widget}, patch: "- {op: add, path: /spec/<<, value: {b: 2}}"}]',
        "replacements: [{source: {kind: Widget, fieldPath: spec}, "
        "targets: [{select: {kind: Widget}, fieldPaths: [spec.<<], options: {create: true}}]}]",
    ],
)
def test_partial_by_merge_key(change: str, repository: Callable[[Mapping[str, str]], Path]) -> None:
    """A key `<<` that was set, not read, makes its object partial, and no other."""
    files = {
        "kustomization.yaml": f"resources: [service.yaml, widget.yaml]\n{change}\n",
        "service.yaml": SERVICE,
        "widget.yaml": "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: a}\nspec: {<<: {a: 1}}\n",
    }
    built = build(Tree.of(Checkout(repository(files))), "")
    assert built.error is None, built.error
    assert [item.partial is not None and "`<<`" in item.partial for item in built.objects] == [
        False,
        True,
    ]


def test_partial_by_all_annotations(repository: Callable[[Mapping[str, str]], Path]) -> None:
    """A replacement that copies all annotations copies kustomize's own notes too, which are not
    known: its target is partial."""
    content = (
        "resources: [service.yaml, other.yaml]\nnamespace: x\nreplacements:\n"
        "  - source: {kind: Service, name: a, fieldPath: metadata.annotations}\n"
        "    targets: [{select: {kind: Service, name: b}, fieldPaths: [spec.notes], options: "
        "{create: true}}]\n"
    )
    noted = SERVICE.replace("name: a", "name: a, annotations: {note: a}")
    other = SERVICE.replace("name: a", "name: b")
    files = {"kustomization.yaml": content, "service.yaml": noted, "other.yaml": other}
    built = build(Tree.of(Checkout(repository(files))), "")
    assert [item.partial is not None for item in built.objects] == [False, True]


def test_partial_by_name(repository: Callable[[Mapping[str, str]], Path]) -> None:
    """Whether a name that a replacement makes a number or a date stays a text depends on what came
    before: its object is partial."""
    content = (
        "resources: [service.yaml, other.yaml, third.yaml]\nreplacements:\n"
        "  - source: {kind: Service, name: a, fieldPath: metadata.annotations.day}\n"
        "    targets: [{select: {kind: Service, name: b}}, {select: {kind: Service, name: c}, "
        "fieldPaths: [spec.day], "
        "options: {create: true}}]\n"
    )
    dated = SERVICE.replace("name: a", "name: a, annotations: {day: 2020-01-01}")
    files = {"kustomization.yaml": content, "service.yaml": dated}
    files |= {
        f"{file}.yaml": SERVICE.replace("name: a", f"name: {name}")
        for file, name in (("other", "b"), ("third", "c"))
    }
    built = build(Tree.of(Checkout(repository(files))), "")
    assert {
        str(item.data["metadata"]["name"]): item.partial is not None for item in built.objects
    } == {
        "a": False,
        "2020-01-01": True,
        "c": False,
    }


def test_partial_by_hash(repository: Callable[[Mapping[str, str]], Path]) -> None:
    """The hash of a generated object whose kind a patch changes is not known."""
    content = (
        "configMapGenerator: [{name: a, literals: [b=c]}]\npatches:\n  - target: {kind: "
        "ConfigMap}\n"
        "    options: {allowKindChange: true}\n    patch: |\n      apiVersion: v1\n      kind: "
        "Service\n      metadata: {name: a}\n"
    )
    (found,) = build(Tree.of(Checkout(repository({"kustomization.yaml": content}))), "").objects
    assert found.partial is not None and "hash" in found.partial
