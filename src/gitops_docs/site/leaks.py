"""Search a finished site for values of Secrets.

In: a scan, then the directory of a built site. Out: `Leak`s, which name a page and where the secret
is written, never the value.

Everything before this room keeps secrets out by construction. This one looks at the result,
whatever made it: our pages, the theme, another plugin, a hand-written page that embeds something.
It looks for every sealed value of at least eight characters, as it is and as HTML, JSON, base64 and
URLs write it. A value that the repository also has in clear, outside of any Secret, is not a secret
and may be there; one that the theme or this package has in its own files cannot be told from a leak
and is not taken for one.
"""

from __future__ import annotations

import base64
import gzip
import html
import json
import os
import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

from ahocorasick_rs import BytesAhoCorasick, Implementation

from gitops_docs.flux.layer import RenderedLayer
from gitops_docs.model import Platform
from gitops_docs.repository.checkout import (
    Checkout,
    Signature,
    UnreadableFile,
    read_file,
    signature,
)
from gitops_docs.repository.tree import normalise
from gitops_docs.text.base64 import decoded_text
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import Map, Node, Scalar, Sealed, Seq, as_map, as_seq

MIN_LENGTH = 8
"""Shorter values, in characters, are found in any text."""
_BASE64 = Pattern(r"[A-Za-z0-9+/\s]{8,}={0,2}\s*\z")
_REFERENCES = Pattern(r"(?:\$\{[A-Za-z_][A-Za-z0-9_]*(?::?[-=])?\}[\s:;,/@-]?)+\z")
"""A value that only names variables of `postBuild`: Flux puts the secret in, the repository has
none."""
_DENSE_LINE = Pattern(r"[A-Za-z0-9+/=_.-]{24,}")
"""A line of a longer value that can be nothing but a key or token, if it has a letter and a
digit."""
_LETTER, _DIGIT = Pattern("[A-Za-z]"), Pattern("[0-9]")
_BINARY = (
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".ico",
    ".woff",
    ".woff2",
    ".ttf",
    ".eot",
    ".webp",
    ".avif",
    ".mp4",
    ".pdf",
)
_OWN_TEXTS = (".md", ".html", ".js", ".css", ".json", ".xml", ".py", ".txt")


@dataclass(frozen=True, slots=True, order=True)
class Leak:
    """A value of a Secret in a file of the site: the file relative to the site, and where the value
    is written."""

    page: str
    file: str
    line: int


class Clean:
    """The files of one site in which the last look has found nothing. A file that is the same is not
    read again, as long as the same is looked for."""

    __slots__ = ("__patterns", "files")

    def __init__(self) -> None:
        self.files: dict[str, Signature] = {}
        self.__patterns: list[bytes] = []

    def begin(self, patterns: list[bytes]) -> None:
        """Begin a look for these."""
        if patterns != self.__patterns:
            self.files, self.__patterns = {}, patterns


class Gate:
    """What must not be in a site. Values live here, in memory, and nowhere else."""

    __slots__ = ("__places", "_checkouts", "_names", "_secret_files", "_written")

    def __init__(
        self, checkouts: Iterable[Checkout], built: Iterable[RenderedLayer], platform: Platform
    ) -> None:
        checkouts = tuple(checkouts)
        places: dict[str, tuple[str, int]] = {}
        written: dict[str, list[Sealed]] = defaultdict(list)
        for checkout in checkouts:
            for value in checkout.sealed():
                written[value.file].append(value)
                _add(places, value)
        for layer in built:
            for item in layer.objects:
                for value in _sealed_leaves(item.data):
                    _add(places, value)
        self.__places = places
        self._names = frozenset(_names(platform))
        self._written = dict(written)
        self._checkouts = tuple(
            (checkout.root, checkout.label, checkout.files) for checkout in checkouts
        )
        self._secret_files = frozenset(
            path for checkout in checkouts for path in _generator_inputs(checkout)
        )

    def __len__(self) -> int:
        return len(self.__places)

    def leaks(self, site: Path, own: Iterable[Path] = (), clean: Clean | None = None) -> list[Leak]:
        """Return the values that stand in a site.

        Args:
            site: Directory of the built site.
            own: Directories and files whose texts may be in any site: the theme, this package.
            clean: What the look before knows of the same site; it is brought up to date.
        """
        forms: dict[bytes, str] = {}
        for value in self.__places:
            for form in _forms(value):
                forms.setdefault(form, value)
        if not forms:
            return []
        patterns = list(forms)
        search = BytesAhoCorasick(patterns, implementation=Implementation.ContiguousNFA)
        found: dict[str, set[str]] = defaultdict(set)
        known = {}
        if clean is not None:
            clean.begin(patterns)
            known, clean.files = clean.files, {}
        for page, path in _files(site):
            try:
                there = signature(os.stat(path))
            except OSError:
                continue
            if known.get(page) != there:
                matches = search.find_matches_as_indexes(_content(path), overlapping=True)
                for index, _, _ in matches:
                    found[forms[patterns[index]]].add(page)
                if matches:
                    continue
            if clean is not None:
                clean.files[page] = there
        if not found:
            return []
        harmless = set(found) & self._names
        harmless |= self._in_clear(set(found) - harmless)
        harmless |= _in_own_texts(set(found) - harmless, own)
        return sorted(
            {
                Leak(page, *self.__places[value])
                for value, pages in found.items()
                if value not in harmless
                for page in pages
            }
        )

    def _in_clear(self, values: set[str]) -> set[str]:
        """Return those that the repository also has outside of Secrets: they stand in a file more
        often than its Secrets have them."""
        if not values:
            return set()
        patterns = [value.encode("utf-8", "surrogateescape") for value in sorted(values)]
        search = BytesAhoCorasick(patterns)
        clear: set[str] = set()
        for root, label, files in self._checkouts:
            for path in sorted(files):
                name = f"{label}/{path}" if label else path
                if name in self._secret_files:
                    continue
                try:
                    content = read_file(root, path)
                except UnreadableFile:
                    continue
                counts = Counter(
                    index
                    for index, _, _ in search.find_matches_as_indexes(content, overlapping=True)
                )
                for index, number in counts.items():
                    value = patterns[index].decode("utf-8", "surrogateescape")
                    if number > sum(
                        str(one.unseal()).count(value) for one in self._written.get(name, ())
                    ):
                        clear.add(value)
        return clear


def _add(places: dict[str, tuple[str, int]], sealed: Sealed) -> None:
    text = str(sealed.unseal())
    for value in (text.strip(), _decoded(text)):
        if value is not None and len(value) >= MIN_LENGTH and not _REFERENCES.match(value):
            places.setdefault(value, (sealed.file, sealed.line))
            if "\n" in value:
                for line in value.split("\n"):
                    if _is_dense(line.strip()) and line.strip() != value:
                        places.setdefault(line.strip(), (sealed.file, sealed.line))


def _is_dense(line: str) -> bool:
    return (
        _DENSE_LINE.fullmatch(line) is not None and _LETTER.contains(line) and _DIGIT.contains(line)
    )


def _decoded(text: str) -> str | None:
    """Return the text behind base64; None where it is not base64."""
    found = decoded_text(text) if _BASE64.match(text) else None
    return None if found is None else found.strip()


def _forms(value: str) -> Iterator[bytes]:
    """Yield how a text may write a value."""
    raw = value.encode("utf-8", "surrogateescape")
    spoken = raw.decode("utf-8", "replace")
    yield raw
    escaped = html.escape(spoken)
    dumped = json.dumps(spoken)[1:-1]
    for text in (
        " ".join(spoken.split()),
        escaped,
        escaped.replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        html.escape(spoken, quote=False),
        dumped,
        json.dumps(spoken, ensure_ascii=False)[1:-1],
        dumped.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"),
        json.dumps(escaped)[1:-1],
        quote(raw, safe=""),
        quote(raw),
        quote_plus(raw),
    ):
        yield text.encode()
    for offset in range(3):
        # The characters at the edges depend on what stands beside; those in between do not.
        inner = base64.b64encode(b" " * offset + raw)[
            -(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6
        ]
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def _files(site: Path) -> Iterator[tuple[str, str]]:
    """Yield the files of a site that hold text, from its directory and as they are."""
    for directory, names, files in os.walk(site):
        names.sort()
        inside = os.path.relpath(directory, site)
        for name in sorted(files):
            if not name.lower().endswith(_BINARY):
                page = posixpath.normpath(f"{inside}/{name}".replace(os.sep, "/"))
                yield page, os.path.join(directory, name)


def _content(path: str) -> bytes:
    """Return the content of a file, unpacked, and without the places where a page lets a browser
    break a word; empty where it cannot be read."""
    try:
        with open(path, "rb") as file:
            content = file.read()
        if path.endswith(".html"):
            return content.replace(b"<wbr>", b"")
        return gzip.decompress(content) if path.endswith(".gz") else content
    except (OSError, EOFError, ValueError):
        return b""


def _in_own_texts(values: set[str], own: Iterable[Path]) -> set[str]:
    if not values:
        return set()
    patterns = [value.encode("utf-8", "surrogateescape") for value in sorted(values)]
    search = BytesAhoCorasick(patterns)
    found: set[str] = set()
    for path in own:
        files = (
            [path]
            if path.is_file()
            else sorted(item for item in path.rglob("*") if item.suffix in _OWN_TEXTS)
        )
        for file in files:
            try:
                content = file.read_bytes()
            except OSError:
                continue
            for index, _, _ in search.find_matches_as_indexes(content, overlapping=True):
                found.add(patterns[index].decode("utf-8", "surrogateescape"))
    return found


def _sealed_leaves(node: Node) -> Iterator[Sealed]:
    if type(node) is Sealed:
        yield node
    elif type(node) is Map or type(node) is Seq:
        for value in node.values() if type(node) is Map else node:
            if type(value) is not Scalar:
                yield from _sealed_leaves(value)


def _names(platform: Platform) -> Iterator[str]:
    """Yield names that stand on pages for what they name, even if other texts use the word: also
    those that kustomize put together."""
    for layer in platform.layers:
        yield from (layer.name, layer.namespace, layer.path, layer.cluster)
        for resource in layer.resources:
            yield from (resource.name, resource.namespace or "", resource.kind)
    for release in platform.releases:
        yield from (release.name, release.release_name, release.chart, release.version or "")
    for image in platform.images:
        yield image.image
    for commit in platform.commits:
        yield commit.author


def _generator_inputs(checkout: Checkout) -> Iterator[str]:
    """Yield files that become values of Secrets as a whole, as findings name them."""
    for path, root in checkout.roots():
        for entry in as_seq(as_map(root).get("secretGenerator")):
            for field in ("files", "envs", "env"):
                given = as_map(entry).get(field)
                for item in given if type(given) is Seq else [given]:
                    if type(item) is Scalar:
                        full = normalise(posixpath.dirname(path), item.rpartition("=")[2])
                        if full is not None:
                            yield checkout.origin(full)
