"""Inventories of a hand-made platform: what each table says, and that clusters can be compared, few
or many."""
# ruff: noqa: E501  (tables of test data)

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from msgspec.structs import replace

from gitops_docs.model import (
    Alert,
    Commit,
    Directory,
    EventSource,
    Image,
    Location,
    Orphan,
    Ownership,
    Platform,
    Protection,
    Provider,
    RunbookLink,
    Secret,
    Source,
    Variable,
    VariableStatus,
    VariableUse,
)
from gitops_docs.pages import Page, render
from gitops_docs.pages.alerts.notifications import Thing, coverage
from tests.pages.platforms import REPOSITORY, layer, platform, release, resource, whole


def pages(found: Platform) -> dict[str, Page]:
    """Pages by their place below the directory, without `.md`."""
    return {
        page.uri.removeprefix("platform/").removesuffix(".md"): page for page in render(found).pages
    }


def text(html: str) -> str:
    """What one reads."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.replace("<wbr>", ""))).split())


def rows(page: Page, table: str) -> list[str]:
    """The rows of a table, each as text."""
    found = re.search(
        rf'<table class="gitops-table[^"]*" id="{table}".*?<tbody>(.*?)</tbody>',
        page.html,
        re.DOTALL,
    )
    lines = re.findall(r"<tr(?! class)[^>]*>.*?</tr>", found[1], re.DOTALL) if found else []
    return [text(row) for row in lines]


SECRETS = (
    Secret("prod", "prod/flux-system/apps", "ExternalSecret", "apps", "from-store", Protection.EXTERNAL_SECRET, ("a", "b"), "s.yaml", 1, (), "ClusterSecretStore vault"),
    Secret("prod", "prod/flux-system/apps", "Secret", "apps", "open", Protection.PLAIN, ("token",), "s.yaml", 9, (("token", Location("s.yaml", 14)),)),
    Secret("prod", "prod/flux-system/apps", "Secret", "flux-system", "git", Protection.SOPS, ("key",), "s.yaml", 20, (), "age"),
    Secret("", "", "Secret", "old", "forgotten", Protection.PLAIN, ("x",), "old/s.yaml", 1, (("x", Location("old/s.yaml", 5)),)),
)  # fmt: skip


def with_secrets() -> Platform:
    """A platform with secrets of several kinds, and users of some."""
    return platform(
        layer("apps"),
        releases=(release("web", "apps", "1.0.0", values_from=("Secret/from-store (values.yaml)", "Secret/elsewhere (values.yaml)")),),
        sources=(Source("prod", "prod/flux-system/apps", "GitRepository", "flux-system", "repo", "https://git.example.org/x", "branch main", "g.yaml", 1, "git"),),
        secrets=SECRETS,
    )  # fmt: skip


def test_secrets() -> None:
    """Each Secret has its protection, its keys and who names it; what nothing makes and what nobody
    applies stands apart."""
    page = pages(with_secrets())["secrets"]
    made = rows(page, "secrets")
    assert made[0].startswith(
        "from-store in apps ExternalSecret ClusterSecretStore vault a b web (values)"
    )
    assert "plain in plain text: token line 14 token" in made[1]
    assert "encrypted with SOPS age" in made[2] and "GitRepository repo" in made[2]
    assert rows(page, "outside") == ["elsewhere in apps web (values)"]
    assert rows(page, "stray")[0].startswith("forgotten Secret plain in plain text: x line 5")
    assert "2 are readable in Git (plain text)" in text(page.html)


def test_sources_say_what_their_secret_is() -> None:
    """Authentication names the Secret and how that is protected."""
    [row] = rows(pages(with_secrets())["sources"], "sources")
    assert "Secret git encrypted with SOPS, s.yaml:20" in row and "branch main" in row


def test_components_have_owners() -> None:
    """The owner is that of the file with the HelmRelease, and there is no such column without
    CODEOWNERS."""
    bare = platform(layer("apps"), releases=(release("web", "apps", "1.0.0"),))
    assert "Owner" not in pages(bare)["components"].html
    owned = replace(bare, owners=(Ownership("apps/web.yaml", ("@team/apps",)),), has_owners=True)
    assert rows(pages(owned)["components"], "releases")[0].endswith("@team/apps")
    nobody = replace(bare, has_owners=True)
    assert rows(pages(nobody)["components"], "releases")[0].endswith("no owner")


def test_images_count_what_floats() -> None:
    """The page says how many are pinned and how many have no tag."""
    images = tuple(
        Image("prod/flux-system/apps", name, "a.yaml", 1, "Deployment apps/x")
        for name in ("a", "b:1", "c:2@sha256:00", "d:latest")
    )
    page = pages(platform(layer("apps"), images=images))["images"]
    assert "1 is pinned by digest, 2 have no tag or latest" in text(page.html)


def alert(*sources: EventSource, severity: str = "info", **changes: Any) -> Alert:
    """A Flux Alert of prod."""
    given = Alert(
        "flux", "prod", "flux-system", None, "a", severity, "prod/flux-system/apps", "a.yaml", 1, RunbookLink("missing"), provider="chat", event_sources=sources
    )  # fmt: skip
    return replace(given, **changes)


LAYER = Thing("prod", "Kustomization", "flux-system", "apps")
COVERED = [
    (alert(EventSource("Kustomization", "flux-system", "*")), "all"),
    (alert(EventSource("Kustomization", "flux-system", "apps"), severity="error"), "errors"),
    (alert(EventSource("Kustomization", "flux-system", "other")), None),
    (alert(EventSource("Kustomization", "apps", "*")), None),  # `*` is one namespace wide
    (alert(EventSource("HelmRelease", "flux-system", "*")), None),
    (alert(EventSource("Kustomization", "flux-system", "*", (("team", "a"),))), "perhaps"),
    (alert(EventSource("Kustomization", "flux-system", "*"), suspended=True), None),
    (alert(EventSource("Kustomization", "flux-system", "*"), cluster="staging"), None),
]


@pytest.mark.parametrize(("given", "expected"), COVERED)
def test_coverage(given: Alert, expected: str | None) -> None:
    """An Alert covers what its event sources name, where it is not suspended."""
    assert coverage(given, LAYER) == expected


def test_what_no_alert_covers() -> None:
    """An Alert without its Provider covers nothing; objects that nobody hears of are listed with
    their page."""
    tells = alert(EventSource("Kustomization", "flux-system", "*"))
    provider = Provider(
        "prod", "prod/flux-system/apps", "flux-system", "chat", "slack", None, None, "p.yaml", 1
    )
    found = platform(
        layer("apps"),
        releases=(release("web", "apps", "1"),),
        alerts=(tells,),
        providers=(provider,),
    )
    page = pages(found)["notifications"]
    assert rows(page, "silent") == ["HelmRelease 1 web no"]
    assert ("platform/clusters/prod/releases/apps/web.md", "") in page.links
    deaf = pages(replace(found, providers=()))["notifications"]
    assert len(rows(deaf, "silent")) == 2 and "chat missing" in rows(deaf, "flux-alerts")[0]


def fleet(number: int) -> Platform:
    """Clusters `c01`, `c02` ... with a layer, a release and a variable; the last one is different
    in all of these."""
    names = [f"c{index + 1:02}" for index in range(number)]
    odd = names[-1]
    layers = [layer("apps", cluster=name) for name in names] + [layer("only", cluster=odd)]
    releases = tuple(
        release("web", "apps", "2.0.0" if name == odd else "1.0.0", cluster=name) for name in names
    )
    variables = tuple(
        Variable(
            name,
            f"{name}/flux-system/apps",
            "domain",
            VariableStatus.INLINE,
            "odd.org" if name == odd else "even.org",
        )
        for name in names
    )
    return platform(*layers, releases=releases, variables=variables)


def test_two_clusters_stand_in_columns() -> None:
    """With few clusters each has a column; only what differs is a row, the rest is folded."""
    found = pages(fleet(2))
    assert rows(found["clusters/index"], "layers") == ["only – ●"]
    assert rows(found["clusters/charts"], "versions") == ["web 1.0.0 ▼1 major 2.0.0"]
    assert rows(found["clusters/variables"], "variables") == ["domain even.org c01 odd.org c02 2"]
    assert "1 layer on all clusters, in the same state" in found["clusters/index"].html


def test_many_clusters_are_counted_by_environment() -> None:
    """From 17 clusters on a column is an environment, a cell the share of its clusters."""
    found = pages(fleet(20))
    assert rows(found["clusters/index"], "layers")[-1].endswith("1/1")
    [line] = rows(found["clusters/charts"], "versions")
    assert "1.0.0" in line and "2.0.0" in line


def test_variables_say_where_they_come_from_and_what_they_become() -> None:
    """A variable's place has its source, what it overrides, and for each use what is written and
    what it becomes there."""
    page = pages(whole())["variables"]
    found = re.search(
        r'<details class="gitops-fold" id="variable-domain">(.*?)</details>\n', page.html, re.DOTALL
    )
    assert found
    said = text(found[1])
    assert "prod : example.org from ConfigMap flux-system/vars clusters/prod/vars.yaml:6" in said
    assert "overrides example.com clusters/prod/apps.yaml:16" in said
    assert "apps/web.yaml:12 https://web.${domain} https://web.example.org" in said


def test_what_a_variable_becomes_differs_by_cluster() -> None:
    """One line that two clusters use says what it becomes on each."""
    uses = {
        name: (VariableUse("a.yaml", 3, "${domain}", f"{name}.org"),)
        for name in ("prod", "staging")
    }
    variables = tuple(
        Variable(
            name,
            f"{name}/flux-system/apps",
            "domain",
            VariableStatus.INLINE,
            f"{name}.org",
            used_at=used,
        )
        for name, used in uses.items()
    )
    found = platform(layer("apps"), layer("apps", cluster="staging"), variables=variables)
    assert rows(pages(found)["variables"], "uses-domain") == [
        "a.yaml:3 ${domain} prod.org in prod staging.org in staging"
    ]


def test_directories() -> None:
    """The tree joins directories that hold only another one, says who applies each, and marks what
    nothing applies."""
    directories = tuple(
        Directory(path, files, f"{path}/README.md" if about else None, about)
        for path, files, about in (
            ("", 1, "All of it."), ("apps", 0, None), ("apps/base", 0, None), ("apps/base/web", 2, "A web server."),
            ("docs", 3, None), ("old", 1, None), ("old/deep", 1, None),
        )
    )  # fmt: skip
    found = platform(
        layer("apps", files=("apps/base/web/a.yaml",)),
        directories=directories,
        orphans=(Orphan("old/deep/x.yaml", "ConfigMap", "x"),),
    )
    page = pages(found)["directories"]
    said = text(page.html)
    assert "7 directories: 1 read by layers, 1 with manifests that no layer reads." in said
    assert re.search(
        r"apps/base/web/ A web server\. apps docs/ old/ no layer reads it 1 directory deep/ no layer reads it",
        said,
    )
    assert "All of it." in said


def test_large_trees_are_folded() -> None:
    """Of a thousand directories only the first level is shown, each with a page of what is in it."""
    paths = [
        "",
        *(f"d{n:02}" for n in range(30)),
        *(f"d{n:02}/s{m:02}" for n in range(30) for m in range(33)),
    ]
    paths += [f"d00/s00/t{m}" for m in range(3)]
    files = tuple(f"d{n:02}/s00/a.yaml" for n in range(29))
    directories = tuple(Directory(path, 1) for path in sorted(paths))
    found = pages(platform(layer("apps", files=files), directories=directories))
    first = text(found["directories"].html)
    assert "d00/ 36 directories 1 layer" in first and "d29/ 33 directories Generated" in first
    inner = found["directories/d00"].html
    assert inner.count("<details open>") == 1 and inner.count("<details>") == 0
    assert "s00/ 3 directories, 1 layer" in text(inner)


COMMITS = (
    Commit("a" * 40, "2026-11-24", "Ann", "Upgrade web", ("apps/web.yaml",)),
    Commit("b" * 40, "2026-11-23", "Ben", "Merge it", ("other.yaml",), merge=True),
)


def test_changes() -> None:
    """Each commit has the layers that it reaches."""
    found = platform(layer("apps", files=("apps/web.yaml",)), layer("quiet"), commits=COMMITS)
    page = pages(found)["changes"]
    assert rows(page, "commits") == [
        "Upgrade web Ann, aaaaaaaa 2026-11-24 apps",
        "Merge it Ben, bbbbbbbb 2026-11-23 no layer",
    ]
    assert "git revert" not in page.html
    assert "shallow" not in page.html


def test_changes_of_a_shallow_clone_say_so() -> None:
    """Where older commits were not fetched, nobody shall think that there are none."""
    found = platform(layer("apps"), commits=COMMITS, repository=replace(REPOSITORY, shallow=True))
    assert "Shallow clone" in text(pages(found)["changes"].html)
    without = pages(platform(layer("apps"), repository=replace(REPOSITORY, revision=None)))[
        "changes"
    ]
    assert "without Git" in text(without.html)


def test_namespaces_and_definitions() -> None:
    """Which layer creates a namespace, who defines a kind, and which kinds nobody here defines."""
    defines = resource(
        "CustomResourceDefinition",
        "things.example.org",
        None,
        "apiextensions.k8s.io/v1",
        cluster_scoped=True,
    )
    found = platform(
        layer("base", resources=(resource("Namespace", "apps", None, cluster_scoped=True), defines)),
        layer("apps", resources=(resource("Thing", "one", api_version="example.org/v1"), resource("Other", "two", api_version="other.org/v1"))),
    )  # fmt: skip
    made = pages(found)
    assert rows(made["namespaces"], "namespaces") == ["apps base apps/apps.yaml:4 2 0 apps"]
    assert rows(made["crds"], "crds") == [
        "things.example.org base apps (1) apps/things.example.org.yaml:4"
    ]
    assert rows(made["crds"], "kinds") == ["Other.other.org 1 apps (1)"]
