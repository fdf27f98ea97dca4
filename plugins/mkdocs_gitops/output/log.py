"""Write the log: whatever MkDocs, this plugin or another one says reaches a terminal in one way.

In: records that quote names and texts of a repository. Out: the same without what a terminal or a
CI runner would obey.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, MutableMapping

from mkdocs import exceptions
from mkdocs.plugins import PrefixedLogger

from gitops_docs.text import escape, progress


class _Logger(PrefixedLogger):
    """The log of the plugin: each sentence is one line, whatever it quotes and whichever handler
    prints it."""

    def process(
        self, msg: str, kwargs: MutableMapping[str, object]
    ) -> tuple[str, MutableMapping[str, object]]:
        """Return a sentence with the name of the plugin before it."""
        return super().process(escape.line(str(msg)), kwargs)


log = _Logger("gitops", logging.getLogger("mkdocs.plugins.mkdocs_gitops"))


class PluginError(exceptions.PluginError):
    """Ends the build with a sentence, which MkDocs prints as it is."""

    def __init__(self, message: str) -> None:
        super().__init__(escape.line(message))


def clean(record: logging.LogRecord) -> bool:
    """Return a filter that lets every record pass, with a text that is safe to print, once the line
    of progress has gone.

    MkDocs itself quotes files and links of `docs_dir`; some of its messages have several lines.
    """
    progress.clear()
    try:
        text = record.getMessage()
    except (
        TypeError,
        ValueError,
        KeyError,
    ):  # A message of another plugin that does not fit its arguments.
        text = str(record.msg)
    record.msg, record.args = escape.lines(text), None
    return True


def guard() -> None:
    """Put the filter before whatever handles the log of MkDocs now."""
    for handler in logging.getLogger("mkdocs").handlers:
        if clean not in handler.filters:
            handler.addFilter(clean)


def watch(name: str, look: Callable[[logging.LogRecord], bool]) -> None:
    """Let a function look at what a logger of MkDocs says, before all others.

    Args:
        name: The logger below `mkdocs`, e.g. `livereload`.
        look: May change the record; False drops it.
    """
    logger = logging.getLogger(f"mkdocs.{name}")
    if look not in logger.filters:
        logger.addFilter(look)


def to_terminal(handler: logging.Handler, level: int = logging.INFO) -> None:
    """Let one handler show the log of MkDocs, instead of those that are there."""
    logger = logging.getLogger("mkdocs")
    logger.setLevel(level)
    logger.handlers = [handler]
    guard()
