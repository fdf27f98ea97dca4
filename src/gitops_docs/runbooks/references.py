"""Find what pages mention in text and commands, held against the repository: paths, Flux objects,
subcommands of `flux`, links.

In: a `Document`. Out: findings. Examples are not errors: a word with a placeholder is skipped, and
so is a command that makes a file; what does not exist and resembles nothing that does is
information only, unless the page is a runbook.
"""

from __future__ import annotations

import posixpath
import shlex
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from urllib.parse import unquote

from msgspec.structs import replace

from gitops_docs.model import Finding, LayerStatus, Location, Platform, Severity
from gitops_docs.runbooks import rules
from gitops_docs.runbooks.document import Block, Document
from gitops_docs.runbooks.excerpts import LANGUAGES
from gitops_docs.runbooks.links import directories_of
from gitops_docs.settings.options import Settings
from gitops_docs.text import patterns
from gitops_docs.text.english import listed
from gitops_docs.text.memo import memo
from gitops_docs.text.patterns import Pattern

SHELLS = frozenset({"bash", "sh", "shell", "console", "zsh", "shell-session", "terminal", ""})
FLUX_VERSION = "2.9"
FLUX_COMMANDS = frozenset(
    {
        "bootstrap", "build", "check", "completion", "create", "debug", "delete", "diff", "envsubst", "events", "export", "get", "help",
        "install", "list", "logs", "migrate", "plugin", "pull", "push", "reconcile", "resume", "stats", "suspend", "tag", "trace", "tree",
        "uninstall", "version",
    }
)  # fmt: skip
"""Subcommands of the flux command 2.9 (`flux --help`)."""
FLUX_PLUGINS = frozenset({"operator", "mirror", "schema", "mcp", "aio"})
"""Known plugins, which add subcommands (`flux plugin`)."""
_INSTEAD = {
    "apply": "flux reconcile",
    "describe": "flux get, flux events or kubectl describe",
    "edit": "a commit",
    "restart": "flux reconcile --force",
    "rollback": "git revert",
    "show": "flux get",
    "status": "flux get",
    "sync": "flux reconcile",
}

_SEGMENT = r"[\w.@+-]+"
_PATH = Pattern(rf"(?:\./)?({_SEGMENT}(?:/{_SEGMENT})*/?)\z")
_PATH_COMMENT = Pattern(
    r"\s*#+\s*`?((?:\./)?[\pL\pN_.@-]+(?:/[\pL\pN_.@-]+)+\.ya?ml)`?\s*(\(.*\))?\s*\z"
)
_NO_FILE = Pattern(r"\.(?:com|io|org|net|dev|svc|local|sh/v\d)(?:/|\z)|\Av?\d+(?:\.\d+)*(?:/|\z)")
_MAKES = Pattern(
    r"(?:^|[|;&]\s*|\$ )\s*(?:sudo\s+)?(?:mkdir|touch|cp|mv|git\s+(?:mv|rm)|rm|tee|ln|install|sops|helm create|cat\s*>)\b"
    r"|>\s*\S|\bcreate\b|--export\b"
)
"""Commands whose arguments need not exist: they make them, or take them away."""
_PLACEHOLDER = Pattern(
    r"[<>{}$*?\[\]]|\.\.\.|…|\b(?:my|your|example|foo|bar|new|some|other)(?:[-_/.]|\b)",
    ignore_case=True,
)
_OF_ANY_REPOSITORY = Pattern(
    r"(?i)\.github/(?:dependabot\.ya?ml|renovate\.json5?|release\.ya?ml|labeler\.ya?ml|funding\.yml)\z"
)
"""Files that most repositories have: a page may speak of those of another one."""
_TREE = Pattern(r"^([│|\s]*)(?:[├└|`]\s?[─-]{1,3}\s?)(.+)\z")
_TREE_NAME = Pattern(rf"({_SEGMENT}/?)(?:\s+(?:#|<-|←|—|–|\().*)?\z")
_KINDS = {
    "kustomization": "Kustomization", "kustomizations": "Kustomization", "ks": "Kustomization",
    "helmrelease": "HelmRelease", "helmreleases": "HelmRelease", "hr": "HelmRelease",
}  # fmt: skip
_VERBS = frozenset(
    {
        "get",
        "reconcile",
        "suspend",
        "resume",
        "tree",
        "trace",
        "debug",
        "export",
        "diff",
        "build",
        "delete",
    }
)


@memo(4)
def _by_basename(files: frozenset[str]) -> Mapping[str, list[str]]:
    """Return files by their last name, for as long as they are the same ones."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted(files):
        found[posixpath.basename(file)].append(file)
    return found


_TEMPLATES = (".j2", ".tmpl", ".gotmpl", ".tpl", ".tftpl", ".template")
"""Endings of files that others are made from."""


class ReferenceChecker:
    """Checks what pages mention against one repository.

    Args:
        platform: The platform with its commits.
        files: The files of the repository, from the scan root.
        published: The files below the directory of the pages, from there. It may lie outside of the
            scan root.
        sources: The pages, by path from the scan root.
        settings: Where the pages are.
    """

    def __init__(
        self,
        platform: Platform,
        files: Collection[str],
        published: Collection[str],
        sources: Mapping[str, Document],
        settings: Settings,
    ) -> None:
        self.platform = platform
        self.published = published
        self.files = frozenset(files)
        self.sources = sources
        self.docs_dir = settings.site.docs_dir
        self.generated = posixpath.normpath(
            posixpath.join(self.docs_dir or "", settings.directory.strip("/"))
        )
        self.directories = directories_of(self.files)
        self.by_basename = _by_basename(self.files)
        self.tops = {directory.partition("/")[0] for directory in self.directories} - {""}
        self.gone = {file for commit in platform.commits for file in commit.gone}
        self.complete = bool(platform.layers) and all(
            layer.status is LayerStatus.RENDERED for layer in platform.layers
        )

    @cached_property
    def objects(self) -> dict[str, dict[str, set[str]]]:
        """Namespaces of Kustomizations and HelmReleases by kind and name."""
        found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for layer in self.platform.layers:
            found["Kustomization"][layer.name].add(layer.namespace)
            for resource in layer.resources:
                if resource.kind in ("Kustomization", "HelmRelease"):
                    found[resource.kind][resource.name].add(resource.namespace or "")
        for release in self.platform.releases:
            found["HelmRelease"][release.name].add(release.namespace)
        return found

    def check(self, document: Document, *, strict: bool) -> list[Finding]:
        """Return findings about a page.

        Args:
            document: The page.
            strict: Whether it is a runbook: then what does not exist is a warning.
        """
        found = [
            *self._paths(document, strict),
            *self._links(document, strict),
            *self._commands(document, strict),
        ]
        alike: dict[tuple[str, str], list[Finding]] = defaultdict(list)
        for finding in found:
            alike[finding.code, finding.message].append(finding)
        return [_first(group) for group in alike.values()]

    # Paths

    def _paths(self, document: Document, strict: bool) -> Iterator[Finding]:
        missing = [
            (path, line)
            for path, line in self._mentioned(document)
            if not self._exists(path, document)
        ]
        directories = {path for path, _ in missing if path.endswith("/")}
        for path, line in missing:
            # Of a directory that is missing, what is below it says nothing new.
            if any(path != other and path.startswith(other) for other in directories):
                continue
            near = self._moved_to(path)
            hint = f"; did you mean `{near}`?" if near else ""
            if path.rstrip("/") in self.gone or any(
                file.startswith(f"{path.rstrip('/')}/") for file in self.gone
            ):
                hint = f"; it was deleted{hint}"
            elif _OF_ANY_REPOSITORY.match(path):
                continue
            severity = Severity.WARNING if strict or hint else Severity.INFO
            yield rules.DocPathMissing.at(
                Location(document.source, line),
                f"the repository has no `{path}`, which this page names{hint}",
                severity=severity,
            )

    def _mentioned(self, document: Document) -> Iterator[tuple[str, int]]:
        """Yield words that are paths of this repository: their first part is one of its top
        directories."""
        for piece in document.codes:
            word = piece.text.strip()
            if self._is_path(word):
                yield word.removeprefix("./"), piece.line
        for block in document.blocks:
            if block.ignored:
                continue
            first = block.lines[0] if block.lines else ""
            if block.language in LANGUAGES:
                comment = _PATH_COMMENT.match(first)
                if (
                    comment
                    and "example" not in (comment[2] or "").lower()
                    and self._is_path(comment[1])
                ):
                    yield comment[1].removeprefix("./"), block.line
            elif any(_TREE.match(line) for line in block.lines):
                yield from self._tree(block)
            elif block.language in SHELLS:
                for number, line in enumerate(block.lines, block.line):
                    yield from ((word, number) for word in self._arguments(line))

    def _is_path(self, word: str) -> bool:
        if "/" not in word or _PLACEHOLDER.search(word) or _NO_FILE.search(word):
            return False
        match = _PATH.match(word)
        if match is None or match[1].partition("/")[0] not in self.tops:
            return False
        last = word.rstrip("/").rpartition("/")[2]
        # `apps/v1` is a version, `security/cert-manager` a namespace and a name: only what looks
        # like a file or says it is a directory.
        return word.endswith("/") or bool(
            patterns.search(r"\.(?:ya?ml|md|json|sh|tf|tpl|py|toml|env)\z", last)
        )

    def _arguments(self, line: str) -> Iterator[str]:
        """Yield paths among the arguments of a command that reads them."""
        command = (
            patterns.sub(r"^\s*[$#>]\s+", "", line) if not line.lstrip().startswith("#") else ""
        )
        if not command or _MAKES.search(command):
            return
        words = command.split(" #")[0].split()
        for before, word in zip(["", *words], words, strict=False):
            if not before.startswith("--") and self._is_path(word.strip("'\"")):
                yield word.strip("'\"").removeprefix("./")

    def _tree(self, block: Block) -> Iterator[tuple[str, int]]:
        """Yield the paths of a drawn directory tree; nothing where it is not one of this
        repository."""
        stack: list[tuple[int, str]] = []
        found: list[tuple[str, int]] = []
        root = ""
        for number, line in enumerate(block.lines, block.line):
            match = _TREE.match(line)
            if match is None:
                name = _TREE_NAME.match(line.strip())
                if name and not line[:1].isspace() and not found:
                    root = name[1].rstrip("/").removeprefix("./")
                    root = "" if root in (".", "") or root not in self.directories else root
                continue
            name = _TREE_NAME.match(match[2].strip())
            depth = len(match[1].expandtabs(4))
            while stack and stack[-1][0] >= depth:
                stack.pop()
            if name is None or _PLACEHOLDER.search(name[1]):
                stack.append((depth, ""))
                continue
            parents = [part for _, part in stack]
            if "" in parents:
                stack.append((depth, ""))
                continue
            path = "/".join([*([root] if root else []), *parents, name[1].rstrip("/")])
            stack.append((depth, name[1].rstrip("/")))
            found.append((f"{path}/" if name[1].endswith("/") else path, number))
        tops = {path.rstrip("/").partition("/")[0] for path, _ in found}
        if len(tops & self.tops) * 2 >= len(tops):
            yield from found

    def _exists(self, path: str, document: Document) -> bool:
        plain = posixpath.normpath(path)
        if plain in self.files or plain in self.directories or plain in self.sources:
            return True
        if any(f"{plain}{suffix}" in self.files for suffix in _TEMPLATES):
            return True  # It is made from that one, and stays outside Git.
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(document.source), path))
        below = posixpath.normpath(posixpath.join(self.docs_dir or "", path))
        return any(
            other in self.files or other in self.sources or other in self.directories
            for other in (beside, below)
        )

    def _moved_to(self, path: str) -> str | None:
        """Return where something of that name is now."""
        plain = path.rstrip("/")
        name = posixpath.basename(plain)
        same = self.by_basename.get(name, [])
        if len(same) == 1 and name not in ("kustomization.yaml", "kustomization.yml", "README.md"):
            return same[0]
        parent = posixpath.dirname(plain)
        among = self.directories if path.endswith("/") else self.files
        siblings = {
            posixpath.basename(other): other
            for other in sorted(among)
            if posixpath.dirname(other) == parent
        }
        near = get_close_matches(name, list(siblings), n=1, cutoff=0.75)
        if near:
            return siblings[near[0]] + ("/" if path.endswith("/") else "")
        if path.endswith("/"):
            named = [other for other in self.directories if posixpath.basename(other) == name]
            return f"{named[0]}/" if len(named) == 1 else None
        return None

    # Links

    def _links(self, document: Document, strict: bool) -> Iterator[Finding]:
        """Relative links to files that are not there, and anchors that their pages do not have. The
        builder of the site checks them too."""
        if self.docs_dir is None:
            return
        for piece in document.links:
            target, _, anchor = piece.text.partition("#")
            target = unquote(target.partition("?")[0])
            if not target and anchor and not document.has_anchor(anchor):
                yield self._anchor(document, document, anchor, piece.line, strict)
            if (
                not target
                or patterns.match(r"[A-Za-z][A-Za-z0-9+.-]*:|/|//|\{|<|%|\.?\.?/?\{\{", target)
                or "{{" in target
            ):
                continue
            full = posixpath.normpath(posixpath.join(posixpath.dirname(document.source), target))
            page = self.sources.get(full)
            if page is not None and anchor and not page.has_anchor(anchor):
                yield self._anchor(document, page, anchor, piece.line, strict)
            if page is not None or full in self.files or full in self.directories:
                continue
            if posixpath.relpath(full, self.docs_dir or ".") in self.published:
                continue
            if full == self.generated or full.startswith(f"{self.generated}/"):
                continue
            # A link without an ending is an address, not a file.
            if not patterns.search(r"\.[\pL\pN_]{1,5}\z", target) or self._is_outside(full):
                continue
            message = f"the link to `{piece.text}` leads to no file"
            yield rules.DocLinkMissing.at(Location(document.source, piece.line), message)

    def _anchor(
        self, document: Document, page: Document, anchor: str, line: int, strict: bool
    ) -> Finding:
        near = get_close_matches(anchor.lower(), sorted(page.ids), n=1)
        hint = f"; did you mean `#{near[0]}`?" if near else ""
        where = "this page" if page is document else page.source
        severity = Severity.WARNING if strict or near else Severity.INFO
        return rules.DocAnchorMissing.at(
            Location(document.source, line),
            f"{where} has no heading `#{anchor}`{hint}",
            severity=severity,
        )

    def _is_outside(self, full: str) -> bool:
        """Return whether a path leaves both the scan root and the pages, where nothing is known."""
        docs = self.docs_dir or ""
        return full.startswith("..") and not full.startswith(f"{docs}/")

    # Commands

    def _commands(self, document: Document, strict: bool) -> Iterator[Finding]:
        for text, line in _shell_lines(document):
            for words in _flux_calls(text):
                yield from self._flux(document, words, line, strict)

    def _flux(
        self, document: Document, words: list[str], line: int, strict: bool
    ) -> Iterator[Finding]:
        plain = [word for word in words if not word.startswith("-")]
        if len(plain) < 2:
            return
        verb = plain[1]
        if not patterns.fullmatch(r"[a-z]+", verb):
            return
        if verb not in FLUX_COMMANDS | FLUX_PLUGINS:
            close = get_close_matches(verb, sorted(FLUX_COMMANDS), n=1, cutoff=0.75)
            instead = _INSTEAD.get(verb) or (f"flux {close[0]}" if close else None)
            hint = f"; use {instead}" if instead else ""
            message = f"flux {FLUX_VERSION} has no subcommand `{verb}`{hint}"
            yield rules.DocFluxCommand.at(Location(document.source, line), message)
            return
        if verb not in _VERBS or len(plain) < 3 or plain[2] not in _KINDS:
            return
        kind = _KINDS[plain[2]]
        names, namespace = _names(words, plain[2])
        for name in names:
            if _PLACEHOLDER.search(name) or not patterns.fullmatch(r"[a-z0-9][a-z0-9.-]*", name):
                continue
            homes = self.objects[kind].get(name, set())
            if namespace in homes or namespace is None:
                continue
            if homes:
                message = (
                    f"{kind} {name} is in namespace {', '.join(sorted(homes))}, the command looks "
                    f"in {namespace}"
                )
                yield rules.DocObjectMissing.at(Location(document.source, line), message)
                continue
            near = get_close_matches(name, sorted(self.objects[kind]), n=1, cutoff=0.8)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            message = f"no layer has a {kind} `{name}`, which a command on this page names{hint}"
            sure = self.complete and (strict or bool(near))
            yield rules.DocObjectMissing.at(
                Location(document.source, line),
                message,
                severity=Severity.WARNING if sure else Severity.INFO,
            )


def _first(alike: list[Finding]) -> Finding:
    """Return the first of findings of one page that say the same; it names the lines of the
    others."""
    first, *rest = sorted(alike, key=lambda finding: finding.line or 0)
    lines = sorted({str(one.line) for one in rest if one.line != first.line}, key=int)
    if not lines:
        return first
    where = f"{'lines' if len(lines) > 1 else 'line'} {listed(lines, 4)}"
    return replace(first, message=f"{first.message} (also on {where})")


def _shell_lines(document: Document) -> Iterable[tuple[str, int]]:
    """Yield commands of a page: lines of shell blocks, their continuations joined, and code in the
    text."""
    for block in document.blocks:
        if block.ignored or block.language not in SHELLS:
            continue
        joined, start = "", 0
        for number, line in enumerate(block.lines, block.line):
            start = start or number
            joined += line.strip().removesuffix("\\") + " "
            if not line.rstrip().endswith("\\"):
                yield joined.strip(), start
                joined, start = "", 0
    for piece in document.codes:
        yield piece.text, piece.line


def _flux_calls(text: str) -> Iterator[list[str]]:
    """Yield the calls of `flux` in a command line, in words."""
    if "flux" not in text:
        return
    text = patterns.sub(r"^\s*[$#]\s+(flux\b)", lambda match: match[1], text)
    if text.lstrip().startswith("#"):
        return
    for part in patterns.split(r"\|\||&&|[|;&]", text.split(" #")[0]):
        try:
            words = shlex.split(part)
        except ValueError:
            words = part.split()
        if words[:1] == ["flux"]:
            yield words


def _names(words: list[str], noun: str) -> tuple[list[str], str | None]:
    """Return the objects that a command names, and the namespace in which it looks: flux-system
    unless told; None for all of them."""
    namespace: str | None = "flux-system"
    names: list[str] = []
    position = words.index(noun) + 1
    while position < len(words):
        word = words[position]
        position += 1
        if word in ("-A", "--all-namespaces"):
            namespace = None
        elif word in ("-n", "--namespace"):
            namespace = words[position] if position < len(words) else namespace
            position += 1
        elif word.startswith(("--namespace=", "-n=")):
            namespace = word.partition("=")[2]
        elif word.startswith("-"):
            # A flag with a value behind a blank: the next word is not a name.
            takes = "=" not in word and word not in (
                "--with-source",
                "--all",
                "--force",
                "--reset",
                "-w",
                "--watch",
                "--show-vars",
                "--show-values",
                "--no-header",
            )
            position += (
                1 if takes and position < len(words) and not words[position].startswith("-") else 0
            )
        else:
            names.append(word)
    if namespace is not None and _PLACEHOLDER.search(namespace):
        namespace = None
    return names[:1], namespace
