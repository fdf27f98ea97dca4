"""Say before the first build that a server cannot have its address, and what it watches in short."""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING

from gitops_docs.files.temporary import PREFIX
from gitops_docs.text.patterns import Pattern
from mkdocs_gitops.output import log
from mkdocs_gitops.output.log import PluginError

if TYPE_CHECKING:
    from logging import LogRecord

_WATCHING = Pattern(r"^(\[[\d:]+\] )?Watching paths for changes: (.*)\z")
_NAMED = 3


def refuse_busy(host: str, port: int) -> None:
    """Bind the address for a moment, as the server does when the site is built.

    Raises:
        PluginError: The address is in use or not allowed.
    """
    if not 0 <= port <= 65535:
        raise PluginError(f"cannot serve at {host}:{port}: ports end at 65535; use --dev-addr")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As `http.server` does: an address that was left a moment ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            is_busy = error.errno == errno.EADDRINUSE
            reason = "is in use" if is_busy else os.strerror(error.errno or 0)
            other = f"{host}:{port + 1}" if is_busy and port < 65535 else "127.0.0.1:8000"
            raise PluginError(
                f"cannot serve at {host}:{port}: {reason}. Name another address: --dev-addr {other}"
            ) from None


def shorten_log() -> None:
    """Let MkDocs' server name a few of the paths that it watches, not each directory of a
    repository."""
    log.watch("livereload", _short)


def _short(record: LogRecord) -> bool:
    found = _WATCHING.match(record.getMessage())
    paths = found[2].split(", ") if found else []
    # What this process has made for itself means nothing to a reader.
    own = [path for path in paths if PREFIX in path]
    known = [path for path in paths if path not in own]
    if found and (own or len(known) > _NAMED):
        named, more = ", ".join(known[:_NAMED]) or "the pages", max(0, len(known) - _NAMED)
        rest = f" and {more} more paths" if more else ""
        record.msg = f"{found[1] or ''}Watching {named}{rest} for changes"
        record.args = None
    return True
