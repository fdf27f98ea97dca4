"""Write a comparison as Markdown for a pull request.

In: a `Comparison`. Out: text that GitHub and GitLab show: what a reviewer must not miss first, then
versions, layers, what waits for them, runbooks, findings, and every object folded away. What
several clusters have in common is written once; places are links to the forge; each list is
bounded. Text of a repository stands in code spans only, where nothing in it is markup, a mention or
a link.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator

from gitops_docs.diff.compare import Comparison, ObjectDiff
from gitops_docs.diff.objects import Difference
from gitops_docs.diff.warnings import warnings
from gitops_docs.diff.wording import SHOWN_NAMES, file_link, grouped, last_parts, layer_of, listed
from gitops_docs.kubernetes.versions import step
from gitops_docs.model import Severity, cluster_of, name_in_cluster
from gitops_docs.text.english import count, listing
from gitops_docs.text.escape import code

MARK = "<!-- gitops-docs diff -->"
"""The first line, by which a later run finds its own comment and replaces it."""
LIMIT = 60_000
"""Characters; GitHub takes 65,536 in a comment."""
_SHOWN_FIELDS = 20
_SHOWN_DEFAULTS = 10
_SHOWN_RUNBOOKS = 10
_SHOWN_DIGEST = 12
_SHOWN_OF_CHART = 60
_SHOWN_CHART_FIELDS = 8
"""Most objects of one chart, and most fields of each."""
_MOST_ROWS = 40
"""Most rows of a table and entries of a list: a month of changes must stay readable."""


def markdown(comparison: Comparison, limit: int | None = LIMIT, *, info: bool = False) -> str:
    """Return the comparison as Markdown.

    Args:
        comparison: What differs.
        limit: Most characters; None for no limit. What is left out is named.
        info: Whether findings of the severity info are listed.
    """
    head = [MARK, "## Platform changes", "", _sentence(comparison), ""]
    parts = [
        _warnings(comparison),
        _versions(comparison),
        _charts(comparison),
        _layers(comparison),
        _reach(comparison),
        _variables(comparison),
        _alerts(comparison),
        _runbooks(comparison),
        _findings(comparison, info),
    ]
    lines = [*head, *(line for part in parts if part for line in [*part, ""])]
    return _fitted(lines, _objects(comparison), limit or sys.maxsize)


def _row(*cells: str) -> str:
    """Return a row of a table, where a bar would end a cell even inside a code span."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _sentence(comparison: Comparison) -> str:
    between = f"{code(comparison.base)} → {code(comparison.head)}"
    if comparison.empty:
        return f"{between}: no change to what Flux applies."
    numbers = [
        count(number, word)
        for number, word in (
            (len({name_in_cluster(diff.layer) for diff in comparison.layers}), "layer"),
            (len({(name_in_cluster(d.layer), d.label) for d in comparison.objects}), "object"),
            (
                len({(name_in_cluster(d.layer), d.name) for d in comparison.releases}),
                "Helm release",
            ),
            (len({image.image for image in comparison.images}), "image"),
        )
        if number
    ]
    clusters = {cluster_of(diff.layer) for diff in comparison.layers}
    where = f" on {len(clusters)} clusters" if len(clusters) > 1 else ""
    waiting = {identity for reach in comparison.reach for identity in reach.dependents}
    behind = {*map(name_in_cluster, waiting)} - {
        name_in_cluster(reach.layer) for reach in comparison.reach
    }
    what = f"{', '.join(numbers)}{where} differ" if numbers else "no layer differs"
    said = f"{between}: {what}"
    return (
        f"{said}; {count(len(behind), 'more layer')} wait{'s' if len(behind) == 1 else ''} for "
        f"them."
        if behind
        else f"{said}."
    )


def _warnings(comparison: Comparison) -> list[str]:
    found = warnings(comparison)
    if not found:
        return []
    return ["> [!WARNING]", *(f"> - {sentence}" for sentence in _cut(found, "more like these"))]


def _cut(lines: list[str], rest: str, most: int = 15) -> list[str]:
    if len(lines) <= most:
        return lines
    more = f"{len(lines) - most + 1} {rest}"
    mark = "| " if lines[0].startswith("| ") else "- " if lines[0].startswith("- ") else ""
    return [*lines[: most - 1], f"{mark}{more}{' |' if mark == '| ' else ''}"]


def _versions(comparison: Comparison) -> list[str]:
    rows = []
    for releases in grouped(
        comparison.releases, lambda diff: (diff.name, diff.chart, diff.how, diff.was, diff.becomes)
    ):
        diff = releases[0]
        files = comparison.base_files if diff.how == "removed" else comparison.head_files
        rows.append(
            _row(
                code(diff.name),
                f"chart {code(diff.chart)}",
                _version(diff.was),
                _version(diff.becomes),
                diff.how if diff.how != "changed" else diff.step,
                layer_of(releases),
                file_link(diff.file, diff.line, files),
            )
        )
    images: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for image in comparison.images:
        images[image.image, image.was, image.becomes].append(image.layer)
    for (name, was, becomes), layers in images.items():
        how = "added" if not was else "removed" if not becomes else _step(was, becomes)
        before, after = _tags(was), _tags(becomes)
        named = (
            code(layers[0])
            if len(layers) == 1
            else last_parts(sorted({*map(name_in_cluster, layers)}))
        )
        clusters = {cluster_of(layer) for layer in layers}
        where = f"{named} on {len(clusters)} clusters" if len(clusters) > 1 else named
        rows.append(_row(code(name), "image", before, after, how, where, ""))
    if not rows:
        return []
    return [
        "### Versions",
        "",
        "| what | | before | after | | layer | |",
        "|---|---|---|---|---|---|---|",
        *_cut(rows, "more, see the objects", _MOST_ROWS),
    ]


def _tags(tags: tuple[str, ...]) -> str:
    """Tags, with as much of a digest as tells it from another one; the objects have all of it."""
    shown = []
    for tag in tags:
        name, mark, digest = tag.partition("sha256:")
        shown.append(f"{name}{mark}{digest[:_SHOWN_DIGEST]}…" if mark else tag)
    return _version(", ".join(shown))


def _step(was: tuple[str, ...], becomes: tuple[str, ...]) -> str:
    """Return how far one tag is from another: as `versions.step`, or `digest` where only the digest
    differs."""
    if len(was) != 1 or len(becomes) != 1:
        return ""
    old, new = was[0].partition("@")[0], becomes[0].partition("@")[0]
    return "digest" if old == new else step(old, new)


def _charts(comparison: Comparison) -> list[str]:
    """Return the changes inside charts: losses first, objects folded."""
    lines: list[str] = []
    for diff in comparison.charts:
        numbers = [
            f"{number} {how}"
            for how in ("added", "removed", "changed")
            if (number := sum(one.how == how for one in diff.objects))
        ]
        if diff.labels_only:
            numbers.append(f"{diff.labels_only} with other labels only")
        moved = f", {code(diff.was or '–')} → {code(diff.becomes or '–')}"
        how = f" ({diff.step})" if diff.step else ""
        said = f"objects: {', '.join(numbers)}" if numbers else "no object differs"
        if diff.unknown:
            said = f"its objects are not compared: {diff.unknown}"
        version = f"{moved}{how}" if diff.was != diff.becomes else ""
        lines.append(f"- {code(diff.name)}, chart {code(diff.chart)}{version}: {said}")
        for definition in diff.definitions:
            parts = [
                f"version {code(version)} is no longer served" for version in definition.versions
            ]
            if definition.fields:
                parts.append(f"loses {listed(definition.fields)}")
            lines.append(f"  - **{code(definition.name)}** {'; '.join(parts)}")
        if diff.defaults:
            lines.append(f"  - {count(len(diff.defaults), 'default')} changed that you do not set:")
            lines += [
                f"    - {code(one.path, 200)}: {_default(one.was)} → {_default(one.becomes)}"
                for one in diff.defaults[:_SHOWN_DEFAULTS]
            ]
            if len(diff.defaults) > _SHOWN_DEFAULTS:
                lines.append(f"    - {len(diff.defaults) - _SHOWN_DEFAULTS} more")
    return ["### Inside charts", "", *lines] if lines else []


def _default(text: str | None) -> str:
    return (code(text, 200) if text else "empty") if text is not None else "none"


def _version(text: str | None) -> str:
    return code(text) if text else "–"


def _layers(comparison: Comparison) -> list[str]:
    if not comparison.layers:
        return []
    lines = ["### Layers", ""]
    lines += [f"- cluster {code(cluster)}: added" for cluster in comparison.clusters_added]
    rows = []
    for layers in grouped(comparison.layers, lambda diff: (diff.how, diff.fields, diff.objects)):
        diff = layers[0]
        facts = [f"{field.name} {code(field.was)} → {code(field.becomes)}" for field in diff.fields]
        if diff.objects:
            facts.append(count(diff.objects, "object"))
        about = f": {'; '.join(facts)}" if facts else ""
        files = comparison.base_files if diff.how == "removed" else comparison.head_files
        place = file_link(diff.file, diff.line, files)
        where = f" ({place})" if place else ""
        rows.append(f"- {layer_of(layers)} {diff.how}{about}{where}")
    return [*lines, *_cut(rows, "more layers", _MOST_ROWS)]


def _reach(comparison: Comparison) -> list[str]:
    found = [reach for reach in comparison.reach if reach.dependents or reach.suspended]
    if not found:
        return []
    lines = []
    for group in sorted(
        grouped(
            found, lambda reach: (tuple(map(name_in_cluster, reach.dependents)), reach.suspended)
        ),
        key=lambda group: (-len(group[0].dependents), group[0].layer),
    ):
        reach = group[0]
        state = ", suspended: not applied until resumed" if reach.suspended else ""
        waits = (
            f": {count(len(reach.dependents), 'layer')}: {last_parts(reach.dependents)}"
            if reach.dependents
            else ""
        )
        lines.append(f"- {layer_of(group)}{state}{waits}")
    return [
        "### Affected layers",
        "",
        "Layers that wait for a changed layer:",
        "",
        *_cut(lines, "more layers that others wait for"),
    ]


def _variables(comparison: Comparison) -> list[str]:
    if not comparison.variables:
        return []
    lines = [
        "### Variables",
        "",
        "| variable | layer | before | after | |",
        "|---|---|---|---|---|",
    ]
    rows = []
    for group in grouped(
        comparison.variables,
        lambda diff: (diff.name, diff.how, diff.was, diff.becomes, diff.status),
    ):
        diff = group[0]
        how = diff.how if diff.how != "changed" else ""
        known = [
            _version(value) if value is not None else "secret" if diff.status == "secret" else "–"
            for value in (diff.was, diff.becomes)
        ]
        rows.append(_row(code(diff.name), layer_of(group), *known, how or diff.status))
    return [*lines, *_cut(rows, "more variables", _MOST_ROWS)]


def _alerts(comparison: Comparison) -> list[str]:
    lines = [
        f"- {word}: {code(name)}{f' on {listed(clusters)}' if len(clusters) > 1 else ''}"
        for word, alerts in (("new", comparison.alerts_added), ("gone", comparison.alerts_removed))
        for name, clusters in _over_clusters(alerts)
    ]
    return ["### Alerts", "", *_cut(lines, "more alerts", _MOST_ROWS)] if lines else []


def _over_clusters(names: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield names of alerts, which end with their cluster, said once."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        what, _, cluster = name.rpartition(" (")
        found[what].append(cluster.rstrip(")"))
    for what, clusters in found.items():
        yield (f"{what} ({clusters[0]})" if len(clusters) == 1 else what), clusters


def _runbooks(comparison: Comparison) -> list[str]:
    if not comparison.runbooks:
        return []
    lines = []
    for hint in sorted(comparison.runbooks, key=lambda hint: "://" in hint.target):
        title = f"{code(hint.title)}, " if hint.title != hint.target else ""
        why = f" (alerts {listed(hint.alerts)})" if hint.alerts else ""
        lines.append(f"- {title}{code(hint.target, 300)} for {last_parts(hint.layers)}{why}")
    shown = _cut(lines, "more", _SHOWN_RUNBOOKS)
    return ["### Related runbooks", "", *shown]


def _findings(comparison: Comparison, info: bool) -> list[str]:
    ordered = sorted(
        comparison.findings_new, key=lambda finding: list(Severity).index(finding.severity)
    )
    shown = [finding for finding in ordered if info or finding.severity is not Severity.INFO]
    lines = [
        " ".join(
            filter(
                None,
                (
                    f"- **{finding.severity.value}** {code(finding.code)}",
                    file_link(finding.file, finding.line or 1, comparison.head_files),
                    code(finding.message, 400),
                ),
            )
        )
        for finding in shown
    ]
    lines = _cut(lines, "more findings; `gitops-docs check` prints all", 30)
    if len(shown) < len(ordered):
        number = len(ordered) - len(shown)
        lines.append(f"- {count(number, 'note')} not listed; `--info` lists them")
    if comparison.findings_gone:
        lines.append(f"- {count(len(comparison.findings_gone), 'finding')} fixed")
    return ["### Findings", "", *lines] if lines else []


def _objects(comparison: Comparison) -> list[str]:
    """Return every object, folded by layer; layers that change alike on several clusters are
    one."""
    by_layer: dict[str, list[ObjectDiff]] = defaultdict(list)
    for diff in comparison.objects:
        by_layer[diff.layer].append(diff)
    alike: dict[Hashable, list[str]] = defaultdict(list)
    for layer in sorted(by_layer):
        alike[name_in_cluster(layer), tuple(map(_text_without_cluster, by_layer[layer]))].append(
            layer
        )
    lines: list[str] = []
    for layers in alike.values():
        objects = by_layer[layers[0]]
        clusters = listing([cluster_of(layer) for layer in layers], SHOWN_NAMES)
        name = name_in_cluster(layers[0]) if len(layers) > 1 else layers[0]
        where = f" on {len(layers)} clusters ({clusters})" if len(layers) > 1 else ""
        lines += [
            f"<details><summary>{_html(name)}{_html(where)}: "
            f"{count(len(objects), 'object')}</summary>",
            "",
        ]
        for diff in objects:
            consequence = f", {diff.consequence}" if diff.consequence else ""
            files = comparison.base_files if diff.how == "removed" else comparison.head_files
            place = file_link(diff.file, diff.line, files)
            lines.append(f"- {code(diff.label)} {diff.how}{consequence} ({place})")
            lines += [f"  - {_field(field)}" for field in diff.fields[:_SHOWN_FIELDS]]
            if len(diff.fields) > _SHOWN_FIELDS:
                lines.append(f"  - {len(diff.fields) - _SHOWN_FIELDS} more fields")
        lines += ["", "</details>", ""]
    for chart in comparison.charts:
        if not chart.objects:
            continue
        title = f"{_html(chart.name)}, from chart {_html(chart.chart)}"
        lines += [
            f"<details><summary>{title}: {count(len(chart.objects), 'object')}</summary>",
            "",
        ]
        for one in chart.objects[:_SHOWN_OF_CHART]:
            consequence = f", {one.consequence}" if one.consequence else ""
            lines.append(f"- {code(one.label)} {one.how}{consequence} ({code(one.template)})")
            lines += [f"  - {_field(field)}" for field in one.fields[:_SHOWN_CHART_FIELDS]]
            if len(one.fields) > _SHOWN_CHART_FIELDS:
                lines.append(f"  - {len(one.fields) - _SHOWN_CHART_FIELDS} more fields")
        if len(chart.objects) > _SHOWN_OF_CHART:
            lines.append(f"- {len(chart.objects) - _SHOWN_OF_CHART} more objects")
        lines += ["", "</details>", ""]
    return lines


def _text_without_cluster(diff: ObjectDiff) -> Hashable:
    """Return the text about an object, whichever cluster it is on."""
    consequence = (diff.consequence or "").replace(f"{cluster_of(diff.layer)}/", "")
    return diff.how, diff.label, diff.fields, consequence


def _html(text: str) -> str:
    """Return text inside a `summary`, where Markdown is read too."""
    return "".join(char if char.isalnum() or char in "/-. " else f"&#{ord(char)};" for char in text)


def _field(field: Difference) -> str:
    if (
        field.was is not None
        and field.becomes is not None
        and ("\n" in field.was or "\n" in field.becomes)
    ):
        old, new = field.was.splitlines(), field.becomes.splitlines()
        more = len(new) - sum(map(set(old).__contains__, new))
        less = len(old) - sum(map(set(new).__contains__, old))
        return (
            f"{code(field.field, 200)}: text, {count(more, 'line')} new, {count(less, 'line')} gone"
        )
    was = code(field.was) if field.was is not None else "nothing"
    becomes = code(field.becomes) if field.becomes is not None else "nothing"
    return f"{code(field.field, 200)}: {was} → {becomes}"


def _fitted(lines: list[str], objects: list[str], limit: int) -> str:
    """Return the lines, and as many of the objects' lines as fit into `limit`."""
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
