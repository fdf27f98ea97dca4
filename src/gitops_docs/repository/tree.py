"""Read directory trees: a checkout on disk, and the views of it that Flux's artifacts give.

In: a directory, or a mapping from artifact paths to files of checkouts. Out: a `Tree`, which all
packages above read from. All paths are relative to the tree's root, with `/`; `""` is the root.
Nothing outside a checkout's root is opened: only regular files that were listed below it can be
read, symbolic links are not followed (source-controller leaves them out of an artifact too).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from functools import cached_property

import yaml
from msgspec import Struct
from msgspec.structs import replace

from gitops_docs.model import Location
from gitops_docs.repository import rules
from gitops_docs.repository.checkout import Checkout, UnreadableFile
from gitops_docs.text.memo import memo
from gitops_docs.yaml.nodes import Map, as_map, deep_merge, mapping, plain_value
from gitops_docs.yaml.parse import Comment, Document, Parsed, parse


class FileRef(Struct, frozen=True):
    """A file of a checkout."""

    checkout: Checkout
    path: str

    @property
    def origin(self) -> str:
        return self.checkout.origin(self.path)

    @property
    def origins(self) -> tuple[str, ...]:
        """Every file that the content comes from."""
        return (self.origin,)

    def read(self) -> bytes:
        """Return the bytes of the file.

        Raises:
            UnreadableFile: It cannot be read.
        """
        return self.checkout.read(self.path)

    def documents(self) -> Parsed:
        """Return the YAML documents of the file; an unreadable one gives a finding."""
        return self.checkout.documents(self.path)

    def comments(self) -> dict[int, Comment]:
        """Return the comments of the file by line."""
        return self.checkout.comments(self.path)


class HeldFile(FileRef, frozen=True):
    """A file that lies in no checkout: its documents are made by a package above, and shown as
    those of another file."""

    held: Parsed = Parsed()

    @classmethod
    def of(cls, origin: str, held: Parsed) -> HeldFile:
        """Return documents, and the file that they are shown as."""
        return cls(None, origin, held)  # type: ignore[arg-type]

    @property
    def origin(self) -> str:
        return self.path

    def read(self) -> bytes:
        raise UnreadableFile(rules.FileNotFound, "the objects lie in no file")

    def documents(self) -> Parsed:
        return self.held

    def comments(self) -> dict[int, Comment]:
        return {}


class MergedFile(FileRef, frozen=True):
    """A file of an artifact into which others were merged; it is shown as the first of them, its
    values where each stands."""

    others: tuple[FileRef, ...] = ()

    @classmethod
    def of(cls, base: FileRef, over: FileRef) -> MergedFile:
        """`over` merged into `base` (`merge.go` of source-watcher: mappings deeply, everything else
        replaced)."""
        earlier = base.others if isinstance(base, MergedFile) else ()
        return cls(base.checkout, base.path, (*earlier, over))

    @property
    def origins(self) -> tuple[str, ...]:
        return tuple(part.origin for part in self._parts())

    def _parts(self) -> list[FileRef]:
        return [FileRef(self.checkout, self.path), *self.others]

    def read(self) -> bytes:
        """Return the merged mapping as YAML, for generators that take the file as a whole."""
        documents = [
            document
            for part in self._parts()
            for document in parse(part.read(), part.origin, seal=False).documents
        ]
        text: str = yaml.safe_dump(plain_value(_merged(documents)), allow_unicode=True)
        return text.encode()

    def documents(self) -> Parsed:
        parsed = [part.documents() for part in self._parts()]
        findings = tuple(finding for one in parsed for finding in one.findings)
        documents = [document for one in parsed for document in one.documents]
        if not documents:
            return Parsed((), findings, all(one.complete for one in parsed))
        merged = Document(_merged(documents), documents[0].file, documents[0].line, 0)
        return Parsed((merged,), findings, all(one.complete for one in parsed))


def _merged(documents: Iterable[Document]) -> Map:
    made = mapping()
    for document in documents:
        made = deep_merge(made, as_map(document.root)) if made else as_map(document.root)
    return made


class Tree:
    """A directory tree as an artifact holds it: paths that point at files of one or more
    checkouts."""

    def __init__(self, files: Mapping[str, FileRef]) -> None:
        self._files = dict(files)
        self._entries: dict[str, list[str]] = {"": []}
        for path in self._files:
            self._add(path)
        for names in self._entries.values():
            names.sort()
        self.files: frozenset[str] = frozenset(self._files)
        self._homes: dict[str, str | None] = {}
        self.submodules: frozenset[str] = frozenset()
        """Directories that are Git submodules: their files belong to another repository."""
        self.elsewhere: Mapping[str, str] = {}
        """Directories whose files are in the artifact and not here, each with what they are."""
        self.cuts: tuple[Cut, ...] = ()
        """What was taken out of a larger tree to make this one."""

    @cached_property
    def is_checkout(self) -> bool:
        """Whether every path is that of its file in the scanned repository: then so is every
        directory."""
        return all(
            path == ref.path and type(ref) is FileRef and not ref.checkout.label
            for path, ref in self._files.items()
        )

    def home(self, directory: str) -> str | None:
        """Return the directory that the files of a directory lie in, as findings name it.

        None where they come from several places, or under other names. A directory without files
        is named as it is.
        """
        if directory not in self._homes:
            self._homes[directory] = self._home(directory)
        return self._homes[directory]

    def _home(self, directory: str) -> str | None:
        prefix = f"{directory}/" if directory else ""
        found: set[str] = set()
        for path in (path for path in self._files if path.startswith(prefix)):
            below, origin = path[len(prefix) :], self.origin(path)
            if origin != below and not origin.endswith(f"/{below}"):
                return None
            found.add(origin[: -len(below)].rstrip("/"))
            if len(found) > 1:
                return None
        return found.pop() if found else directory

    @classmethod
    def of(cls, checkout: Checkout, paths: Iterable[str] | None = None, root: str = "") -> Tree:
        """Return the tree of a checkout below `root`, or of some of its files only."""
        prefix = f"{root}/" if root else ""
        chosen = checkout.files if paths is None else paths
        made = cls(
            {
                path[len(prefix) :]: FileRef(checkout, path)
                for path in chosen
                if path.startswith(prefix)
            }
        )
        made.submodules = frozenset(
            path[len(prefix) :] for path in checkout.submodules if path.startswith(prefix)
        )
        return made

    def below(self, directory: str) -> Tree:
        """Return the tree of a directory."""
        return self.only(self.files, directory)

    def only(self, paths: Iterable[str], root: str = "") -> Tree:
        """Return the tree of some of the files, seen from the directory `root`."""
        prefix = f"{root}/" if root else ""
        made = Tree(
            {path[len(prefix) :]: self._files[path] for path in paths if path.startswith(prefix)}
        )
        made.submodules = frozenset(
            path[len(prefix) :] for path in self.submodules if path.startswith(prefix)
        )
        made.elsewhere = {
            path[len(prefix) :]: about
            for path, about in self.elsewhere.items()
            if path.startswith(prefix)
        }
        made.cuts = tuple(replace(cut, below=f"{prefix}{cut.below}") for cut in self.cuts)
        return made

    def _add(self, path: str) -> None:
        while True:
            parent, _, name = path.rpartition("/")
            siblings = self._entries.get(parent)
            if siblings is None:
                self._entries[parent] = [name]
                path = parent
                continue
            siblings.append(name)
            return

    def is_file(self, path: str) -> bool:
        return path in self._files

    def is_dir(self, path: str) -> bool:
        return path in self._entries

    @property
    def directories(self) -> Iterable[str]:
        """Every directory, the root as `""`."""
        return self._entries.keys()

    def absent(self, path: str) -> str | None:
        """Return what the files at a path are, where the artifact has them and the repository does
        not."""
        return next((about for one, about in self.elsewhere.items() if _lies_in(path, one)), None)

    def absent_below(self, path: str) -> tuple[str, ...]:
        """Return what else is in a directory of the artifact and not in the repository."""
        return tuple(about for one, about in self.elsewhere.items() if _lies_in(one, path))

    def why_not(self, path: str) -> str | None:
        """Return why a path that the repository has is not in the artifact; None where it is, or
        nowhere."""
        if path in self._files or path in self._entries:
            return None
        return next((cut.reason for cut in self.cuts if cut.holds(path)), None)

    def without(self, cut: Cut) -> Tree:
        """Return this tree, knowing what was taken out of it."""
        self.cuts = (*self.cuts, cut)
        return self

    def entries(self, path: str) -> tuple[str, ...]:
        """Return names in a directory, sorted; empty where there is none."""
        return tuple(self._entries.get(path, ()))

    def ref(self, path: str) -> FileRef | None:
        """Return the file behind a path."""
        return self._files.get(path)

    def size(self, path: str) -> int:
        """Return the bytes of a file, counted when it was listed; 0 where there is none."""
        found = self._files.get(path)
        return found.checkout.size(found.path) if found is not None else 0

    @cached_property
    def paths(self) -> Mapping[str, str]:
        """The path in this tree of each file, by the name that findings give it."""
        return {ref.origin: path for path, ref in self._files.items()}

    def origins(self, path: str) -> tuple[str, ...]:
        """Return every file that the content of a path comes from."""
        found = self._files.get(path)
        return found.origins if found is not None else (path,)

    def origin(self, path: str) -> str:
        """Return the path that a reader can open: that of the file behind it, or the path itself
        where there is none."""
        found = self._files.get(path)
        return found.origin if found is not None else path

    def read(self, path: str) -> bytes:
        """Return the bytes of a file.

        Raises:
            UnreadableFile: There is none, or it cannot be read.
        """
        return self._ref(path).read()

    def documents(self, path: str) -> Parsed:
        """Return the YAML documents of a file; a missing one gives a finding."""
        found = self._files.get(path)
        if found is None:
            finding = rules.FileNotFound.at(Location(path, 1), "no such file in the repository")
            return Parsed((), (finding,), complete=False)
        return found.documents()

    def comments(self, path: str) -> dict[int, Comment]:
        """Return the comments of a YAML file by line."""
        found = self._files.get(path)
        return found.comments() if found is not None else {}

    def _ref(self, path: str) -> FileRef:
        found = self._files.get(path)
        if found is None:
            raise UnreadableFile(rules.FileNotFound, "no such file in the repository")
        return found


class Cut(Struct, frozen=True):
    """What was taken out of a tree: `files`, seen from `below`, for a reason that is given."""

    reason: str
    files: frozenset[str]
    below: str = ""

    def holds(self, path: str) -> bool:
        """Return whether a file, or something below a directory, was taken out."""
        full = f"{self.below}{path}"
        return full in self.files or any(
            name.startswith(f"{full}/") or full.startswith(f"{name}/") for name in self.files
        )


def _lies_in(path: str, directory: str) -> bool:
    return path == directory or not directory or path.startswith(f"{directory}/")


def around(checkout: Checkout, outside: Checkout, prefix: str) -> Tree:
    """Return the tree of a whole work tree of which a directory is scanned.

    Args:
        checkout: The directory that is scanned; its files keep the names that they have in it.
        outside: The work tree.
        prefix: The path of the directory in the work tree, with a final `/`.
    """
    files = {path: FileRef(outside, path) for path in outside.files}
    files.update({f"{prefix}{path}": FileRef(checkout, path) for path in checkout.files})
    made = Tree(files)
    made.submodules = outside.submodules
    return made


_UNCLEAN = frozenset({"", ".", ".."})
"""Steps of a path that do not simply go down."""


@memo(32768)
def normalise(base: str, relative: str) -> str | None:
    """`relative` seen from directory `base`, cleaned; None where it leaves the root or is
    absolute."""
    if _UNCLEAN.isdisjoint(relative.split("/")):
        return f"{base}/{relative}" if base else relative
    if relative.startswith("/"):
        return None
    joined = posixpath.normpath(posixpath.join(base, relative))
    if joined == ".":
        return ""
    return None if joined == ".." or joined.startswith("../") else joined


@memo(8192)
def clamp(path: str) -> str:
    """Return a path joined to the root the way Flux's SecureJoin does it: `..` stops at the root, a
    leading `/` means the root."""
    cleaned = posixpath.normpath("/" + path.strip())
    return cleaned.lstrip("/")
