"""Find which findings concern a layer, a release, an alert, an object or a file.

In: a platform with settled findings. Out: findings, in the platform's order. The indexes are made
once, in linear time.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable

from gitops_docs.model import Alert, Finding, Layer, Platform, Ref, Release

Subject = Layer | Release | Alert | Ref | str
"""What findings may concern; a text is a file."""


class FindingIndex:
    """Findings of a platform by what they concern."""

    def __init__(self, platform: Platform) -> None:
        self._order = {finding: number for number, finding in enumerate(platform.findings)}
        self._by_layer: dict[str, list[Finding]] = defaultdict(list)
        self._by_file: dict[str, list[Finding]] = defaultdict(list)
        self._by_ref: dict[Ref, list[Finding]] = defaultdict(list)
        for finding in platform.findings:
            for layer in finding.layers:
                self._by_layer[layer].append(finding)
            for ref in finding.about:
                self._by_ref[ref].append(finding)
            if finding.file is not None:
                self._by_file[finding.file].append(finding)
        starts: dict[str, set[int]] = defaultdict(set)
        for owner in platform.layers:
            for resource in owner.resources:
                starts[resource.file].add(resource.line)
        for alert in platform.alerts:
            starts[alert.file].add(alert.line)
        self._starts = {file: sorted(lines) for file, lines in starts.items()}

    def of(self, subject: Subject) -> tuple[Finding, ...]:
        """Return the findings that concern a subject.

        Args:
            subject: A layer: what is found in it and about it. A release or an alert: what is about
                it, and what stands between its first line and the next object of its file. A
                reference: what is about the object. A text: what stands in that file.
        """
        if isinstance(subject, str):
            return tuple(self._by_file.get(subject, ()))
        if isinstance(subject, Ref):
            return tuple(self._by_ref.get(subject, ()))
        if isinstance(subject, Layer):
            both = (*self._by_layer.get(subject.id, ()), *self._by_ref.get(subject.ref, ()))
            return self._once(both)
        inside = (
            finding
            for finding in self._by_file.get(subject.file, ())
            if self._inside(subject, finding)
        )
        # The rules of one object have one reference: only their places tell them apart.
        is_rule = isinstance(subject, Alert) and subject.kind != "flux"
        named = () if is_rule else self._by_ref.get(subject.ref, ())
        return self._once((*inside, *named))

    def _inside(self, subject: Release | Alert, finding: Finding) -> bool:
        lines = self._starts.get(subject.file, [])
        position = bisect_right(lines, subject.line)
        end = lines[position] if position < len(lines) else sys.maxsize
        return subject.line <= (finding.line or 0) < end and (
            not finding.layers or subject.layer in finding.layers
        )

    def _once(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        return tuple(sorted(set(findings), key=self._order.__getitem__))
