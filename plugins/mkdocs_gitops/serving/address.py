"""Say before the first build that a server cannot have its address, and what it watches in short."""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING

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
        PluginError: Something else serves there, or nobody may.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As `http.server` does: an address that was left a moment ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            reason = (
                "is in use" if error.errno == errno.EADDRINUSE else os.strerror(error.errno or 0)
            )
            other = f"{host}:{port + 1 if port < 65535 else 8000}"
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
    if found and len(paths) > _NAMED:
        named, more = ", ".join(paths[:_NAMED]), len(paths) - _NAMED
        record.msg = f"{found[1] or ''}Watching {named} and {more} more paths for changes"
        record.args = None
    return True
