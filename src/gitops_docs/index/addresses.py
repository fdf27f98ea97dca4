"""Give each thing of a platform the address of its page, and say which things have a page of their
own.

In: a `Platform`. Out: source URIs, an `Extent`, links between addresses. URIs are made from stable
names (cluster, namespace, name), never from file paths or positions. A name that could not stand in
an address is replaced by something that can, with a hash, so that two names never share a page. The
budgets of a scan bound what is read; tens of thousands of alert rules still fit into them, each
with a page that a site builder keeps in memory, some 25 KB. What has no page of its own stands in
the lists, and links to it lead there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from msgspec import Struct

from gitops_docs.model import Alert, Layer, Platform, Release, Variable
from gitops_docs.text import patterns

_LONGEST = 100
"""Most characters of a name that stands in an address as it is."""
_TAKEN = frozenset({"index", "readme"})
"""Names of files that MkDocs takes for a directory's own page."""
_DEVICES = frozenset(
    [
        "con",
        "prn",
        "aux",
        "nul",
        *(f"{name}{number}" for name in ("com", "lpt") for number in range(10)),
    ]
)
"""Names that no file can have on Windows, whatever its ending."""


def segment(name: str) -> str:
    """Return a name as one segment of an address: itself where that is safe."""
    low = name.lower()
    if (
        _is_plain(name)
        and low not in _TAKEN
        and low.partition(".")[0] not in _DEVICES
        and not name.endswith(".")
    ):
        return name
    readable = patterns.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60] or "unnamed"
    return f"{readable}-{sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


def _is_plain(name: str) -> bool:
    """Return whether a name has letters, digits, dots, hyphens and underscores only, a letter or
    digit first. Asked for each link of a site, and so without a regular expression."""
    rest = name.replace("-", "").replace(".", "").replace("_", "")
    return name.isascii() and name[:1].isalnum() and rest.isalnum() and len(name) <= _LONGEST


def of_platform(platform: Platform, directory: str) -> Addresses:
    """Return the addresses of a platform's pages. Of two names that collide, the first one in the
    platform's order keeps the plain address."""
    at = Addresses(
        directory,
        extent(platform),
        listed_alerts(platform),
        _are_many(platform.variables),
        parts_of_charts(platform.alerts),
    )
    for name in ("charts", "images", "variables"):
        at.compared(name)
    for layer in platform.layers:
        at.below_cluster(layer.cluster, "layers", layer.namespace, layer.name)
    for release in platform.releases:
        at.below_cluster(release.cluster, "releases", release.namespace, release.name)
    for alert in platform.alerts:
        at.of_alert(alert)
        if alert.origin is not None and alert.kind == "rule":
            chart = alert.origin.chart
            at.alerts_of_chart(chart)
            at.alerts_of_chart(chart, at.part_of_chart(chart, alert.name))
    return at


def address(uri: str, directory_urls: bool = True) -> str:
    """Return the address of a page below the site's root, as MkDocs makes it: `a/index.md` is `a/`,
    `a/b.md` is `a/b/` or `a/b.html`."""
    stem = uri.removesuffix(".md")
    if not directory_urls:
        return f"{stem}.html"
    if stem == "index":
        return ""
    return f"{stem.removesuffix('/index')}/"


class Addresses:
    """Source URIs below one directory. The same thing always gets the same URI; URIs that differ in
    case only are kept apart."""

    def __init__(
        self,
        directory: str,
        without: Extent | None = None,
        listed: Mapping[str, tuple[str, str]] | None = None,
        variables_by_letter: bool = False,
        parts_of_charts: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """
        Args:
            directory: Where all pages are.
            without: What has no page of its own: it is where its list is.
            listed: As `listed_alerts` gives it.
            variables_by_letter: Whether the places of variables have a page for each first letter.
            parts_of_charts: As `parts_of_charts` gives it.
        """
        self.parts_of_charts: Mapping[str, Mapping[str, str]] = parts_of_charts or {}
        self.without = without or Extent()
        self.listed: Mapping[str, tuple[str, str]] = listed or {}
        self.variables_by_letter = variables_by_letter
        self._lists = {
            "layers": self.without.layers,
            "releases": self.without.releases,
            "notifications": self.without.notifications,
        }
        self.root = (
            "/".join(
                part for part in directory.strip("/").split("/") if part not in ("", ".", "..")
            )
            or "platform"
        )
        self._taken: dict[str, str] = {}

    @property
    def taken(self) -> dict[str, str]:
        """Which places belong to whom, so far."""
        return dict(self._taken)

    def index(self, name: str = "") -> str:
        """Return the index page of the section `name`, e.g. `clusters`."""
        return f"{self.root}/{name}/index.md" if name else f"{self.root}/index.md"

    def page(self, name: str) -> str:
        """Return a page directly below the directory, e.g. `components`."""
        return f"{self.root}/{name}.md"

    def cluster(self, cluster: str) -> str:
        """Return the page of a cluster."""
        return self._own(f"clusters/{segment(cluster)}", f"cluster {cluster}", "/index.md")

    def below_cluster(self, cluster: str, section: str, namespace: str, name: str) -> str:
        """Return the page of something that a cluster has: `section` is `layers`, `releases` or
        `notifications`."""
        if (cluster, namespace, name) in self._lists[section]:
            return {
                "layers": self.cluster(cluster),
                "releases": self.page("components"),
                "notifications": self.page("notifications"),
            }[section]
        place = self.cluster(cluster).removesuffix("/index.md").removeprefix(f"{self.root}/")
        return self._own(
            f"{place}/{section}/{segment(namespace or '_')}/{segment(name)}",
            f"{section} {cluster}/{namespace}/{name}",
            ".md",
        )

    def section_of_cluster(self, cluster: str, name: str) -> str:
        """Return a page about all of one cluster, e.g. its `objects`."""
        return f"{self.cluster(cluster).removesuffix('/index.md')}/{name}.md"

    def compared(self, name: str) -> str:
        """Return a page that compares clusters in something: `charts`, `images` or `variables`."""
        return self._own(f"clusters/{name}", f"comparison {name}", ".md")

    def environment(self, name: str) -> str:
        """Return the page of an environment."""
        return self._own(f"environments/{segment(name)}", f"environment {name}", ".md")

    def on_all(self, section: str, namespace: str, name: str) -> str:
        """Return the page of a name on all clusters; `section` is `layers` or `components`."""
        return self._own(
            f"{section}/{segment(namespace or '_')}/{segment(name)}",
            f"{section} {namespace}/{name}",
            ".md",
        )

    def of_alert(self, alert: Alert) -> str:
        """Return the page of a Flux Alert, or that of all rules of the alert's name."""
        if alert.kind == "flux":
            return self.below_cluster(alert.cluster, "notifications", alert.namespace, alert.name)
        return self.alert(alert.name)

    def alert(self, name: str) -> str:
        """Return the page of all alert rules of a name, in lower case."""
        if name.lower() in self.without.rules:
            return self.index("alerts")
        if name.lower() in self.listed:
            chart = self.listed[name.lower()][0]
            return self.alerts_of_chart(chart, self.part_of_chart(chart, name))
        return self.own_page_of_alert(name)

    def own_page_of_alert(self, name: str) -> str:
        """Return the page of all alert rules of a name, whether there is one or not."""
        return f"{self.root}/alerts/{segment(name.lower())}.md"

    def alerts_of_chart(self, chart: str, part: str = "") -> str:
        """Return the page of the alert rules that a chart brings, or of a part of these."""
        place = f"alerts/from/{segment(chart)}"
        if not part:
            return self._own(place, f"alerts of chart {chart}", ".md")
        return self._own(f"{place}/{segment(part)}", f"alerts of chart {chart}: {part}", ".md")

    def part_of_chart(self, chart: str, name: str) -> str:
        """Return the part of a chart's alert rules that one is in; empty where they stand on one
        page."""
        return self.parts_of_charts.get(chart, {}).get(name.lower(), "")

    def objects_of(self, release: Release) -> str:
        """Return the page of the objects that the chart of a release makes."""
        uri = self.below_cluster(release.cluster, "releases", release.namespace, release.name)
        return f"{uri.removesuffix('.md')}/objects.md"

    def variable(self, name: str) -> str:
        """Return the page that says where a variable comes from."""
        if not self.variables_by_letter:
            return self.page("variables")
        first = name[:1].lower()
        return self.page(f"variables/{first if first.isascii() and first.isalnum() else 'other'}")

    def anchor_of_variable(self, name: str) -> str:
        """Return the id of a variable on that page."""
        return anchor_of(f"variable-{name}")

    def finding(self, code: str) -> str:
        """Return the page of a finding code."""
        return f"{self.root}/findings/{segment(code)}.md"

    def _own(self, place: str, owner: str, ending: str) -> str:
        """Return a URI that no other owner has."""
        if self._taken.setdefault(place.casefold(), owner) != owner:
            place += f"-{sha256(owner.encode('utf-8', 'replace')).hexdigest()[:8]}"
        return f"{self.root}/{place}{ending}"


MANY_PLACES = 300
"""With more values and places of variables than this, they stand on pages by first letter."""


def _are_many(variables: Iterable[Variable]) -> bool:
    found: set[object] = set()
    for one in variables:
        found.add((one.name, one.status, one.value, one.provider, one.defined_at))
        found.update((one.name, use.file, use.line) for use in one.used_at)
    return len(found) > MANY_PLACES


MANY_ALERTS = 300
"""With more alerts from charts than this, those without a reference stand in a list."""


def anchor_of(name: str) -> str:
    """Return the id of a name on a page that lists it, as pages make them."""
    return patterns.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-") or "id"


def listed_alerts(platform: Platform) -> dict[str, tuple[str, str]]:
    """Return alerts that stand on the page of their chart only: names in lower case to the chart
    and the name as it is written.

    These are rules of charts without a runbook of the repository, none of which is critical, where
    charts bring more than `MANY_ALERTS`.
    """
    rules = [alert for alert in platform.alerts if alert.kind == "rule"]
    names = {rule.name.lower() for rule in rules if rule.origin is not None}
    if len(names) <= MANY_ALERTS:
        return {}
    own = {
        rule.name.lower()
        for rule in rules
        if rule.origin is None
        or rule.runbook.status == "own"
        or (rule.severity or "").lower() in ("critical", "page")
    }
    return {
        rule.name.lower(): (rule.origin.chart, rule.name)
        for rule in reversed(rules)
        if rule.origin is not None and rule.name.lower() not in own
    }


MANY_OF_CHART = 60
"""Alerts of a chart, or of one of its rule groups, that stand on one page."""


def parts_of_charts(alerts: Iterable[Alert]) -> dict[str, dict[str, str]]:
    """Return how the alert rules of a chart are divided that are too many for one page: chart to
    names in lower case to the part. A part is a rule group, with the first letters of the names
    where the group is too large."""
    groups: dict[str, dict[str, str]] = defaultdict(dict)
    for alert in alerts:
        if alert.kind == "rule" and alert.origin is not None:
            groups[alert.origin.chart].setdefault(alert.name.lower(), alert.group or "")
    made: dict[str, dict[str, str]] = {}
    for chart, of_name in groups.items():
        if len(of_name) <= MANY_OF_CHART:
            continue
        named: dict[str, list[str]] = defaultdict(list)
        for name, group in of_name.items():
            named[group].append(name)
        made[chart] = {
            name: f"{group or 'without a group'}{start}"
            for group, names in named.items()
            for name, start in _starts(names)
        }
    return made


def _starts(names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each name with a blank and the letters that it begins with, as few as it takes; nothing
    where all fit on one page."""
    pending = [("", names)]
    while pending:
        start, found = pending.pop()
        if len(found) <= MANY_OF_CHART or len(start) >= _LONGEST:
            yield from ((name, f" {start}" if start else "") for name in found)
            continue
        longer: dict[str, list[str]] = defaultdict(list)
        for name in found:
            longer[name[: len(start) + 1]].append(name)
        # A name that is all of the start goes no further.
        if len(longer) == 1 and next(iter(longer)) == start:
            yield from ((name, f" {start}") for name in found)
            continue
        for more, those in longer.items():
            pending.append((more, those) if more != start else (f"{start} ", those))


MAX_PAGES = 20_000
"""Most pages about one thing each. Ten thousand real manifests have some 13,000."""
OF_LAYER = 3
"""Pages of a layer: itself, what to do if it is not ready, how to undo its changes."""

Key = tuple[str, str, str]
"""Cluster, namespace and name."""


def key(item: Layer | Release | Alert) -> Key:
    """Return what tells a thing from others of its kind."""
    return item.cluster, item.namespace, item.name


class Extent(Struct, frozen=True):
    """What has no page of its own. `wanted` is how many pages there would be."""

    wanted: int = 0
    layers: frozenset[Key] = frozenset()
    releases: frozenset[Key] = frozenset()
    notifications: frozenset[Key] = frozenset()
    rules: frozenset[str] = frozenset()
    """Names of alert rules, in lower case."""

    @property
    def left_out(self) -> dict[str, int]:
        """How many of each kind have no page; kinds of which all have one are not in it."""
        counts = {
            "layer": len(self.layers),
            "release": len(self.releases),
            "Flux Alert": len(self.notifications),
            "alert rule": len(self.rules),
        }
        return {name: number for name, number in counts.items() if number}


def extent(platform: Platform) -> Extent:
    """Return what a site of a platform has pages for: layers first, then releases, Flux Alerts and
    alert rules, each in the platform's order."""
    layers = dict.fromkeys(map(key, platform.layers))
    releases = dict.fromkeys(map(key, platform.releases))
    notifications = dict.fromkeys(key(item) for item in platform.alerts if item.kind == "flux")
    rules = dict.fromkeys(item.name.lower() for item in platform.alerts if item.kind == "rule")
    wanted = OF_LAYER * len(layers) + len(releases) + len(notifications) + len(rules)
    if wanted <= MAX_PAGES:
        return Extent(wanted)
    left = MAX_PAGES
    with_layers = left // OF_LAYER
    left = max(0, left - OF_LAYER * len(layers))
    with_releases, left = left, max(0, left - len(releases))
    with_notifications, left = left, max(0, left - len(notifications))
    return Extent(
        wanted,
        frozenset(list(layers)[with_layers:]),
        frozenset(list(releases)[with_releases:]),
        frozenset(list(notifications)[with_notifications:]),
        frozenset(list(rules)[left:]),
    )


def relative(here: str, there: str) -> str:
    """Return the reference from one address to another, e.g. `a/b/` to `a/c/` is `../c/`; never
    empty."""
    start, target = here.split("/")[:-1], there.split("/")
    shared = 0
    while shared < len(start) and shared < len(target) - 1 and start[shared] == target[shared]:
        shared += 1
    return "../" * (len(start) - shared) + "/".join(target[shared:]) or "./"
