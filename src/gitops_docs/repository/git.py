"""Ask what Git knows of a directory: its files, revision, remote and dates. Every answer is None
where there is no Git.

Everything that asks Git asks here. `work_tree` says which repository counts and keeps the
configuration of everybody out of it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from gitops_docs.model import Repository
from gitops_docs.repository.work_tree import (
    MAX_PRINTED,
    NotRead,
    WorkTree,
    find,
    is_hash,
    is_regular,
    named_by,
)
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml import limits

_BATCH = 256
"""Most blobs that are held in memory at once."""
_BATCH_BYTES = MAX_PRINTED // 2
"""Most bytes of them."""
_LAST_SECOND = 253402300799
"""The last second of the year 9999, behind which dates have no ISO form."""


def _find_or_none(root: Path) -> WorkTree | None:
    try:
        return find(root)
    except NotRead:
        return None


def problem(root: Path) -> str | None:
    """Return why the repository that `root` lies in is not read, and what to do; None where it is,
    or where there is none."""
    try:
        find(root)
    except NotRead as error:
        return str(error)
    return None


def toplevel(root: Path) -> Path | None:
    """Return the top of the work tree that `root` lies in."""
    tree = _find_or_none(root)
    return tree.top if tree is not None else None


def prefix(root: Path) -> str | None:
    """Return where `root` lies below the top of its work tree, with a final `/`; empty at the
    top."""
    tree = _find_or_none(root)
    if tree is None:
        return None
    below = Path(os.path.realpath(root)).relative_to(tree.top).as_posix()
    return "" if below == "." else f"{below}/"


def is_shallow(root: Path) -> bool:
    """Return whether the history of the repository ends early (`clone --depth`)."""
    tree = _find_or_none(root)
    return tree is not None and tree.shallow is not None


def watched(root: Path) -> list[Path]:
    """Return the files in which Git notes that HEAD or the remote is another one."""
    tree = _find_or_none(root)
    return [tree.directory / "logs" / "HEAD", tree.common / "config"] if tree is not None else []


# -- files


def list_files(root: Path) -> list[str] | None:
    """Return files below `root` that Git tracks or would track, relative to it, sorted; None where
    Git does not know the directory.

    A directory that Git ignores as a whole (a fixture unpacked into an ignored place) gives None
    too.

    Raises:
        NotRead: There is a repository, but it cannot or may not be read.
    """
    tree = find(root)
    if tree is None:
        return None
    if _has_trap(str(root)) or any(_is_odd(above / ".gitignore") for above in _above(root, tree)):
        raise NotRead(
            "a `.gitignore`, or a file of a Git directory below, is a pipe or a device; remove it"
        )
    arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-per-directory=.gitignore"]
    if is_regular(tree.common / "info" / "exclude"):
        arguments.append(f"--exclude-from={tree.common / 'info' / 'exclude'}")
    out = tree.ask(root, *arguments, "--", ".")
    if out is None:
        # An index that cannot be read, or is split: HEAD says what is tracked, and the rest needs
        # none.
        head = tree.reference(b"HEAD")
        at_head = (
            tree.ask(root, "ls-tree", "-r", "-z", "--name-only", head) if head is not None else None
        )
        out = (at_head or b"") + (tree.ask(root, *arguments, "--", ".", index=False) or b"")
    if not out:
        return None
    paths = {os.fsdecode(part) for part in out.split(b"\0") if part}
    return sorted(path for path in paths if path != ".git" and not path.startswith(".git/"))


def _above(root: Path, tree: WorkTree) -> Iterator[Path]:
    """Yield the directories above one in its work tree, whose `.gitignore` Git reads too."""
    top, directory = os.path.realpath(tree.top), os.path.realpath(root)
    while directory != top and len(directory) > len(top):
        directory = os.path.dirname(directory)
        yield Path(directory)


def _has_trap(root: str) -> bool:
    """Return whether `git ls-files --others` would wait for a pipe or a device: a `.gitignore`, or
    what makes a Git directory below."""
    pending = [root]
    while pending:
        directory = pending.pop()
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    if entry.name == ".git":
                        if directory != root and _is_trap(Path(entry.path)):
                            return True
                    elif entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    elif entry.name == ".gitignore" and not (entry.is_symlink() or entry.is_file()):
                        return True
        except OSError:
            continue
    return False


def _is_trap(dot: Path) -> bool:
    directory = named_by(dot.parent) or dot if is_regular(dot) else dot
    names = [directory / name for name in ("HEAD", "commondir", "packed-refs")]
    pending = [directory / "refs"]
    while pending:
        try:
            for path in pending.pop().iterdir():
                (pending if path.is_dir() and not path.is_symlink() else names).append(path)
        except OSError:
            continue
    return any(_is_odd(name) for name in names)


def _is_odd(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


# -- commits


_OF_LOG = Pattern(r"@\{(?:([0-9]{1,9})|u|upstream)\}")
_SECONDS = Pattern("[0-9]{1,64}")


def _split_revision(revision: str) -> tuple[str, str]:
    """Return the name in a revision, and the steps behind it: from the first `~`, `^` or `@{`
    on."""
    places = [at for at in map(revision.find, ("~", "^", "@{")) if at >= 0]
    end = min(places, default=len(revision))
    return revision[:end], revision[end:]


def resolve(root: Path, revision: str) -> str | None:
    """Return the full hash of the commit that a name stands for, as gitrevisions(7) says; None
    where there is none.

    Not known are the forms that search (`:/text`, `^{/text}`), that name a time (`@{yesterday}`) or
    an earlier branch (`@{-1}`).
    """
    tree = _find_or_none(root)
    if tree is None or not revision or revision.startswith("-"):
        return None
    name, steps = _split_revision(revision)
    found = _named(tree, os.fsencode(name if name not in ("", "@") else "HEAD"))
    at = _OF_LOG.match(steps)
    if at is not None:
        steps = steps[at.end() :]
        full = _full_name(tree, os.fsencode(name if name not in ("", "@") else "HEAD"))
        if full is None:
            return None
        found = tree.logged(full, int(at[1])) if at[1] else _upstream(tree, full)
        if found is None:
            return None
    out = tree.ask(
        root,
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        f"{found}{steps}^{{commit}}" if found else f"{revision}^{{commit}}",
    )
    return out.decode().strip() or None if out else None


_PLACES = (
    b"%s",
    b"refs/%s",
    b"refs/tags/%s",
    b"refs/heads/%s",
    b"refs/remotes/%s",
    b"refs/remotes/%s/HEAD",
)
"""Where Git looks for a short name, in this order."""


def _full_name(tree: WorkTree, name: bytes) -> bytes | None:
    return next(
        (full for full in (place % name for place in _PLACES) if tree.reference(full) is not None),
        None,
    )


def _named(tree: WorkTree, name: bytes) -> str | None:
    """Return what a short or full name of a reference stands for; None for other names, hashes
    among them, which Git knows itself."""
    if is_hash(name):
        return None
    full = _full_name(tree, name)
    return tree.reference(full) if full is not None else None


def _upstream(tree: WorkTree, full: bytes) -> str | None:
    """Return what the branch that a branch is compared with stands for, by `branch.<name>.remote`
    and `.merge`."""
    full = (tree.symbolic(full) or full) if full == b"HEAD" else full
    branch = full.removeprefix(b"refs/heads/").decode("utf-8", "surrogateescape")
    remote, merge = tree.setting(f"branch.{branch}.remote"), tree.setting(f"branch.{branch}.merge")
    if not remote or not merge or not merge.startswith("refs/heads/"):
        return None
    place = merge if remote == "." else f"refs/remotes/{remote}/{merge.removeprefix('refs/heads/')}"
    return tree.reference(os.fsencode(place))


def merge_base(root: Path, one: str, other: str) -> str | None:
    """Return the commit that two others, given by their hashes, have in common, as `git
    merge-base`; None where there is none."""
    tree = _find_or_none(root)
    out = tree.ask(root, "merge-base", one, other) if tree is not None else None
    return out.decode().strip() or None if out else None


_BY_FIRST_PARENT = (
    "--first-parent",
    "--diff-merges=first-parent",
    "--no-renames",
    "--relative",
    "--root",
)


def log(root: Path, form: str, limit: int) -> bytes:
    """Return the commits that touched something below `root` by first parents, newest first, with
    the names of the files (`-z`).

    Before each name stands what became of the file: `A`, `M`, `T` or `D`.
    """
    return _log(root, limit, "--name-status", "-z", f"--format={form}")


def patches(root: Path, form: str, limit: int) -> bytes:
    """Return what the same commits changed, as patches without context."""
    shape = (
        "--patch",
        "--unified=0",
        "--no-ext-diff",
        "--no-textconv",
        "--no-color",
        "--full-index",
    )
    return _log(root, limit, *shape, "--src-prefix=a/", "--dst-prefix=b/", f"--format={form}")


def _log(root: Path, limit: int, *shape: str) -> bytes:
    tree = _find_or_none(root)
    head = tree.reference(b"HEAD") if tree is not None else None
    if tree is None or head is None:
        return b""
    arguments = ("log", "--no-mailmap", f"--max-count={limit}", *_BY_FIRST_PARENT, *shape)
    return tree.ask(root, *arguments, head, "--", ".") or b""


def list_commit(root: Path, commit: str) -> Iterator[tuple[bytes, bytes, str]] | None:
    """Return the entries of a commit below `root`: mode, hash, path relative to it; None where the
    commit cannot be read."""
    tree = _find_or_none(root)
    where = prefix(root)
    if tree is None or where is None:
        return None
    out = tree.ask(
        root, "ls-tree", "-r", "-z", "--full-tree", commit, *(["--", where] if where else [])
    )
    return _entries(out, where) if out is not None else None


def _entries(out: bytes, where: str) -> Iterator[tuple[bytes, bytes, str]]:
    for entry in filter(None, out.split(b"\0")):
        facts, _, name = entry.partition(b"\t")
        mode, _, identity = facts.split()
        yield mode, identity, os.fsdecode(name).removeprefix(where)


def blobs(root: Path, identities: list[bytes]) -> Iterator[bytes]:
    """Yield the contents of blobs, in order.

    Raises:
        OSError: One of them cannot be read, or all together are more than a scan reads.
    """
    tree = _find_or_none(root)
    for wanted in _batches(identities, _sizes(root, identities)):
        given = b"".join(identity + b"\n" for identity in wanted)
        out = tree.ask(root, "cat-file", "--batch", given=given) if tree is not None else None
        position = 0
        for identity in wanted:
            end = out.find(b"\n", position) if out is not None else -1
            # `<id> blob <size>`, the content, a line feed; `<id> missing` where it is not there.
            header = out[position:end].split() if out is not None and end >= 0 else []
            if out is None or len(header) != 3 or header[1] != b"blob":
                raise OSError(f"blob {identity.decode()} cannot be read")
            position = end + 1 + int(header[2])
            yield out[end + 1 : position]
            position += 1


def _sizes(root: Path, identities: list[bytes]) -> list[int]:
    """Return the sizes of blobs, in order.

    Raises:
        OSError: One of them is not there, is larger than a file that is read, or all together are
            more than a scan reads.
    """
    tree = _find_or_none(root)
    sizes: list[int] = []
    for start in range(0, len(identities), _BATCH):
        given = b"".join(identity + b"\n" for identity in identities[start : start + _BATCH])
        out = tree.ask(root, "cat-file", "--batch-check", given=given) if tree is not None else None
        for line in (out or b"").splitlines():
            fields = line.split()
            if len(fields) != 3 or fields[1] != b"blob":
                raise OSError(f"blob {fields[0].decode('ascii', 'replace')} cannot be read")
            sizes.append(int(fields[2]))
    if len(sizes) != len(identities):
        raise OSError("their sizes cannot be read")
    if sum(sizes) > limits.MAX_BYTES_READ or max(sizes, default=0) > _BATCH_BYTES:
        raise OSError(
            f"they are more than the {limits.MAX_BYTES_READ >> 20} MB that are read, or one is "
            f"larger than {_BATCH_BYTES >> 20} MB; compare a part of the repository"
        )
    return sizes


def _batches(identities: list[bytes], sizes: list[int]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    held = 0
    for identity, size in zip(identities, sizes, strict=True):
        if batch and (len(batch) >= _BATCH or held + size > _BATCH_BYTES):
            yield batch
            batch, held = [], 0
        batch.append(identity)
        held += size
    if batch:
        yield batch


# -- the repository


def branch(root: Path) -> str | None:
    """Return the branch that is published: the default one of `origin`, else the current one; None
    where HEAD is none."""
    tree = _find_or_none(root)
    if tree is None:
        return None
    for name, place in (
        (b"refs/remotes/origin/HEAD", b"refs/remotes/origin/"),
        (b"HEAD", b"refs/heads/"),
    ):
        target = tree.symbolic(name)
        if target is not None and target.startswith(place):
            return os.fsdecode(target.removeprefix(place))
    return None


def describe(root: Path, configured_url: str | None = None) -> Repository:
    """Return the repository that `root` is, or lies in, or one without Git.

    Args:
        root: The scan root.
        configured_url: The setting `repository_url`, which wins over the remote.
    """
    url = clean_url(configured_url) if configured_url else None
    date = source_date()
    tree = _find_or_none(root)
    below = prefix(root)
    if (
        tree is None
        or below is None
        or not tree.ask(root, "ls-files", "--cached", "--error-unmatch", "--", ".")
    ):
        return Repository(url=url, date=date)
    revision = tree.reference(b"HEAD")
    shown = (
        tree.ask(root, "log", "--no-mailmap", "-1", "--format=%cs", revision, "--")
        if revision is not None
        else None
    )
    if url is None:
        remote = next((value for key, value in tree.settings if key == "remote.origin.url"), None)
        url = (
            clean_url(remote.encode("utf-8", "surrogateescape").decode("utf-8", "replace").strip())
            if remote
            else None
        )
    return Repository(
        url,
        revision if shown else None,
        below,
        date or (shown.decode().strip() if shown else None),
        tree.shallow is not None,
    )


def source_date() -> str | None:
    """Return the day that SOURCE_DATE_EPOCH means, in ISO form; None where it is not set, or no
    second up to the year 9999.

    Rule: reproducible-builds.org, "SOURCE_DATE_EPOCH specification": ASCII digits without sign,
    fraction or blanks.
    """
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not _SECONDS.fullmatch(seconds) or int(seconds) > _LAST_SECOND:
        return None
    return datetime.fromtimestamp(int(seconds), UTC).date().isoformat()


_SCP = Pattern(r"(?:[\w+-][\w.+-]*@([\w.-]+)|([\w-]+\.[\w.-]+)):([\w.~/-]+)\z")
_SCHEME = Pattern(r"(?:https?|ssh|git)://(?:[^/@]*@)?([^/:]+)(:\d+)?/(.+)\z")


def clean_url(remote: str) -> str | None:
    """Return the web address of a remote: https, without user, password, port of ssh, or `.git`;
    None for a path or another scheme."""
    match = _SCHEME.match(remote)
    if match:
        host, port, path = match.groups()
        host += port if port and remote.startswith("http") else ""
    else:
        match = _SCP.match(remote)
        if not match or match[3].startswith("//"):
            return None
        host, path = match[1] or match[2], match[3]
    return f"https://{host}/{path.strip('/').removesuffix('.git')}"
