"""A platform of fourteen clusters: what Go to finds, how large pages and indexes are, and that the
sidebar does not grow.

The platform is scanned and its pages are written once for all tests; the ranking runs in the script
that ships, in one process.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest

from gitops_docs.model import Platform
from gitops_docs.pages import NavItem, Page, Rendered, check_links, render
from gitops_docs.site.export import ASSETS
from tests.pages.platforms import layer, platform
from tests.support.estate import CLUSTERS, Estate, files
from tests.support.scanning import scanned

pytestmark = pytest.mark.xdist_group("estate")

LAYERS = 60
"""Of each cluster."""
THEME = 15_000
"""Bytes that a theme puts around a page, its sidebar included."""

_HEADS = re.compile(
    r'gitops-table(?: gitops-table--(matrix|presence))?" id.*?<thead><tr>(.*?)</tr>', re.DOTALL
)
_CELLS = re.compile(r"<th [^>]*>")
_FOLDS = re.compile(r'<details class="gitops-more">.*?</details>', re.DOTALL)

QUERIES = {
    "cert-manager": "platform/layers/flux-system/cert-manager/",
    "CERT-MANAGER": "platform/layers/flux-system/cert-manager/",
    "cert-man": "platform/layers/flux-system/cert-manager/",
    "cert-manager prod-a": "platform/clusters/prod-a/layers/flux-system/cert-manager/",
    "prod-b rook-ceph-cluster": "platform/clusters/prod-b/layers/flux-system/rook-ceph-cluster/",
    "is kafka on prod-a ready": "platform/clusters/prod-a/layers/flux-system/kafka/",
    "rook-ceph-cluster": "platform/layers/flux-system/rook-ceph-cluster/",
    "CephOSDDown": "platform/alerts/cephosddown/",
    "alert-rules": "platform/layers/flux-system/alert-rules/",
    "kafka": "platform/layers/flux-system/kafka/",
    "prod-b": "platform/clusters/prod-b/",
    "orders-web": "platform/layers/flux-system/orders-web/",
    "ord web": "platform/layers/flux-system/orders-web/",
    "orders-web.prod-a.example.org": "platform/exposure/#hostname-",
    "catalog": "platform/namespaces/#namespace-",
    "registry.example.org/billing-cache": "platform/images/#image-",
    "cluster_domain": "platform/variables/#variable-cluster_domain",
    "@platform/storage": "platform/owners/#owner-",
    "namespace-late": "platform/findings/namespace-late/",
    "not ready": "platform/layers/",
    "hostname": "platform/exposure/",
    "latest image": "platform/images/",
    "who owns": "platform/owners/",
    "loki": "platform/layers/flux-system/loki/",
    "prod": "platform/clusters/prod-a/",
    "rollback": "platform/layers/",
    "roll back cert-manager": "platform/layers/flux-system/cert-manager/",
    "version of kafka": "platform/layers/flux-system/kafka/",
    "backup": "platform/storage/",
    "certificate": "platform/certificates/",
    "secrets before bootstrap": "platform/secrets/",
    "ceph": "platform/alerts/cephosddown/",
    "what changed": "platform/changes/",
    "behind": "platform/promotion/",
    "CRD": "platform/crds/",
    "network policy": "platform/network-policies/",
    "owner": "platform/owners/",
    "node drain": "platform/workloads/",
    "no runbook": "platform/runbooks/",
    "image automation": "platform/image-automation/",
    "storage class": "platform/storage/",
    "troubleshoot": "platform/layers/",
    "error": "platform/findings/",
    "TLS": "platform/certificates/",
    "pods crashing": "platform/workloads/",
    "how do I roll back": "platform/layers/",
    "who is cluster-admin": "platform/access/",
    "which version of cert-manager": "platform/components/cert-manager/cert-manager/",
    "suspended layers": "platform/paused/",
    "renew certificate": "platform/certificates/",
    "public hostname": "platform/exposure/",
    "image tag latest": "platform/images/",
    "who changed prod": "platform/changes/",
    "environment variables": "platform/variables/",
    "where is secret defined": "platform/secrets/",
    "gateways": "platform/exposure/",
    "service account": "platform/access/",
    "alert runbook missing": "platform/runbooks/",
    "pod security privileged": "platform/workloads/",
    "flux not ready": "platform/layers/",
    "kustomization failed": "platform/layers/",
    "load balancer": "platform/exposure/",
    "deprecated api": "platform/findings/",
    "disaster recovery": "platform/clusters/",
    "what is exposed": "platform/exposure/",
    "what is behind in prod": "platform/promotion/",
    "helm values": "platform/components/",
}
"""What is typed, and where the first hit leads (or begins to lead)."""


@dataclass(frozen=True)
class Made:
    """The platform and its pages."""

    platform: Platform
    rendered: Rendered

    @cached_property
    def pages(self) -> dict[str, Page]:
        """Pages by URI."""
        return {page.uri: page for page in self.rendered.pages}

    @cached_property
    def index(self) -> dict[str, Any]:
        """The index of Go to."""
        found: dict[str, Any] = json.loads(self.rendered.names)
        return found


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Fourteen clusters with their pages."""
    platform = scanned(tmp_path_factory.mktemp("estate"), files(Estate(layers=LAYERS)))
    return Made(platform, render(platform))


Hit = tuple[str, str, int, list[str]]
"""Name, address, number of clusters inside, and what has the name."""
_ASK = """
const { search, address, clusters } = require(process.argv[1])
const { index, queries } = JSON.parse(require("fs").readFileSync(0, "utf8"))
const first = queries.map(query => {
  const [hit] = search(index, query)
  if (!hit) return null
  const kinds = hit.records.map(record => index.kinds[record[1]])
  return [hit.name, address(index, hit.records[0], hit.on), clusters(index, hit.records[0]).length, kinds]
})
process.stdout.write(JSON.stringify(first))
"""


@pytest.fixture(scope="module")
def first_hits(estate: Made) -> dict[str, Hit]:
    """What is typed (queries, and every name) to the first hit."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node to run the script")
    typed = [*QUERIES, *dict.fromkeys(record[0] for record in estate.index["names"])]
    done = subprocess.run(
        [node, "-e", _ASK, str(ASSETS / "goto.js")],
        input=json.dumps({"index": estate.index, "queries": typed}),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(zip(typed, json.loads(done.stdout), strict=True))


def test_queries_have_their_first_hit(first_hits: dict[str, Hit]) -> None:
    """Names, parts of names and questions lead to the page that answers."""
    wrong = {
        query: first_hits[query]
        for query, expected in QUERIES.items()
        if first_hits[query] is None
        or not (
            first_hits[query][1].startswith(expected)
            if expected.endswith("-")
            else first_hits[query][1] == expected
        )
    }
    assert wrong == {}


def test_every_name_is_found_first(estate: Made, first_hits: dict[str, Any]) -> None:
    """Whoever types a whole name gets that name first, once, with its clusters inside."""
    names = {record[0] for record in estate.index["names"]}
    assert len(names) > 500
    assert {name for name in names if first_hits[name][0].lower() != name.lower()} == set()
    assert first_hits["cert-manager"][2] == len(CLUSTERS)


def test_a_name_leads_to_its_layer_first(first_hits: dict[str, Hit]) -> None:
    """Where a layer shares its name with something else, the layer is the first of the hit: of the
    release, the hit itself says the version."""
    names = [name for name in first_hits if name not in QUERIES]
    kinds = {name: first_hits[name][3] for name in names if "layer" in first_hits[name][3]}
    assert {name for name, found in kinds.items() if found[0] != "layer"} == set()
    assert any("component" in found for found in kinds.values())


def test_names_of_two_namespaces_are_both_found() -> None:
    """The second has its namespace before it, and each leads to clusters that have it."""
    layers = [
        layer("web", cluster=cluster, namespace=namespace, id=f"{cluster}/{namespace}/web")
        for cluster, namespace in (("a", "one"), ("b", "one"), ("c", "two"), ("d", "two"))
    ]
    index = json.loads(render(platform(*layers)).names)
    kind = index["kinds"].index("layer")
    found = {
        record[0]: (index["places"][record[2]], record[5])
        for record in index["names"]
        if record[1] == kind
    }
    assert found == {"web": ("layers/one/~", "3"), "two/web": ("layers/~", "c")}


def test_every_hit_is_a_page(estate: Made) -> None:
    """Addresses of Go to are pages, and anchors that these have."""
    addresses = {
        f"{uri.removesuffix('index.md').removesuffix('.md').rstrip('/')}/": page
        for uri, page in estate.pages.items()
    }
    wrong = []
    for name, _, place, *rest in estate.index["names"]:
        text = (estate.index["places"][place] + (rest[0] if rest else "")).replace("~", name)
        where, _, anchor = text.partition("#")
        if where.startswith("/"):
            continue  # A hand-written page.
        page = addresses.get(f"platform/{where}/")
        if page is None or (anchor and anchor not in page.anchors):
            wrong.append(text)
    assert wrong == []
    assert check_links(estate.rendered.pages) == []


def test_indexes_are_small(estate: Made) -> None:
    """Go to has 60 bytes for a name and 300 kB in all; the theme's index grows with names, not with
    names on clusters."""
    assert len(estate.rendered.names) < 60 * len(estate.index["names"]) < 300_000
    assert estate.index["left_out"] == 0
    found = [page for page in estate.rendered.pages if page.boost]
    assert sum(len(page.search_html) for page in found) < 500_000
    assert not [page.uri for page in found if "/clusters/" in page.uri and "/layers/" in page.uri]


def test_pages_are_small(estate: Made) -> None:
    """Half of the pages have 25 kB, 95 of 100 have 60, none has 250, and none has 6,000 elements."""
    sizes = sorted(len(page.html.encode()) + THEME for page in estate.rendered.pages)
    assert len(sizes) > 3000
    assert sizes[len(sizes) // 2] <= 25_000
    assert sizes[len(sizes) * 95 // 100] <= 60_000
    assert sizes[-1] <= 250_000
    large = [page.uri for page in estate.rendered.pages if page.html.count("</") > 6000]
    assert large == []


def test_tables_fit_their_widths(estate: Made) -> None:
    """A list has seven columns and shows three on a phone; a matrix has sixteen clusters."""
    wrong = []
    for page in estate.rendered.pages:
        for look, head in _HEADS.findall(page.html):
            cells = _CELLS.findall(head)
            most = 17 if look else 7
            shown = [cell for cell in cells if "gitops-low" not in cell]
            # Without low columns, a phone shows a line for each.
            if len(cells) > most or (not look and 4 < len(shown) < len(cells)):
                wrong.append((page.uri, len(cells), len(shown)))
    assert wrong == []


def test_sentences_name_four_and_folds_sixty(estate: Made) -> None:
    """No fold has more than sixty links."""
    wrong = [
        page.uri
        for page in estate.rendered.pages
        for fold in _FOLDS.findall(page.html)
        if fold.count("<a ") > 60
    ]
    assert wrong == []


def test_navigation_keeps_its_size(estate: Made) -> None:
    """What is shown at once, with the longest branch open, stays within 48 entries."""

    def entries(item: NavItem, *, opened: bool) -> int:
        inside = [entries(one, opened=opened) for one in item.children]
        if item.is_folded:
            return 1 + ((len(item.children) + max(inside, default=1) - 1) if opened else 0)
        return 1 + sum(inside)

    assert entries(estate.rendered.navigation, opened=False) <= 48
    titles = [item.title for item in estate.rendered.navigation.children]
    assert titles[:5] == ["Overview", "Clusters", "Layers", "Components", "Promotion"]
    assert titles[5:] == ["On call", "What runs", "Network", "Security", "Flux"]


def test_promotion_says_who_is_behind(estate: Made) -> None:
    """Prod is behind in the components that the repository holds back there, and only there a
    reason is given."""
    page = estate.pages["platform/promotion.md"]
    assert "dev → test → stage → prod" in page.html
    assert "held back: see #1179" in page.html
    assert "▼2 minor" in page.html and "▼1 major" in page.html
    assert ("platform/components/cert-manager/cert-manager.md", "") in page.links
