"""Tell where an address leads: to one of our pages, to a file of this repository, or away.

In: an address as written. Out: a `Destination`. Nothing is ever fetched: an address that
leaves the repository and the site is `external`, whether or not something answers there.

The own repository is known from the setting `repository_url`, `repo_url` of mkdocs.yml or the Git
remote (all three: `Repository.url`), else from the GitRepository that the layers come from, else
from a Provider that marks the commits of a repository.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable
from functools import cached_property
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace

from gitops_docs.model import Platform
from gitops_docs.repository.git import clean_url
from gitops_docs.runbooks.document import Document
from gitops_docs.settings.options import Settings
from gitops_docs.text import patterns
from gitops_docs.text.addresses import split
from gitops_docs.text.memo import memo
from gitops_docs.text.patterns import Pattern

_BLOB = Pattern(r"/(?:-/)?(?:blob|tree|blame|raw|src/branch|src)/(.+)\z")
_RAW_HOST = "raw.githubusercontent.com"
_SCHEME = Pattern(r"\s*([A-Za-z][A-Za-z0-9+.-]*)\s*:")
_HOST = Pattern(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?:/|\z)", ignore_case=True)
_VERSION = Pattern(
    r"(?:v?\d+(?:\.\d+)*(?:[.x-][\pL\pN_]+)*|latest|stable|dev|develop|main|master|next|edge|nightly)\z",
    ignore_case=True,
)
"""A first segment that a versioned site has (mike)."""
_NEWEST = frozenset({"latest", "dev", "develop", "main", "master", "next", "edge", "nightly"})
"""Names of the version that is built from the newest commit: what this checkout has not, it has
not."""
_LINE_ANCHOR = Pattern(r"L\d+(?:-L?\d+)?\z")


class Destination(Struct, frozen=True):
    """Where an address leads. `kind`: `own`, `external`, `dead`, or `invalid` for what is not an
    address at all."""

    kind: str
    document: Document | None = None
    file: str | None = None
    """A file or directory of the repository that is not a page, from the scan root."""
    anchor: str = ""
    reason: str | None = None

    @property
    def anchor_missing(self) -> bool:
        """Whether the page is there and has no such heading."""
        return (
            self.document is not None
            and bool(self.anchor)
            and not self.document.has_anchor(self.anchor)
        )


class LinkResolver:
    """Resolves addresses against the site, the repository and the pages."""

    def __init__(
        self,
        platform: Platform,
        settings: Settings,
        documents: Iterable[Document],
        files: Collection[str],
    ) -> None:
        self.platform = platform
        self.settings = settings
        self.files = files
        self.directories = directories_of(frozenset(files))
        self.by_source = {document.source: document for document in documents}
        self.by_path = {document.path: document for document in self.by_source.values()}
        self.by_address = {
            _address(document.path): document for document in self.by_source.values()
        }
        self.by_folded = {
            address.lower(): document for address, document in self.by_address.items()
        }
        self.repositories = _own_repositories(platform)

    @cached_property
    def branches(self) -> frozenset[str]:
        """Names of the default branch, by what the manifests and the site say; the usual ones where
        nothing does."""
        found = {self.settings.site.branch} if self.settings.site.branch else set()
        for source in self.platform.sources:
            own = source.url is not None and clean_url(source.url) in self.repositories
            if (
                source.kind == "GitRepository"
                and own
                and source.ref
                and source.ref.startswith("branch ")
            ):
                found.add(source.ref.removeprefix("branch "))
        return frozenset(found or {"main", "master"}) | {"HEAD"}

    def resolve(self, address: str, beside: str | None = None) -> Destination:
        """Return where an address leads.

        Args:
            address: As written.
            beside: The file that holds it, from the scan root; a relative address may be meant from
                there.
        """
        text = address.strip()
        if not text:
            return Destination("invalid", reason="it is empty")
        if "{{" in text or "${" in text:
            return Destination("external", reason="it is a template, so it is not checked")
        scheme = _SCHEME.match(text)
        if scheme and scheme[1].lower() not in ("http", "https"):
            if _HOST.match(text):
                return Destination(
                    "invalid", reason=f"the scheme is missing; write `https://{text}`"
                )
            return Destination("invalid", reason="it is not a web address")
        if patterns.search(r"[\s\pZ]|\\", text) or not text.isprintable():
            return Destination("invalid", reason="it holds characters that no address has")
        return self._web(text) if scheme else self._relative(text, beside)

    def _web(self, text: str) -> Destination:
        parts = split(text)
        host = parts.netloc.rpartition("@")[2].lower()
        if not any(parts):
            return Destination("invalid", reason="it is not a web address")
        if not host:
            return Destination("invalid", reason="it has no host")
        path, anchor = unquote(parts.path), unquote(parts.fragment)
        site = split(self.settings.site.url or "")
        if site.netloc and host == site.netloc.lower() and f"{path}/".startswith(site.path):
            return self._site(path[len(site.path) :], anchor)
        for repository in self.repositories:
            own = split(repository)
            below = _below(path, own.path)
            if host == own.netloc.lower() and below is not None:
                return self._repository(below, anchor, own.path)
            if host == _RAW_HOST and own.netloc.lower() == "github.com" and below is not None:
                return self._repository(
                    f"/raw{below.replace('/refs/heads/', '/', 1)}", anchor, own.path
                )
        return Destination("external")

    def _site(self, path: str, anchor: str) -> Destination:
        """Return an address of this very site."""
        found = self._page(path, anchor)
        if found is not None:
            return found
        first, _, rest = path.strip("/").partition("/")
        newest = first.lower() in _NEWEST or first in self.settings.site.versions
        if newest or _VERSION.match(first):
            found = self._page(rest, anchor)
            if found is not None:
                # A heading of another version may have been there.
                return found if newest or not found.anchor_missing else replace(found, anchor="")
            if not newest:
                return Destination("external", reason="it leads to another version of this site")
            path = rest
        if self.settings.site.makers:
            return Destination(
                "external", reason="no file of this site; one of its plugins may make the page"
            )
        near = self.by_folded.get(_plain(path).lower())
        hint = (
            f"; hosts tell upper and lower case apart, and the page is `{_address(near.path)}`"
            if near is not None
            else ""
        )
        return Destination("dead", reason=f"the site has no page `{path.strip('/')}`{hint}")

    def _page(self, path: str, anchor: str) -> Destination | None:
        """Return the page or file at a path of the site."""
        document = self.by_address.get(_plain(path))
        if document is not None:
            return Destination("own", document, anchor=anchor)
        directory = self.settings.directory.strip("/")
        if path.startswith(f"{directory}/") or path.strip("/") == directory:
            return Destination("own", reason="a generated page", anchor=anchor)
        docs = self.settings.site.docs_dir
        file = posixpath.normpath(posixpath.join(docs or "", path)) if path else ""
        if docs is not None and file in self.files:
            return Destination("own", file=file, anchor=anchor)
        if not path.strip("/"):
            return Destination("own", reason="the first page of the site")
        return None

    def _repository(self, below: str, anchor: str, repository: str) -> Destination:
        """Return an address below that of the own repository."""
        blob = _BLOB.match(below)
        if blob is None:
            return Destination("external")
        rest = blob[1]
        branch = next(
            (name for name in self.branches if rest == name or rest.startswith(f"{name}/")), None
        )
        if branch is None:
            if self.platform.repository.revision and rest.startswith(
                self.platform.repository.revision
            ):
                branch = self.platform.repository.revision
            else:
                return Destination(
                    "external", reason="it leads to another branch or revision of this repository"
                )
        path = rest[len(branch) :].strip("/")
        prefix = self.platform.repository.prefix.strip("/")
        relative = posixpath.relpath(path or ".", prefix or ".")
        return self._file("" if relative == "." else relative, anchor, path)

    def _file(self, path: str, anchor: str, shown: str) -> Destination:
        if path in self.by_source:
            return Destination(
                "own", self.by_source[path], anchor="" if _LINE_ANCHOR.match(anchor) else anchor
            )
        if path in self.files or path in self.directories:
            return Destination("own", file=path, anchor=anchor)
        if path.startswith(".."):
            return Destination(
                "external", reason="it leads to a part of the repository that was not scanned"
            )
        return Destination("dead", reason=f"the repository has no file `{shown}`")

    def _relative(self, text: str, beside: str | None) -> Destination:
        """Return a path: from the root of the site or the repository, from `docs_dir`, or from the
        file that holds it."""
        path, _, anchor = text.partition("#")
        path = unquote(path.partition("?")[0])
        if not path or "/" not in path and not path.endswith(".md"):
            return Destination("invalid", reason="it is neither a web address nor a path")
        docs = self.settings.site.docs_dir
        if not path.startswith("/"):
            starts = [
                "",
                *([docs] if docs else []),
                *([posixpath.dirname(beside)] if beside else []),
            ]
        else:
            starts = [""]
            path = path.lstrip("/")
        for start in starts:
            full = posixpath.normpath(posixpath.join(start, path))
            if full in self.by_source:
                return Destination("own", self.by_source[full], anchor=anchor)
            if full in self.files or (full in self.directories and full != "."):
                return Destination("own", file=full, anchor=anchor)
        document = self.by_address.get(_plain(path))
        if document is not None:
            return Destination("own", document, anchor=anchor)
        if _HOST.match(path) and not path.endswith(".md"):
            return Destination("invalid", reason=f"the scheme is missing; write `https://{text}`")
        return Destination(
            "dead",
            reason=f"no page or file `{path}`, from the root, from the pages or from beside the rule",
        )


def _own_repositories(platform: Platform) -> tuple[str, ...]:
    """Addresses of this repository, by the first source that gives one."""
    if platform.repository.url:
        return (platform.repository.url,)
    own = {
        (layer.cluster, layer.source.kind, layer.source.namespace, layer.source.name)
        for layer in platform.layers
        if layer.directory is not None
    }
    found = {
        layer.source.url
        for layer in platform.layers
        if layer.directory is not None and layer.source.url
    }
    found |= {
        source.url
        for source in platform.sources
        if source.url
        and source.kind == "GitRepository"
        and (source.cluster, source.kind, source.namespace, source.name) in own
    }
    addresses = {clean_url(url) for url in found if not url.startswith("oci:")}
    if not addresses - {None}:
        addresses = {provider.repository for provider in platform.providers}
    return tuple(sorted(address for address in addresses if address))


def _below(path: str, base: str) -> str | None:
    """Return the part of a path behind a base, forges being indifferent to case; None where it is
    not below it."""
    start = base.rstrip("/").lower()
    if path.lower() == start or path.lower().startswith(f"{start}/"):
        return path[len(start) :]
    if path.lower().startswith(f"{start}.git/"):
        return path[len(start) + 4 :]
    return None


def _address(path: str) -> str:
    """Return the address of a page, without what differs between sites: `runbooks/apps`."""
    return _plain(path.removesuffix(".md"))


def _plain(path: str) -> str:
    path = path.strip("/")
    for ending in (".html", ".md"):
        path = path.removesuffix(ending)
    name = path.rpartition("/")[2].lower()
    if name in ("index", "readme"):
        path = path[: -len(name)].rstrip("/")
    return path


@memo(4)
def directories_of(files: frozenset[str]) -> frozenset[str]:
    """Return the directories that files lie in, the root as `""`; a live server asks for the same
    files again and again."""
    found = {""}
    for file in files:
        parent = file.rpartition("/")[0]
        while parent not in found:
            found.add(parent)
            parent = parent.rpartition("/")[0]
    return frozenset(found)
