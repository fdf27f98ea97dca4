"""What a server says when it starts."""

from __future__ import annotations

import logging
import socket

import pytest

from mkdocs_gitops.output.log import PluginError
from mkdocs_gitops.serving.address import refuse_busy, shorten_log


def test_busy_port() -> None:
    """An address that something else has is named, with an option that helps; a free one passes."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PluginError, match=rf"127.0.0.1:{port}: is in use.*--dev-addr"):
            refuse_busy("127.0.0.1", port)
    refuse_busy("127.0.0.1", port)
    with pytest.raises(PluginError, match="ports end at 65535"):
        refuse_busy("127.0.0.1", 99999)


def test_watched_paths(caplog: pytest.LogCaptureFixture) -> None:
    """Many paths are one short line; the rest of the log is as it was."""
    shorten_log()
    log = logging.getLogger("mkdocs.livereload")
    with caplog.at_level(logging.INFO, "mkdocs.livereload"):
        log.info("[12:00:00] Watching paths for changes: 'a', 'b', 'c', 'd', 'e'")
        log.info("[12:00:00] Watching paths for changes: 'a', 'b'")
        log.info("[12:00:00] Watching paths for changes: '/t/gitops-docs-x/docs', 'a'")
        log.info("Serving on x")
    assert caplog.messages == [
        "[12:00:00] Watching 'a', 'b', 'c' and 2 more paths for changes",
        "[12:00:00] Watching paths for changes: 'a', 'b'",
        "[12:00:00] Watching 'a' for changes",
        "Serving on x",
    ]
