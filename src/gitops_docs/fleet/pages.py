"""Write the pages of a fleet, from the same templates and with the same tables as those of a
platform."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from gitops_docs.fleet.fleet import Fleet, Member, Use, is_behind, newest
from gitops_docs.index.addresses import Addresses, segment
from gitops_docs.kubernetes.versions import parse_version
from gitops_docs.model import Platform, Repository
from gitops_docs.pages.html import across
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Options, Page
from gitops_docs.pages.html.prose import is_web
from gitops_docs.pages.html.tables import Cell, Table, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.english import count
from gitops_docs.text.escape import shorten

_MOST_ROWS = 2_000
"""Rows of a table that a browser still sorts at once, and charts that have a page of their own."""


class _Addresses(Addresses):
    """Pages of the hub stand at the root of its site."""

    def index(self, name: str = "") -> str:
        return f"{name}/index.md" if name else "index.md"

    def page(self, name: str) -> str:
        return f"{name}.md"

    def own(self, place: str, owner: str) -> str:
        """Return a page that no other owner has, on file systems that know no case too."""
        return self._own(place, owner, ".md").removeprefix(f"{self.root}/")


class Hub:
    """Writes the pages of one fleet."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.writer = Writer(
            Platform(Repository()),
            Options(
                name="Fleet", made="Generated from the inventories that the repositories publish."
            ),
        )
        self.at = _Addresses("fleet")
        self.writer.at = self.at
        self.homes = [
            self.at.own(
                f"repositories/{segment(member.name.replace('/', '-'))}", f"repository {number}"
            )
            for number, member in enumerate(fleet.members)
        ]
        self.latest = {key: newest(uses) for key, uses in fleet.charts.items()}
        self.shown = sorted(
            sorted(fleet.charts, key=lambda key: (-len(fleet.charts[key]), key))[:_MOST_ROWS]
        )
        """The charts that have a page: those with the most releases."""
        self._addresses = {key: self._chart_uri(key) for key in self.shown}
        self.behind: dict[int, list[tuple[tuple[str, str], Use]]] = defaultdict(list)
        for key in sorted(fleet.charts):
            for use in fleet.charts[key]:
                if is_behind(use.version, self.latest[key]):
                    self.behind[use.member].append((key, use))

    def pages(self) -> list[Page]:
        """Return all pages: the overview, charts, images, alerts, repositories."""
        return [
            self.overview(),
            self.charts(),
            *map(self.chart, self.shown),
            self.images(),
            self.alerts(),
            self.repositories(),
            *(self.repository(number, member) for number, member in enumerate(self.fleet.members)),
        ]

    def summary(self) -> dict[str, object]:
        """Return the fleet for other programs: its repositories, and the versions of each chart."""
        return {
            "schema_version": 1,
            "repositories": [
                {
                    "name": member.name,
                    "url": member.url,
                    "revision": member.revision,
                    "site": member.site,
                    "page": self.homes[number].removesuffix(".md") + "/",
                    "clusters": sorted(member.clusters),
                    "layers": sum(member.layers.values()),
                    "releases": member.releases,
                    "behind": len(self.behind[number]),
                    "findings": {
                        level: member.findings[level] for level in ("error", "warning", "info")
                    },
                    "alerts": dict(sorted(member.alerts.items())),
                    "chart_objects": sum(member.made.values()),
                    "charts_not_rendered": member.unrendered,
                }
                for number, member in enumerate(self.fleet.members)
            ],
            "charts": [
                {
                    "chart": key[0],
                    "source": key[1],
                    "newest": self.latest[key],
                    "versions": dict(
                        sorted(Counter(use.version or "" for use in self.fleet.charts[key]).items())
                    ),
                }
                for key in sorted(self.fleet.charts)
            ],
        }

    def _finish(
        self,
        page: Draft,
        title: str,
        lead: str,
        sections: Iterable[tuple[str, str, Table]],
        *,
        boost: float = 1.0,
        crumbs: Sequence[tuple[str | None, str]] = (),
    ) -> Page:
        return self.writer.finish(
            page,
            "tables.html",
            title,
            lead=lead,
            sections=tuple(sections),
            boost=boost,
            crumbs=crumbs,
        )

    def overview(self) -> Page:
        """Return what the fleet is, and each repository in a row."""
        fleet = self.fleet
        page = self.writer.draft(self.at.index())
        clusters = sum(len(member.clusters) for member in fleet.members)
        layers = sum(sum(member.layers.values()) for member in fleet.members)
        behind = sum(len(found) for found in self.behind.values())
        missing = sum(_without_runbook(member) for member in fleet.members)
        lead = (
            f"{count(len(fleet.members), 'repository')} with {count(clusters, 'cluster')}, "
            f"{count(layers, 'layer')} and "
            f"{count(sum(member.releases for member in fleet.members), 'Helm release')}. "
            f"{count(behind, 'release')} "
            f"{'is' if behind == 1 else 'are'} behind the newest version that the fleet itself "
            f"runs; {count(missing, 'alert rule')} "
            f"lead{'s' if missing == 1 else ''} to no runbook. {_made(fleet.members)}"
        )
        return self._finish(page, "Fleet", lead, [("", "", self._members(page))], boost=2.0)

    def repositories(self) -> Page:
        """Return the same rows, for the navigation."""
        page = self.writer.draft(self.at.index("repositories"))
        lead = (
            "Repositories as their last published inventories describe them. The site of a "
            "repository says more."
        )
        return self._finish(page, "Repositories", lead, [("", "", self._members(page))], boost=0)

    def _members(self, page: Draft) -> Table:
        rows: list[list[Cell]] = []
        for number, member in sorted(
            enumerate(self.fleet.members), key=lambda pair: pair[1].name.lower()
        ):
            problems = [
                count(member.findings[level], level)
                for level in ("error", "warning")
                if member.findings[level]
            ]
            rows.append(
                [
                    page.link(self.homes[number], member.name),
                    ", ".join(_some(sorted(member.clusters), 20)) or "none",
                    str(sum(member.layers.values())),
                    str(member.releases),
                    str(len(self.behind[number])),
                    ", ".join(problems) or "none",
                    f"{_without_runbook(member)} of {sum(member.alerts.values())}",
                    _objects(member),
                ]
            )
        columns = (
            "Repository",
            "Clusters",
            "Layers",
            "Releases",
            "Behind",
            "Errors, warnings",
            "Alerts without runbook",
            "Objects from charts",
        )
        return Table("repositories", "Repositories", columns, rows)

    def charts(self) -> Page:
        """Return each chart with its versions across the fleet."""
        page = self.writer.draft(self.at.index("charts"))
        rows: list[list[Cell]] = []
        for key in self.shown:
            uses = self.fleet.charts[key]
            behind = sum(is_behind(use.version, self.latest[key]) for use in uses)
            known = [use.objects for use in uses if use.objects is not None]
            rows.append(
                [
                    self._chart_link(page, key),
                    page.code(key[1]),
                    page.code(self.latest[key]) or "no exact version",
                    ", ".join(_versions(uses, 6)),
                    str(len(uses)),
                    str(len({use.member for use in uses})),
                    str(behind),
                    across.numbers(known) if known else "not known",
                ]
            )
        lead = (
            "Which versions of a chart run where. `Newest here` is the newest exact version that "
            "some cluster of this fleet runs, not "
            "what its maker has published: no registry is asked."
            f"{_cut(len(self.fleet.charts), 'with the most releases')}"
        )
        columns = (
            *("Chart", "From", "Newest here", "Versions", "Releases", "Repositories", "Behind"),
            "Objects of a release",
        )
        return self._finish(
            page, "Charts", lead, [("", "", Table("charts", "Charts", columns, rows))]
        )

    def _chart_uri(self, key: tuple[str, str]) -> str:
        return self.at.own(
            f"charts/{segment(key[0])}/{segment(key[1].replace('/', '-'))}", f"chart {key}"
        )

    def _chart_link(self, page: Draft, key: tuple[str, str]) -> Cell:
        """Return the name of a chart, which leads to its page where it has one."""
        uri = self._addresses.get(key)
        return page.link(uri, key[0]) if uri is not None else key[0]

    def chart(self, key: tuple[str, str]) -> Page:
        """Return one chart: every release of it, those behind first."""
        page = self.writer.draft(self._addresses[key])
        latest = self.latest[key]
        uses = sorted(
            self.fleet.charts[key],
            key=lambda use: (
                _age(use.version),
                self.fleet.members[use.member].name,
                use.layer,
                use.name,
            ),
        )
        rows = [
            [
                self._place(page, use),
                page.code(use.version) or "not pinned",
                "behind"
                if is_behind(use.version, latest)
                else "newest here"
                if use.version == latest
                else "",
                page.code(use.name),
                _layer(use),
                str(use.objects) if use.objects is not None else "not known",
            ]
            for use in uses[:_MOST_ROWS]
        ]
        more = _cut(len(uses), "with the oldest versions")
        lead = (
            f"{count(len(uses), 'release')} of `{shorten(key[0], 80)}` from "
            f"`{shorten(key[1], 120)}`.{more}"
        )
        columns = ("Repository", "Version", "", "Release", "Layer", "Objects")
        crumbs = ((self.at.index("charts"), "Charts"),)
        sections = [("", "", Table("releases", "Releases", columns, rows))]
        return self._finish(page, key[0], lead, sections, crumbs=crumbs, boost=1.5)

    def _place(self, page: Draft, use: Use) -> Markup:
        return page.link(self.homes[use.member], self.fleet.members[use.member].name)

    def images(self) -> Page:
        """Return each image with its tags across the fleet."""
        page = self.writer.draft(self.at.page("images"))
        named = sorted(self.fleet.images, key=lambda name: (-len(self.fleet.images[name]), name))
        rows: list[list[Cell]] = [
            [
                page.code(name),
                ", ".join(_versions(self.fleet.images[name], 8)),
                str(len({use.member for use in self.fleet.images[name]})),
                str(len({(use.member, use.layer) for use in self.fleet.images[name]})),
                _origins(self.fleet.images[name]),
            ]
            for name in named[:_MOST_ROWS]
        ]
        more = _cut(len(named), "that are used most")
        lead = (
            f"{count(len(named), 'image')} that manifests and charts of the fleet name, by how many "
            f"layers use them.{more} {_unrendered(self.fleet.members)}".rstrip()
        )
        columns = ("Image", "Tags", "Repositories", "Layers", "Named by")
        table = Table("images", "Images", columns, rows)
        return self._finish(page, "Images", lead, [("", "", table)], boost=0.5)

    def alerts(self) -> Page:
        """Return each alert rule by name, and which of them lead to a runbook."""
        page = self.writer.draft(self.at.page("alerts"))
        coverage: Counter[str] = Counter()
        rows: list[list[Cell]] = []
        for name in sorted(self.fleet.alerts):
            alarm = self.fleet.alerts[name]
            coverage.update(alarm.runbooks)
            if len(rows) == _MOST_ROWS:
                continue
            members = sorted(
                {use.member for use in alarm.uses},
                key=lambda number: self.fleet.members[number].name,
            )
            rows.append(
                [
                    page.code(name),
                    ", ".join(_some(sorted(alarm.severities), 6)),
                    str(len(alarm.uses)),
                    ", ".join(_some(_counted(alarm.runbooks), 6)),
                    lines(
                        [
                            page.link(self.homes[number], self.fleet.members[number].name)
                            for number in members[:5]
                        ]
                    )
                    + (f" and {len(members) - 5} more" if len(members) > 5 else ""),
                    _origins(alarm.uses),
                ]
            )
        total = sum(coverage.values())
        covered = coverage["own"] + coverage["external"]
        said = ", ".join(_some(_counted(coverage), 6)) or "none"
        of_charts = sum(bool(use.origin) for one in self.fleet.alerts.values() for use in one.uses)
        lead = (
            f"{covered} of {count(total, 'alert rule')} lead to a runbook ({said}). "
            f"{count(of_charts, 'rule')} from charts."
            f"{_cut(len(self.fleet.alerts), 'by name')} {_unrendered(self.fleet.members)}".rstrip()
        )
        columns = ("Alert", "Severity", "Rules", "Runbooks", "Repositories", "Written in")
        return self._finish(
            page, "Alerts", lead, [("", "", Table("alerts", "Alert rules", columns, rows))]
        )

    def repository(self, number: int, member: Member) -> Page:
        """Return one repository: its clusters, what is behind, what needs attention, and its
        findings."""
        page = self.writer.draft(self.homes[number])
        behind = [
            [
                self._chart_link(page, key),
                page.code(use.version),
                page.code(self.latest[key]),
                page.code(use.name),
                _layer(use),
            ]
            for key, use in self.behind[number][:_MOST_ROWS]
        ]
        clusters = [
            [cluster, str(member.layers[cluster])]
            for cluster in sorted(member.clusters)[:_MOST_ROWS]
        ]
        unusual = [
            [page.code(layer), state, shorten(reason, 200)]
            for layer, state, reason in member.unusual
        ]
        findings = [
            [
                finding.severity,
                shorten(finding.message, 300),
                page.code(f"{finding.file}:{finding.line or 1}") if finding.file else "",
                page.code(finding.code),
            ]
            for finding in member.worst
        ]
        total = member.findings["error"] + member.findings["warning"]
        more = f"The first {len(findings)} of {total}." if total > len(findings) else ""
        where = [
            f"Site: {member.site}" if member.site and is_web(member.site) else "",
            f"Repository: {member.url}" if member.url and is_web(member.url) else "",
            f"commit `{shorten(member.revision, 12)}`" if member.revision else "",
        ]
        lead = (
            f"{count(len(member.clusters), 'cluster')}, "
            f"{count(sum(member.layers.values()), 'layer')}, "
            f"{count(member.releases, 'Helm release')}; {_without_runbook(member)} of "
            f"{count(sum(member.alerts.values()), 'alert rule')} "
            f"without a runbook. {'. '.join(filter(None, where))}"
        )
        made = [[kind, str(many)] for kind, many in sorted(member.made.items())[:_MOST_ROWS]]
        sections = [
            ("Clusters", _cut(len(member.clusters), "by name"), Table("clusters", "Clusters", ("Cluster", "Layers"), clusters)),
            (
                "Behind",
                "Releases whose version is older than the newest that the fleet runs."
                + _cut(len(self.behind[number]), "by chart"),
                Table("behind", "Releases behind", ("Chart", "Version", "Newest here", "Release", "Layer"), behind,
                      "No release is behind."),
            ),
            ("Needs attention", "", Table("states", "Layers suspended or not fully rendered", ("Layer", "State", "Reason"), unusual,
                                          "All layers are fully rendered, and none is suspended.")),
            ("Findings", more, Table("findings", "Errors and warnings", ("Severity", "Finding", "Place", "Code"), findings,
                                     "No errors and no warnings.")),
            ("Objects from charts", _unrendered([member]), Table("made", "Objects from charts", ("Kind", "Objects"), made,
                                                                 "None are known.")),
        ]  # fmt: skip
        crumbs = ((self.at.index("repositories"), "Repositories"),)
        return self._finish(page, member.name, lead, sections, crumbs=crumbs, boost=1.5)


def _cut(many: int, which: str) -> str:
    """Return which rows of a table are shown, where those are not all."""
    return f" The {_MOST_ROWS:,} {which} of {many:,} are shown." if many > _MOST_ROWS else ""


def _layer(use: Use) -> str:
    """`cluster / name`; the namespace is the same for nearly all."""
    return f"{use.cluster} / {use.layer.rpartition('/')[2]}"


def _made(members: Iterable[Member]) -> str:
    """Return how many objects charts make, and how many charts are not known."""
    each = list(members)
    number = sum(sum(member.made.values()) for member in each)
    comes = "comes" if number == 1 else "come"
    return f"{count(number, 'object')} {comes} from charts. {_unrendered(each)}".rstrip()


def _unrendered(members: Iterable[Member]) -> str:
    number = sum(member.unrendered for member in members)
    return f"Charts that were not rendered: {number}." if number else ""


def _objects(member: Member) -> str:
    number = str(sum(member.made.values()))
    return f"{number}, {member.unrendered} not rendered" if member.unrendered else number


def _origins(uses: Iterable[Use]) -> str:
    """`manifests (2), chart grafana (5)`: what names something, and how often."""
    counts = Counter(shorten(use.origin, 60) for use in uses)
    named = [f"chart {name} ({counts[name]})" for name in sorted(counts) if name]
    shown = [*([f"manifests ({counts['']})"] if counts[""] else []), *named]
    return ", ".join(_some(shown, 6))


def _counted(numbers: Counter[str]) -> list[str]:
    """`2 missing`, by name."""
    return [f"{number} {name}" for name, number in sorted(numbers.items())]


def _some(names: list[str], most: int) -> list[str]:
    """Return the first of some names, and how many more there are."""
    return names if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} more"]


def _without_runbook(member: Member) -> int:
    return member.alerts["missing"] + member.alerts["dead"]


def _age(version: str | None) -> tuple[bool, object]:
    """Return old versions first, what cannot be compared last."""
    parsed = parse_version(version)
    return parsed is None, parsed or version or ""


def _versions(uses: Iterable[Use], most: int) -> list[str]:
    """`1.2.3 (4)`: the versions that are used, newest first, with how often."""
    counts = Counter(shorten(use.version, 60) if use.version else "not pinned" for use in uses)
    exact = sorted(
        (version for version in counts if parse_version(version)),
        key=lambda v: parse_version(v) or (),
        reverse=True,
    )
    others = sorted(version for version in counts if not parse_version(version))
    shown = [f"{version} ({counts[version]})" for version in [*exact, *others]]
    return _some(shown, most)
