"""Read the files that a kustomization names, relative to its directory, without restrictions inside
the tree.

In: a `Tree` and a directory. Out: bytes and documents; what lies outside the tree or on the network
is refused or noted as missing.
"""

from __future__ import annotations

from msgspec import Struct, field
from msgspec.structs import replace

from gitops_docs.kustomize.behaviour import NEWEST, Behaviour
from gitops_docs.kustomize.cache import BuildCache
from gitops_docs.kustomize.errors import Refused, RefusedFile, refused
from gitops_docs.model import Finding, Severity
from gitops_docs.repository.checkout import UnreadableFile
from gitops_docs.repository.tree import Tree, normalise
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml import limits
from gitops_docs.yaml.limits import Budget
from gitops_docs.yaml.nodes import Node, Scalar
from gitops_docs.yaml.parse import Document, Parsed, parse_inline
from gitops_docs.yaml.rules import RepositoryTooLarge, YamlDuplicateKey

_REMOTE = Pattern(
    r"(?:https?|ssh|git|file|oci|s3|gcs|hg)://|git::|gh:|[\w.-]+@[\w.-]+:|(?:www\.)?(?:github|gitlab|bitbucket)\.(?:com|org)[/:]",
    ignore_case=True,
)


_DOWNLOAD = Pattern(r"https?://[^?#]*\.(?:ya?ml|json)(?:\?[^#]*)?\z", ignore_case=True)


def is_remote(path: str) -> bool:
    """Return whether a path is an address on the network."""
    return _REMOTE.match(path) is not None or "?ref=" in path


def is_download(path: str) -> bool:
    """Return whether an address is that of a file of manifests, which kustomize asks for by HTTP
    before it would clone anything (`FileLoader.Load`)."""
    return _DOWNLOAD.match(path) is not None


class Missing(Struct, frozen=True):
    """A part of a build that the repository does not hold, and where it is asked for."""

    reason: str
    file: str
    line: int
    base: str | None = None
    """The address, where it is a directory that kustomize would clone."""


class Notes(Struct):
    """Errors and missing parts of a build, each once, in the order in which they were met."""

    missing: dict[Missing, None] = field(default_factory=dict)
    errors: dict[Finding, None] = field(default_factory=dict)
    findings: dict[Finding, None] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    met: set[str] = field(default_factory=set)
    """Switches of `Behaviour` that are off and may have made a difference (`behaviour.SILENT`)."""

    def fail(self, error: Refused, file: str | None = None, line: int | None = None) -> None:
        """Record an error of kustomize; the build goes on with what is left."""
        found = error.finding
        if found.file is None:
            found = replace(found, file=file or None, line=line or None)
        self.errors[found] = None

    def extend(self, other: Notes) -> None:
        self.missing |= other.missing
        self.errors |= other.errors
        self.findings |= other.findings
        self.files |= other.files
        self.met |= other.met


class _Text(Struct, frozen=True):
    """What was read from a text in a file."""

    parsed: Parsed
    file: str

    def came_from(self, tree: Tree, changed: frozenset[str]) -> bool:
        return self.file in changed


class Loader(Struct, frozen=True):
    """The files below a tree, seen from a directory of it."""

    tree: Tree
    directory: str
    notes: Notes
    work: Budget = field(default_factory=lambda: Budget(limits.MAX_WORK))
    behaviour: Behaviour = NEWEST
    cache: BuildCache = field(default_factory=BuildCache)

    def below(self, directory: str, notes: Notes | None = None) -> Loader:
        """Return the loader of another directory of the same build."""
        return Loader(
            self.tree,
            directory,
            self.notes if notes is None else notes,
            self.work,
            self.behaviour,
            self.cache,
        )

    def spend(self, amount: int) -> None:
        """Take a cost from the budget of the scan before the work is done.

        Raises:
            Refused: The builds of a scan have cost too much.
        """
        if not self.work.spend(amount):
            raise Refused(
                "the builds of this repository make more than is rendered", rule=RepositoryTooLarge
            )

    def meets(self, switch: str) -> None:
        """Note that the build depends on a `switch` of `behaviour`, where the version in use has it
        off: another version builds something else."""
        if not getattr(self.behaviour, switch):
            self.notes.met.add(switch)

    def resolve(self, path: str, node: Node | None) -> str:
        """Return the path in the tree.

        Raises:
            Refused: It is absolute or leaves the tree.
        """
        found = normalise(self.directory, path)
        if found is None:
            raise refused(f"`{path}` lies outside the source's files", node)
        return found

    def inline(self, node: Node | None, *, trim: bool = False) -> Parsed:
        """`parse_inline`, once for all builds of a tree: the patch of a Kustomization of Flux is
        laid over all that it applies."""
        if type(node) is not Scalar:
            return parse_inline(node, trim=trim)
        key = (node, node.file, node.line, node.style, trim)
        found = self.cache.get(self.tree, _Text, key)
        if found is None:
            found = self.cache.add(self.tree, key, _Text(parse_inline(node, trim=trim), node.file))
        return found.parsed

    def read(self, path: str, node: Node | None) -> bytes:
        """Return the bytes of a file.

        Raises:
            Refused: There is none.
        """
        full = self.resolve(path, node)
        if not self.tree.is_file(full):
            raise self._lacking(path, full, node)
        self.notes.files.add(full)
        try:
            return self.tree.read(full)
        except UnreadableFile as error:
            raise Refused(
                f"`{path}` {error.reason}",
                getattr(node, "file", None),
                getattr(node, "line", None),
                error.rule,
            ) from None

    def documents(self, path: str, node: Node | None) -> tuple[Document, ...]:
        """Return the YAML documents of a file.

        Raises:
            Refused: There is none, or it cannot be read as a whole.
        """
        full = self.resolve(path, node)
        if not self.tree.is_file(full):
            raise self._lacking(path, full, node)
        self.notes.files.add(full)
        return checked(self.tree.documents(full), self.notes)

    def _lacking(self, path: str, full: str, node: Node | None) -> Refused:
        about = self.tree.absent(full)
        if about is not None:
            self.miss(f"`{path}` lies in {about}", node)
            return refused(f"`{path}` lies in {about}", node)
        why = self.tree.why_not(full)
        return refused(f"`{path}` is not a file of the source{f': {why}' if why else ''}", node)

    def manifests(self, path: str) -> tuple[Document, ...]:
        """Return the documents of a file of objects, which kustomize cuts into documents itself
        before it reads them (`splitDocuments`).

        Raises:
            Refused: There is none, it cannot be read as a whole, or a mark between documents is not
                as kustomize wants it.
        """
        found = self.documents(path, None)
        full = self.resolve(path, None)
        line = self.tree.documents(full).odd_mark
        if line:
            raise Refused(
                "kustomize takes no directive (`%`) and nothing but a comment behind `---`; leave "
                "it out, or begin a new line",
                self.tree.origin(full),
                line,
            )
        return found

    def miss(self, reason: str, node: Node | None, base: str | None = None) -> None:
        """Note a part that is not in the repository; `base` as in `Missing`."""
        found = Missing(
            reason,
            getattr(node, "file", "") or self.tree.origin(self.directory),
            getattr(node, "line", 0),
            base,
        )
        self.notes.missing[found] = None


def checked(parsed: Parsed, notes: Notes) -> tuple[Document, ...]:
    """Return the documents of a file that kustomize can read.

    Raises:
        Refused: A document is not YAML; a key written twice is noted as an error and goes on.
    """
    for finding in parsed.findings:
        notes.findings[finding] = None
    if not parsed.complete:
        worst = min(
            parsed.findings, key=lambda item: item.severity is not Severity.ERROR, default=None
        )
        if worst is not None:
            raise RefusedFile(worst)
        raise Refused("the file cannot be read as YAML")
    for finding in parsed.findings:
        if finding.code == YamlDuplicateKey.code:
            notes.fail(RefusedFile(finding))
    return parsed.documents
