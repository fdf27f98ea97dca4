"""postBuild substitution on whole objects: types after it, what is skipped, what fails a layer."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.flux.substitution.envsubst import SubstitutionError
from gitops_docs.flux.substitution.substitute import substitute_object
from gitops_docs.model import Layer, LayerStatus, Platform
from gitops_docs.scanner.scanner import analyse
from gitops_docs.settings.options import Settings
from gitops_docs.yaml.nodes import Map, plain_value
from gitops_docs.yaml.parse import parse
from tests.support.scanning import config_map, flux, layer, scanned, write

ROOT = {"clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a")}


def data_of(text: str, **variables: str) -> object:
    """`data` of an object after substitution, as JSON."""
    (document,) = parse(
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata:\n  {text}\n", "x.yaml"
    ).documents
    assert isinstance(document.root, Map)
    return plain_value(substitute_object(document.root, variables))["data"]


@pytest.mark.parametrize(
    ("text", "value", "result"),
    [
        ("k: ${V}", "1", {"k": 1}),
        ("k: '${V}'", "1", {"k": 1}),  # Quotes of the source protect nothing.
        ('k: "${V}"', "true", {"k": True}),
        ("k: ${V}", "yes", {"k": True}),  # YAML 1.1, which Flux reads the result with.
        ("k: ${V}", "1.10", {"k": 1.1}),
        ("k: ${V}", "0644", {"k": 420}),
        ("k: ${V}", "null", {"k": None}),
        ("k: ${V}", "", {"k": None}),
        ("k: ${V}", "2024-01-01", {"k": "2024-01-01"}),
        ("k: ${V}", "{a: 1}", {"k": {"a": 1}}),
        ("k: ${V}", "[a, b]", {"k": ["a", "b"]}),
        ("k: ${V}", '"1"', {"k": "1"}),  # Quotes in the value do protect.
        ("k: x${V}", "1", {"k": "x1"}),
        ("k: ${V}-${V}", "1", {"k": "1-1"}),
        ("k: ${V}${V}", "1", {"k": 11}),
        ("k: ${q:='}${V}${q:='}", "1", {"k": "1"}),  # The people's trick to quote.
        ("${V}: x", "key", {"key": "x"}),
        ("k: |\n    a: ${V}\n    b", "1", {"k": "a: 1\nb\n"}),
        ("k: |\n    ${V}\n    b", "x: [", {"k": "x: [\nb\n"}),
        ("k: a $V $$V $${V}", "1", {"k": "a $V $V ${V}"}),
        ("k: [1, '${V}', {z: '${V}'}]", "2", {"k": [1, 2, {"z": 2}]}),
    ],
)  # fmt: skip
def test_what_a_value_becomes(text: str, value: str, result: object) -> None:
    """The text after substitution is read as YAML again."""
    assert data_of(text, V=value) == result


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("k: ${V}", "a: b: c", "substitution-yaml"),
        ("k: ${V}", "[unclosed", "substitution-yaml"),
        ("k: ${V}", "'", "substitution-yaml"),
        (
            "k: [a, '${V}']",
            ".inf",
            "substitution-yaml",
        ),  # JSON, which Flux makes of it, has no such number.
        ("k: ${V.x}", "1", "substitution-syntax"),
        ("k: ${V", "1", "substitution-syntax"),
        ("k: ${}", "1", "substitution-syntax"),
        ("k: ${{ V }}", "1", "substitution-syntax"),
        ("k: ${V[@]}", "1", "substitution-syntax"),
        ("k: ${OTHER}", "1", "variable-undefined"),
    ],
)
def test_what_fails(text: str, value: str, kind: str) -> None:
    """Flux rejects the whole layer."""
    with pytest.raises(SubstitutionError) as caught:
        data_of(text, V=value)
    assert caught.value.kind == kind


def apps(
    root: Path, text: str, spec: str, settings: Settings | None = None
) -> tuple[Layer, Platform]:
    """A layer with one file and this `postBuild`."""
    files = {**ROOT, "clusters/a/apps.yaml": flux("apps", "./apps", spec), "apps/map.yaml": text}
    platform = scanned(root, files, settings)
    return layer(platform, "apps"), platform


def values(root: Path) -> dict[str, object]:
    """`data` of the ConfigMaps that the layer of `apps` applies, by name."""
    objects = analyse(root).built["a/flux-system/apps"].objects
    return {
        plain_value(item.data)["metadata"]["name"]: plain_value(item.data).get("data")
        for item in objects
    }


def test_without_post_build_nothing_happens(tmp_path: Path) -> None:
    """`${X}` is plain text then, whatever it is."""
    found, platform = apps(tmp_path, config_map("x", v='"${A.b}"'), "")
    assert found.status is LayerStatus.RENDERED
    assert values(tmp_path) == {"x": {"v": "${A.b}"}}
    assert platform.variables == ()


def test_without_any_variable_defaults_stay(tmp_path: Path) -> None:
    """`postBuild` without a variable substitutes nothing, unless the strategy says Always."""
    text = config_map("x", v='"${A:=d}"')
    apps(tmp_path / "with", text, "postBuild: {substitute: {}}")
    assert values(tmp_path / "with") == {"x": {"v": "${A:=d}"}}
    apps(tmp_path / "always", text, "postBuild: {substituteStrategy: Always}")
    assert values(tmp_path / "always") == {"x": {"v": "d"}}


@pytest.mark.parametrize("where", ["labels", "annotations"])
def test_disabled_objects(tmp_path: Path, where: str) -> None:
    """A label or an annotation keeps an object as it is; the others are substituted."""
    mark = f"{where}: {{kustomize.toolkit.fluxcd.io/substitute: disabled}}"
    text = (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: off, {mark}}}\ndata: {{v: '${{A.b}} "
        f"${{A}}'}}\n"
    )
    found, platform = apps(
        tmp_path, text + config_map("on", v='"${A}"'), "postBuild: {substitute: {A: a}}"
    )
    assert found.status is LayerStatus.RENDERED
    assert values(tmp_path) == {"off": {"v": "${A.b} ${A}"}, "on": {"v": "a"}}
    assert [(one.name, one.status.value) for one in platform.variables] == [("A", "inline")]


def test_an_invalid_name_fails_the_layer(tmp_path: Path) -> None:
    """One key that is not a variable name, though nothing uses it (`varsubRegex`)."""
    found, platform = apps(
        tmp_path, config_map("x", v='"${A}"'), "postBuild: {substitute: {A: a, not-a-name: b}}"
    )
    assert found.status is LayerStatus.FAILED
    assert found.reason is not None and "`not-a-name`" in found.reason
    assert [finding.code for finding in platform.findings if finding.layer == found.id] == [
        "variable-name"
    ]


def test_syntax_errors_fail_the_layer_and_leave_the_rest(tmp_path: Path) -> None:
    """The object that cannot be read stays as it is, its place is named; others are what they would
    be."""
    text = config_map("bad", v="x", script='"echo ${A[@]}"') + config_map("good-${A}", v="x")
    found, platform = apps(tmp_path, text, "postBuild: {substitute: {A: a}}")
    assert found.status is LayerStatus.FAILED
    assert [item.name for item in found.resources] == ["bad", "good-a"]
    (finding,) = [one for one in platform.findings if one.code == "substitution-syntax"]
    assert (finding.file, finding.line) == ("apps/map.yaml", 7)


def test_line_breaks_are_taken_out_of_values(tmp_path: Path) -> None:
    """Flux removes every newline from every value."""
    found, _ = apps(
        tmp_path, config_map("x-${A}", v="x"), 'postBuild: {substitute: {A: "a\\nb\\n"}}'
    )
    assert [item.name for item in found.resources] == ["x-ab"]


def test_a_parent_changes_its_children(tmp_path: Path) -> None:
    """Variables of the parent count in a child's path and version, and are not inherited by its
    objects."""
    files = {
        "clusters/a/flux-system/gotk-sync.yaml": flux(
            "flux-system", "./clusters/a", "postBuild: {substitute: {ENV: prod}}"
        ),
        "clusters/a/apps.yaml": flux("apps", "./apps/${ENV}"),
        "apps/prod/map.yaml": config_map("x", v='"${ENV}"'),
    }
    platform = scanned(tmp_path, files)
    assert layer(platform, "apps").path == "./apps/prod"
    assert values(tmp_path) == {"x": {"v": "${ENV}"}}


def test_a_path_with_an_unknown_variable(tmp_path: Path) -> None:
    """Where the value of a variable in a path is not in the repository, the child is partial, by
    name."""
    files = {
        "clusters/a/flux-system/gotk-sync.yaml": flux(
            "flux-system",
            "./clusters/a",
            "postBuild: {substituteFrom: [{kind: Secret, name: facts}]}",
        ),
        "clusters/a/apps.yaml": flux("apps", "./apps/${ENV}"),
        "apps/prod/map.yaml": config_map("x"),
    }
    found = layer(scanned(tmp_path, files), "apps")
    assert found.status is LayerStatus.PARTIAL
    assert found.reason is not None and "${ENV}" in found.reason


def test_a_path_with_a_variable_that_nothing_substitutes(tmp_path: Path) -> None:
    """Where the parent has no variables at all the path is literal, and there is no such
    directory."""
    files = {
        **ROOT,
        "clusters/a/apps.yaml": flux("apps", "./apps/${ENV:=prod}"),
        "apps/prod/map.yaml": config_map("x"),
    }
    platform = scanned(tmp_path, files)
    found = layer(platform, "apps")
    assert found.status is LayerStatus.FAILED
    (finding,) = [one for one in platform.findings if one.code == "path-not-found"]
    assert "nothing substitutes" in finding.message


def test_a_path_with_a_variable_below_a_guessed_root(tmp_path: Path) -> None:
    """What applies a guessed root is not in Git and may well substitute: the path is not known,
    rather than wrong."""
    files = {
        "clusters/a/apps.yaml": flux("apps", "./apps/${ENV}"),
        "apps/prod/map.yaml": config_map("x"),
    }
    assert layer(scanned(tmp_path, files), "apps").status is LayerStatus.PARTIAL


def test_a_generator_s_file_is_named(tmp_path: Path) -> None:
    """A dashboard that a generator takes in is substituted too; the finding is at its line, once
    for each file."""
    files = {
        **ROOT,
        "clusters/a/apps.yaml": flux("apps", "./apps", "postBuild: {substitute: {A: a}}"),
        "apps/kustomization.yaml": "kind: Kustomization\nconfigMapGenerator:\n- {name: d, files: [d.json]}\n",
        "apps/d.json": '{\n  "a": "${DS_A}",\n  "b": "${DS_A}",\n  "c": "${DS_B}"\n}\n',
    }
    platform = scanned(write(tmp_path, {}), files)
    found = [one for one in platform.findings if one.code == "variable-undefined"]
    assert [(one.file, one.line) for one in found] == [("apps/d.json", 2), ("apps/d.json", 4)]


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("yes", "true"),
        ("0644", "420"),
        ("1e3", "1000"),
        ("1_0", "10"),
        ("port", "port"),
        ("'no'", "no"),
        ("2020-01-01", "2020-01-01"),
    ],
)
def test_a_variable_as_a_key(value: str, key: str) -> None:
    """A key is typed again once it is substituted, and becomes a text as JSON has it."""
    data = parse("spec:\n  ${K}: 1\n  other: ${K}\n", "x.yaml").documents[0].root
    assert set(substitute_object(data, {"K": value})["spec"]) == {"other", key}


def test_a_variable_that_makes_a_key_null() -> None:
    """Flux refuses the object."""
    data = parse("spec:\n  ${K}: 1\n", "x.yaml").documents[0].root
    with pytest.raises(SubstitutionError, match="a key that is null"):
        substitute_object(data, {"K": "null"})
