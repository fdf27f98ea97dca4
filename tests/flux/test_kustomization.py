"""The kustomization file that Flux makes of a directory and a spec (`kustomize_generator.go`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.flux.kustomization import FluxKustomization, Refused, generated, merged
from gitops_docs.repository.checkout import Checkout
from gitops_docs.repository.tree import Tree
from gitops_docs.yaml.nodes import Map, plain_value
from gitops_docs.yaml.parse import parse


def tree_of(root: Path, files: dict[str, str]) -> Tree:
    """A tree with these files."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree.of(Checkout(root))


def flux(spec: str) -> FluxKustomization:
    """A Flux Kustomization with this spec, in YAML flow style."""
    data = (
        parse(f"metadata: {{name: apps, namespace: flux-system}}\nspec: {spec}\n", "apps.yaml")
        .documents[0]
        .root
    )
    assert isinstance(data, Map)
    return FluxKustomization(data, "apps.yaml", 1)


CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


def test_a_directory_without_kustomization_file_gets_one(tmp_path: Path) -> None:
    """Every YAML file below is a resource; a sub-directory with its own file is one resource and is
    not entered."""
    tree = tree_of(
        tmp_path,
        {
            "apps/b.yml": CONFIG_MAP,
            "apps/a.yaml": CONFIG_MAP,
            "apps/.hidden/c.yaml": CONFIG_MAP,
            "apps/README.md": "no",
            "apps/own/kustomization.yaml": "resources: [x.yaml]",
            "apps/own/x.yaml": CONFIG_MAP,
            "apps/plain/deep/d.yaml": CONFIG_MAP,
            "apps/plain/kustomize.yaml": CONFIG_MAP,  # no name that kustomize knows
        },
    )
    assert generated(tree, "apps", "apps.yaml", 1)["resources"] == [
        "./.hidden/c.yaml", "./a.yaml", "./b.yml", "./own", "./plain/deep/d.yaml", "./plain/kustomize.yaml",
    ]  # fmt: skip


def test_an_empty_directory_gets_a_placeholder(tmp_path: Path) -> None:
    """Flux does this so that kustomize does not refuse an empty file."""
    tree = tree_of(tmp_path, {"apps/README.md": "nothing"})
    assert plain_value(generated(tree, "apps", "apps.yaml", 1))["namespace"] == "_placeholder"


def test_an_own_file_without_changes_is_used_as_it_is(tmp_path: Path) -> None:
    """None: nothing has to be merged, and the build can be shared between layers."""
    tree = tree_of(
        tmp_path, {"apps/kustomization.yaml": "resources: [a.yaml]\n", "apps/a.yaml": CONFIG_MAP}
    )
    assert merged(flux("{path: ./apps, interval: 1m}"), tree, "apps") is None


def test_the_spec_replaces_appends_and_merges(tmp_path: Path) -> None:
    """`targetNamespace` and the prefix replace, patches and components are appended, images merge
    by name."""
    own = """
resources: [a.yaml]
namespace: own
namePrefix: own-
components: [../first]
patches: [{patch: one}]
images: [{name: web, newName: other, newTag: "1", digest: "sha256:0"}, {name: db, newTag: "5"}]
unknown: dropped
"""
    tree = tree_of(tmp_path, {"apps/kustomization.yaml": own})
    spec = (
        "{targetNamespace: target, namePrefix: new-, components: [../second], "
        "patches: [{patch: two, target: {kind: Service, unknown: x}, options: {allowNameChange: "
        "true}}], "
        'images: [{name: web, newTag: "2"}, {name: cache, newTag: "7"}]}'
    )
    result = merged(flux(spec), tree, "apps")
    assert plain_value(result) == {
        "resources": ["a.yaml"],
        "namespace": "target",
        "namePrefix": "new-",
        "components": ["../first", "../second"],
        "patches": [{"patch": "one"}, {"patch": "two", "target": {"kind": "Service"}}],
        "images": [
            {"name": "web", "newName": "other", "newTag": "2"},
            {"name": "db", "newTag": "5"},
            {"name": "cache", "newTag": "7"},
        ],
    }
    assert result is not None
    assert (result["namespace"].file, result["namePrefix"].line) == ("apps.yaml", 2)
    assert result["components"][0].file == "apps/kustomization.yaml"


def test_a_file_without_resources_gets_origin_annotations(tmp_path: Path) -> None:
    """Flux sets buildMetadata so that kustomize does not call the file empty."""
    tree = tree_of(tmp_path, {"apps/kustomization.yaml": "components: [../c]\n"})
    assert plain_value(merged(flux("{path: ./apps}"), tree, "apps"))["buildMetadata"] == [
        "originAnnotations"
    ]


def test_missing_components_may_be_ignored(tmp_path: Path) -> None:
    """`ignoreMissingComponents` leaves out what is not there."""
    tree = tree_of(
        tmp_path,
        {
            "apps/kustomization.yaml": "resources: [a.yaml]\n",
            "c/kustomization.yaml": "kind: Component\n",
        },
    )
    spec = "{components: [../c, ../gone], ignoreMissingComponents: true}"
    assert plain_value(merged(flux(spec), tree, "apps"))["components"] == ["../c"]


@pytest.mark.parametrize(
    "component", ["https://example.org/x", "/etc", "git@example.org:a/b", "github.com/a/b"]
)
def test_remote_and_absolute_components_are_refused(tmp_path: Path, component: str) -> None:
    """Flux takes local, relative components only."""
    tree = tree_of(tmp_path, {"apps/kustomization.yaml": "resources: [a.yaml]\n"})
    with pytest.raises(Refused) as refused:
        merged(flux(f'{{components: ["{component}"]}}'), tree, "apps")
    assert refused.value.finding.code == "component-remote"
    assert refused.value.finding.line == 2
