"""Every page of a hand-made platform: there, linked, true, and safe."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace

from gitops_docs.index.addresses import address, relative
from gitops_docs.model import Directory, Platform, Variable, VariableStatus, VariableUse
from gitops_docs.pages import Fence, NavItem, Options, Page, check_links, render
from tests.pages.platforms import PAYLOADS, hostile, layer, platform, release, whole
from tests.support.scanning import inventory


class Reading(HTMLParser):
    """What a browser would make of a fragment: elements with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in ("br", "wbr", "input", "img", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Elements must be closed in order."""
        assert self.open and self.open[-1] == tag, (
            f"</{tag}> closes <{self.open[-1] if self.open else ''}>"
        )
        self.open.pop()

    def handle_data(self, data: str) -> None:
        """Note the text."""
        self.text += data


def pages(found: Platform, options: Options | None = None) -> dict[str, Page]:
    """Pages by URI."""
    return {page.uri: page for page in render(found, options).pages}


@pytest.fixture(scope="module")
def site() -> dict[str, Page]:
    """The pages of the platform that has one of everything."""
    return pages(whole())


EXPECTED = [
    "platform/index.md",
    "platform/clusters/index.md",
    "platform/clusters/prod/index.md",
    "platform/clusters/prod/objects.md",
    "platform/clusters/prod/layers/flux-system/apps.md",
    "platform/clusters/staging/layers/flux-system/apps.md",
    "platform/clusters/prod/releases/apps/podinfo.md",
    "platform/clusters/prod/notifications/flux-system/oncall.md",
    "platform/components.md",
    "platform/images.md",
    "platform/custom-resources.md",
    "platform/variables.md",
    "platform/sources.md",
    "platform/namespaces.md",
    "platform/notifications.md",
    "platform/lookup.md",
    "platform/directories.md",
    "platform/crds.md",
    "platform/health.md",
    "platform/clusters/prod/bootstrap.md",
    "platform/alerts/index.md",
    "platform/alerts/webdown.md",
    "platform/findings/index.md",
    "platform/findings/dependency-unknown.md",
]


@pytest.mark.parametrize("uri", EXPECTED)
def test_page_is_there_and_well_formed(site: dict[str, Page], uri: str) -> None:
    """Each page type exists under its address, with one h1, closed elements and unique ids."""
    page = site[uri]
    reading = Reading(page.html)
    assert not reading.open
    assert [tag for tag, _ in reading.elements].count("h1") == 1
    ids = [attributes["id"] for _, attributes in reading.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert set(ids) == set(page.anchors)
    assert {heading.id for heading in page.headings} <= set(ids)


@pytest.mark.parametrize(
    "found",
    [whole(), platform(), platform(layer("a", "b"), layer("b", "a"))],
    ids=["whole", "empty", "circle"],
)
def test_links_lead_somewhere(found: Platform) -> None:
    """Every link between our pages is alive, whatever there is or is not; the check itself sees a
    dead one."""
    rendered = render(found).pages
    assert check_links(rendered) == []
    assert check_links(rendered[1:]) != []


@pytest.mark.parametrize("directory_urls", [True, False])
def test_references_match_the_addresses(directory_urls: bool) -> None:
    """What stands in `href` and in the diagrams leads to the address of a page, for both forms of
    addresses."""
    found = pages(whole(), Options(directory_urls=directory_urls))
    addresses = {address(uri, directory_urls) for uri in found}
    from urllib.parse import urljoin, urlsplit

    for page in found.values():
        here = f"http://site/{address(page.uri, directory_urls)}"
        reading = Reading(page.html)
        references = [
            attributes["href"] or "" for tag, attributes in reading.elements if tag == "a"
        ]
        references += re.findall(r'click \S+ href "([^"]+)"', reading.text)
        for reference in references:
            parts = urlsplit(urljoin(here, reference))
            if parts.netloc == "site":
                assert parts.path.removeprefix("/") in addresses, f"{page.uri}: {reference}"


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        ("a/b/", "a/c/", "../c/"),
        ("a/b/", "a/b/", "./"),
        ("a/", "", "../"),
        ("a/b.html", "a/c.html", "c.html"),
        ("a/b.html", "a/c/d.html", "c/d.html"),
        ("", "a/", "a/"),
        ("a/b/c/", "a/", "../../"),
    ],
)
def test_relative(here: str, there: str, expected: str) -> None:
    """References are as short as they can be, and never empty."""
    assert relative(here, there) == expected


TOLD = [
    ("layers/flux-system/apps", "wave 2 of 3"),
    ("layers/flux-system/apps", "flux get kustomization apps -n flux-system"),
    ("layers/flux-system/apps", "flux reconcile kustomization apps -n flux-system --with-source"),
    (
        "layers/flux-system/apps",
        "flux logs --kind=Kustomization --name=apps --namespace=flux-system",
    ),
    ("layers/flux-system/apps", "apps needs infra"),
    ("layers/flux-system/apps", "flux-system/gone (missing)"),
    ("layers/flux-system/apps", "never delete customers' data"),
    ("layers/flux-system/apps", "patched in overlays/prod/patch.yaml:7"),
    ("layers/flux-system/apps", "Deployment apps/web"),
    ("layers/flux-system/paused", "a remote base is not in this repository"),
    ("layers/flux-system/infra", "layers get no new revisions: apps"),
    (
        "releases/apps/podinfo",
        "Version 6.7.1, set at overlays/prod/patch.yaml:5; before the patch 6.5.0 at apps/podinfo.yaml:9",
    ),
    ("releases/apps/podinfo", "secret or not known"),
    ("releases/apps/podinfo", "6.7.0 on"),
    ("releases/apps/podinfo", "apps/missing (missing)"),
    ("bootstrap", "Secret flux-system/chat-token"),
    ("notifications/flux-system/oncall", "Selects 3 of 3 layers"),
]


@pytest.mark.parametrize(("place", "sentence"), TOLD)
def test_pages_tell(site: dict[str, Page], place: str, sentence: str) -> None:
    """What a reader came for is on the page, in words."""
    text = " ".join(Reading(site[f"platform/clusters/prod/{place}.md"].html).text.split())
    assert sentence in text


def test_places_link_to_the_revision(site: dict[str, Page]) -> None:
    """`file:line` links to that line of the scanned commit, in twelve digits, below the prefix of the scan root."""
    html = site["platform/clusters/prod/layers/flux-system/apps.md"].html
    revision = "0123456789ab"
    assert (
        f'href="https://git.example.org/team/platform/blob/{revision}/k8s/clusters/prod/apps.yaml#L3"'
        in html
    )


def test_places_without_a_repository_are_text() -> None:
    """Without an address or a revision there is nothing to link to."""
    from msgspec.structs import replace

    from gitops_docs.model import Repository

    html = pages(replace(whole(), repository=Repository()))[
        "platform/clusters/prod/layers/flux-system/apps.md"
    ].html
    assert "/blob/" not in html
    assert "clusters/prod/apps.yaml:3" in Reading(html).text


def test_one_cluster_counts_its_own() -> None:
    """The objects of one cluster say how many releases of that cluster are not rendered, and a
    release names the clusters of another version together."""
    clusters = ("a", "b", "c")
    found = platform(
        *(layer("apps", cluster=name) for name in clusters),
        releases=tuple(
            release("web", "apps", "2.0.0" if name == "a" else "1.0.0", cluster=name)
            for name in clusters
        ),
    )
    written = pages(found)
    objects = Reading(written["platform/clusters/a/objects.md"].html).text
    assert "Not included: 1 Helm release whose charts were not rendered." in objects
    own = Reading(written["platform/clusters/a/releases/apps/web.md"].html).text
    assert "Other clusters: 1.0.0 on b, c." in " ".join(own.split())


def test_controls_hold_no_links() -> None:
    """What folds is a control, which holds no other one: no page has a link in the head of a
    fold."""
    found = replace(
        whole(),
        directories=(
            Directory("", 0),
            Directory("apps", 1, summary="See https://example.org/apps for more"),
            Directory("apps/web", 1, summary="See https://example.org/web for more"),
        ),
    )
    written = pages(found)
    heads = [
        head
        for page in written.values()
        for head in re.findall(r"<summary[^>]*>.*?</summary>", page.html, re.DOTALL)
    ]
    assert any("https://example.org/apps" in head for head in heads)
    assert [head for head in heads if "<a " in head] == []


def test_zero_and_unknown_are_said() -> None:
    """A platform without anything says so; a failed layer does not claim to have no objects."""
    empty = Reading(pages(platform())["platform/index.md"].html).text
    assert "0 clusters, 0 layers" in empty and "No cluster found" in empty
    failed = Reading(
        pages(whole())["platform/clusters/staging/layers/flux-system/apps.md"].html
    ).text
    assert "Not rendered: kustomize refuses it" in failed


def test_context_is_in_the_commands() -> None:
    """Where a kubectl context is configured, every command has it."""
    from msgspec.structs import replace

    found = whole()
    found = replace(
        found, clusters=tuple(replace(cluster, context="prod admin") for cluster in found.clusters)
    )
    html = Reading(pages(found)["platform/clusters/prod/layers/flux-system/apps.md"].html)
    commands = re.findall(r"flux \w.*", html.text)
    assert len(commands) >= 8
    assert all(command.endswith("--context 'prod admin'") for command in commands)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_manifests_are_data(payload: str) -> None:
    """Whatever a manifest says, it adds no element, no attribute and no address of its own, and no
    control character."""
    found = pages(hostile(payload))
    harmless = pages(hostile("harmless"))
    assert check_links(found.values()) == []
    allowed = {tag for page in harmless.values() for tag, _ in Reading(page.html).elements} | {
        "code",
        "wbr",
    }  # what is not an address is text; a path may be broken after a slash
    names = {
        name
        for page in harmless.values()
        for _, attributes in Reading(page.html).elements
        for name in attributes
    }
    names.add("open")  # a harmless kind may be folded
    for page in found.values():
        reading = Reading(page.html)
        assert {tag for tag, _ in reading.elements} <= allowed
        for _, attributes in reading.elements:
            assert set(attributes) <= names
            assert not re.match(
                r"\s*(javascript|data|vbscript):", attributes.get("href") or "", re.IGNORECASE
            )
        assert not re.search(
            "[\x00-\x08\x0b-\x1f\u202e]", page.html + page.title + page.description
        )
        for source in re.findall(r'<pre class="mermaid"><code>(.*?)</code>', page.html, re.DOTALL):
            for target in re.findall(r'click \S+ href "([^"]*)"', unescape(source)):
                assert re.fullmatch(r"[\w./#?=&%+-]+", target), target
        assert ".." not in page.uri and "//" not in page.uri


def test_secret_values_have_no_place(site: dict[str, Page]) -> None:
    """A secret variable is named and never shown as empty or unknown."""
    for uri in ("platform/variables.md", "platform/clusters/prod/layers/flux-system/apps.md"):
        assert re.search(r"token</(?:code|a)></th><td><em>secret</em>", site[uri].html)


def test_variables_compare_clusters(site: dict[str, Page]) -> None:
    """The matrix sets the clusters side by side, undefined ones are named first."""
    text = " ".join(Reading(site["platform/variables.md"].html).text.split())
    assert "Undefined" in text and "domain in apps on staging" in text
    assert "domainexample.orgundefined" in text


def test_fence_by_theme() -> None:
    """Material and mermaid2 want different markup around the same source."""
    uri = "platform/clusters/prod/index.md"
    material = pages(whole())[uri].html
    other = pages(whole(), Options(fence=Fence.LANGUAGE))[uri].html
    assert '<pre class="mermaid"><code>%%{init' in material
    assert '<pre><code class="language-mermaid">%%{init' in other


@pytest.mark.parametrize(("number", "nodes"), [(20, 20), (60, 24)])
def test_diagrams_stay_readable(number: int, nodes: int) -> None:
    """Up to 24 layers are drawn one by one; of more the picture keeps its limits, and the list
    still has all."""
    layers = [
        layer("root"),
        *(
            layer(
                f"leaf-{index}",
                "root" if index % 2 else f"leaf-{index - 2}" if index > 1 else "root",
            )
            for index in range(number - 1)
        ),
    ]
    html = pages(platform(*layers))["platform/clusters/prod/index.md"].html
    drawn = set(re.findall(r"^ +(n\d+)\[", html, re.MULTILINE))
    assert 1 < len(drawn) <= nodes
    text = Reading(html).text
    assert all(item.name in text for item in layers)


def test_every_page_says_that_it_is_generated() -> None:
    """A reader can tell a generated page from a written one, on every page, and the search does not
    find that line."""
    for page in render(whole()).pages:
        assert (
            page.html.count('<p class="gitops-made" data-search-exclude>Generated from Git') == 1
        ), page.uri


def test_order_stands_beside_its_picture() -> None:
    """The list of waves with its signs is one column, the picture the other: nothing else may stand
    in the grid."""
    pages = {page.uri: page.html for page in render(whole()).pages}
    for uri in ("platform/index.md", "platform/clusters/prod/index.md"):
        order = pages[uri].split('<div class="gitops-order')[1].partition(">")[2]
        assert order.lstrip().startswith("<div><ol"), uri


@pytest.mark.parametrize(("number", "beside"), [(20, True), (60, False)])
def test_long_list_has_the_whole_width(number: int, beside: bool) -> None:
    """Beside a picture, however narrow, a list of many layers would be many screens long."""
    chain = [
        layer("layer-0"),
        *(layer(f"layer-{index}", f"layer-{index - 1}") for index in range(1, number)),
    ]
    html = pages(platform(*chain))["platform/clusters/prod/index.md"].html
    assert ("gitops-order--narrow" in html) is beside


def test_overview_of_many_clusters_stays_short() -> None:
    """Of more than three clusters the overview gives the numbers in one list, their pages the
    order."""
    html = pages(platform(*(layer("apps", cluster=f"c{number}") for number in range(4))))[
        "platform/index.md"
    ].html
    assert html.count('<th scope="row"><span class="gitops-nowrap">') == 4
    assert "gitops-waves" not in html and "mermaid" not in html


def test_variables_are_counted_as_listed() -> None:
    """What is only written like a variable is not among those that Flux fills in."""
    uses = (VariableUse("apps/a.yaml", 3, "${a}"),)
    variables = (
        Variable("prod", "prod/flux-system/apps", "domain", VariableStatus.EXTERNAL, used_at=uses),
        Variable("prod", "prod/flux-system/apps", "HOME", VariableStatus.ESCAPED, used_at=uses),
    )
    html = pages(platform(layer("apps"), variables=variables))["platform/variables.md"].html
    assert "<p>1 substitution variable" in html


def test_diagram_leaves_out_what_follows() -> None:
    """An edge that a longer way already says is not drawn, and the legend says so."""
    html = pages(platform(layer("a"), layer("b", "a"), layer("c", "a b")))[
        "platform/clusters/prod/index.md"
    ].html
    assert html.partition("Sources of")[0].count("==&gt;") == 2
    assert "Arrows that follow from others are left out." in html


def test_templates_can_be_overridden(tmp_path: Path) -> None:
    """A template of the user comes first and can extend ours."""
    (tmp_path / "layer.html").write_text('{% extends "default/layer.html" %}')
    (tmp_path / "overview.html").write_text("<h1>{{ title }}, our way</h1>")
    (tmp_path / "release.html").write_text(
        '{% include "default/release.html" %}<p>Ask about {{ release.name }}.</p>'
    )
    found = pages(whole(), Options(templates=(tmp_path,)))
    assert found["platform/index.md"].html.startswith(
        '<div class="gitops">\n<h1>Platform, our way</h1>\n<p class="gitops-made"'
    )
    assert (
        found["platform/clusters/prod/layers/flux-system/apps.md"].html
        == pages(whole())["platform/clusters/prod/layers/flux-system/apps.md"].html
    )
    extended = found["platform/clusters/prod/releases/apps/podinfo.md"].html
    assert "<p>Ask about podinfo.</p>" in extended and 'id="version"' in extended


def test_navigation_names_existing_pages() -> None:
    """Every entry of the navigation is a page."""
    rendered = render(whole())
    uris = {page.uri for page in rendered.pages}
    found: list[str] = []

    def walk(item: NavItem) -> None:
        if item.uri:
            found.append(item.uri)
        for child in item.children:
            walk(child)

    walk(rendered.navigation)
    assert len(found) == len(set(found)) > 10
    assert set(found) <= uris


@pytest.mark.parametrize("make", [whole, lambda: hostile(PAYLOADS[0])])
def test_inventory_names_the_pages_of_alerts(make: Callable[[], Platform]) -> None:
    """Whatever an alert is called, the inventory says where its page is."""
    found = make()
    written = {address(page.uri) for page in render(found).pages}
    named = [alert["page"] for alert in inventory(found)["alerts"]]
    assert named and set(named) <= written


def test_same_platform_same_bytes() -> None:
    """Pages depend on the platform only."""
    assert render(whole()) == render(whole())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda: platform(layer("Apps"), layer("apps")),
            2,
        ),  # names that differ in case only share no file
        (lambda: platform(layer("index"), layer("README")), 2),  # names of a directory's own page
    ],
)
def test_addresses_do_not_collide(change: Callable[[], Platform], expected: int) -> None:
    """Each layer has pages of its own (itself, rollback, troubleshooting), also on a file system
    that ignores case."""
    uris = [page.uri for page in render(change()).pages if "/layers/" in page.uri]
    assert len({uri.lower() for uri in uris}) == 3 * expected
    assert not [uri for uri in uris if uri.lower().endswith(("/index.md", "/readme.md"))]
