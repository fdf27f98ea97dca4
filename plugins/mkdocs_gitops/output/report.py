"""Write the findings of a build into its log."""

from __future__ import annotations

from gitops_docs.model import Platform, Severity
from gitops_docs.text.english import count
from mkdocs_gitops.output.log import log

_CHECKED_BY_MKDOCS = frozenset({"doc-link-missing", "doc-anchor-missing"})
"""Findings that MkDocs reports itself, at the level of the author's `validation`."""


def findings(platform: Platform, directory: str) -> None:
    """Log errors and warnings one by one, so that `--strict` counts them, and the number of the
    rest.

    Args:
        platform: The platform with its findings.
        directory: The directory of the generated pages.
    """
    remarks = 0
    for finding in platform.findings:
        if finding.severity is Severity.INFO:
            remarks += 1
            continue
        if finding.code in _CHECKED_BY_MKDOCS:
            continue
        place = f"{finding.file}:{finding.line or 1}: " if finding.file else ""
        extent = f" ({finding.extent})" if finding.extent else ""
        text = f"{place}{finding.severity.value}: {finding.message}{extent} [{finding.code}]"
        log.warning(text, extra={"finding": finding.code})
    if remarks:
        log.info(f"{count(remarks, 'finding')} of level info on the page {directory}/findings/")
