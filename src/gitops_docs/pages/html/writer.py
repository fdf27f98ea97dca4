"""Hold what every page module works with: the facts, the addresses, the templates; and the one way
to make a `Page`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from jinja2 import Environment
from markupsafe import Markup

from gitops_docs.index.addresses import key, of_platform
from gitops_docs.index.platform import PlatformIndex
from gitops_docs.model import Layer, LayerStatus, Location, Platform, Release
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Options, Page, SearchEntry
from gitops_docs.pages.html.reuse import Memory
from gitops_docs.pages.html.templates import template_ages, template_environment
from gitops_docs.pages.markup import filled, joined, mark
from gitops_docs.text.english import count
from gitops_docs.text.escape import page as clean
from gitops_docs.text.escape import shorten

_NAMED = frozenset({"layer", "release", "Flux Alert"})
"""Kinds that a title can say in brackets."""
SWITCH = 20
"""A page links to the same page on so many other clusters; beyond that, to the page about all."""


class Writer:
    """Writes the pages of one platform."""

    def __init__(self, platform: Platform, options: Options, before: Memory | None = None) -> None:
        self.facts = PlatformIndex(platform)
        self.options = options
        self.at = of_platform(platform, options.directory)
        self._places: dict[tuple[str, int | None], Markup] = {}
        self.layer_uri = {
            layer.id: self.at.below_cluster(layer.cluster, "layers", layer.namespace, layer.name)
            for layer in platform.layers
        }
        self.memory = Memory.after(
            before,
            self.facts,
            (
                options,
                self.at.taken,
                self.at.without,
                self.at.listed,
                self.at.parts_of_charts,
                self.at.variables_by_letter,
                template_ages(options.templates),
            ),
        )

    @cached_property
    def templates(self) -> Environment:
        """The templates; those of the user first. `{% extends "default/layer.html" %}` reaches the
        one that is overridden."""
        return template_environment(
            self.options.templates, tuple(template_ages(self.options.templates))
        )

    def draft(self, uri: str) -> Draft:
        """Begin a page."""
        return Draft(uri, self.facts.platform.repository, self.options, self._places)

    def finish(
        self,
        draft: Draft,
        template: str,
        title: str,
        *,
        description: str = "",
        boost: float = 1.0,
        edit: Location | None = None,
        status: str | None = None,
        kind: str = "",
        words: Iterable[str] = (),
        tags: Iterable[str] = (),
        wide: bool = False,
        fragment: bool = False,
        crumbs: Sequence[tuple[str | None, str]] = (),
        **context: object,
    ) -> Page:
        """Render a page from its template.

        `kind` says what has the title for its name, where the title does not. `wide`: tables need
        the room of the table of contents, so there is none. `fragment`: it becomes a part of a
        written page, which must not say of itself that it is generated. `words` are what the search
        finds the page by, besides its title and description. A page with `boost` 0 is not found at
        all.
        """
        start = [(self.at.index(), self.options.name)] if draft.uri != self.at.index() else []
        draft.title = clean(title)
        html = self.templates.get_template(template).render(
            page=draft,
            title=draft.title,
            crumbs=[*start, *crumbs],
            edit=edit,
            at=self.at,
            facts=self.facts,
            layer_link=lambda layer: self.layer(draft, layer),
            **context,
        )
        name, summary = shorten(title, 120), shorten(description)
        bare, found = searchable(name)
        made = (
            ""
            if fragment
            else f'<p class="gitops-made" data-search-exclude>{self.options.made}</p>\n'
        )
        entry = SearchEntry(
            bare, " ".join(dict.fromkeys([summary, *filter(None, words)])), kind=kind or found
        )
        return Page(
            uri=draft.uri,
            title=name,
            html=f'<div class="gitops">\n{clean(html)}\n{made}</div>\n',
            headings=() if wide else tuple(draft.headings),
            links=frozenset(draft.links),
            anchors=frozenset(draft.anchors),
            parent=next((uri for uri, _ in reversed([*start, *crumbs]) if uri), None),
            description=summary,
            boost=boost,
            edit=edit,
            status=status,
            tags=tuple(dict.fromkeys(filter(None, tags))),
            search=(entry, *draft.search),
            inlined=tuple(draft.inlined),
            documents=tuple(sorted(draft.documents)),
        )

    def layer(
        self, draft: Draft, layer: Layer | str | None, *, with_cluster: bool = False
    ) -> Markup:
        """Return a link to a layer's page, what is special about it beside it; its id as text where
        there is no such layer."""
        if isinstance(layer, str):
            found = self.facts.layers.get(layer)
            if found is None:
                return draft.code(layer)
            layer = found
        if layer is None:
            return Markup("")
        text = f"{layer.cluster} / {layer.name}" if with_cluster else layer.name
        link = draft.link(self.layer_uri[layer.id], text)
        return joined(" ", [link, *map(mark, states(layer))])

    def layer_or_all(self, draft: Draft, layer: Layer) -> Markup:
        """Return a link to a layer's page on all clusters, else to its own."""
        uri = self.layer_on_all(layer.namespace, layer.name)
        return draft.link(uri, layer.name) if uri else self.layer(draft, layer)

    def release(self, draft: Draft, release: Release, text: str = "") -> Markup:
        """Return a link to a release's page."""
        uri = self.at.below_cluster(release.cluster, "releases", release.namespace, release.name)
        return draft.link(uri, text or release.name)

    def variable(self, draft: Draft, name: str) -> Markup:
        """Return a link to where a variable comes from."""
        return draft.link(self.at.variable(name), name, self.at.anchor_of_variable(name))

    def cluster(self, draft: Draft, cluster: str) -> Markup:
        """Return a link to a cluster's page; its name as text where there is none."""
        if cluster not in self.facts.clusters:
            return draft.code(cluster)
        return filled(
            '<span class="gitops-nowrap">{}</span>', draft.link(self.at.cluster(cluster), cluster)
        )

    def crumbs(self, cluster: str, section: str, title: str) -> list[tuple[str | None, str]]:
        """Return the way to something of a cluster: the cluster, and its list of such things."""
        if cluster not in self.facts.clusters:
            return [(None, cluster)]
        lists = self.at.section_of_cluster(cluster, section)
        if section == "releases" and not self.many_clusters:
            lists = self.at.page("components")
        return [(self.at.cluster(cluster), cluster), (lists, title)]

    def switch(
        self, draft: Draft, cluster: str, pages: Mapping[str, str], on_all: str | None
    ) -> list[Markup]:
        """Return the cluster of a page, which opens a list of the same page on other clusters;
        nothing where no other cluster has it.

        Args:
            draft: The page.
            cluster: Its cluster.
            pages: Cluster to the page there, this one included.
            on_all: The page about all clusters.
        """
        others = [one for one in self.facts.environments.clusters() if one in pages]
        others = [one for one in others if one != cluster]
        if not others or on_all is None:
            return []
        shown = others if len(others) <= SWITCH else []
        links = [draft.link(pages[one], one) for one in shown]
        links.append(draft.link(on_all, "all clusters"))
        return [
            filled(
                '<details class="gitops-switch"><summary>{} <small>▾ {}</small></summary>{}</details>',
                cluster,
                count(len(others), "other cluster"),
                joined(" ", links),
            )
        ]

    def layer_on_all(self, namespace: str, name: str) -> str | None:
        """Return the page of a layer's name on all clusters; None where one cluster has it."""
        if len(self.facts.names.get((namespace, name), ())) < 2:
            return None
        return self.at.on_all("layers", namespace, name)

    def boost(self, layer: Layer, weight: float) -> float:
        """Return the weight of a page about a layer: none where a page about all clusters is
        found."""
        return 0 if self.layer_on_all(layer.namespace, layer.name) else weight

    def component(self, namespace: str, name: str) -> str:
        """Return the page of a component: on all clusters, else that of its one release."""
        releases = self.facts.twins.get((namespace, name), [])
        if len({release.cluster for release in releases}) > 1:
            return self.at.on_all("components", namespace, name)
        if not releases:
            return self.at.page("components")
        return self.at.below_cluster(releases[0].cluster, "releases", namespace, name)

    def below_layer(self, layer: Layer, name: str) -> str:
        """Return a page about one side of a layer: `rollback` or `troubleshooting`."""
        uri = self.layer_uri[layer.id]
        return (
            uri if key(layer) in self.at.without.layers else f"{uri.removesuffix('.md')}/{name}.md"
        )

    def hrefs(self, draft: Draft, layers: Sequence[Layer]) -> dict[str, str]:
        """Return references for a diagram's nodes."""
        return {layer.id: draft.to(self.layer_uri[layer.id]) for layer in layers}

    def only_listed(self, kind: str) -> str:
        """Return what a list says where some of a kind have no page of their own."""
        number = self.at.without.left_out.get(kind, 0)
        return (
            f" {number:,} {'has' if number == 1 else 'have'} no page of "
            f"{'its' if number == 1 else 'their'} own (site size limit); see Findings."
            if number
            else ""
        )

    @property
    def many_clusters(self) -> bool:
        """Whether tables need a column for the cluster."""
        return len(self.facts.clusters) > 1


def states(layer: Layer) -> list[str]:
    """Return what a reader must know about a layer before anything else, as single words."""
    found = ["suspended"] if layer.suspended else []
    if layer.status is not LayerStatus.RENDERED:
        found.append(layer.status.value)
    return found


def searchable(title: str) -> tuple[str, str]:
    """Return the bare name and the kind in a title such as `apps (layer, prod)`."""
    name, opened, inside = title.removesuffix(")").rpartition(" (")
    kind = inside.partition(", ")[0]
    if not opened or not title.endswith(")") or kind not in _NAMED:
        return title, ""
    return name, kind
