"""After any edit, what a live server has built is what a build from nothing gives, byte for
byte."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bench.repository import Size
from mkdocs_gitops.serving.build_state import BuildState
from tests.reference.edits import OBJECT, Edits, built, commit, example, generated, git

pytestmark = pytest.mark.slow

LAYER = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: other, namespace: flux-system}
spec: {interval: 10m, path: ./other, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""
COUNT = int(os.environ.get("GITOPS_DOCS_EDITS", "12"))
SEEDS = [int(seed) for seed in os.environ.get("GITOPS_DOCS_SEEDS", "1").split(",")]
"""How many edits a long run has, and which long runs there are."""


@pytest.mark.parametrize(
    ("make", "seed", "count"),
    [
        pytest.param(generated, 1, 3, id="short"),
        *(
            pytest.param(
                make, seed, COUNT, marks=pytest.mark.long, id=f"{make.__name__}-{seed}-{COUNT}"
            )
            for make in (example, generated)
            for seed in SEEDS
        ),
    ],
)
def test_any_edit(tmp_path: Path, make: Callable[[Path], Path], seed: int, count: int) -> None:
    """Random edits one after the other."""
    site = make(tmp_path)
    edits, memory, told = Edits(site, seed), BuildState(), ["0: nothing"]
    for _ in range(count + 1):
        live, cold = (
            built(site, tmp_path / "live", memory),
            built(site, tmp_path / "cold", BuildState()),
        )
        if isinstance(live, str) or isinstance(cold, str):
            assert live == cold, told[-6:]
        else:
            assert live.keys() == cold.keys(), told[-6:]
            differing = [name for name, content in cold.items() if live[name] != content]
            assert differing == [], told[-6:]
        told.append(edits.next())


def _write(name: str, text: str) -> Callable[[Path], None]:
    def change(site: Path) -> None:
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)

    return change


def _options(**options: object) -> Callable[[Path], None]:
    return lambda site: Edits(site, 0).configure(dict(options))


OTHER = "manifests/clusters/cluster-00/other.yaml"
DEPENDENCIES: dict[str, Callable[[Path], None]] = {
    "a file that was read": _write(OTHER, LAYER.replace("10m", "11m")),
    "a file that was listed and "
    "missing": _write("manifests/other/missing.yaml", OBJECT.format(name="found", value="1")),
    "a directory of a source that was "
    "missing": _write("../elsewhere/web.yaml", OBJECT.format(name="found", value="1")),
    "what packs the artifact": _write("manifests/.sourceignore", "/other/\n"),
    "what it packed": _write("manifests/.sourceignore", "\n"),
    "a kustomization where there was "
    "none": _write("manifests/plain/kustomization.yaml", "resources: []\n"),
    "owners": _write("manifests/CODEOWNERS", "* @everybody\n"),
    "settings of the "
    "repository": _write("manifests/.gitops-docs.yaml", "contexts: {cluster-00: there}\n"),
    "a baseline that was "
    "missing": _write("manifests/known.json", '{"version": 1, "findings": []}\n'),
    "a "
    "page": _write("docs/runbooks/app-0001.md", "---\nalerts: [App0001Down]\n---\n# Another title\n"),
    "a page that an alert looked "
    "for": _write("docs/runbooks/app-0003.md", "---\nalerts: [App0003Down]\n---\n# New\n"),
    "a "
    "template": _write("overrides/gitops/findings.html", "<h1>Ours</h1>{{ page.anchor('kinds-of-findings') }}"),
    "that "
    "template": _write("overrides/gitops/findings.html", "<h1>Ours again</h1>{{ page.anchor('kinds-of-findings') }}"),
    "an option": _options(variables=["UNKNOWN"], levels={"orphan": "warning"}),
    "the directory of the pages": _options(directory="facts"),
    "the address of the "
    "repository": lambda site: git(site, "remote", "add", "origin", "https://git.example.org/x/y.git"),
    "a commit": lambda site: commit(site, "Another"),
}  # fmt: skip
"""What a site depends on, each changed after the others; the options of the site before name what
is missing."""


def test_each_dependency(tmp_path: Path) -> None:
    """Whatever a site depends on, another one makes it another site, which is the one that a build
    from nothing makes."""
    site = generated(tmp_path, Size(clusters=1, layers=2, releases=4, variables=2, runbooks=2))
    for name in ("other", "plain", "away"):
        _write(f"manifests/clusters/cluster-00/{name}.yaml", LAYER.replace("other", name))(site)
    _write("manifests/other/kustomization.yaml", "resources: [missing.yaml]\n")(site)
    _write("manifests/plain/web.yaml", OBJECT.format(name="plain", value="1"))(site)
    away = site / "manifests/clusters/cluster-00/away.yaml"
    away.write_text(
        away.read_text().replace("GitRepository, name: flux-system", "GitRepository, name: away")
    )
    listed = site / "manifests/clusters/cluster-00/kustomization.yaml"
    listed.write_text(f"{listed.read_text()}  - other.yaml\n  - plain.yaml\n  - away.yaml\n")
    settings = site / "mkdocs.yml"
    memory, before = BuildState(), None
    for name, change in {"nothing": lambda site: None, **DEPENDENCIES}.items():
        change(site)
        given = yaml.safe_load(settings.read_text())
        given["theme"]["custom_dir"] = "overrides"
        given.pop("repo_url", None)
        given.pop("edit_uri", None)
        given["plugins"][1]["gitops"] |= {
            "baseline": "known.json",
            "sources": {"team": "../../team", "away": "../../elsewhere"},
        }
        settings.write_text(yaml.safe_dump(given))
        (site / "overrides").mkdir(exist_ok=True)
        live, cold = (
            built(site, tmp_path / "live", memory),
            built(site, tmp_path / "cold", BuildState()),
        )
        assert live == cold, name
        assert live != before, name
        before = live
