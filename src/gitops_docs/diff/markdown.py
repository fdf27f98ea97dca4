"""A comparison as Markdown for a pull request.

In: a `Comparison`. Out: text that GitHub and GitLab show: what a reviewer must not miss first, then
versions, layers, what waits for them, runbooks, findings, and every object folded away. Text of a
repository stands in code spans only, where nothing in it is markup, a mention or a link.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable

from gitops_docs.diff.compare import Comparison, ObjectDiff
from gitops_docs.diff.objects import Difference
from gitops_docs.index.summary import counted
from gitops_docs.text.escape import code

MARK = "<!-- gitops-docs diff -->"
"""The first line, by which a later run finds its own comment and replaces it."""
LIMIT = 60_000
"""Characters; GitHub takes 65,536 in a comment."""
_SHOWN_FIELDS = 20
_SHOWN_NAMES = 12


def markdown(comparison: Comparison, limit: int | None = LIMIT) -> str:
    """The comparison as Markdown of at most `limit` characters (None: all of it); what is left out
    is said."""
    head = [MARK, "## Platform changes", "", _sentence(comparison), ""]
    parts = [
        _warnings(comparison),
        _versions(comparison),
        _layers(comparison),
        _reach(comparison),
        _variables(comparison),
        _alerts(comparison),
        _runbooks(comparison),
        _findings(comparison),
    ]
    lines = [*head, *(line for part in parts if part for line in [*part, ""])]
    return _fitted(lines, _objects(comparison), limit or sys.maxsize)


def _row(*cells: str) -> str:
    """A row of a table, where a bar would end a cell even inside a code span."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _sentence(comparison: Comparison) -> str:
    between = f"{code(comparison.base)} → {code(comparison.head)}"
    if comparison.empty:
        return f"{between}: no change to what Flux applies."
    numbers = [
        counted(number, word)
        for number, word in (
            (len(comparison.layers), "layer"),
            (len(comparison.objects), "object"),
            (len(comparison.releases), "Helm release"),
            (len(comparison.images), "image"),
        )
        if number
    ]
    waiting = {identity for reach in comparison.reach for identity in reach.dependents}
    behind = waiting - {reach.layer for reach in comparison.reach}
    said = f"{between}: {', '.join(numbers) or 'no layer'} {'differ' if numbers else 'differs'}"
    return (
        f"{said}; {counted(len(behind), 'more layer')} wait{'s' if len(behind) == 1 else ''} for "
        f"them."
        if behind
        else f"{said}."
    )


def _warnings(comparison: Comparison) -> list[str]:
    said = [
        f"{code(diff.label)} {diff.consequence} (layer {code(diff.layer)})"
        for diff in comparison.objects
        if diff.loses and diff.consequence
    ]
    said += [
        f"Layer {code(diff.layer)} is removed"
        for diff in comparison.layers
        if diff.how == "removed"
    ]
    said += [f"Cluster {code(cluster)} is removed" for cluster in comparison.clusters_removed]
    said += [
        f"{code(diff.name)}: {'downgrade' if diff.step == 'down' else 'major version change'}: "
        f"{code(diff.was or '')} → {code(diff.becomes or '')} (layer {code(diff.layer)})"
        for diff in comparison.releases
        if diff.step in ("major", "down")
    ]
    said += [
        f"Layer {code(diff.layer)} would be rejected: status {code(field.becomes)}"
        for diff in comparison.layers
        for field in diff.fields
        if field.name == "status" and field.becomes == "failed"
    ]
    return (
        ["> [!WARNING]", *(f"> - {sentence}" for sentence in _cut(said, "more like these"))]
        if said
        else []
    )


def _cut(lines: list[str], rest: str, most: int = 15) -> list[str]:
    return lines if len(lines) <= most else [*lines[: most - 1], f"{len(lines) - most + 1} {rest}"]


def _versions(comparison: Comparison) -> list[str]:
    rows = [
        _row(
            code(diff.name),
            f"chart {code(diff.chart)}",
            _version(diff.was),
            _version(diff.becomes),
            diff.how if diff.how != "changed" else diff.step,
            code(diff.layer),
        )
        for diff in comparison.releases
    ]
    images: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for image in comparison.images:
        images[image.image, image.was, image.becomes].append(image.layer)
    for (name, was, becomes), layers in images.items():
        how = "added" if not was else "removed" if not becomes else ""
        more = f" and {len(layers) - 1} more" if len(layers) > 1 else ""
        before, after = _version(", ".join(was)), _version(", ".join(becomes))
        rows.append(_row(code(name), "image", before, after, how, f"{code(layers[0])}{more}"))
    if not rows:
        return []
    return [
        "### Versions",
        "",
        "| what | | before | after | | layer |",
        "|---|---|---|---|---|---|",
        *rows,
    ]


def _version(text: str | None) -> str:
    return code(text) if text else "–"


def _layers(comparison: Comparison) -> list[str]:
    if not comparison.layers:
        return []
    lines = ["### Layers", ""]
    lines += [f"- cluster {code(cluster)}: added" for cluster in comparison.clusters_added]
    for diff in comparison.layers:
        facts = [f"{field.name} {code(field.was)} → {code(field.becomes)}" for field in diff.fields]
        if diff.objects:
            facts.append(counted(diff.objects, "object"))
        about = f": {'; '.join(facts)}" if facts else ""
        lines.append(f"- {code(diff.layer)} {diff.how}{about} ({code(f'{diff.file}:{diff.line}')})")
    return lines


def _reach(comparison: Comparison) -> list[str]:
    found = [reach for reach in comparison.reach if reach.dependents or reach.suspended]
    if not found:
        return []
    lines = [
        "### Affected layers",
        "",
        "Layers that wait for a changed layer:",
        "",
    ]
    for reach in sorted(found, key=lambda reach: (-len(reach.dependents), reach.layer)):
        state = ", suspended: not applied until resumed" if reach.suspended else ""
        waits = (
            f": {counted(len(reach.dependents), 'layer')}: {_names(reach.dependents)}"
            if reach.dependents
            else ""
        )
        lines.append(f"- {code(reach.layer)}{state}{waits}")
    return lines


def _names(identities: Iterable[str]) -> str:
    names = [code(identity.rpartition("/")[2]) for identity in identities]
    return ", ".join(names[:_SHOWN_NAMES]) + (
        f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    )


def _variables(comparison: Comparison) -> list[str]:
    if not comparison.variables:
        return []
    lines = [
        "### Variables",
        "",
        "| variable | layer | before | after | |",
        "|---|---|---|---|---|",
    ]
    for diff in comparison.variables:
        how = diff.how if diff.how != "changed" else ""
        known = [
            _version(value) if value is not None else "secret" if diff.status == "secret" else "–"
            for value in (diff.was, diff.becomes)
        ]
        lines.append(_row(code(diff.name), code(diff.layer), *known, how or diff.status))
    return lines


def _alerts(comparison: Comparison) -> list[str]:
    lines = [f"- new: {code(name)}" for name in comparison.alerts_added]
    lines += [f"- gone: {code(name)}" for name in comparison.alerts_removed]
    return ["### Alerts", "", *lines] if lines else []


def _runbooks(comparison: Comparison) -> list[str]:
    if not comparison.runbooks:
        return []
    lines = ["### Related runbooks", ""]
    for hint in comparison.runbooks:
        title = f"{code(hint.title)}, " if hint.title != hint.target else ""
        why = f" (alerts {_names(hint.alerts)})" if hint.alerts else ""
        lines.append(f"- {title}{code(hint.target, 300)} for {_names(hint.layers)}{why}")
    return lines


def _findings(comparison: Comparison) -> list[str]:
    lines = [
        f"- **{finding.severity.value}** {code(finding.code)} "
        f"{code(f'{finding.file}:{finding.line or 1}') if finding.file else ''} "
        f"{code(finding.message, 400)}"
        for finding in comparison.findings_new
    ]
    lines = _cut(lines, "more findings; `gitops-docs check` prints all", 30)
    if comparison.findings_gone:
        lines.append(f"- {counted(len(comparison.findings_gone), 'finding')} fixed")
    return ["### Findings", "", *lines] if lines else []


def _objects(comparison: Comparison) -> list[str]:
    """Every object, folded by layer."""
    lines: list[str] = []
    by_layer: dict[str, list[ObjectDiff]] = defaultdict(list)
    for diff in comparison.objects:
        by_layer[diff.layer].append(diff)
    for layer in sorted(by_layer):
        lines += [
            f"<details><summary>{_html(layer)}: "
            f"{counted(len(by_layer[layer]), 'object')}</summary>",
            "",
        ]
        for diff in by_layer[layer]:
            consequence = f", {diff.consequence}" if diff.consequence else ""
            lines.append(
                f"- {code(diff.label)} {diff.how}{consequence} ({code(f'{diff.file}:{diff.line}')})"
            )
            lines += [f"  - {_field(field)}" for field in diff.fields[:_SHOWN_FIELDS]]
            if len(diff.fields) > _SHOWN_FIELDS:
                lines.append(f"  - {len(diff.fields) - _SHOWN_FIELDS} more fields")
        lines += ["", "</details>", ""]
    return lines


def _html(text: str) -> str:
    """Text inside a `summary`, where Markdown is read too."""
    return "".join(char if char.isalnum() or char in "/-. " else f"&#{ord(char)};" for char in text)


def _field(field: Difference) -> str:
    if (
        field.was is not None
        and field.becomes is not None
        and ("\n" in field.was or "\n" in field.becomes)
    ):
        old, new = field.was.splitlines(), field.becomes.splitlines()
        more, less = (
            len([line for line in new if line not in set(old)]),
            len([line for line in old if line not in set(new)]),
        )
        return (
            f"{code(field.field, 200)}: text, {counted(more, 'line')} new, {counted(less, 'line')} "
            f"gone"
        )
    was = code(field.was) if field.was is not None else "nothing"
    becomes = code(field.becomes) if field.becomes is not None else "nothing"
    return f"{code(field.field, 200)}: {was} → {becomes}"


def _fitted(lines: list[str], objects: list[str], limit: int) -> str:
    """The lines, and as many of the objects' as there is room for."""
    room = limit - sum(len(line) + 1 for line in lines) - 200
    if room < 0:
        kept, size = [], 0
        for line in lines:
            size += len(line) + 1
            if size > limit - 200:
                break
            kept.append(line)
        return "\n".join(
            [
                *kept,
                "",
                "_Truncated. Run `gitops-docs diff` for the full output._",
                "",
            ]
        )
    if not objects:
        return "\n".join(lines)
    kept = []
    for line in objects:
        room -= len(line) + 1
        if room < 0:
            closing = (
                ["", "</details>", ""]
                if "".join(kept).count("<details>") > "".join(kept).count("</details>")
                else []
            )
            return "\n".join(
                [
                    *lines,
                    "### Objects",
                    "",
                    *kept,
                    *closing,
                    "_Truncated. Run `gitops-docs diff` for the full output._",
                    "",
                ]
            )
        kept.append(line)
    return "\n".join([*lines, "### Objects", "", *kept])
