"""Many inventories as one fleet.

In: `gitops/inventory.json` files, one a repository, read one after the other and not kept. Out: a `Fleet`: a summary of each repository,
and who runs which chart, image and alert. The cost is linear in what is read; nothing compares repositories pairwise.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gitops_docs.comparison import split_image
from gitops_docs.inventory import SCHEMA_VERSION

_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(-[0-9A-Za-z.-]+)?(?:\+.*)?\Z")
_FINDINGS_KEPT = 50
"""Findings of a repository that its page shows; the rest stands in its own site."""


class Unreadable(Exception):
    """A file that is no inventory; the text says why."""


@dataclass(frozen=True, slots=True)
class Given:
    """An inventory as the command line names it: the file, and the address of the repository's own site where that was said."""

    path: Path
    site: str | None = None

    @classmethod
    def parse(cls, text: str) -> Given:
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
    worst: list[dict[str, Any]]
    """The first errors and warnings."""
    alerts: Counter[str]
    """Status of the runbook to the number of alert rules."""
    unusual: list[tuple[str, str, str]]
    """Layer id, state and reason of those that are not as usual."""


@dataclass(frozen=True, slots=True)
class Use:
    """A place in the fleet: where a chart, an image or an alert is used, in which version."""

    member: int
    cluster: str
    layer: str
    name: str
    version: str | None


@dataclass(slots=True)
class Alarm:
    """An alert of one name across the fleet."""

    severities: Counter[str] = field(default_factory=Counter)
    runbooks: Counter[str] = field(default_factory=Counter)
    uses: list[Use] = field(default_factory=list)


@dataclass(slots=True)
class Fleet:
    """All repositories, and what they have in common. Keys of `charts` are (name, where it comes from)."""

    members: list[Member] = field(default_factory=list)
    charts: dict[tuple[str, str], list[Use]] = field(default_factory=lambda: defaultdict(list))
    images: dict[str, list[Use]] = field(default_factory=lambda: defaultdict(list))
    alerts: dict[str, Alarm] = field(default_factory=lambda: defaultdict(Alarm))

    def add(self, given: Given) -> None:
        """Read one inventory.

        Raises:
            Unreadable: The file cannot be read or is no inventory of a version that is known here.
        """
        inventory = _load(given.path)
        number = len(self.members)
        try:
            member = _member(inventory, given)
            uses = list(_uses(inventory, number))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise Unreadable(f"is no inventory: {type(error).__name__} at {error}") from None
        self.members.append(member)
        for kind, key, use, extra in uses:
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
                member.name = urlsplit(member.url).path.strip("/") or member.name
        seen: Counter[str] = Counter()
        for member in self.members:
            seen[member.name] += 1
            if seen[member.name] > 1:
                member.name = f"{member.name} ({seen[member.name]})"


def _load(path: Path) -> dict[str, Any]:
    try:
        loaded = json.loads(path.read_bytes())
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise Unreadable("is no JSON") from None
    if not isinstance(loaded, dict) or "schema_version" not in loaded:
        raise Unreadable("is no inventory: it has no `schema_version`")
    if loaded["schema_version"] != SCHEMA_VERSION:
        raise Unreadable(f"has schema_version {loaded['schema_version']}; {SCHEMA_VERSION} is known here")
    return loaded


def _member(inventory: dict[str, Any], given: Given) -> Member:
    repository = inventory["repository"]
    url = repository["url"]
    prefix = str(repository.get("prefix") or "").strip("/")
    name = (urlsplit(url).path.rstrip("/").rpartition("/")[2] if url else "") or _file_name(given.path)
    layers = inventory["layers"]
    states: Counter[str] = Counter()
    unusual = []
    for layer in layers:
        found = ["suspended"] if layer["suspended"] else []
        found += [layer["status"]] if layer["status"] != "rendered" else []
        states.update(found)
        unusual += [(str(layer["id"]), state, str(layer["reason"] or "")) for state in found]
    problems = [finding for finding in inventory["findings"] if finding["severity"] in ("error", "warning")]
    return Member(
        name=f"{name}/{prefix}" if prefix else name,
        url=url,
        revision=repository["revision"],
        site=given.site,
        clusters=[str(cluster["id"]) for cluster in inventory["clusters"]],
        layers=Counter(str(layer["cluster"]) for layer in layers),
        states=states,
        releases=len(inventory["helm_releases"]),
        findings=Counter(str(finding["severity"]) for finding in inventory["findings"]),
        worst=[{key: finding.get(key) for key in ("code", "severity", "message", "file", "line")} for finding in problems[:_FINDINGS_KEPT]],
        alerts=Counter(str(alert["runbook"]["status"]) for alert in inventory["alerts"] if alert["kind"] == "rule"),
        unusual=unusual[:_FINDINGS_KEPT],
    )  # fmt: skip


def _file_name(path: Path) -> str:
    """What to call a repository that does not know its own address: `team-a/gitops/inventory.json` is `team-a`."""
    parts = [part for part in path.resolve().parts if part not in ("gitops", "inventory.json", "site", "public")]
    return parts[-1].removesuffix(".json").removesuffix(".inventory") if parts else "repository"


def _uses(inventory: dict[str, Any], number: int) -> Iterable[tuple[str, str, Use, str]]:
    for release in inventory["helm_releases"]:
        layer = str(release["layer"])
        name = f"{release['namespace']}/{release['name']}"
        source = release["source"]
        where = _host(source.get("url")) or f"{source['kind']} {source['name']}"
        version = release["version"]
        use = Use(number, layer.partition("/")[0], layer, name, str(version) if version is not None else None)
        yield "chart", str(release["chart"]), use, where
    seen = set()
    for image in inventory["images"]:
        layer, name = str(image["layer"]), str(image["image"])
        if (layer, name) in seen:
            continue
        seen.add((layer, name))
        repository, tag = split_image(name)
        yield "image", repository, Use(number, layer.partition("/")[0], layer, "", tag.lstrip(":") or None), ""
    for alert in inventory["alerts"]:
        if alert["kind"] == "rule":
            use = Use(number, str(alert["cluster"]), str(alert["layer"] or ""), str(alert["name"]), None)
            yield "alert", str(alert["name"]), use, f"{alert['severity'] or 'none'}\0{alert['runbook']['status']}"


def _host(url: Any) -> str:
    """Where charts come from, the same for `https://x/` and `oci://x`."""
    parts = urlsplit(url) if isinstance(url, str) else None
    return f"{parts.hostname or ''}{parts.path.rstrip('/')}" if parts else ""


def parse_version(text: str | None) -> tuple[int, int, int, bool, str] | None:
    """A version that can be compared; None for ranges, words and nothing. Pre-releases come before their release."""
    match = _VERSION.match(text or "")
    if not match:
        return None
    major, minor, patch, pre = match.groups()
    return int(major), int(minor), int(patch or 0), not pre, pre or ""


def newest(uses: Iterable[Use]) -> str | None:
    """The newest version that the fleet runs; a pre-release only where there is nothing else."""
    parsed = [(version, use.version) for use in uses if use.version and (version := parse_version(use.version))]
    stable = [pair for pair in parsed if pair[0][3]]
    return max(stable or parsed, default=(None, None), key=lambda pair: pair[0] or (0,))[1]


def is_behind(version: str | None, latest: str | None) -> bool:
    """Whether a version is older than the newest of the fleet."""
    own, best = parse_version(version), parse_version(latest)
    return own is not None and best is not None and own < best
