"""Take an invalid SOURCE_DATE_EPOCH out of the environment, before MkDocs ends with an
exception at it."""

from __future__ import annotations

import os

from gitops_docs.repository import git
from mkdocs_gitops.output.log import log


def drop_unusable() -> None:
    """Unset SOURCE_DATE_EPOCH where it is not a number of seconds that counts, with a warning
    unless it is empty."""
    if git.source_date() is None and os.environ.pop("SOURCE_DATE_EPOCH", ""):
        log.warning(
            "SOURCE_DATE_EPOCH is not a number of seconds up to the year 9999, so it does not count; "
            "correct it"
        )
