"""Work out what an ArtifactGenerator copies.

In: the spec of an ArtifactGenerator and the trees behind its aliases. Out: an `Artifact` for each
ExternalArtifact that it makes. The rules are those of source-watcher: `internal/builder/builder.go`
copies as `cp -r` does, `artifactgenerator_pathpattern.go` makes one artifact of each directory that
`pathPattern` matches, `internal/builder/merge.go` merges YAML files.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from gitops_docs.flux.sources.ignore import DEFAULTS, VERSION_CONTROL, Rules
from gitops_docs.flux.substitution.envsubst import matches
from gitops_docs.kubernetes import objects
from gitops_docs.repository.globs import doublestar
from gitops_docs.repository.tree import FileRef, MergedFile, Tree
from gitops_docs.text import patterns
from gitops_docs.text.patterns import Pattern, PatternError
from gitops_docs.yaml.nodes import Map, as_map, as_seq, as_text, is_null

_CAPTURE = Pattern(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_GLOB_CHARACTERS = frozenset("*?[]")


class Alias(Struct, frozen=True):
    """A source of a generator under the name that its copy rules use; `tree` is None where its
    files are not here."""

    name: str
    tree: Tree | None
    assumed: bool = False
    """Whether nothing declares the source: that it is this repository is a guess."""


class Artifact(Struct):
    """The files of one ExternalArtifact by their path in it; `missing` says what could not be
    copied, one sentence each."""

    name: str
    files: dict[str, FileRef] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    refused: str | None = None
    """Why source-watcher would not make it."""


def artifacts(spec: Map, aliases: Iterable[Alias]) -> Iterator[Artifact]:
    """Yield the artifacts of a generator, in the order of its spec.

    Args:
        spec: `spec` of the ArtifactGenerator.
        aliases: Its sources.
    """
    aliases = list(aliases)
    trees = {alias.name: alias.tree for alias in aliases}
    assumed = frozenset(alias.name for alias in aliases if alias.assumed)
    captures = _captures(objects.text(spec.get("pathPattern")), trees)
    for item in as_seq(spec.get("artifacts")):
        if type(item) is not Map:
            continue
        for raw in captures:
            name = _filled(
                objects.text(item.get("name")) or "",
                {key: value.lower() for key, value in raw.items()},
            )
            yield _Copies(trees, raw, assumed).artifact(name, item)


def _captures(pattern: str | None, trees: Mapping[str, Tree | None]) -> list[dict[str, str]]:
    """Return what `pathPattern` captures, one entry for each directory that it matches; one empty
    entry without a pattern."""
    if not pattern:
        return [{}]
    alias, _, path = pattern.removeprefix("@").partition("/")
    tree = trees.get(alias) if pattern.startswith("@") else None
    if tree is None:
        return []
    parts = _CAPTURE.split(path)
    names = parts[1::2]
    if len(set(names)) != len(names):
        return []
    expression = "".join(
        patterns.escape(part) if index % 2 == 0 else f"(?P<{part}>[^/]+)"
        for index, part in enumerate(parts)
    )
    matches = (patterns.fullmatch(expression, directory) for directory in sorted(tree.directories))
    return [match.groupdict() for match in matches if match is not None]


def exported(spec: Map, aliases: Iterable[Alias]) -> list[tuple[str, dict[str, str]]] | None:
    """Return name and labels of each ExternalArtifact of a generator; None where its directories
    are not here."""
    trees = {alias.name: alias.tree for alias in aliases}
    pattern = objects.text(spec.get("pathPattern"))
    if pattern and trees.get(pattern.removeprefix("@").partition("/")[0]) is None:
        return None
    common = as_map(as_map(spec.get("commonMetadata")).get("labels"))
    given = {
        str(key): str(value) for key, node in common.items() if (value := as_text(node)) is not None
    }
    made = []
    for item in as_seq(spec.get("artifacts")):
        if type(item) is not Map:
            continue
        for raw in _captures(pattern, trees):
            lower = {key: value.lower() for key, value in raw.items()}
            labels = {**given, **lower, "app.kubernetes.io/managed-by": "source-watcher"}
            made.append((_filled(objects.text(item.get("name")) or "", lower), labels))
    return made


def _filled(text: str, captures: Mapping[str, str]) -> str:
    return _CAPTURE.sub(lambda match: captures.get(match[1], match[0]), text)


class _Copies:
    """The copy rules of one artifact."""

    def __init__(
        self,
        trees: Mapping[str, Tree | None],
        captures: Mapping[str, str],
        assumed: frozenset[str],
    ) -> None:
        self.assumed = assumed
        self.trees = trees
        self.captures = captures
        self.files: dict[str, FileRef] = {}
        self.missing: list[str] = []
        self.refused: str | None = None

    def artifact(self, name: str, item: Map) -> Artifact:
        for rule in as_seq(item.get("copy")):
            if type(rule) is Map:
                self._copy(name, rule)
        rules = _archive_rules()
        packed = {path: ref for path, ref in self.files.items() if not rules.leaves_out(path)}
        return Artifact(name, packed, tuple(self.missing), self.refused)

    def _copy(self, name: str, rule: Map) -> None:
        source = _filled(objects.text(rule.get("from")) or "", self.captures)
        target = _filled(objects.text(rule.get("to")) or "", self.captures)
        alias, slash, pattern = source.removeprefix("@").partition("/")
        if not source.startswith("@") or not slash or not target.startswith("@artifact/"):
            self._refuse(
                f"the copy rule `{source}` cannot be read; write `@alias/path` and `@artifact/path`"
            )
            return
        tree = self.trees.get(alias)
        if tree is None:
            if alias in self.trees:
                self.missing.append(
                    f"`{source}` of the artifact `{name}`: the source `{alias}` is not in the "
                    f"repository"
                )
            else:
                self._refuse(f"`{source}`: `{alias}` is not among the generator's sources")
            return
        strategy = objects.text(rule.get("strategy")) or "Overwrite"
        if strategy == "Extract":
            self.missing.append(f"`{source}` of the artifact `{name}`: archives are not opened")
            return
        excluded = [
            str(text) for text in map(as_text, as_seq(rule.get("exclude"))) if text is not None
        ]
        copied = False
        for origin, destination, named in self._pairs(
            tree, pattern, target.removeprefix("@artifact/"), excluded
        ):
            copied = True
            self._put(tree, origin, destination, merge=named and strategy == "Merge")
        if copied:
            return
        if tree.absent(_clean(pattern)) is not None:
            self.missing.append(
                f"`{source}` of the artifact `{name}` is {tree.absent(_clean(pattern))}"
            )
        elif not _exists(tree, pattern) and alias in self.assumed:
            self.missing.append(
                f"`{source}` of the artifact `{name}`: the source `{alias}` is not declared here"
            )
        elif not _exists(tree, pattern):
            self._refuse(f"`{source}` matches no file; correct the path")
        elif not _GLOB_CHARACTERS.isdisjoint(pattern):
            self._refuse(f"all that `{source}` matches is excluded")

    def _refuse(self, why: str) -> None:
        self.refused = self.refused or why

    def _pairs(
        self, tree: Tree, pattern: str, target: str, excluded: list[str]
    ) -> Iterator[tuple[str, str, bool]]:
        """Yield files to copy: path in the source, path in the artifact, and whether the pattern
        names the file, not a directory above it."""
        if _GLOB_CHARACTERS.isdisjoint(pattern):
            path = _clean(pattern)
            if tree.is_file(path):
                if not _excluded(path, "", excluded):
                    yield path, self._file_target(target, posixpath.basename(path)), True
            else:
                inside = _clean(posixpath.join(target, posixpath.basename(path)))
                yield from _below(tree, path, inside, path, excluded)
            return
        base = _selection_root(pattern)
        prefix = pattern.removesuffix("/**") + "/" if pattern.endswith("/**") else ""
        for match in _glob(tree, pattern):
            if _excluded(match, base, excluded):
                continue
            destination = _clean(posixpath.join(target, match.removeprefix(prefix)))
            if tree.is_file(match):
                yield match, destination, True
            else:
                yield from _below(tree, match, destination, base, excluded)

    def _file_target(self, target: str, name: str) -> str:
        directory = _clean(target)
        is_directory = not directory or any(path.startswith(f"{directory}/") for path in self.files)
        return (
            _clean(posixpath.join(target, name))
            if target.endswith("/") or is_directory
            else directory
        )

    def _put(self, tree: Tree, origin: str, destination: str, *, merge: bool) -> None:
        ref = tree.ref(origin)
        if ref is None:
            return
        before = self.files.get(destination)
        if not merge or before is None:
            self.files[destination] = ref
            return
        for part in (before, ref):
            if not _is_mapping(part):
                self._refuse(
                    f"`{posixpath.basename(part.path)}` cannot be merged into `{destination}`: it "
                    f"is not a YAML mapping"
                )
        self.files[destination] = MergedFile.of(before, ref)


def _is_mapping(ref: FileRef) -> bool:
    """Return whether every document of a file is a mapping, or nothing."""
    parsed = ref.documents()
    return parsed.complete and all(
        type(one.root) is Map or is_null(one.root) for one in parsed.documents
    )


def _archive_rules() -> Rules:
    """Return what is left out when an artifact is packed: the default patterns once more
    (`SourceIgnoreFilter` without patterns of its own)."""
    rules = Rules()
    rules.add((*VERSION_CONTROL, *DEFAULTS))
    return rules


def _exists(tree: Tree, pattern: str) -> bool:
    path = _clean(pattern)
    return tree.is_file(path) or tree.is_dir(path) or bool(_glob(tree, pattern))


def _clean(path: str) -> str:
    cleaned = posixpath.normpath(path)
    return "" if cleaned == "." else cleaned.lstrip("/")


def _glob(tree: Tree, pattern: str) -> list[str]:
    """Return files and directories that a pattern names, each segment for itself, sorted."""
    found = [""]
    for segment in pattern.split("/"):
        found = [
            f"{directory}/{name}" if directory else name
            for directory in found
            for name in tree.entries(directory)
            if matches(segment, name)
        ]
    return found


def _below(
    tree: Tree, directory: str, destination: str, base: str, excluded: list[str]
) -> Iterator[tuple[str, str, bool]]:
    for name in tree.entries(directory):
        path = f"{directory}/{name}" if directory else name
        if _excluded(path, base, excluded):
            continue
        inside = f"{destination}/{name}" if destination else name
        if tree.is_file(path):
            yield path, inside, False
        else:
            yield from _below(tree, path, inside, base, excluded)


def _selection_root(pattern: str) -> str:
    """Return the literal directories before the first glob segment."""
    parts: list[str] = []
    for part in pattern.split("/"):
        if not _GLOB_CHARACTERS.isdisjoint(part):
            break
        parts.append(part)
    return "/".join(parts)


def _names(pattern: str, path: str) -> bool:
    """Return whether a pattern across segments names a path; one that cannot be read names
    nothing."""
    try:
        return doublestar(pattern).fullmatch(path) is not None
    except PatternError:
        return False


def _excluded(path: str, base: str, patterns: list[str]) -> bool:
    """Return whether a pattern names the path, the path below `base`, or, where it has no slash,
    the name alone."""
    if not patterns:
        return False
    shown = [path]
    if base and path.startswith(f"{base}/"):
        shown.append(path.removeprefix(f"{base}/"))
    return any(
        _names(pattern, one) or ("/" not in pattern and _names(pattern, posixpath.basename(one)))
        for one in shown
        for pattern in patterns
    )
