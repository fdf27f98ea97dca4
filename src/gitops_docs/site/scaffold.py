"""Run `gitops-docs init`: write what a repository needs to have a site of its own.

In: a repository. Out: mkdocs.yml, a first page, a workflow that publishes, and templates of runbooks
as many as are asked for; what they say of the platform stands in blocks that each build fills in. A
file that is there is never written anew; `.gitignore` gets the lines that it lacks.
"""

from __future__ import annotations

import json
import os
import posixpath
import shlex
from importlib import metadata
from pathlib import Path
from typing import Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gitops_docs.files.writer import Directory, Refused
from gitops_docs.index.addresses import segment
from gitops_docs.index.graph import Graph
from gitops_docs.model import Alert, Platform
from gitops_docs.pages import Options, render
from gitops_docs.pages.alerts import starter
from gitops_docs.repository import git
from gitops_docs.settings.load import has_plugin, site_file
from gitops_docs.settings.options import Settings
from gitops_docs.text import escape, patterns
from gitops_docs.text.addresses import split
from gitops_docs.text.english import count

STARTER = Path(__file__).parent / "starter"
_MOST = 1 << 20
"""Largest `.gitignore` that is read, in bytes."""
_IGNORED = ("/site/", "/public/", "/.cache/")
"""What a build of the documentation writes."""


class Say(Protocol):
    """Prints a sentence, an error where `err` is set."""

    def __call__(self, text: object, /, *, err: bool = False) -> None: ...


class Starter:
    """Collects the files to write, and says what became of each."""

    def __init__(self, repo: Path, platform: Platform, settings: Settings, say: Say) -> None:
        self.repo = repo
        self.say = say
        self.platform = platform
        self.settings = settings
        self.files: dict[str, str] = {}
        root = Path(os.path.realpath(repo / (settings.repository or ".")))
        docs = settings.site.docs_dir
        self.docs = _relative(root / docs, repo) if docs is not None else "docs"
        self.runbooks = posixpath.normpath(f"{self.docs}/{settings.runbooks.strip('/')}")
        self.pages = frozenset(
            page.uri for page in render(platform, Options(settings.directory)).pages
        )
        self.environment = Environment(
            loader=FileSystemLoader(STARTER),
            variable_start_string="<<",
            variable_end_string=">>",
            block_start_string="<%",
            block_end_string="%>",
            comment_start_string="<#",
            comment_end_string="#>",
            undefined=StrictUndefined,
            trim_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,  # Markdown and YAML: each value goes through the filter of its place.
        )
        self.environment.filters.update(
            yaml=_yaml,
            plain=escape.plain,
            shell=shlex.quote,
            code=escape.code_element,
            argument=escape.argument,
        )

    def _text(self, template: str, /, **values: object) -> str:
        return self.environment.get_template(template).render(**values)

    def site(self) -> None:
        """mkdocs.yml and the first pages."""
        url = self.platform.repository.url
        name = split(url or "").path.rstrip("/").rpartition("/")[2] or self.repo.name
        overview = f"{self.settings.directory}/index.md"
        self.files["mkdocs.yml"] = self._text(
            "mkdocs.yml",
            site_name=name,
            site_url=_pages_address(url),
            repo_url=url,
            branch=self._branch(),
            docs=self.docs,
            has_pages=any((self.repo / self.docs).rglob("*.md")),
            repository=self.settings.repository,
        )
        runbooks = self.settings.runbooks.strip("/")
        self.files[f"{self.docs}/index.md"] = self._text(
            "index.md", site_name=name, overview=overview, runbooks=runbooks
        )
        coverage = f"{self.settings.directory}/runbooks/index.md"
        up = "../" * len(runbooks.split("/"))
        self.files[f"{self.runbooks}/index.md"] = self._text(
            "runbooks.md",
            coverage=f"{up}{coverage if coverage in self.pages else f'{self.settings.directory}/alerts/index.md'}",
        )

    def _branch(self) -> str:
        """Return the branch that is published: the remote's default, else the current one."""
        found = git.branch(self.repo) or ""
        return found if patterns.fullmatch(r"[A-Za-z0-9._/-]+", found) else "main"

    def templates(self, alerts: int | None, layers: int | None) -> None:
        """Templates of runbooks where pages propose them: for alerts without one, critical ones
        first, and for the layers that most others wait for.

        Args:
            alerts: How many of them; None for all.
            layers: The same.
        """
        missing: dict[str, Alert] = {}
        for alert in self.platform.alerts:
            if alert.kind == "rule" and alert.runbook.status in ("missing", "dead"):
                missing.setdefault(alert.name, alert)
        ordered = sorted(missing, key=lambda name: (missing[name].severity != "critical", name))
        for name in ordered[:alerts]:
            text = starter.alert_page(missing[name], self.platform, kind="template")
            self.files[f"{self.runbooks}/{starter.file_name(name)}"] = text
        graph = Graph.of(self.platform.layers)
        weight: dict[tuple[str, str], int] = {}
        for layer in self.platform.layers:
            if not layer.synthetic and graph.required_by[layer.id]:
                key = (layer.namespace, layer.name)
                weight[key] = max(weight.get(key, 0), len(graph.dependents(layer.id)))
        for namespace, name in sorted(weight, key=lambda key: (-weight[key], key))[:layers]:
            self.files[f"{self.runbooks}/{segment(name).lower()}.md"] = self._layer(namespace, name)

    def _layer(self, namespace: str, name: str) -> str:
        return self._text(
            "layer.md",
            name=name,
            layer=escape.dumps(f"{namespace}/{name}"),
            target=f"kustomization/{namespace}/{name}",
        )

    def workflow(self, ci: str, install: str | None = None) -> None:
        """Write what publishes the site.

        Args:
            ci: `github`, `gitlab` or `auto`.
            install: What the workflow gives pip; by default this release, or the address that
                this version was installed from.
        """
        host = split(self.platform.repository.url or "").hostname or ""
        if ci == "auto":
            ci = "gitlab" if "gitlab" in host else "github"
        name = ".gitlab-ci.yml" if ci == "gitlab" else ".github/workflows/platform-docs.yml"
        top = git.toplevel(self.repo)
        if top is not None and top.resolve() != self.repo:
            self.say(
                f"The workflow belongs to the top of the Git repository, {top}; it is left out "
                f"here."
            )
            return
        requirement = install or _requirement()
        if requirement is None:
            self.say(
                "No workflow: this version has no release that a workflow could install. Name a "
                "requirement for pip, e.g. --install git+https://HOST/OWNER/mkdocs-gitops@COMMIT"
            )
            return
        self.files[name] = self._text(
            f"{ci}.yml", branch=self._branch(), requirement=requirement, root="."
        )

    def write(self, dry_run: bool) -> bool:
        """Write what is not there, complete `.gitignore`, and say so. False where something is left
        out: nothing is written through a link."""
        own = site_file(self.repo)
        written = left_out = 0
        with Directory(self.repo, self.repo) as directory:
            for name in sorted(self.files):
                try:
                    there = directory.look(name) is not None or (
                        name == "mkdocs.yml" and own is not None
                    )
                    if not there and not dry_run:
                        directory.write(name, self.files[name].encode("utf-8", "replace"), new=True)
                except Refused as error:
                    left_out += 1
                    self.say(f"gitops-docs: {error.filename}: {error.strerror}", err=True)
                    continue
                written += not there
                done = "kept" if there else "would write" if dry_run else "wrote"
                self.say(f"  {done:<5}  {name}")
            try:
                written += self._ignore(directory, dry_run)
            except Refused as error:
                left_out += 1
                self.say(f"gitops-docs: {error.filename}: {error.strerror}", err=True)
        if own is not None and not has_plugin(own):
            self.say(
                f"{own.name} does not list the plugin yet; add it:\n\nplugins:\n  - search\n  - "
                f"gitops\n"
            )
        if not dry_run:
            self.say(
                f"{count(written, 'file')} written. Next: gitops-docs serve "
                f"{shlex.quote(str(_shown(self.repo)))}"
            )
        return not left_out

    def _ignore(self, directory: Directory, dry_run: bool) -> bool:
        """Add to `.gitignore` what a build writes. Whether something was missing.

        Raises:
            Refused: It is a link, or larger than can be read.
        """
        content = directory.read(".gitignore", _MOST)
        if content is None and directory.look(".gitignore") is not None:
            raise Refused(Path(".gitignore"), f"not read; add {', '.join(_IGNORED)} to it by hand")
        before = (content or b"").decode("utf-8", "replace")
        known = {line.strip().strip("/") for line in before.splitlines()}
        missing = [line for line in _IGNORED if line.strip("/") not in known]
        if not missing:
            return False
        is_new = content is None
        if not dry_run:
            gap = "" if not before or before.endswith("\n") else "\n"
            added = "\n".join(["# What a build of the documentation writes.", *missing])
            directory.write(".gitignore", (content or b"") + f"{gap}{added}\n".encode())
        done = ("write" if is_new else "add to") if dry_run else ("wrote" if is_new else "added to")
        self.say(f"  {'would ' if dry_run else ''}{done:<5}  .gitignore")
        return True


def _shown(path: Path) -> Path:
    """Return a path as the user would type it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _relative(path: Path, root: Path) -> str:
    """Return a directory from the repository, `docs` where it lies outside."""
    resolved = Path(os.path.realpath(path))
    return (
        resolved.relative_to(root).as_posix()
        if resolved.is_relative_to(root) and resolved != root
        else "docs"
    )


def _yaml(text: str) -> str:
    """Return a text as a YAML scalar: plain where that is safe, else as JSON, which YAML reads."""
    word = patterns.fullmatch(r"[A-Za-z][A-Za-z0-9_./:-]*", text) and not text.endswith(":")
    if word and text.lower() not in ("y", "n", "yes", "no", "on", "off", "true", "false", "null"):
        return text
    return escape.dumps(text)


def _pages_address(url: str | None) -> str | None:
    """Return where GitHub Pages publishes a repository."""
    parts = split(url or "")
    owner, _, name = parts.path.strip("/").partition("/")
    if parts.hostname != "github.com" or not name:
        return None
    return f"https://{owner.lower()}.github.io/{'' if name.lower() == f'{owner.lower()}.github.io' else f'{name}/'}"


def _requirement() -> str | None:
    """Return what the workflow installs: this release and its fixes, or the commit of a Git address
    that this version was installed from. None where it was installed from a directory of this
    machine.

    pip notes the address (https://packaging.python.org/specifications/direct-url/).
    """
    distribution = metadata.distribution("mkdocs-gitops")
    noted = distribution.read_text("direct_url.json")
    if noted is not None:
        try:
            origin = json.loads(noted)
            url, source = str(origin["url"]), origin.get("vcs_info") or {}
            commit = str(source.get("commit_id", ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        if not patterns.fullmatch(r"https://[^@\s]+", url) or not commit:
            return None
        return f"mkdocs-gitops @ git+{url}@{commit}"
    version = distribution.version
    released = patterns.fullmatch(r"[1-9]\d*\.\d+\.\d+|0\.[1-9]\d*\.\d+", version)
    return f"mkdocs-gitops~={version}" if released else None
