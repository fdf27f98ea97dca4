"""What Git knows of a directory: its files, revision, remote and dates. Every answer is None where there is no Git.

`git` is the only program that the engine runs. It is asked with a fixed environment, so that neither the user's configuration nor a hook
of the scanned repository changes an answer or runs code.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from gitops_docs.model import Repository

_TIMEOUT = 60
"""Seconds after which a git call counts as failed."""


def run(root: Path, *arguments: str, given: bytes = b"") -> bytes | None:
    """The output of `git -C root ...`, which reads `given`, or None where it fails."""
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
        "GIT_CONFIG_NOSYSTEM": "1",
        # A partial clone must not ask the network for what it lacks.
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
    command = [
        "git",
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.quotePath=false",
        "-c",
        "safe.directory=*",
        "-C",
        str(root),
        *arguments,
    ]
    try:
        done = subprocess.run(command, capture_output=True, env=environment, timeout=_TIMEOUT, input=given, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None


def toplevel(root: Path) -> Path | None:
    """The work tree that `root` lies in."""
    out = run(root, "rev-parse", "--show-toplevel")
    return Path(os.fsdecode(out.rstrip(b"\n"))) if out else None


def prefix(root: Path) -> str:
    """The path of `root` in its work tree, with a final `/`; empty at the top, or without Git."""
    out = run(root, "rev-parse", "--show-prefix")
    return os.fsdecode((out or b"").rstrip(b"\n"))


def list_files(root: Path) -> list[str] | None:
    """Files below `root` that Git tracks or would track, relative to it, sorted; None where Git does not know the directory.

    A directory that Git ignores as a whole (a fixture unpacked into an ignored place) gives None too.
    """
    out = run(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ".")
    if not out:
        return None
    paths = {os.fsdecode(part) for part in out.split(b"\0") if part}
    return sorted(path for path in paths if not path.startswith(".git/"))


_BATCH = 256
"""Blobs that are held in memory at once."""


def blobs(root: Path, identities: list[bytes]) -> Iterator[bytes]:
    """The contents of blobs, in order.

    Raises:
        OSError: One of them cannot be read.
    """
    for start in range(0, len(identities), _BATCH):
        wanted = identities[start : start + _BATCH]
        out = run(root, "cat-file", "--batch", given=b"".join(identity + b"\n" for identity in wanted))
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


def describe(root: Path, configured_url: str | None = None) -> Repository:
    """The repository that `root` is, or lies in, or one without Git.

    Args:
        root: The scan root.
        configured_url: The setting `repository_url`, which wins over the remote.
    """
    url = clean_url(configured_url) if configured_url else None
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    date = datetime.fromtimestamp(int(epoch), UTC).date().isoformat() if epoch.isdigit() else None
    asked = run(root, "rev-parse", "--is-shallow-repository", "--show-toplevel")
    shallow, _, top = asked.removesuffix(b"\n").partition(b"\n") if asked else (b"", b"", b"")
    if not top or (listed := run(root, "ls-files", "--cached", "--error-unmatch", "--", ".")) is None or not listed:
        return Repository(url=url, date=date)
    prefix = root.resolve().relative_to(Path(os.fsdecode(top)).resolve()).as_posix()
    head = run(root, "log", "-1", "--format=%H %cs")
    revision, commit_date = head.decode().split() if head else (None, None)
    if url is None:
        remote = run(root, "remote", "get-url", "origin")
        url = clean_url(remote.decode("utf-8", "replace").strip()) if remote else None
    return Repository(url, revision, "" if prefix == "." else f"{prefix}/", date or commit_date, shallow == b"true")


_SCP = re.compile(r"(?:[\w+-][\w.+-]*@([\w.-]+)|([\w-]+\.[\w.-]+)):(?!//)([\w.~/-]+)\Z")
_SCHEME = re.compile(r"(?:https?|ssh|git)://(?:[^/@]*@)?([^/:]+)(:\d+)?/(.+)\Z")


def clean_url(remote: str) -> str | None:
    """The web address of a remote: https, without user, password, port of ssh, or `.git`; None for a path or another scheme."""
    match = _SCHEME.match(remote)
    if match:
        host, port, path = match.groups()
        host += port if port and remote.startswith("http") else ""
    else:
        match = _SCP.match(remote)
        if not match:
            return None
        host, path = match[1] or match[2], match[3]
    return f"https://{host}/{path.strip('/').removesuffix('.git')}"
