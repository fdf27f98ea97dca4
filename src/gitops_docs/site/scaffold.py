"""The command `gitops-docs init`: what a repository needs to have a site of its own.

In: a repository. Out: mkdocs.yml, a first page, a runbook template for each alert that has no
runbook and for the layers that most others wait for, and a workflow that publishes. A file that is
there is never written, and a template that was offered once is not offered again: to delete one is
to decline it.
"""

from __future__ import annotations

import json
import os
import posixpath
import shlex
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gitops_docs.files.writer import Directory, Refused
from gitops_docs.index.addresses import segment
from gitops_docs.index.graph import Graph
from gitops_docs.model import Alert, Layer, Platform
from gitops_docs.pages import Options, render
from gitops_docs.repository import git
from gitops_docs.settings.load import has_plugin, site_file
from gitops_docs.settings.options import Settings
from gitops_docs.text import escape, patterns
from gitops_docs.text.english import count, listing
from gitops_docs.text.escape import shorten

STARTER = Path(__file__).parent / "starter"
OFFERED = ".offered.json"
"""In the runbooks' directory: the templates that were offered, by name."""
_MOST = 16 << 20
"""Largest list of these that is read, in bytes."""


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
        self.offers: dict[str, str] = {}
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

    def _text(self, template: str, /, **values: Any) -> str:
        return self.environment.get_template(template).render(**values)

    def site(self) -> None:
        """mkdocs.yml and the first pages."""
        url = self.platform.repository.url
        name = urlsplit(url or "").path.rstrip("/").rpartition("/")[2] or self.repo.name
        self.files[".gitignore"] = (
            "# What a build of the documentation writes.\n/site/\n/public/\n/.cache/\n"
        )
        overview = f"{self.settings.directory}/index.md"
        self.files["mkdocs.yml"] = self._text(
            "mkdocs.yml",
            site_name=name,
            site_url=_pages_address(url),
            repo_url=url,
            branch=self._branch(),
            docs=self.docs,
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
        """The branch that is published: the remote's default, else the current one."""
        found = git.branch(self.repo) or ""
        return found if patterns.fullmatch(r"[A-Za-z0-9._/-]+", found) else "main"

    def templates(self, layers: int) -> None:
        """A template for each alert without a runbook, and for the layers that most others wait
        for."""
        alerts: dict[str, Alert] = {}
        for alert in self.platform.alerts:
            if alert.kind == "rule" and alert.runbook.status in ("missing", "dead"):
                alerts.setdefault(alert.name, alert)
        for name in sorted(alerts):
            self._offer(f"alerts/{segment(name).lower()}.md", self._alert(alerts[name]))
        graph = Graph.of(self.platform.layers)
        twins: dict[tuple[str, str], list[Layer]] = {}
        for layer in self.platform.layers:
            if not layer.synthetic and graph.required_by[layer.id]:
                twins.setdefault((layer.namespace, layer.name), []).append(layer)
        weight = {
            key: max(len(graph.dependents(layer.id)) for layer in group)
            for key, group in twins.items()
        }
        for key in sorted(twins, key=lambda key: (-weight[key], key))[:layers]:
            self._offer(f"layers/{segment(key[1])}.md", self._layer(twins[key], graph))

    def _offer(self, name: str, text: str) -> None:
        if name not in self.offered or os.path.lexists(self.repo / self.runbooks / name):
            self.offers[name] = text

    @cached_property
    def offered(self) -> set[str]:
        """The templates that were offered before."""
        with Directory(self.repo, self.repo) as directory:
            content = directory.read(f"{self.runbooks}/{OFFERED}", _MOST)
        try:
            found = json.loads(content) if content is not None else []
        except (ValueError, RecursionError):
            return set()
        return {str(name) for name in found} if isinstance(found, list) else set()

    def _link(self, uri: str) -> str | None:
        """From a template to a generated page; None where there is no such page."""
        depth = len(self.settings.runbooks.strip("/").split("/")) + 1
        return f"{'../' * depth}{uri}" if uri in self.pages else None

    def _alert(self, alert: Alert) -> str:
        namespace = alert.subject.namespace if alert.subject.certain else None
        return self._text(
            "alert.md",
            name=alert.name,
            severity=alert.severity,
            today=self.platform.repository.date or "2026-01-31",
            link=self._link(f"{self.settings.directory}/alerts/{segment(alert.name).lower()}.md"),
            description=shorten(alert.summary or alert.description or "", 300) or None,
            namespace=namespace if patterns.fullmatch(r"[a-z0-9-]+", namespace or "") else None,
        )

    def _layer(self, twins: list[Layer], graph: Graph) -> str:
        layer = twins[0]
        behind = [identity.rpartition("/")[2] for identity in graph.dependents(layer.id)]
        clusters = (
            f" On the clusters {listing([twin.cluster for twin in twins], 6)}."
            if len(twins) > 1
            else ""
        )
        place = f"{self.settings.directory}/clusters/{segment(layer.cluster)}/layers/{segment(layer.namespace)}/{segment(layer.name)}.md"
        return self._text(
            "layer.md",
            name=layer.name,
            namespace=layer.namespace,
            target=f"kustomization/{layer.namespace}/{layer.name}",
            today=self.platform.repository.date or "2026-01-31",
            link=self._link(place),
            waits=f"{count(len(behind), 'layer')} {'waits' if len(behind) == 1 else 'wait'} for it when this was written: "
            f"{listing([escape.code_element(name) for name in behind], 8)}.{escape.plain(clusters)}",
        )

    def workflow(self, ci: str) -> None:
        """What publishes the site."""
        host = urlsplit(self.platform.repository.url or "").hostname or ""
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
        self.files[name] = self._text(
            f"{ci}.yml", branch=self._branch(), requirement=_requirement(), root="."
        )

    def write(self, dry_run: bool) -> bool:
        """Write what is not there, and say so. False where something is left out: nothing is
        written through a link."""
        own = site_file(self.repo)
        everything = {
            **self.files,
            **{f"{self.runbooks}/{name}": text for name, text in self.offers.items()},
        }
        written = left_out = 0
        with Directory(self.repo, self.repo) as directory:
            for name in sorted(everything):
                try:
                    there = directory.look(name) is not None or (
                        name == "mkdocs.yml" and own is not None
                    )
                    if not there and not dry_run:
                        directory.write(name, everything[name].encode("utf-8", "replace"), new=True)
                except Refused as error:
                    left_out += 1
                    self.say(f"gitops-docs: {error.filename}: {error.strerror}", err=True)
                    continue
                if not there:
                    written += 1
                    self.say(f"  {'would write' if dry_run else 'wrote'}  {name}")
                elif name in self.files:
                    self.say(f"  kept   {name}")
            if dry_run:
                return not left_out
            if self.offers and not left_out:
                record = sorted(self.offered | set(self.offers))
                content = f"{json.dumps(record, indent=0)}\n".encode()
                try:
                    if directory.read(f"{self.runbooks}/{OFFERED}", len(content)) != content:
                        directory.write(f"{self.runbooks}/{OFFERED}", content)
                except Refused as error:
                    left_out += 1
                    self.say(f"gitops-docs: {error.filename}: {error.strerror}", err=True)
        if own is not None and not has_plugin(own):
            self.say(
                f"{own.name} does not list the plugin yet; add it:\n\nplugins:\n  - search\n  - "
                f"gitops\n"
            )
        self.say(
            f"{count(written, 'file')} written. Look at it: gitops-docs serve "
            f"{shlex.quote(str(_shown(self.repo)))}"
        )
        return not left_out


def _shown(path: Path) -> Path:
    """A path as the user would type it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _relative(path: Path, root: Path) -> str:
    """A directory from the repository, `docs` where it lies outside."""
    resolved = Path(os.path.realpath(path))
    return (
        resolved.relative_to(root).as_posix()
        if resolved.is_relative_to(root) and resolved != root
        else "docs"
    )


def _yaml(text: str) -> str:
    """A text as a YAML scalar: plain where that is safe, else as JSON, which YAML reads."""
    word = patterns.fullmatch(r"[A-Za-z][A-Za-z0-9_./:-]*", text) and not text.endswith(":")
    if word and text.lower() not in ("y", "n", "yes", "no", "on", "off", "true", "false", "null"):
        return text
    return escape.dumps(text)


def _pages_address(url: str | None) -> str | None:
    """Where GitHub Pages publishes a repository."""
    parts = urlsplit(url or "")
    owner, _, name = parts.path.strip("/").partition("/")
    if parts.hostname != "github.com" or not name:
        return None
    return f"https://{owner.lower()}.github.io/{'' if name.lower() == f'{owner.lower()}.github.io' else f'{name}/'}"


def _requirement() -> str:
    """What the workflow installs: this release and its fixes, or the newest one where this is
    none."""
    version = metadata.version("mkdocs-gitops")
    return (
        f"mkdocs-gitops~={version}"
        if patterns.fullmatch(r"[1-9]\d*\.\d+\.\d+|0\.[1-9]\d*\.\d+", version)
        else "mkdocs-gitops"
    )
