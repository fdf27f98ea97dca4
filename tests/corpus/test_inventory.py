"""The inventory of real repositories against the truth: what kustomize and Flux's own substitution
make of them.

The truth knows a layer by its name and the file that declares it, not by our cluster ids; layers of
one name and file are compared together. Of a `dependsOn` entry it keeps the name and drops the
namespace, so edges are compared by name; that namespaces are kept is tested with layers of our own
(tests/extract/test_layers.py).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gitops_docs.kubernetes import objects
from gitops_docs.kustomize import build
from gitops_docs.repository.checkout import Checkout
from gitops_docs.repository.tree import Tree
from tests.support.commands import gitops_docs

pytestmark = [pytest.mark.corpus, pytest.mark.slow]

REPOSITORIES = [
    "Smana_cloud-native-ref",
    "Smana_cloud-native-ref-seed",
    "billimek_k8s-gitops",
    "controlplaneio-fluxcd_d2-fleet",
    "fluxcd_flux2-kustomize-helm-example",
    "fluxcd_flux2-multi-tenancy",
    "onedr0p_home-ops",
]

Key = tuple[str, str]
"""`namespace/name` of a layer, and the file that declares it."""
Identity = tuple[str, str, str, str]
"""apiVersion, kind, namespace, name."""


@dataclass(slots=True)
class Facts:
    """What is compared of the layers of one key."""

    count: int = 0
    statuses: set[str] = field(default_factory=set)
    resources: Counter[Identity] = field(default_factory=Counter)
    edges: set[str] = field(default_factory=set)
    releases: set[tuple[str, str, str, str]] = field(default_factory=set)


def truth(material: Path, name: str) -> dict[Key, Facts]:
    """The reached layers, as the corpus tells them."""
    found: dict[Key, Facts] = defaultdict(Facts)
    for layer in json.loads(
        (material / "corpus" / f"{name}.expected.json").read_text(encoding="utf-8")
    )["kustomizations"]:
        if layer["root_kind"] == "unreached":
            continue
        facts = found[layer["kustomization"], layer["file"]]
        facts.count += 1
        facts.statuses.add(layer["status"])
        for item in layer["resources"]:
            final = {**item, **item.get("after_substitution", {})}
            facts.resources[
                item["apiVersion"], item["kind"], final["namespace"] or "", final["name"]
            ] += 1
        facts.edges |= set(layer["dependsOn"])
        facts.releases |= {
            (r["namespace"] or "", r["name"], r["chart"] or "", r["version"] or "")
            for r in layer["helm"]
        }
    return found


def ours(inventory: dict[str, Any]) -> dict[Key, Facts]:
    """The same of an inventory. Roots that Flux generates and Git does not hold are left out, as
    the truth leaves them out."""
    found: dict[Key, Facts] = defaultdict(Facts)
    keys = {}
    for layer in inventory["layers"]:
        key = keys[layer["id"]] = f"{layer['namespace']}/{layer['name']}", layer["file"]
        facts = found[key]
        facts.count += 1
        facts.statuses.add(layer["status"])
        for item in layer["resources"]:
            facts.resources[
                item["apiVersion"], item["kind"], item["namespace"] or "", item["name"]
            ] += 1
        facts.edges |= {edge["name"] for edge in layer["depends_on"]}
    for release in inventory["helm_releases"]:
        facts = found[keys[release["layer"]]]
        facts.releases.add(
            (release["namespace"], release["name"], release["chart"], release["version"] or "")
        )
    return found


@pytest.fixture(scope="module", params=REPOSITORIES)
def pair(
    request: pytest.FixtureRequest, material: Path, corpus_repository: Callable[[str], Path]
) -> tuple[dict[Key, Facts], dict[Key, Facts]]:
    """Truth and inventory of a repository."""
    inventory = json.loads(gitops_docs("inventory", str(corpus_repository(request.param))).stdout)
    return truth(material, request.param), ours(inventory)


def test_reached_layers(pair: tuple[dict[Key, Facts], dict[Key, Facts]]) -> None:
    """Every reached layer is found, as often as it is reached."""
    expected, found = pair
    assert {key: facts.count for key, facts in expected.items()} == {
        key: found[key].count for key in expected
    }


def test_resources(pair: tuple[dict[Key, Facts], dict[Key, Facts]]) -> None:
    """Layers that kustomize renders have exactly the resources that it gives."""
    expected, found = pair
    wrong = {}
    for key, facts in expected.items():
        if facts.statuses == {"ok"} and (missing := facts.resources - found[key].resources):
            wrong[key, "missing"] = missing
        if facts.statuses == {"ok"} and (extra := found[key].resources - facts.resources):
            wrong[key, "extra"] = extra
    assert not wrong


def test_edges(pair: tuple[dict[Key, Facts], dict[Key, Facts]]) -> None:
    """Every dependsOn edge is found."""
    expected, found = pair
    assert {key: facts.edges for key, facts in expected.items()} == {
        key: found[key].edges for key in expected
    }


def test_release_versions(pair: tuple[dict[Key, Facts], dict[Key, Facts]]) -> None:
    """Every HelmRelease version that the truth has is found, chartRef joined to its source."""
    expected, found = pair
    known = {key: {item for item in facts.releases if item[3]} for key, facts in expected.items()}
    assert {
        key: missing for key, items in known.items() if (missing := items - found[key].releases)
    } == {}


def test_directories_alone(material: Path, corpus_repository: Callable[[str], Path]) -> None:
    """A repository without a root of its own: each directory gives what kustomize gives for it."""
    name = "controlplaneio-fluxcd_d2-infra"
    directories = json.loads(
        (material / "corpus" / f"{name}.dirs.expected.json").read_text(encoding="utf-8")
    )["dirs"]
    tree = Tree.of(Checkout(corpus_repository(name)))
    wrong = {}
    for directory in directories:
        expected = Counter(
            (item["apiVersion"], item["kind"], item["namespace"] or "", item["name"])
            for item in directory["resources"]
        )
        found = Counter(
            (
                objects.api_version(item.data),
                objects.kind(item.data),
                objects.namespace(item.data),
                objects.name(item.data),
            )
            for item in build(tree, directory["path"]).objects
        )
        if directory["status"] == "ok" and expected != found:
            wrong[directory["path"]] = expected - found, found - expected
    assert len(directories) > 10
    assert not wrong
