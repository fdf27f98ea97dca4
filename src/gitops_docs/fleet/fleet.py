"""Join many inventories to one fleet.

In: `gitops/inventory.json` files, one a repository, read one after the other and not kept. Out: a
`Fleet`: a summary of each repository, and who runs which chart, image and alert. The cost is linear
in what is read; nothing compares repositories pairwise.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from gitops_docs.fleet.view import FindingView, InventoryView, load
from gitops_docs.kubernetes.images import split_image
from gitops_docs.kubernetes.versions import parse_version
from gitops_docs.model import cluster_of
from gitops_docs.redaction import without_credentials
from gitops_docs.text.addresses import split
from gitops_docs.text.escape import shorten

_FINDINGS_KEPT = 50
"""Findings of a repository that its page shows; the rest stands in its own site."""


@dataclass(frozen=True, slots=True)
class InventoryFile:
    """An inventory that the command line names: its file, and the address of the repository's own
    site where the command line gives one."""

    path: Path
    site: str | None = None

    @classmethod
    def parse(cls, text: str) -> InventoryFile:
        """`path`, or `https://address=path`."""
        address, equals, path = text.rpartition("=")
        if equals and address.startswith(("https://", "http://")):
            return cls(Path(path), f"{address.rstrip('/')}/")
        return cls(Path(text))


@dataclass(slots=True)
class Member:
    """What the fleet keeps of one repository."""

    name: str
    url: str | None
    revision: str | None
    site: str | None
    clusters: list[str]
    layers: Counter[str]
    """Cluster to its number of layers."""
    states: Counter[str]
    """`suspended`, `partial`, `external`, `failed` to the number of layers."""
    releases: int
    findings: Counter[str]
    worst: list[FindingView]
    """The first errors and warnings."""
    alerts: Counter[str]
    """Status of the runbook to the number of alert rules."""
    unusual: list[tuple[str, str, str]]
    """Layer id, state and reason of those that are suspended or not fully rendered."""
    made: Counter[str]
    """Kind to the number of objects that charts make."""
    unrendered: int
    """Releases whose chart was not rendered, so that its objects are not known."""


@dataclass(frozen=True, slots=True)
class Use:
    """A place in the fleet: where a chart, an image or an alert is used, in which version."""

    member: int
    cluster: str
    layer: str
    name: str
    version: str | None
    origin: str = ""
    """The chart that makes it; empty for what stands in a manifest."""
    objects: int | None = None
    """Of a release: how many objects its chart makes; None where it was not rendered."""


@dataclass(slots=True)
class Alarm:
    """An alert of one name across the fleet."""

    severities: Counter[str] = field(default_factory=Counter)
    runbooks: Counter[str] = field(default_factory=Counter)
    uses: list[Use] = field(default_factory=list)


@dataclass(slots=True)
class Fleet:
    """All repositories, and what they have in common. Keys of `charts` are (name, where it comes
    from)."""

    members: list[Member] = field(default_factory=list)
    charts: dict[tuple[str, str], list[Use]] = field(default_factory=lambda: defaultdict(list))
    images: dict[str, list[Use]] = field(default_factory=lambda: defaultdict(list))
    alerts: dict[str, Alarm] = field(default_factory=lambda: defaultdict(Alarm))

    def add(self, given: InventoryFile) -> None:
        """Read one inventory.

        Raises:
            Unreadable: The file cannot be read or is not an inventory of a version that is known
            here.
        """
        inventory = load(given.path)
        number = len(self.members)
        self.members.append(_member(inventory, given))
        for kind, key, use, extra in _uses(inventory, number):
            if kind == "chart":
                self.charts[key, extra].append(use)
            elif kind == "image":
                self.images[key].append(use)
            else:
                alarm = self.alerts[key]
                alarm.uses.append(use)
                severity, _, runbook = extra.partition("\0")
                alarm.severities[severity] += 1
                alarm.runbooks[runbook] += 1

    def finish(self) -> None:
        """Give repositories names of their own, so that two are never one."""
        counts = Counter(member.name for member in self.members)
        for member in self.members:
            if counts[member.name] > 1 and member.url:
                member.name = _path(member.url) or member.name
        seen: Counter[str] = Counter()
        for member in self.members:
            seen[member.name] += 1
            if seen[member.name] > 1:
                member.name = f"{member.name} ({seen[member.name]})"


def _short(text: str | None, most: int = 200) -> str:
    """Return a text of another repository as pages, addresses and logs can take it: one line, no
    control characters, no credentials."""
    return shorten(without_credentials((text or "")[: 4 * most]), most)


def _member(inventory: InventoryView, given: InventoryFile) -> Member:
    repository, layers = inventory.repository, inventory.layers
    url = _short(repository.url, 500) or None
    prefix = _short(repository.prefix).strip("/")
    name = _path(url).rpartition("/")[2] or _short(_file_name(given.path))
    states: Counter[str] = Counter()
    unusual = []
    for layer in layers:
        found = ["suspended"] if layer.suspended else []
        found += [_short(layer.status, 20)] if layer.status != "rendered" else []
        states.update(found)
        unusual += [(_short(layer.id), state, _short(layer.reason, 500)) for state in found]
    problems = [
        finding for finding in inventory.findings if finding.severity in ("error", "warning")
    ]
    return Member(
        name=f"{name}/{prefix}" if prefix else name,
        url=url,
        revision=_short(repository.revision, 40) or None,
        site=given.site,
        clusters=[_short(cluster.id) for cluster in inventory.clusters],
        layers=Counter(_short(layer.cluster) for layer in layers),
        states=states,
        releases=len(inventory.helm_releases),
        findings=Counter(_short(finding.severity, 20) for finding in inventory.findings),
        worst=[
            FindingView(
                code=_short(finding.code, 60),
                severity=finding.severity,
                message=_short(finding.message, 500),
                file=_short(finding.file) or None,
                line=finding.line,
            )
            for finding in problems[:_FINDINGS_KEPT]
        ],
        alerts=Counter(
            _short(alert.runbook.status, 20) for alert in inventory.alerts if alert.kind == "rule"
        ),
        unusual=unusual[:_FINDINGS_KEPT],
        made=Counter(
            _short(made.kind, 60)
            for release in inventory.helm_releases
            for made in release.objects or ()
            if not made.hooks
        ),
        unrendered=sum(
            release.objects is None and release.rendering.absent is not None
            for release in inventory.helm_releases
        ),
    )


def _path(url: str | None) -> str:
    """Return the path of an address without slashes around it; empty where it is not an address."""
    return split(url or "").path.strip("/")


def _file_name(path: Path) -> str:
    """Return what to call a repository that does not know its own address:
    `team-a/gitops/inventory.json` is `team-a`."""
    parts = [
        part
        for part in path.resolve().parts
        if part not in ("gitops", "inventory.json", "site", "public")
    ]
    return parts[-1].removesuffix(".json").removesuffix(".inventory") if parts else "repository"


def _uses(inventory: InventoryView, number: int) -> Iterable[tuple[str, str, Use, str]]:
    for release in inventory.helm_releases:
        layer = _short(release.layer)
        where = (
            _host(release.source.url)
            or f"{_short(release.source.kind)} {_short(release.source.name)}"
        )
        name = f"{_short(release.namespace)}/{_short(release.name)}"
        made = release.objects
        use = Use(
            number,
            cluster_of(layer),
            layer,
            name,
            _short(release.version, 80) or None,
            objects=sum(not one.hooks for one in made) if made is not None else None,
        )
        yield "chart", _short(release.chart) or "unnamed", use, where
    seen = set()
    for image in inventory.images:
        layer, name = _short(image.layer), _short(image.image, 400)
        origin = _short(image.origin.chart, 200) if image.origin is not None else ""
        if (layer, name, origin) in seen:
            continue
        seen.add((layer, name, origin))
        image_name = split_image(name)
        use = Use(number, cluster_of(layer), layer, "", image_name.version or None, origin)
        yield "image", image_name.name, use, ""
    for alert in inventory.alerts:
        if alert.kind == "rule":
            name = _short(alert.name)
            origin = _short(alert.origin.chart, 200) if alert.origin is not None else ""
            use = Use(number, _short(alert.cluster), _short(alert.layer), name, None, origin)
            yield (
                "alert",
                name,
                use,
                f"{_short(alert.severity, 40) or 'none'}\0{_short(alert.runbook.status, 20)}",
            )


def _host(url: str | None) -> str:
    """Return where charts come from, the same for `https://x/` and `oci://x`; empty where that is
    not an address."""
    parts = split(_short(url, 400))
    return f"{parts.hostname or ''}{parts.path.rstrip('/')}"


def newest(uses: Iterable[Use]) -> str | None:
    """Return the newest version that the fleet runs; a pre-release only where there is nothing
    else."""
    parsed = [
        (version, use.version)
        for use in uses
        if use.version and (version := parse_version(use.version))
    ]
    stable = [pair for pair in parsed if pair[0][3]]
    return max(stable or parsed, default=(None, None), key=lambda pair: pair[0] or (0,))[1]


def is_behind(version: str | None, latest: str | None) -> bool:
    """Return whether a version is older than the newest of the fleet."""
    own, best = parse_version(version), parse_version(latest)
    return own is not None and best is not None and own < best
