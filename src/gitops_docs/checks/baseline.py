"""Read and write the baseline: findings that are known and not reported again.

In: a JSON file, written by `gitops-docs check --write-baseline`. Out: the findings that are new. An
entry is recognised by its code, its file and its message without line numbers, so that it survives
lines that move; where several are the same, their number counts. A finding that stands for several
has an entry with the fingerprints of all (`same`).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from gitops_docs.checks.rules.site import BaselineUnused
from gitops_docs.model import Finding, Location
from gitops_docs.text.patterns import Match, Pattern

VERSION = 2
"""Of what is written. Version 1 has the same entries, with sentences as they were then."""
MAX_BYTES = 64 << 20
"""Largest baseline that is read. One of ten thousand findings has some 3 MB."""
_LINE = Pattern(r"([\pL\pN_./-])((?::\d+\b)+)")


class BaselineError(Exception):
    """A baseline that cannot be used; the text says why."""


class Entry(Struct):
    """Findings that the baseline knows: any of their fingerprints, and how many findings."""

    marks: frozenset[str]
    count: int
    place: tuple[str, str] | None = None
    """Code and file, where its sentence may have been written anew since."""


def fingerprint(finding: Finding, message: str | None = None) -> str:
    """Return what identifies a finding whatever line it is on: 16 hex digits.

    Args:
        finding: The finding.
        message: One of `finding.messages`; its own where None.
    """
    text = _LINE.sub(_without_line, finding.message if message is None else message)
    parts = (finding.code, finding.file or "", text)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def dumps(findings: Iterable[Finding]) -> str:
    """Return the findings as the text of a baseline: one entry a line, sorted, so that it is merged
    and reviewed like code."""
    counted: Counter[tuple[str, str, str, str]] = Counter()
    same: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for finding in findings:
        if finding.code != BaselineUnused.code:
            key = (
                finding.file or "",
                finding.code,
                _LINE.sub(_without_line, finding.message),
                fingerprint(finding),
            )
            counted[key] += 1
            same[key] |= {fingerprint(finding, message) for message in finding.merged}
    rows = []
    for key, number in sorted(counted.items()):
        file, code, message, mark = key
        row: dict[str, object] = {
            "fingerprint": mark,
            "code": code,
            "file": file,
            "message": message,
        }
        if same[key]:
            row["same"] = sorted(same[key])
        if number > 1:
            row["count"] = number
        rows.append(f"  {json.dumps(row, ensure_ascii=False)}")
    lines = ",\n".join(rows)
    return (
        f'{{"version": {VERSION}, "findings": [\n{lines}\n]}}\n'
        if rows
        else f'{{"version": {VERSION}, "findings": []}}\n'
    )


def load(path: Path) -> list[Entry]:
    """Return the entries of a baseline.

    Raises:
        BaselineError: There is no such file, or it is not a baseline.
    """
    try:
        if path.exists() and not path.is_file():
            raise BaselineError("it is not a file")
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise BaselineError(f"it is larger than the {MAX_BYTES >> 20} MB that are read")
        parsed = json.loads(content)
        version = parsed["version"]
        if version not in (1, VERSION):
            raise BaselineError(f"it is of version {version}, not {VERSION}; write it again")
        return [
            Entry(
                frozenset([str(row["fingerprint"]), *map(str, row.get("same", ()))]),
                int(row.get("count", 1)),
                (str(row["code"]), str(row["file"])) if version == 1 and "file" in row else None,
            )
            for row in parsed["findings"]
        ]
    except OSError as error:
        raise BaselineError(f"it cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BaselineError("it is not a list of findings as --write-baseline writes it") from None


def apply(
    findings: Iterable[Finding], known: Iterable[Entry], file: str | None = None
) -> list[Finding]:
    """Return the findings that the baseline does not know, and one about entries that match
    nothing.

    A finding that stands for several is known where one of them is: they have one cause. It takes
    one from every entry that it matches, as a baseline has them that was written before they were
    one. Sentences have been reworded since version 1: an entry of that version that matches nothing
    stands for a finding of its code in its file.

    Args:
        findings: In a stable order.
        known: What `load` gave.
        file: The baseline, relative to the scan root, for the finding about it.
    """
    entries = list(known)
    left = [entry.count for entry in entries]
    by_mark: dict[str, list[int]] = defaultdict(list)
    for number, entry in enumerate(entries):
        for mark in entry.marks:
            by_mark[mark].append(number)
    kept = []
    for finding in findings:
        marks = {fingerprint(finding, message) for message in finding.messages}
        found = {number for mark in marks for number in by_mark[mark] if left[number] > 0}
        for number in found:
            left[number] -= 1
        if not found:
            kept.append(finding)
    kept = _without_reworded(kept, entries, left)
    unused = sum(left)
    if unused:
        known_gone = "one finding that is" if unused == 1 else f"{unused} findings that are"
        message = (
            f"the baseline knows {known_gone} gone; write it again with --write-baseline, so that "
            f"they are reported if they come back"
        )
        kept.append(BaselineUnused.at(Location(file, 1) if file else None, message))
    return kept


def _without_reworded(
    findings: list[Finding], entries: list[Entry], left: list[int]
) -> list[Finding]:
    """Return the findings for which no entry of version 1 of their code and file is left over."""
    by_place: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, entry in enumerate(entries):
        if entry.place is not None and left[number] > 0:
            by_place[entry.place].append(number)
    kept = []
    for finding in findings:
        place = (finding.code, finding.file or "")
        found = [number for number in by_place[place] if left[number] > 0]
        if not found:
            kept.append(finding)
        # Of findings that are one now, the entries of all are left over.
        for number in found[: len(finding.messages)]:
            left[number] -= 1
    return kept


def _without_line(match: Match) -> str:
    return match[1] + ":" * match[2].count(":")
