"""A comparison as Markdown for a pull request.

In: a `Comparison`. Out: text that GitHub and GitLab show: what a reviewer must not miss first, then
versions, layers, what waits for them, runbooks, findings, and every object folded away. What
several clusters have in common is written once; places are links to the forge; each list is
bounded. Text of a repository stands in code spans only, where nothing in it is markup, a mention or
a link.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from gitops_docs.diff.compare import (
    Comparison,
    LayerDiff,
    ObjectDiff,
    Reach,
    ReleaseDiff,
    VariableDiff,
)
from gitops_docs.diff.objects import Difference
from gitops_docs.index.summary import counted
from gitops_docs.kubernetes.versions import step
from gitops_docs.model import Severity
from gitops_docs.text import escape
from gitops_docs.text.english import listing
from gitops_docs.text.escape import code

MARK = "<!-- gitops-docs diff -->"
"""The first line, by which a later run finds its own comment and replaces it."""
LIMIT = 60_000
"""Characters; GitHub takes 65,536 in a comment."""
_SHOWN_FIELDS = 20
_SHOWN_NAMES = 12
_SHOWN_DEFAULTS = 10
_SHOWN_RUNBOOKS = 10
_SHOWN_DIGEST = 12
_SHOWN_OF_CHART = 60
_SHOWN_CHART_FIELDS = 8
"""Most objects of one chart, and most fields of each."""
_MOST_ROWS = 40
"""Most rows of a table and entries of a list: a month of changes must stay readable."""

_Item = TypeVar("_Item", LayerDiff, ObjectDiff, ReleaseDiff, VariableDiff, Reach)


def markdown(comparison: Comparison, limit: int | None = LIMIT, *, info: bool = False) -> str:
    """The comparison as Markdown.

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


# -- one thing on several clusters


def _cluster(layer: str) -> str:
    return layer.partition("/")[0]


def _rest(layer: str) -> str:
    """The id of a layer without its cluster."""
    return layer.partition("/")[2]


def _grouped(items: Iterable[_Item], what: Callable[[_Item], Hashable]) -> list[list[_Item]]:
    """Items that say the same of layers of one name, in the order of the first of each."""
    groups: dict[Hashable, list[_Item]] = defaultdict(list)
    for item in items:
        groups[_rest(item.layer), what(item)].append(item)
    return list(groups.values())


def _layer(items: Sequence[_Item]) -> str:
    """The layer of a group: its id, or its name and the clusters where the group has several."""
    clusters = sorted({_cluster(item.layer) for item in items})
    if len(clusters) == 1:
        return code(items[0].layer)
    return f"{code(_rest(items[0].layer))} on {len(clusters)} clusters ({_names(clusters)})"


def _place(file: str, line: int, files: str | None) -> str:
    """`path:line`, as a link where the address of the files is known."""
    text = code(f"{file}:{line}")
    return f"[{text}]({files}{escape.path(file)}#L{line})" if files else text


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
            (len({_rest(diff.layer) for diff in comparison.layers}), "layer"),
            (len({(_rest(d.layer), d.label) for d in comparison.objects}), "object"),
            (len({(_rest(d.layer), d.name) for d in comparison.releases}), "Helm release"),
            (len({image.image for image in comparison.images}), "image"),
        )
        if number
    ]
    clusters = {_cluster(diff.layer) for diff in comparison.layers}
    where = f" on {len(clusters)} clusters" if len(clusters) > 1 else ""
    waiting = {identity for reach in comparison.reach for identity in reach.dependents}
    behind = {*map(_rest, waiting)} - {_rest(reach.layer) for reach in comparison.reach}
    what = f"{', '.join(numbers)}{where} differ" if numbers else "no layer differs"
    said = f"{between}: {what}"
    return (
        f"{said}; {counted(len(behind), 'more layer')} wait{'s' if len(behind) == 1 else ''} for "
        f"them."
        if behind
        else f"{said}."
    )


def _warnings(comparison: Comparison) -> list[str]:
    """Return what a reviewer must see first: losses, then what reaches many layers; within each the
    last environment first."""
    last = set(comparison.last_clusters)
    said: list[tuple[int, bool, str]] = []

    def add(rank: int, sentence: str, clusters: Iterable[str]) -> None:
        there = not last.isdisjoint(clusters)
        mark = f" **{_plain(comparison.last_environment or '')}**" if there else ""
        said.append((rank, not there, f"{sentence}{mark}"))

    whole = set(comparison.clusters_removed)
    for cluster in comparison.clusters_removed:
        layers = [diff for diff in comparison.layers if _cluster(diff.layer) == cluster]
        objects = [diff for diff in comparison.objects if _cluster(diff.layer) == cluster]
        what = f"{counted(len(layers), 'layer')} and {counted(len(objects), 'object')}"
        add(0, f"Cluster {code(cluster)} is removed, with {what}", [cluster])
    losses = [
        diff
        for diff in comparison.objects
        if diff.loses and diff.consequence and _cluster(diff.layer) not in whole
    ]
    for objects in _grouped(losses, lambda diff: (_kind(diff), diff.consequence)):
        labels = sorted({diff.label for diff in objects})
        what = (
            code(labels[0])
            if len(labels) == 1
            else f"{len(labels)} × {code(_kind(objects[0]))} "
            f"({_names(label.partition(' ')[2] for label in labels)})"
        )
        add(
            1,
            f"{what} {objects[0].consequence} (layer {_layer(objects)})",
            [_cluster(diff.layer) for diff in objects],
        )
    removed = [
        diff
        for diff in comparison.layers
        if diff.how == "removed" and _cluster(diff.layer) not in whole
    ]
    for layers in _grouped(removed, lambda diff: diff.how):
        clusters = [_cluster(diff.layer) for diff in layers]
        add(2, f"Layer {_layer(layers)} is removed", clusters)
    for name, becomes, rank, words in (
        ("status", "failed", 3, "would be rejected: status `failed`"),
        ("prune", "true", 3, "prunes from now on: what Git no longer has is deleted"),
        ("force", "true", 3, "recreates objects from now on (`force: true`)"),
        ("suspend", "true", 6, "is suspended"),
    ):
        hit = [
            diff
            for diff in comparison.layers
            if any(field.name == name and field.becomes == becomes for field in diff.fields)
        ]
        for layers in _grouped(hit, lambda diff: diff.how):
            add(rank, f"Layer {_layer(layers)} {words}", [_cluster(diff.layer) for diff in layers])
    for chart in comparison.charts:
        here = [_cluster(chart.layer)]
        lost = [one for one in chart.objects if one.loses]
        if lost:
            names = _listed(tuple(one.label for one in lost))
            verb = "are" if len(lost) > 1 else "is"
            add(1, f"{names} of {code(chart.name)} {verb} deleted from the cluster", here)
        for one in chart.definitions:
            versions = ", ".join(map(code, one.versions))
            if versions:
                add(1, f"{code(one.name)} of {code(chart.name)} no longer serves {versions}", here)
            elif one.fields:
                fields = counted(len(one.fields), "field")
                add(4, f"{code(one.name)} of {code(chart.name)} loses {fields}", here)
    definitions = [
        diff
        for diff in comparison.objects
        if diff.label.startswith("CustomResourceDefinition ") and diff.how == "changed"
    ]
    for layer, number in _counted(definitions):
        noun = counted(number, "CustomResourceDefinition")
        add(4, f"{noun} of layer {layer[0]} changed", layer[1])
    for distance, words in (("down", "downgrade"), ("major", "major version change")):
        steps = [diff for diff in comparison.releases if diff.step == distance]
        for releases in _grouped(steps, lambda diff: (diff.name, diff.was, diff.becomes)):
            release = releases[0]
            was, becomes = code(release.was or ""), code(release.becomes or "")
            add(
                5,
                f"{code(release.name)}: {words}: {was} → {becomes} (layer {_layer(releases)})",
                [_cluster(diff.layer) for diff in releases],
            )
    for file, layers_of_file in _shared_files(comparison):
        names = _names(sorted({_rest(layer) for layer in layers_of_file}))
        place = _place(file, 1, comparison.head_files)
        add(
            7,
            f"{place} changes {len(layers_of_file)} layers: {names}",
            map(_cluster, layers_of_file),
        )
    lines = [sentence for _, _, sentence in sorted(said, key=lambda item: item[:2])]
    if not lines:
        return []
    return ["> [!WARNING]", *(f"> - {sentence}" for sentence in _cut(lines, "more like these"))]


def _kind(diff: ObjectDiff) -> str:
    return diff.label.partition(" ")[0]


def _counted(objects: list[ObjectDiff]) -> Iterator[tuple[tuple[str, list[str]], int]]:
    """For each layer, said once over clusters, how many objects there are."""
    by_layer: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for diff in objects:
        by_layer[_rest(diff.layer)][diff.layer].add(diff.label)
    for layers in by_layer.values():
        some = [diff for diff in objects if diff.layer in layers]
        clusters = sorted({_cluster(layer) for layer in layers})
        yield (_layer(some), clusters), len(set.union(*layers.values()))


def _shared_files(comparison: Comparison) -> list[tuple[str, list[str]]]:
    """Files whose change several layers of one cluster show, with these layers."""
    found: dict[str, set[str]] = defaultdict(set)
    for diff in comparison.objects:
        if diff.how == "changed":
            found[diff.file].add(diff.layer)
    shared = []
    for file, layers in sorted(found.items()):
        clusters = [_cluster(layer) for layer in layers]
        if any(clusters.count(cluster) > 1 for cluster in set(clusters)):
            shared.append((file, sorted(layers)))
    return shared


def _plain(text: str) -> str:
    return "".join(char for char in text if char.isalnum() or char in "-_ ")


def _cut(lines: list[str], rest: str, most: int = 15) -> list[str]:
    if len(lines) <= most:
        return lines
    more = f"{len(lines) - most + 1} {rest}"
    mark = "| " if lines[0].startswith("| ") else "- " if lines[0].startswith("- ") else ""
    return [*lines[: most - 1], f"{mark}{more}{' |' if mark == '| ' else ''}"]


def _versions(comparison: Comparison) -> list[str]:
    rows = []
    for releases in _grouped(
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
                _layer(releases),
                _place(diff.file, diff.line, files),
            )
        )
    images: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for image in comparison.images:
        images[image.image, image.was, image.becomes].append(image.layer)
    for (name, was, becomes), layers in images.items():
        how = "added" if not was else "removed" if not becomes else _step(was, becomes)
        before, after = _tags(was), _tags(becomes)
        named = code(layers[0]) if len(layers) == 1 else _names(sorted({*map(_rest, layers)}))
        clusters = {_cluster(layer) for layer in layers}
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
                parts.append(f"loses {_listed(definition.fields)}")
            lines.append(f"  - **{code(definition.name)}** {'; '.join(parts)}")
        if diff.defaults:
            lines.append(
                f"  - {counted(len(diff.defaults), 'default')} changed that you do not set:"
            )
            lines += [
                f"    - {code(one.path, 200)}: {_default(one.was)} → {_default(one.becomes)}"
                for one in diff.defaults[:_SHOWN_DEFAULTS]
            ]
            if len(diff.defaults) > _SHOWN_DEFAULTS:
                lines.append(f"    - {len(diff.defaults) - _SHOWN_DEFAULTS} more")
    return ["### Inside charts", "", *lines] if lines else []


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(code(name, 200) for name in names[:_SHOWN_NAMES])
    return f"{shown} and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else shown


def _default(text: str | None) -> str:
    return (code(text, 200) if text else "empty") if text is not None else "none"


def _version(text: str | None) -> str:
    return code(text) if text else "–"


def _layers(comparison: Comparison) -> list[str]:
    if not comparison.layers:
        return []
    lines = ["### Layers", ""]
    lines += [f"- cluster {code(cluster)}: added" for cluster in comparison.clusters_added]
    listed = []
    for layers in _grouped(comparison.layers, lambda diff: (diff.how, diff.fields, diff.objects)):
        diff = layers[0]
        facts = [f"{field.name} {code(field.was)} → {code(field.becomes)}" for field in diff.fields]
        if diff.objects:
            facts.append(counted(diff.objects, "object"))
        about = f": {'; '.join(facts)}" if facts else ""
        files = comparison.base_files if diff.how == "removed" else comparison.head_files
        place = _place(diff.file, diff.line, files)
        listed.append(f"- {_layer(layers)} {diff.how}{about} ({place})")
    return [*lines, *_cut(listed, "more layers", _MOST_ROWS)]


def _reach(comparison: Comparison) -> list[str]:
    found = [reach for reach in comparison.reach if reach.dependents or reach.suspended]
    if not found:
        return []
    lines = []
    for group in sorted(
        _grouped(found, lambda reach: (tuple(map(_rest, reach.dependents)), reach.suspended)),
        key=lambda group: (-len(group[0].dependents), group[0].layer),
    ):
        reach = group[0]
        state = ", suspended: not applied until resumed" if reach.suspended else ""
        waits = (
            f": {counted(len(reach.dependents), 'layer')}: {_names(reach.dependents)}"
            if reach.dependents
            else ""
        )
        lines.append(f"- {_layer(group)}{state}{waits}")
    return [
        "### Affected layers",
        "",
        "Layers that wait for a changed layer:",
        "",
        *_cut(lines, "more layers that others wait for"),
    ]


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
    rows = []
    for group in _grouped(
        comparison.variables,
        lambda diff: (diff.name, diff.how, diff.was, diff.becomes, diff.status),
    ):
        diff = group[0]
        how = diff.how if diff.how != "changed" else ""
        known = [
            _version(value) if value is not None else "secret" if diff.status == "secret" else "–"
            for value in (diff.was, diff.becomes)
        ]
        rows.append(_row(code(diff.name), _layer(group), *known, how or diff.status))
    return [*lines, *_cut(rows, "more variables", _MOST_ROWS)]


def _alerts(comparison: Comparison) -> list[str]:
    lines = [
        f"- {word}: {code(name)}{f' on {_names(clusters)}' if len(clusters) > 1 else ''}"
        for word, names in (("new", comparison.alerts_added), ("gone", comparison.alerts_removed))
        for name, clusters in _over_clusters(names)
    ]
    return ["### Alerts", "", *_cut(lines, "more alerts", _MOST_ROWS)] if lines else []


def _over_clusters(names: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Names of alerts, which end with their cluster, said once."""
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
        why = f" (alerts {_names(hint.alerts)})" if hint.alerts else ""
        lines.append(f"- {title}{code(hint.target, 300)} for {_names(hint.layers)}{why}")
    shown = _cut(lines, "more", _SHOWN_RUNBOOKS)
    return ["### Related runbooks", "", *shown]


def _findings(comparison: Comparison, info: bool) -> list[str]:
    ordered = sorted(
        comparison.findings_new, key=lambda finding: list(Severity).index(finding.severity)
    )
    shown = [finding for finding in ordered if info or finding.severity is not Severity.INFO]
    lines = [
        f"- **{finding.severity.value}** {code(finding.code)} "
        f"{_place(finding.file, finding.line or 1, comparison.head_files) if finding.file else ''} "
        f"{code(finding.message, 400)}"
        for finding in shown
    ]
    lines = _cut(lines, "more findings; `gitops-docs check` prints all", 30)
    if len(shown) < len(ordered):
        number = len(ordered) - len(shown)
        lines.append(f"- {counted(number, 'note')} not listed; `--info` lists them")
    if comparison.findings_gone:
        lines.append(f"- {counted(len(comparison.findings_gone), 'finding')} fixed")
    return ["### Findings", "", *lines] if lines else []


def _objects(comparison: Comparison) -> list[str]:
    """Every object, folded by layer; layers that change alike on several clusters are one."""
    by_layer: dict[str, list[ObjectDiff]] = defaultdict(list)
    for diff in comparison.objects:
        by_layer[diff.layer].append(diff)
    alike: dict[Hashable, list[str]] = defaultdict(list)
    for layer in sorted(by_layer):
        alike[_rest(layer), tuple(map(_text_without_cluster, by_layer[layer]))].append(layer)
    lines: list[str] = []
    for layers in alike.values():
        objects = by_layer[layers[0]]
        clusters = listing([_cluster(layer) for layer in layers], _SHOWN_NAMES)
        name = _rest(layers[0]) if len(layers) > 1 else layers[0]
        where = f" on {len(layers)} clusters ({clusters})" if len(layers) > 1 else ""
        lines += [
            f"<details><summary>{_html(name)}{_html(where)}: "
            f"{counted(len(objects), 'object')}</summary>",
            "",
        ]
        for diff in objects:
            consequence = f", {diff.consequence}" if diff.consequence else ""
            files = comparison.base_files if diff.how == "removed" else comparison.head_files
            place = _place(diff.file, diff.line, files)
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
            f"<details><summary>{title}: {counted(len(chart.objects), 'object')}</summary>",
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
    """The text about an object, whichever cluster it is on."""
    consequence = (diff.consequence or "").replace(f"{_cluster(diff.layer)}/", "")
    return diff.how, diff.label, diff.fields, consequence


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
