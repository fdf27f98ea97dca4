"""The baseline: findings that are known and not reported again.

In: a JSON file, written by `gitops-docs check --write-baseline`. Out: the findings that are new. An
entry is recognised by its code, its file and its message without line numbers, so that it survives
lines that move; where several are the same, their number counts.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gitops_docs.model import Finding, Severity
from gitops_docs.text.patterns import Match, Pattern

VERSION = 1
MAX_BYTES = 64 << 20
"""Largest baseline that is read. One of ten thousand findings has some 3 MB."""
_LINE = Pattern(r"([\pL\pN_./-])((?::\d+\b)+)")
_UNUSED = "baseline-unused"


class BaselineError(Exception):
    """A baseline that cannot be used; the text says why."""


def fingerprint(finding: Finding) -> str:
    """What identifies a finding whatever line it is on: 16 hex digits."""
    parts = (finding.code, finding.file or "", _LINE.sub(_without_line, finding.message))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def dumps(findings: Iterable[Finding]) -> str:
    """The findings as the text of a baseline: one entry a line, sorted, so that it is merged and
    reviewed like code."""
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for finding in findings:
        if finding.code != _UNUSED:
            key = (
                finding.file or "",
                finding.code,
                _LINE.sub(_without_line, finding.message),
                fingerprint(finding),
            )
            counted[key] += 1
    rows = []
    for (file, code, message, mark), number in sorted(counted.items()):
        row: dict[str, Any] = {"fingerprint": mark, "code": code, "file": file, "message": message}
        if number > 1:
            row["count"] = number
        rows.append(f"  {json.dumps(row, ensure_ascii=False)}")
    lines = ",\n".join(rows)
    return (
        f'{{"version": {VERSION}, "findings": [\n{lines}\n]}}\n'
        if rows
        else f'{{"version": {VERSION}, "findings": []}}\n'
    )


def load(path: Path) -> Counter[str]:
    """Fingerprints and how many findings each stands for.

    Raises:
        BaselineError: There is no such file, or it is no baseline.
    """
    try:
        if path.exists() and not path.is_file():
            raise BaselineError("it is no file")
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise BaselineError(f"it is larger than the {MAX_BYTES >> 20} MB that are read")
        parsed = json.loads(content)
        if parsed["version"] != VERSION:
            raise BaselineError(
                f"it is of version {parsed['version']}, not {VERSION}; write it again"
            )
        return Counter(
            {str(row["fingerprint"]): int(row.get("count", 1)) for row in parsed["findings"]}
        )
    except OSError as error:
        raise BaselineError(f"it cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BaselineError("it is no list of findings as --write-baseline writes it") from None


def apply(
    findings: Iterable[Finding], known: Counter[str], file: str | None = None
) -> list[Finding]:
    """The findings that the baseline does not know, and one about entries that match nothing.

    Args:
        findings: In a stable order.
        known: What `load` gave.
        file: The baseline, relative to the scan root, for the finding about it.
    """
    left = Counter(known)
    kept = []
    for finding in findings:
        mark = fingerprint(finding)
        if left[mark] > 0:
            left[mark] -= 1
        else:
            kept.append(finding)
    unused = sum(number for number in left.values() if number > 0)
    if unused:
        entries = "one finding that is" if unused == 1 else f"{unused} findings that are"
        message = (
            f"the baseline knows {entries} gone; write it again with --write-baseline, so that "
            f"they are reported if they come back"
        )
        kept.append(Finding(_UNUSED, Severity.INFO, message, file, 1 if file else None))
    return kept


def _without_line(match: Match) -> str:
    return match[1] + ":" * match[2].count(":")
