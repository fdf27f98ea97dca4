"""Find the Git repository whose work tree a directory lies in, and run `git` on it without its
configuration.

`git` is the only program that the engine starts, and this is the only module that starts it. It
never runs in the repository's own Git directory: it runs in an empty one of this package
(`empty/`), which borrows the objects and the index of the repository by environment variables. So
no setting, include, hook, attribute, remote or reference of the repository reaches `git`, and none
of the user or the system does either. What is needed of them (where the work tree is, the format of
object names, the address of `origin`, what HEAD means) is read here, as data.

Rules: gitrepository-layout(5), git-worktree(1), and `setup.c` of Git for which directory counts and
who may own it.
"""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

if sys.platform == "linux":
    import resource

from gitops_docs.text.memo import memo
from gitops_docs.text.patterns import Pattern

_EMPTY = Path(__file__).with_name("empty")
_TIMEOUT = 60
"""Seconds after which a call counts as failed. The last resort: what could wait without end is
refused before."""
_MEMORY = 512 << 20
"""Most bytes of memory of a call, where the system can limit another process (Linux)."""
_NO_LARGE_DIFFS = "core.bigFileThreshold=16m"
"""Larger files than are read are not compared line by line."""
_SMALL = 64 << 10
"""Most bytes of a file that holds one reference or one path."""
_MOST = 64 << 20
"""Most bytes of `packed-refs`, a reflog and the list of alternates."""
MAX_PRINTED = 64 << 20
"""Most bytes that a call may print: the names of half a million files."""
_CONFIG = 1 << 20
"""Most bytes of a Git configuration."""
_NESTED = 5
"""How deep symbolic references and alternates may lead on, as in Git."""
_LENGTHS = {"sha1": 40, "sha256": 64}
_READ = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
)
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
"""What `git` may need of the environment to start at all."""
_REFERENCE = Pattern(r"refs/[^\x00-\x20\x7f~^:?*\[\\]+|[A-Z_]+")


_NUMBER = Pattern("[0-9]{1,10}")
_HEX = frozenset(b"0123456789abcdef")


def is_hash(text: bytes, lengths: tuple[int, ...] = (40, 64)) -> bool:
    """Return whether a text is the full hash of an object."""
    return len(text) in lengths and not set(text) - _HEX


class NotRead(Exception):
    """A Git repository that cannot, or may not, be read; the text says why and what to do, without
    a path outside of it."""


class WorkTree(Struct, frozen=True):
    """A work tree and where its repository lies; all paths are resolved."""

    top: Path
    directory: Path
    """The Git directory of this work tree: `.git`, or one below `.git/worktrees` or
    `.git/modules`."""
    common: Path
    """The Git directory that it shares with other work trees: objects and references."""
    settings: tuple[tuple[str, str], ...]
    """The repository's own configuration without what it includes; sections and names are lower
    case."""

    def setting(self, key: str) -> str | None:
        """Return the last value of a key."""
        return _last(self.settings, key)

    @property
    def format(self) -> str:
        """The hash that names objects."""
        return (self.setting("extensions.objectformat") or "sha1").lower()

    @property
    def shallow(self) -> Path | None:
        """The file that says where a shallow history ends; None where the history is whole."""
        path = self.common / "shallow"
        return path if is_regular(path) and path.stat().st_size else None

    def ask(
        self, root: Path, *arguments: str, given: bytes = b"", index: bool = True
    ) -> bytes | None:
        """Return what `git` prints, run in `root` on this repository; None where it fails.

        Args:
            root: A directory of the work tree.
            arguments: A command of Git and its arguments.
            given: Standard input.
            index: Whether the index counts; without, nothing is tracked.
        """
        home = _EMPTY / self.format
        index_file = self.directory / "index"
        environment = {
            "GIT_DIR": str(home),
            "GIT_WORK_TREE": str(self.top),
            "GIT_OBJECT_DIRECTORY": str(self.common / "objects"),
            "GIT_INDEX_FILE": str(
                index_file if index and is_regular(index_file) else home / "index"
            ),
        }
        options = ["--literal-pathspecs", "--no-replace-objects"]
        shallow = self.shallow
        if shallow is not None:
            options += ["--shallow-file", str(shallow)]
        return _run(root, [*options, *arguments], environment, given)

    # -- references

    def reference(self, name: bytes) -> str | None:
        """Return the object that a full name of a reference (`HEAD`, `refs/heads/main`) stands
        for."""
        for _ in range(_NESTED):
            if not _REFERENCE.fullmatch(name.decode("latin-1")) or b".." in name or b"//" in name:
                return None
            place = self.directory if name[:5] != b"refs/" else self.common
            content = self._small(place, os.fsdecode(name))
            if content is None:
                return self._packed(name)
            if not content.startswith(b"ref:"):
                return self._identity(content.split()[0] if content.split() else b"")
            name = content[4:].strip()
        return None

    def symbolic(self, name: bytes) -> bytes | None:
        """Return the reference that another one stands for; None where it is not symbolic."""
        place = self.directory if name[:5] != b"refs/" else self.common
        content = self._small(place, os.fsdecode(name))
        return content[4:].strip() if content is not None and content.startswith(b"ref:") else None

    def logged(self, name: bytes, number: int) -> str | None:
        """Return what a reference stood for `number` changes ago, by its reflog."""
        place = self.directory if name[:5] != b"refs/" else self.common
        lines = (_content(place, f"logs/{os.fsdecode(name)}", _MOST) or b"").splitlines()
        if number >= len(lines):
            return None
        fields = lines[-1 - number].split(b" ", 2)
        return self._identity(fields[1]) if len(fields) == 3 else None

    def _packed(self, name: bytes) -> str | None:
        for line in (_content(self.common, "packed-refs", _MOST) or b"").splitlines():
            identity, _, packed = line.partition(b" ")
            if packed == name:
                return self._identity(identity)
        return None

    def _identity(self, text: bytes) -> str | None:
        length = _LENGTHS[self.format]
        return text.decode() if is_hash(text, (length,)) else None

    @staticmethod
    def _small(place: Path, name: str) -> bytes | None:
        return _content(place, name, _SMALL)


def find(root: Path) -> WorkTree | None:
    """Return the work tree that a directory lies in; None where there is no Git.

    A directory that is only laid out like a bare repository does not count, and ends no search.

    Raises:
        NotRead: There is one, which cannot or may not be read.
    """
    top, directory = _discovered(root)
    if top is None or directory is None:
        return None
    if program() is None:
        raise NotRead(
            "the program `git` is not installed; install it, or put its directory on PATH"
        )
    _refuse_strangers(top, directory)
    common = _common(top, directory)
    settings = _settings(common / "config")
    if _last(settings, "extensions.worktreeconfig") in ("true", "yes", "on", "1", ""):
        settings += _settings(directory / "config.worktree")
    found = WorkTree(top, directory, common, settings)
    if (
        found.format not in _LENGTHS
        or (found.setting("extensions.refstorage") or "files").lower() != "files"
    ):
        raise NotRead(
            "only SHA-1 and SHA-256 with references in files are read; clone it without "
            "`--ref-format`"
        )
    _refuse_others(found)
    if any(_is_odd(store) for store in _stores(common / "objects")):
        raise NotRead("among its objects is a pipe, a device or a link; remove it, or clone again")
    return found


# -- which one


def _discovered(root: Path) -> tuple[Path | None, Path | None]:
    """Return the top of the work tree and its Git directory, as Git looks for them: upwards, within
    one file system."""
    here = Path(os.path.realpath(root))
    reason: NotRead | None = None
    try:
        device = here.stat().st_dev
    except OSError:
        return None, None
    for top in (here, *here.parents):
        dot = top / ".git"
        try:
            if top.stat().st_dev != device:
                break
            status = os.lstat(dot)
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            return top, _named(top)
        directory = Path(os.path.realpath(dot))
        if _is_git_directory(directory):
            return top, directory
        # Git looks further up then.
        reason = reason or NotRead("`.git` is not a Git directory; restore it, or clone again")
    if reason is not None:
        raise reason
    return None, None


def named_by(top: Path) -> Path | None:
    """Return what the file `.git` of a directory names; None where it names nothing."""
    content = _content(top, ".git", _SMALL) or b""
    return _joined(top, content[8:]) if content.startswith(b"gitdir: ") else None


def _named(top: Path) -> Path:
    directory = named_by(top)
    if directory is None:
        raise NotRead("the file `.git` names no Git directory; restore it, or clone again")
    if not _is_git_directory(directory):
        raise NotRead(
            "the file `.git` names a directory that is not a Git directory; restore it, or clone again"
        )
    return directory


def _is_git_directory(directory: Path) -> bool:
    """Return whether a directory has what Git asks of one (`is_git_directory`), and nothing of it
    is a link to elsewhere."""
    try:
        common = directory
        shared = _content(directory, "commondir", _SMALL)
        if shared is not None:
            common = _joined(directory, shared)
        head, objects, refs = (
            os.lstat(path) for path in (directory / "HEAD", common / "objects", common / "refs")
        )
        return (
            stat.S_ISREG(head.st_mode)
            and stat.S_ISDIR(objects.st_mode)
            and stat.S_ISDIR(refs.st_mode)
        )
    except (OSError, ValueError):
        return False


def _common(top: Path, directory: Path) -> Path:
    """Return the Git directory that holds objects and references. A linked work tree and its
    repository must name each other."""
    shared = _content(directory, "commondir", _SMALL)
    if shared is None:
        return directory
    common = _joined(directory, shared)
    back = _joined(directory, _content(directory, "gitdir", _SMALL) or b"")
    if directory.parent != common / "worktrees" or back != top / ".git":
        raise NotRead(
            "it is a linked work tree that its repository does not know; run `git worktree repair`"
        )
    return common


def _refuse_others(found: WorkTree) -> None:
    """Refuse a Git directory that belongs to another work tree, or to none."""
    top, directory = found.top, found.directory
    if directory != found.common:
        return
    if (found.setting("core.bare") or "false").lower() in ("true", "yes", "on", "1", ""):
        raise NotRead(
            "it is a bare repository, which has no work tree; run `git config core.bare false` if "
            "this is one"
        )
    given = found.setting("core.worktree")
    # What lies elsewhere must say that it is meant: a file `.git` alone could name the repository
    # of anybody.
    belongs = (
        directory.is_relative_to(top)
        if given is None
        else _joined(directory, os.fsencode(given)) == top
    )
    if not belongs:
        raise NotRead(
            "its Git directory belongs to another work tree; set `core.worktree` there to this "
            "directory"
        )


# -- who may


def _refuse_strangers(top: Path, directory: Path) -> None:
    """Refuse a repository of another user, as Git does, unless the user or the system calls it
    safe."""
    if not hasattr(os, "geteuid"):
        return
    owners = {os.geteuid()}
    if os.geteuid() == 0 and _NUMBER.fullmatch(os.environ.get("SUDO_UID", "")):
        owners.add(int(os.environ["SUDO_UID"]))
    for path in (top, top / ".git", directory):
        if os.lstat(path).st_uid not in owners and not _is_safe(top):
            raise NotRead(
                "it belongs to another user; if you trust it, run `git config --global --add "
                "safe.directory` with its path"
            )


def _is_safe(top: Path) -> bool:
    """Return whether `safe.directory` of the user or the system names a work tree. Nothing else of
    their settings is looked at."""
    theirs = {key: os.environ[key] for key in ("HOME", "XDG_CONFIG_HOME") if key in os.environ}
    safe = False
    for scope in ("--system", "--global"):
        command = [
            "config",
            scope,
            "--includes",
            "--type=path",
            "--null",
            "--get-all",
            "safe.directory",
        ]
        out = _run(_EMPTY, command, {"GIT_DIR": str(_EMPTY / "sha1"), **theirs}, theirs=True)
        for value in (out or b"").split(b"\0")[:-1]:
            name = os.fsdecode(value)
            if not name:
                safe = False
            elif name == "*" or os.path.realpath(name) == str(top):
                safe = True
            elif name.endswith("/*"):
                safe = safe or top.is_relative_to(os.path.realpath(name[:-2]))
    return safe


# -- what it holds


def _settings(path: Path) -> tuple[tuple[str, str], ...]:
    """Return the keys and values of a Git configuration, without those of files that it
    includes."""
    try:
        status = os.lstat(path)
    except OSError:
        return ()
    if not stat.S_ISREG(status.st_mode) or status.st_size > _CONFIG:
        raise NotRead(f"its file `{path.name}` is not a regular file or is too large; restore it")
    return _parsed(
        str(path), (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
    )


@memo(64)
def _parsed(path: str, _signature: tuple[int, ...]) -> tuple[tuple[str, str], ...]:
    command = ["config", "--file", path, "--no-includes", "--null", "--list"]
    out = _run(_EMPTY, command, {"GIT_DIR": str(_EMPTY / "sha1")})
    if out is None:
        raise NotRead(
            f"its file `{os.path.basename(path)}` cannot be read; correct it with `git config "
            f"--edit`"
        )
    pairs = (
        entry.decode("utf-8", "surrogateescape").partition("\n")
        for entry in out.split(b"\0")
        if entry
    )
    return tuple((key, value) for key, _, value in pairs)


def _last(settings: tuple[tuple[str, str], ...], key: str) -> str | None:
    return next((value for name, value in reversed(settings) if name == key), None)


def _stores(objects: Path) -> Iterator[Path]:
    """Yield a directory of objects, and those that it borrows from."""
    pending, seen = [(objects, 0)], set()
    while pending:
        store, depth = pending.pop()
        if store in seen:
            continue
        seen.add(store)
        yield store
        for line in (_content(store, "info/alternates", _MOST) or b"").splitlines():
            if line and not line.startswith(b"#") and depth < _NESTED:
                pending.append((_joined(store, line), depth + 1))


def _is_odd(store: Path) -> bool:
    """Return whether a directory of objects holds what `git` would wait for, or what lies
    elsewhere."""
    pending = [str(store)]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    elif not entry.is_file(follow_symlinks=False):
                        return True
        except OSError:
            continue
    return False


def _joined(place: Path, line: bytes) -> Path:
    """Return the path that a file of one line names, seen from a directory, with all links
    resolved."""
    return Path(
        os.path.realpath(os.path.join(place, os.fsdecode(line.rstrip(b"\r\n").replace(b"\0", b""))))
    )


def is_regular(path: Path) -> bool:
    """Return whether a path is a regular file and no link."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def _content(place: Path, name: str, most: int) -> bytes | None:
    """Return the bytes of a regular file below a Git directory; None where there is none, or one
    that is larger, or a link leads out."""
    path = os.path.join(place, name)
    try:
        # A directory on the way that is a link may not lead out either.
        above = os.path.join(os.path.realpath(os.path.dirname(path)), "")
        if not above.startswith(os.path.join(os.path.realpath(place), "")):
            return None
        descriptor = os.open(path, _READ)
    except (OSError, ValueError):
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            return None
        content = b""
        while len(content) <= most and (part := os.read(descriptor, status.st_size + 1)):
            content += part
        return content
    except OSError:
        return None
    finally:
        os.close(descriptor)


# -- the program


def program() -> str | None:
    """Return the path of `git`. Relative directories of PATH do not count: what they hold may come
    from the repository."""
    return _program(os.environ.get("PATH", os.defpath))


@lru_cache(maxsize=8)
def _program(path: str) -> str | None:
    name = "git.exe" if os.name == "nt" else "git"
    places = (os.path.join(place, name) for place in path.split(os.pathsep) if os.path.isabs(place))
    return next(
        (place for place in places if os.path.isfile(place) and os.access(place, os.X_OK)), None
    )


def _run(
    where: Path,
    arguments: list[str],
    more: dict[str, str],
    given: bytes = b"",
    *,
    theirs: bool = False,
) -> bytes | None:
    """Return what `git` prints; None where it fails.

    Args:
        where: The directory that it runs in.
        arguments: Options of Git, a command and its arguments.
        more: Environment variables of the call.
        given: Standard input.
        theirs: Whether the configuration of the user and of the system can be read, as `git config`
            reads it.
    """
    git = program()
    if git is None:
        return None
    # Without a configuration there is nothing to override. These hold where `git` finds one that is
    # not known here.
    own = {
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": os.devnull,
        "HOME": str(_EMPTY),
        "XDG_CONFIG_HOME": str(_EMPTY),
    }
    environment = {
        **{key: os.environ[key] for key in _KEPT if key in os.environ},
        "PATH": os.path.dirname(git),
        "LC_ALL": "C",
        # No protocol is allowed: a partial clone must not ask anybody for what it lacks.
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        **({} if theirs else own),
        **more,
    }
    settings = ("core.commitGraph=false", "core.precomposeUnicode=true", _NO_LARGE_DIFFS)
    command = [git, *(part for setting in settings for part in ("-c", setting)), *arguments]
    try:
        with subprocess.Popen(
            command,
            cwd=where,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        ) as process:
            return _answer(process, given)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def _answer(process: subprocess.Popen[bytes], given: bytes) -> bytes | None:
    """Return what a program prints; None where it fails, takes too long or prints too much: few
    objects of Git can stand for files without end."""
    if sys.platform == "linux":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    timer = threading.Timer(_TIMEOUT, process.kill)
    timer.start()
    assert process.stdin is not None and process.stdout is not None
    try:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(given)
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        printed = process.stdout.read(MAX_PRINTED + 1)
        if len(printed) > MAX_PRINTED:
            return None
        return printed if process.wait() == 0 else None
    finally:
        timer.cancel()
        process.kill()
