"""A scanner that scans again gives what a new scan gives, whatever changed; and does not do again
what did not change."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gitops_docs.flux import render
from gitops_docs.model import Platform
from gitops_docs.scanner.scanner import Scanner, scan
from tests.support import PROJECT


@pytest.fixture
def platform(tmp_path: Path) -> Path:
    """A copy of the example platform without Git."""
    return shutil.copytree(PROJECT / "examples/platform", tmp_path / "platform")


def assert_same(one: Platform, other: Platform) -> None:
    """Compare field by field, for a message that can be read."""
    for name in Platform.__struct_fields__:
        assert getattr(one, name) == getattr(other, name), name


def test_every_file_counts(platform: Path) -> None:
    """Each file in turn gets a line at its top: everything that was written in it stands one line
    lower, everywhere."""
    scanner = Scanner(platform)
    scanner.scan()
    files = sorted(path for path in platform.rglob("*.yaml"))
    assert len(files) > 80
    for number, path in enumerate(files):
        path.write_text(f"# line {number}\n{path.read_text()}")
        if number % 20 == 0:
            assert_same(scanner.scan(), scan(platform))
    assert_same(scanner.scan(), scan(platform))


def test_every_remark_counts(platform: Path) -> None:
    """In each file in turn every comment says something else, on the lines where it stood: pages
    show comments, so nothing old may stay."""
    scanner = Scanner(platform)
    scanner.scan()
    for number, path in enumerate(sorted(platform.rglob("*.yaml"))):
        path.write_text(re.sub(r"(?m)#(.*)$", rf"# remark {number} \1", path.read_text()))
        if number % 20 == 0:
            assert_same(scanner.scan(), scan(platform))
    assert_same(scanner.scan(), scan(platform))


def _edit(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        text = (root / path).read_text()
        assert old in text, f"{path} has no {old!r} any more"
        (root / path).write_text(text.replace(old, new))

    return change


def _write(path: str, text: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)

    return change


def _remove(path: str) -> Callable[[Path], None]:
    return lambda root: (root / path).unlink()


CHANGES = {
    "the value of a variable": _edit(
        "clusters/mycluster-0/cluster-vars.yaml", "data:", "data:\n  added: value"
    ),
    "a chart's version": _edit("apps/base/podinfo/source.yaml", "spec:", "spec:\n  suspend: true"),
    "a patch of a cluster": _edit(
        "apps/mycluster-0/kustomization.yaml", "resources:", "namePrefix: x-\nresources:"
    ),
    "what packs the artifact": _write(".sourceignore", "/apps/\n"),
    "a new file in a directory": _write(
        "apps/mycluster-0/new.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n"
    ),
    "a file that is gone": _remove("apps/base/podinfo/helmrelease.yaml"),
    "a file that breaks": _write("apps/base/podinfo/httproute.yaml", "a: [\n"),
    "a layer's dependency": _edit(
        "clusters/mycluster-1/apps.yaml", "dependsOn:", "suspend: true\n  dependsOn:"
    ),
    "a definition": _write(
        "crds/base/common/prometheus-operator.yaml",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: "
        "releases.helm.toolkit.fluxcd.io}\n"
        "spec: {group: helm.toolkit.fluxcd.io, scope: Cluster, names: {kind: HelmRelease}}\n",
    ),
    "owners": _write("CODEOWNERS", "* @everybody\n"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen(platform: Path, change: Callable[[Path], None]) -> None:
    """After each kind of change, and after taking it back, the result is that of a new scan."""
    scanner = Scanner(platform)
    before = scanner.scan()
    kept = {path: path.read_bytes() for path in platform.rglob("*") if path.is_file()}
    change(platform)
    assert_same(scanner.scan(), scan(platform))
    for path in platform.rglob("*"):
        if path.is_file() and path not in kept:
            path.unlink()
    for path, content in kept.items():
        path.write_bytes(content)
    assert_same(scanner.scan(), before)


def test_what_did_not_change_is_not_done_again(
    platform: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One edited file makes the layers that read it render again, and no other."""
    scanner = Scanner(platform)
    scanner.scan()
    rendered = []

    def spy(tree: Any, directory: str, *others: Any) -> object:
        rendered.append(directory)
        return original(tree, directory, *others)

    original = render.build
    monkeypatch.setattr(render, "build", spy)
    first = scanner.scan()
    assert rendered == []
    path = platform / "apps/base/podinfo/helmrelease.yaml"
    path.write_text(path.read_text() + "# changed\n")
    second = scanner.scan()
    assert sorted(set(rendered)) == [f"apps/mycluster-{number}" for number in range(3)]
    same = [one is other for one, other in zip(first.releases, second.releases, strict=True)]
    assert same.count(False) < len(same) / 2


def test_a_layer_that_stands_beside_an_edited_one_is_the_same(platform: Path) -> None:
    """The root renders the Kustomizations of all layers anew when one is edited; those of the
    others are what they were."""
    scanner = Scanner(platform)
    first = scanner.analyse().built
    path = platform / "clusters/mycluster-0/tooling.yaml"
    path.write_text(path.read_text().replace("interval: ", "interval: 1"))
    second = scanner.analyse().built
    changed = {identity for identity, layer in second.items() if not layer.same(first[identity])}
    assert changed == {"mycluster-0/flux-system/flux-system", "mycluster-0/flux-system/tooling"}
