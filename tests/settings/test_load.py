"""Settings from `.gitops-docs.yaml` and mkdocs.yml: which one wins, and what is said of a
mistake."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gitops_docs.settings.load import ConfigurationError, has_plugin, load_settings
from gitops_docs.settings.options import ClusterSetting, VariableSetting
from tests.support.commands import gitops_docs

Repository = Callable[[Mapping[str, str]], Path]


def test_precedence_key_by_key(repository: Repository) -> None:
    """The file at the scan root beats the one beside mkdocs.yml, that beats the plugin block, that
    beats the default."""
    root = repository(
        {
            "mkdocs.yml": "plugins:\n- gitops:\n    repository: k8s\n    directory: block\n    runbooks: block\n    baseline: block\n",
            ".gitops-docs.yaml": "directory: beside\nrunbooks: beside\n",
            "k8s/.gitops-docs.yaml": "directory: root\n",
        }
    )
    settings, sentences = load_settings(root)
    assert (settings.directory, settings.runbooks, settings.baseline, settings.mermaid) == (
        "root", "beside", "block", "theme",
    )  # fmt: skip
    assert settings.repository == "k8s" and sentences == []


def test_site_and_commands_agree(repository: Repository) -> None:
    """MkDocs with the plugin, `gitops-docs build` and `gitops-docs inventory` work with the same
    settings."""
    root = repository(
        {
            "mkdocs.yml": "site_name: x\nplugins: [{gitops: {directory: block, levels: {orphan: off}}}]\n",
            ".gitops-docs.yaml": "directory: k8s\n",
            "docs/index.md": "# x\n",
            "stray/thing.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: stray}\n",
        }
    )
    assert load_settings(root)[0].levels == {"orphan": "off"}
    gitops_docs("build", str(root), "--site-dir", str(root.parent / "site"))
    assert (root.parent / "site" / "k8s" / "index.html").is_file()
    published = json.loads((root.parent / "site" / "gitops" / "inventory.json").read_text())
    assert published == json.loads(gitops_docs("inventory", str(root)).stdout)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("directry: x\n", "unknown setting `directry`; did you mean `directory`?"),
        ("something: x\n", "unknown setting `something`"),
    ],
)
def test_unknown_keys_are_named(repository: Repository, text: str, said: str) -> None:
    """A key that is not a setting is named with the nearest one, and the rest counts."""
    settings, sentences = load_settings(
        repository({".gitops-docs.yaml": f"{text}runbooks: kept\n"})
    )
    assert sentences == [f".gitops-docs.yaml: {said}"]
    assert settings.runbooks == "kept"


def test_unknown_option_in_mkdocs_yml(repository: Repository) -> None:
    """MkDocs' own warning about an unknown option names the nearest one too."""
    root = repository(
        {
            "mkdocs.yml": "site_name: x\nplugins: [{gitops: {directry: x}}]\n",
            "docs/index.md": "# x\n",
        }
    )
    said = gitops_docs("build", str(root), "--site-dir", str(root.parent / "site"))
    assert "unknown option `directry`; did you mean `directory`?" in said.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("directory: [a]\n", ":1: `directory` must be a text, not a list"),
        ("a: 1\nnav: maybe\n", ":2: `nav` must be true or false, not a text"),
        ("variables: domain\n", ":1: `variables` must be a list, not a text"),
        ("variables: [[a]]\n", "must be a list of names, or of mappings with a `name`, not a list"),
        ("variables: [{value: x}]\n", "every entry needs `name`"),
        ("variables: [{name: x, kind: Pod}]\n", "`kind` must be ConfigMap or Secret, not `Pod`"),
        ("variables: [{name: x, values: {a: b}}]\n", "`values` is of a ConfigMap or Secret"),
        ("variables: [{name: x, kind: Secret, value: y}]\n", "`value` is of a variable"),
        ("variables: [{name: x, valeu: y}]\n", "unknown key `valeu`; did you mean `value`?"),
        ("variables: {a: [b]}\n", "`a` must be a text, not a list"),
        (
            "levels: {orphan: loud}\n",
            ":1: `levels`: `orphan` must be error, warning, info or off, not `loud`",
        ),
        ("levels: [orphan]\n", ":1: `levels` must be a mapping of names to texts, not a list"),
        ("clusters: [{name: a}]\n", ":1: `clusters`: every cluster needs `path`"),
        (
            "clusters: [{name: a, path: b, contxt: c}]\n",
            "unknown key `contxt`; did you mean `context`?",
        ),
        ("clusters: {name: a}\n", ":1: `clusters` must be a list of clusters, not a mapping"),
        ("sources: {a: {b: c}}\n", ":1: `sources`: `a` must be a text, not a mapping"),
        ("- a\n", ":1: must be a mapping of settings"),
        ("a: [\n", ".gitops-docs.yaml:"),
    ],
)
def test_wrong_shape_is_said_with_its_place(repository: Repository, text: str, said: str) -> None:
    """A value of the wrong type names file, line, key and what it must be; the command ends with
    status 2."""
    root = repository({".gitops-docs.yaml": text})
    with pytest.raises(ConfigurationError) as error:
        load_settings(root)
    assert said in str(error.value)
    assert said in gitops_docs("check", str(root), status=2).stderr


def test_values_as_written(repository: Repository) -> None:
    """A version is not a number, `off` is not a boolean, clusters have their contexts."""
    text = (
        "flux_version: 2.10\nnav: no\nlevels: {orphan: off}\nvariables: [domain]\n"
        "clusters: [{name: prod, path: clusters/prod, context: eks}]\n"
    )
    settings, _ = load_settings(repository({".gitops-docs.yaml": text}))
    assert settings.flux_version == "2.10"
    assert (
        settings.nav is False
        and settings.levels == {"orphan": "off"}
        and settings.variables == (VariableSetting("domain"),)
    )
    assert settings.clusters == (ClusterSetting("prod", "clusters/prod", "eks"),)


def test_mkdocs_yml_is_read_leniently(repository: Repository) -> None:
    """Tags of MkDocs, a mapping of plugins and an inherited file are not obstacle."""
    base = (
        "plugins:\n  search: {}\n  gitops:\n    directory: from-base\nextra: !ENV [X, y]\nf: "
        "!!python/name:a.b\n"
    )
    root = repository({"base.yml": base, "mkdocs.yml": "INHERIT: base.yml\nsite_name: x\n"})
    assert load_settings(root)[0].directory == "from-base"
    assert has_plugin(root / "mkdocs.yml")


def test_env_of_mkdocs_yml_is_resolved(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As MkDocs does: a variable that is set, else the default, with YAML's types."""
    text = (
        "plugins:\n  - gitops:\n      directory: !ENV [UNSET_A, SET_B, pages]\n      nav: !ENV "
        "[UNSET_A, false]\n"
        "      repository_url: !ENV UNSET_A\n      mermaid: !ENV ['UNSET_A', 'theme']\n"
    )
    root = repository({"mkdocs.yml": text})
    assert load_settings(root)[0].directory == "pages"
    monkeypatch.setenv("SET_B", "[from env] x")
    settings, sentences = load_settings(root)
    assert (settings.directory, settings.nav, settings.mermaid) == ("[from env] x", False, "theme")
    assert settings.repository_url is None and sentences == []


def test_paths_of_the_file_are_relative_to_it(repository: Repository) -> None:
    """A Mermaid library named in `.gitops-docs.yaml` is looked for beside that file, wherever
    mkdocs.yml stands."""
    root = repository(
        {
            "k8s/.gitops-docs.yaml": "mermaid: lib.js\n",
            "mkdocs.yml": "plugins: [{gitops: {repository: k8s}}]",
        }
    )
    assert load_settings(root)[0].mermaid == str((root / "k8s" / "lib.js").resolve())


def test_repository_in_the_scanned_directory_is_no_setting(repository: Repository) -> None:
    """A scan root that sends the reader elsewhere is told so."""
    root = repository(
        {"k8s/.gitops-docs.yaml": "repository: other\n", ".gitops-docs.yaml": "repository: k8s\n"}
    )
    settings, sentences = load_settings(root)
    assert (
        settings.repository == "k8s"
        and len(sentences) == 1
        and "has no effect here" in sentences[0]
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[domain]", (VariableSetting("domain"),)),
        ("{domain: example.org, port: 80, on: true, token: }", (
            VariableSetting("domain", "example.org"), VariableSetting("port", "80"), VariableSetting("on", "true"),
            VariableSetting("token"),
        )),
        ("[{name: domain, value: example.org, cluster: east}]", (VariableSetting("domain", "example.org", cluster="east"),)),
        ("[{kind: ConfigMap, name: settings, namespace: apps, values: {a: 1, b: x}}]", (
            VariableSetting("settings", None, "ConfigMap", "apps", (("a", "1"), ("b", "x"))),
        )),
    ],
)  # fmt: skip
def test_what_is_told_of_variables(
    tmp_path: Path, written: str, expected: tuple[VariableSetting, ...]
) -> None:
    """A name, a name with a value, or an object with values, each for all clusters or one."""
    (tmp_path / ".gitops-docs.yaml").write_text(f"variables: {written}\n", encoding="utf-8")
    settings, sentences = load_settings(tmp_path)
    assert settings.variables == expected and not sentences
