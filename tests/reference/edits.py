"""A site beside its repository, and edits of all kinds in a random order: what a live server must
follow.

In: a directory and a seed. Out: a repository with hand-written pages and a checkout of another
source, and `Edits`, which change both.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import yaml
from jinja2 import Environment, FileSystemBytecodeCache
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort
from mkdocs.theme import Theme

from bench.repository import Size, write
from mkdocs_gitops.serving.build_state import BuildState
from tests.support import PROJECT

OTHER = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: team, namespace: flux-system}
spec: {interval: 1m, url: "https://git.example.org/team.git", ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: team, namespace: flux-system}
spec: {interval: 10m, path: ./deploy, prune: true, sourceRef: {kind: GitRepository, name: team}}
"""
OBJECT = (
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: apps}}\ndata: {{key: "
    "{value}}}\n"
)
SETTINGS: list[dict[str, object]] = [
    {"directory": "facts"},
    {"variables": ["ADDED"]},
    {"levels": {"orphan": "off"}},
    {"repository_url": "https://git.example.org/other"},
    {"contexts": {"mycluster-0": "kind-other", "cluster-00": "kind-other"}},
    {"nav": False},
    {"runbooks": "concepts"},
    {},
]


def example(root: Path) -> Path:
    """The example platform with pages of the project that join and embed its facts; the directory
    of its mkdocs.yml."""
    site = root / "site"
    shutil.copytree(PROJECT / "examples/platform", site / "manifests")
    for name in ("runbooks", "concepts"):
        shutil.copytree(PROJECT / "docs" / name, site / "docs" / name)
    shutil.copy(PROJECT / "docs/guide/embedding.md", site / "docs/embedding.md")
    (site / "docs/index.md").write_text("# Home\n\n[Order](platform/index.md)\n")
    (site / "manifests/clusters/mycluster-0/team.yaml").write_text(OTHER)
    return _finished(root, site)


TWO = Size(clusters=2, layers=4, releases=8, variables=6, runbooks=3)


def generated(root: Path, size: Size = TWO) -> Path:
    """A generated repository with pages of its own; the directory of its mkdocs.yml."""
    site = root / "site"
    write(site / "manifests", size)
    shutil.move(site / "manifests/docs", site / "docs")
    fence = (
        "```gitops-layer\nlayer: "
        "layer-001\n```\n\n```gitops-components\n```\n\n```gitops-findings\n```\n"
    )
    (site / "docs/facts.md").write_text(f"# Facts\n\n{fence}")
    cluster = site / "manifests/clusters/cluster-00"
    (cluster / "team.yaml").write_text(OTHER)
    listed = cluster / "kustomization.yaml"
    listed.write_text(f"{listed.read_text()}  - team.yaml\n")
    return _finished(root, site)


def built(
    site: Path, out: Path, memory: BuildState, url: str = "http://localhost/"
) -> dict[str, bytes] | str:
    """What a build makes with what an earlier one has left in the memory; why there is none, where
    a setting cannot be used."""
    config = load_config(str(site / "mkdocs.yml"), site_dir=str(out), site_url=url)
    config.plugins["gitops"].memory = memory
    config.plugins.on_startup(command="serve", dirty=False)
    try:
        with mock.patch.object(Theme, "get_env", _get_env):
            build(config, serve_url=url)
    except Abort as error:
        return str(error)
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file()
    }


_GET_ENV = Theme.get_env
_KEPT = TemporaryDirectory(prefix="compiled-")


def _get_env(theme: Theme) -> Environment:
    """The templates of a theme, those compiled that an earlier build of this process has used."""
    made = _GET_ENV(theme)
    made.bytecode_cache = FileSystemBytecodeCache(_KEPT.name)
    return made


def _finished(root: Path, site: Path) -> Path:
    deploy = root / "team/deploy"
    deploy.mkdir(parents=True)
    (deploy / "kustomization.yaml").write_text("resources: [web.yaml]\n")
    (deploy / "web.yaml").write_text(OBJECT.format(name="team-web", value="1"))
    (site / ".gitignore").write_text(".cache/\n")
    Edits(site, 0).configure({})
    git(site, "init", "-q", "-b", "main")
    commit(site, "First")
    return site


def git(site: Path, *arguments: str) -> None:
    """Run Git in the repository of a site."""
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=site, check=True, capture_output=True)


def commit(site: Path, subject: str) -> None:
    """Commit everything."""
    git(site, "add", "-A")
    git(site, "commit", "-q", "--allow-empty", "-m", subject)


class Edits:
    """Edits of one site; the same seed gives the same ones."""

    def __init__(self, site: Path, seed: int) -> None:
        self.site = site
        self.manifests = site / "manifests"
        self.random = random.Random(seed)
        self.count = 0
        self.broken: list[Path] = []
        self.kinds: list[Callable[[], str]] = [
            self.change_value, self.change_value, self.change_value, self.add_line, self.add_file, self.add_resource, self.remove_file,
            self.rename, self.edit_page, self.edit_page, self.add_page, self.remove_page, self.change_settings, self.edit_other,
            self.add_to_other, self.commit, self.switch, self.ignore, self.remove_directory, self.break_file, self.mend, self.own_settings,
            self.owners,
        ]  # fmt: skip

    def next(self) -> str:
        """Change something; what."""
        self.count += 1
        edit = self.random.choice(self.kinds)
        return f"{self.count}: {edit.__name__} {edit()}"

    def configure(self, options: dict[str, object], name: str = "Site") -> None:
        """Write mkdocs.yml."""
        settings = {
            "site_name": name,
            "theme": {"name": "material", "font": False, "features": ["navigation.indexes"]},
            "plugins": [
                "search",
                {
                    "gitops": {
                        "repository": "manifests",
                        "sources": {"team": "../../team"},
                        **options,
                    }
                },
            ],
            "edit_uri": "edit/main/docs/",
            "repo_url": "https://git.example.org/platform",
        }
        (self.site / "mkdocs.yml").write_text(yaml.safe_dump(settings))

    def _file(self, below: Path | None = None, ending: str = ".yaml") -> Path:
        found = sorted((below or self.manifests).rglob(f"*{ending}"))
        if not found:
            # So many were removed that there is nothing to edit.
            git(self.site, "checkout", "-q", "main", "--", ".")
            found = sorted((below or self.manifests).rglob(f"*{ending}"))
        return self.random.choice(found)

    def change_value(self) -> str:
        """Another number, or another word behind a colon."""
        for _ in range(20):
            path = self._file()
            text = path.read_text()
            found = list(re.finditer(r"(?<=: )(?:\d+|[a-z][a-z-]+)$", text, re.M))
            if found:
                match = self.random.choice(found)
                other = (
                    str(self.count)
                    if match[0].isdigit()
                    else self.random.choice([f"other-{self.count}", "true", "''"])
                )
                path.write_text(text[: match.start()] + other + text[match.end() :])
                return f"{path.relative_to(self.site)} {match[0]} -> {other}"
        return "nothing"

    def add_line(self) -> str:
        path = self._file()
        path.write_text(f"# Line {self.count}, which moves the others.\n{path.read_text()}")
        return str(path.relative_to(self.site))

    def add_file(self) -> str:
        path = self._file().parent / f"added-{self.count}.yaml"
        path.write_text(OBJECT.format(name=f"added-{self.count}", value=self.count))
        return str(path.relative_to(self.site))

    def add_resource(self) -> str:
        path = self._file(ending="kustomization.yaml")
        (path.parent / f"listed-{self.count}.yaml").write_text(
            OBJECT.format(name=f"listed-{self.count}", value="x")
        )
        data = yaml.safe_load(path.read_text())
        if isinstance(data, dict) and isinstance(data.get("resources"), list):
            data["resources"].append(f"listed-{self.count}.yaml")
            path.write_text(yaml.safe_dump(data))
        return str(path.relative_to(self.site))

    def remove_file(self) -> str:
        path = self._file()
        path.unlink()
        return str(path.relative_to(self.site))

    def rename(self) -> str:
        path = self._file(self.manifests / "clusters")
        text = path.read_text()
        path.write_text(
            re.sub(r"(\bname: )([a-z0-9-]+)", rf"\g<1>\g<2>-{self.count}", text, count=1)
        )
        return str(path.relative_to(self.site))

    def edit_page(self) -> str:
        path = self._file(self.site / "docs", ".md")
        text = path.read_text()
        if text.startswith("---\n") and self.random.random() < 0.5:
            path.write_text(text.replace("---\n", f"---\nowner: team-{self.count}\n", 1))
        else:
            path.write_text(
                f"{text}\n## Added {self.count}\n\nSee [it](added.md) and "
                f"`manifests/apps/none-{self.count}.yaml`.\n"
            )
        return str(path.relative_to(self.site))

    def add_page(self) -> str:
        path = self.site / "docs/runbooks" / f"added-{self.count}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f"---\nalerts: [App{self.count % 8:04d}Down, FluxReconciliationFailure]\n---\n# Added "
            f"{self.count}\n\nDo this.\n"
        )
        return str(path.relative_to(self.site))

    def remove_page(self) -> str:
        path = self._file(self.site / "docs", ".md")
        if path.name != "index.md":
            path.unlink()
        return str(path.relative_to(self.site))

    def change_settings(self) -> str:
        options = self.random.choice(SETTINGS)
        self.configure(options, self.random.choice(["Site", f"Site {self.count}"]))
        return str(options)

    def own_settings(self) -> str:
        path = self.manifests / ".gitops-docs.yaml"
        path.write_text(
            self.random.choice(
                ["levels: {layer-partial: info}\n", "baseline: known.json\n", "{}\n", "a: [\n"]
            )
        )
        return path.read_text().strip()

    def owners(self) -> str:
        (self.manifests / "CODEOWNERS").write_text(f"* @team-{self.count}\n")
        return ""

    def edit_other(self) -> str:
        path = self.site.parent / "team/deploy/web.yaml"
        path.write_text(OBJECT.format(name=f"team-{self.count}", value=self.count))
        return ""

    def add_to_other(self) -> str:
        deploy = self.site.parent / "team/deploy"
        (deploy / f"more-{self.count}.yaml").write_text(
            OBJECT.format(name=f"more-{self.count}", value="x")
        )
        names = sorted(
            path.name for path in deploy.glob("*.yaml") if path.name != "kustomization.yaml"
        )
        (deploy / "kustomization.yaml").write_text(yaml.safe_dump({"resources": names}))
        return ""

    def commit(self) -> str:
        commit(self.site, f"Change {self.count}")
        return ""

    def switch(self) -> str:
        """Another branch, or back; what was changed is committed where it was."""
        commit(self.site, f"Before {self.count}")
        branches = subprocess.run(
            ["git", "branch", "--format=%(refname:short)"],
            cwd=self.site,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        if self.random.random() < 0.4:
            branches = [f"branch-{self.count}"]
            start = subprocess.run(
                ["git", "rev-list", "HEAD"],
                cwd=self.site,
                check=True,
                capture_output=True,
                text=True,
            )
            git(self.site, "branch", branches[0], self.random.choice(start.stdout.split()))
        name = self.random.choice(branches)
        git(self.site, "checkout", "-q", name)
        return name

    def ignore(self) -> str:
        path = self.manifests / ".sourceignore"
        text = self.random.choice(["/apps/\n", "*.md\n!/clusters/\n", "", None])
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text(text)
        return repr(text)

    def remove_directory(self) -> str:
        path = self._file().parent
        shutil.rmtree(path)
        return str(path.relative_to(self.site))

    def break_file(self) -> str:
        path = self._file()
        self.broken.append(path)
        path.write_text(
            self.random.choice(["a: [\n", "\tb", "a: {{ .b }}\n", "", "kind: &a [*a]\n"])
        )
        return str(path.relative_to(self.site))

    def mend(self) -> str:
        """The files of the last commit again: what was broken, and what was removed."""
        git(self.site, "checkout", "-q", "HEAD", "--", ".")
        return ""
