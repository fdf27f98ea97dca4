"""From alerts to runbooks and from runbooks to what they apply to."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.index.runbooks import alerts_of, runbooks_of
from tests.runbooks.helpers import BASE, alert, book, found, joined, places, rule, rules, scanned


def page(front: str, body: str = "# Page\n") -> str:
    """A page with front matter."""
    return f"---\n{front}\n---\n{body}"


def test_front_matter_wins(tmp_path: Path) -> None:
    """A page that names the alert comes before its `runbook_url`, and the link says how it was
    found."""
    platform = joined(
        tmp_path,
        rules(rule("Down", "https://wiki.example.com/down")),
        {"docs/runbooks/web.md": page("alerts: [Down]", "# Web\n\n## Down\n")},
    )
    link = alert(platform, "Down").runbook
    assert (link.status, link.target, link.via) == ("own", "runbooks/web.md#down", "front-matter")


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://docs.example.org/platform/runbooks/web/", "runbooks/web.md"),  # the site
        ("https://docs.example.org/platform/runbooks/web/#fix", "runbooks/web.md#fix"),  # a heading
        (
            "https://docs.example.org/platform/runbooks/web.html",
            "runbooks/web.md",
        ),  # without directory addresses
        (
            "https://git.example.org/team/platform/blob/main/docs/runbooks/web.md",
            "runbooks/web.md",
        ),  # a blob link
        (
            "https://git.example.org/Team/Platform/-/blob/main/docs/runbooks/web.md#fix",
            "runbooks/web.md#fix",
        ),  # of another forge
        (
            "https://git.example.org/team/platform/src/branch/main/docs/runbooks/web.md",
            "runbooks/web.md",
        ),
        (
            "https://docs.example.org/platform/latest/runbooks/web/",
            "runbooks/web.md",
        ),  # a versioned site
        ("docs/runbooks/web.md", "runbooks/web.md"),  # from the root
        ("runbooks/web.md#fix", "runbooks/web.md#fix"),  # from docs_dir
        ("../docs/runbooks/web.md", "runbooks/web.md"),  # from beside the rule
        (
            "https://git.example.org/team/platform/blob/main/apps/podinfo.yaml",
            "apps/podinfo.yaml",
        ),  # a file that is not a page
    ],
)
def test_addresses_that_are_ours(tmp_path: Path, url: str, target: str) -> None:
    """Addresses of the site, of the repository and relative paths lead to the page."""
    platform = joined(
        tmp_path, rules(rule("Alarm", f'"{url}"')), {"docs/runbooks/web.md": "# Web\n\n## Fix\n"}
    )
    link = alert(platform, "Alarm").runbook
    assert (link.status, link.target, link.via) == ("own", target, "annotation")
    assert found(platform, "runbook-dead", "runbook-url-invalid", "runbook-anchor-missing") == []


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.org/team/platform/blob/v1.0/docs/gone.md",  # another revision
        "https://git.example.org/team/platform/blob/feature/x/docs/gone.md",  # another branch
        "https://git.example.org/team/platform/wiki/Gone",  # no file of it
        "https://git.example.org/team/platform-two/blob/main/docs/gone.md",  # another repository
        "https://git.example.org/team/other/blob/main/docs/gone.md",
        "https://docs.example.org/other/runbooks/gone/",  # beside the site
        "https://docs.example.org/platform/v1.2/runbooks/gone/",  # another version of the site
        "https://wiki.example.com/gone",
        "https://docs.example.org/platform/runbooks/${cluster}/gone",  # a template
        "https://docs.example.org/platform/{{ $labels.alertname }}/",
    ],
)
def test_addresses_that_lead_away(tmp_path: Path, url: str) -> None:
    """What leaves repository and site is external, and never called dead."""
    platform = joined(
        tmp_path, rules(rule("Alarm", f'"{url}"')), {"docs/runbooks/web.md": "# Web\n"}
    )
    assert alert(platform, "Alarm").runbook.status == "external"
    assert found(platform, "runbook-dead", "runbook-url-invalid") == []


def test_address_in_other_letters(tmp_path: Path) -> None:
    """Hosts of static sites tell upper and lower case apart; the message names the page."""
    url = "https://docs.example.org/platform/runbooks/WEB/"
    platform = joined(tmp_path, rules(rule("Alarm", url)), {"docs/runbooks/web.md": "# Web\n"})
    assert alert(platform, "Alarm").runbook.status == "dead"
    assert "`runbooks/web`" in found(platform, "runbook-dead")[0].message


@pytest.mark.parametrize(
    ("site", "url", "status", "missing"),
    [
        # the version that readers get is built from this checkout
        ("extra: {version: {default: [stable, x]}}", "stable/runbooks/gone/", "dead", []),
        ("extra: {version: {default: prod}}", "prod/runbooks/web/", "own", []),
        ("extra: {version: {default: prod}}", "prod/runbooks/gone/", "dead", []),
        ("", "prod/runbooks/web/", "dead", []),
        # generated pages have a version too
        ("", "latest/platform/alerts/x/", "own", []),
        ("", "2.1/platform/alerts/x/", "own", []),
        # a heading of another version may have been there
        ("", "latest/runbooks/web/#gone", "dead", ["runbook-anchor-missing"]),
        ("", "2.1/runbooks/web/#gone", "own", []),
        # mike makes no pages, but can put the versions into a directory
        ("mike", "runbooks/gone/", "dead", []),
        ("mike: {deploy_prefix: docs}", "docs/latest/runbooks/gone/", "external", []),
    ],
)
def test_versions_of_a_site(
    tmp_path: Path, site: str, url: str, status: str, missing: list[str]
) -> None:
    """An address of a site that is published in versions (mike) is looked up without its version."""
    plugins = f"[search, {{{site}}}, gitops]" if ":" in site else f"[search, {site}, gitops]"
    mkdocs = (
        BASE["mkdocs.yml"].replace("[search, gitops]", plugins)
        if site.startswith("mike")
        else f"{BASE['mkdocs.yml']}{site}\n"
    )
    platform = joined(
        tmp_path,
        rules(rule("Alarm", f'"https://docs.example.org/platform/{url}"')),
        {"mkdocs.yml": mkdocs, "docs/runbooks/web.md": "# Web\n"},
    )
    assert alert(platform, "Alarm").runbook.status == status
    assert [one.code for one in found(platform, "runbook-anchor-missing")] == missing


def test_pages_that_plugins_make(tmp_path: Path) -> None:
    """Where a plugin of the site makes pages, one that is no file may be there: it is not called
    dead."""
    platform = joined(
        tmp_path,
        rules(rule("Alarm", "https://docs.example.org/platform/runbooks/made/")),
        {
            "mkdocs.yml": BASE["mkdocs.yml"].replace(
                "[search, gitops]", "[search, gen-files, gitops]"
            )
        },
    )
    assert alert(platform, "Alarm").runbook.status == "external"


@pytest.mark.parametrize(
    "url",
    [
        "https://docs.example.org/platform/runbooks/gone/",
        "https://git.example.org/team/platform/blob/main/docs/runbooks/gone.md",
        "docs/runbooks/gone.md",
        "https://docs.example.org/platform/latest/runbooks/gone/",  # the version that this checkout is
    ],
)
def test_dead_addresses(tmp_path: Path, url: str) -> None:
    """A page of ours that is not there is dead, at the line of the address."""
    platform = joined(tmp_path, rules(rule("Alarm", f'"{url}"')))
    assert alert(platform, "Alarm").runbook.status == "dead"
    assert places(platform, "runbook-dead") == ["apps/rules.yaml:12 warning"]


@pytest.mark.parametrize(
    "url",
    ['"javascript:alert(1)"', '"data:text/html,x"', "42", '"wiki.example.io/a"', '"ftp://x/y"'],
)
def test_addresses_that_are_none(tmp_path: Path, url: str) -> None:
    """What is not a web address is a finding and no runbook."""
    platform = joined(tmp_path, rules(rule("Alarm", url)))
    assert alert(platform, "Alarm").runbook.status == "dead"
    assert places(platform, "runbook-url-invalid") == ["apps/rules.yaml:12 warning"]


def test_anchor_that_is_missing(tmp_path: Path) -> None:
    """An address with a heading that the page does not have is dead, and the page is still
    known."""
    platform = joined(
        tmp_path,
        rules(rule("Alarm", "https://docs.example.org/platform/runbooks/web/#mitigatoin")),
        {"docs/runbooks/web.md": "# Web\n\n## Mitigation\n"},
    )
    link = alert(platform, "Alarm").runbook
    assert (link.status, link.page) == ("dead", "runbooks/web.md")
    [finding] = found(platform, "runbook-anchor-missing")
    assert "did you mean `#mitigation`" in finding.message
    assert finding.line == 12


@pytest.mark.parametrize("key", ["runbook", "playbook", "a8r.io/runbook"])
def test_other_annotations(tmp_path: Path, key: str) -> None:
    """Other names of the annotation count as well."""
    platform = joined(tmp_path, rules(rule("Alarm", "https://wiki.example.com/a", key=key)))
    assert alert(platform, "Alarm").runbook.status == "external"


def test_file_name_and_heading(tmp_path: Path) -> None:
    """Without front matter and address the file name decides, then a heading."""
    platform = joined(
        tmp_path,
        rules(rule("PodinfoIsDown"), rule("DiskFull"), rule("Other")),
        {
            "docs/runbooks/podinfo-is-down.md": "# x\n\n## DiskFull\n",
            "docs/notes/other.md": "# Not a runbook\n",
        },
    )
    links = {name: alert(platform, name).runbook for name in ("PodinfoIsDown", "DiskFull", "Other")}
    assert [(link.target, link.via) for link in links.values()] == [
        ("runbooks/podinfo-is-down.md", "file-name"),
        ("runbooks/podinfo-is-down.md#diskfull", "anchor"),
        (None, None),
    ]
    assert places(platform, "alert-without-runbook") == ["apps/rules.yaml:14 info"]


def test_shared_addresses(tmp_path: Path) -> None:
    """An external address that several alerts name is not a runbook of their own."""
    platform = joined(
        tmp_path,
        rules(
            rule("A", "https://w.example.com/all"),
            rule("B", "https://w.example.com/all"),
            rule("C", "https://w.example.com/c"),
        ),
    )
    assert [alert(platform, name).runbook.shared for name in "ABC"] == [1, 1, 0]


def test_repository_without_a_remote(tmp_path: Path) -> None:
    """With nothing else to go by, a Provider that marks commits names the own repository."""
    provider = (
        "apiVersion: notification.toolkit.fluxcd.io/v1beta3\nkind: Provider\nmetadata: {name: gh, "
        "namespace: flux-system}\n"
        'spec: {type: github, address: "https://github.com/team/fleet"}\n'
    )
    platform = joined(
        tmp_path,
        rules(rule("Alarm", "https://github.com/team/fleet/blob/main/docs/gone.md")),
        {
            "clusters/prod/flux-system.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: flux-system}\n",
            "apps/provider.yaml": provider,
        },
    )
    assert alert(platform, "Alarm").runbook.status == "dead"


def test_setting_names_the_repository(tmp_path: Path) -> None:
    """The setting `repository_url` comes before what the manifests say."""
    platform = joined(
        tmp_path,
        rules(rule("Alarm", "https://git.example.org/team/platform/blob/main/gone.md")),
        {".gitops-docs.yaml": "repository_url: https://git.example.org/fork/platform\n"},
    )
    assert alert(platform, "Alarm").runbook.status == "external"


@pytest.mark.parametrize(
    ("pattern", "layers", "releases"),
    [
        ("kustomization/flux-system/apps", ["apps"], []),
        ("ks/flux-system/apps", ["apps"], []),
        ("kustomization/apps", ["apps"], []),
        ("layer:app*", ["apps"], []),
        ("helmrelease/*/podinfo", [], ["podinfo"]),
        ("release:podinfo", [], ["podinfo"]),
        ("path:apps", ["apps"], ["podinfo"]),
        ("path:apps/*.yaml", ["apps"], ["podinfo"]),
        ("prometheusrule/web/web", ["apps"], []),
        ("namespace:web", ["apps"], ["podinfo"]),
    ],
)
def test_applies_to(tmp_path: Path, pattern: str, layers: list[str], releases: list[str]) -> None:
    """Each kind of pattern finds layers and releases."""
    platform = joined(
        tmp_path, rules(rule("A")), {"docs/runbooks/a.md": page(f'applies_to: ["{pattern}"]')}
    )
    runbook = book(platform, "runbooks/a.md")
    assert [identity.rpartition("/")[2] for identity in runbook.layers] == layers
    assert [key[2] for key in runbook.releases] == releases
    assert found(platform, "runbook-target-unknown") == []


def test_general_patterns(tmp_path: Path) -> None:
    """What applies to everything comes after what applies to the layer in particular."""
    platform = joined(
        tmp_path,
        {
            "docs/runbooks/all.md": page("title: A\napplies_to: 'kustomization/flux-system/*'"),
            "docs/runbooks/cluster.md": page("title: B\napplies_to: 'cluster:prod'"),
            "docs/runbooks/own.md": page("title: Z\napplies_to: layer:apps"),
        },
    )
    files = [runbook.file for runbook in runbooks_of(platform, "prod/flux-system/apps")]
    assert files == ["runbooks/own.md", "runbooks/all.md", "runbooks/cluster.md"]
    assert runbooks_of(platform, platform.releases[0]) == ()


def test_targets_that_do_not_exist(tmp_path: Path) -> None:
    """A pattern that matches nothing is a warning at its line, with what was probably meant."""
    platform = joined(
        tmp_path,
        {
            "docs/runbooks/a.md": page(
                "applies_to:\n  - kustomization/flux-system/app\n  - layer:apps"
            )
        },
    )
    [finding] = found(platform, "runbook-target-unknown")
    assert (finding.file, finding.line, finding.severity) == ("docs/runbooks/a.md", 3, "warning")
    assert "did you mean `kustomization/flux-system/apps`" in finding.message


def test_unknown_and_ambiguous_alerts(tmp_path: Path) -> None:
    """A name that no rule has, and one that two pages claim, are findings at their lines."""
    platform = joined(
        tmp_path,
        rules(rule("Down")),
        {
            "docs/runbooks/a.md": page("alerts: [Down]"),
            "docs/runbooks/b.md": page("alerts:\n  - Down\n  - Gone"),
            "docs/runbooks/c.md": page("alerts: [Down]\nreplaced_by: a.md"),
        },
    )
    assert places(platform, "runbook-ambiguous") == ["docs/runbooks/b.md:3 warning"]
    assert places(platform, "runbook-alert-unknown") == ["docs/runbooks/b.md:4 warning"]
    assert alert(platform, "Down").runbook.page == "runbooks/a.md"


def test_alerts_of_charts(tmp_path: Path) -> None:
    """Where a monitoring chart is installed, an unknown alert may be one of its own:
    information."""
    chart = joined(
        tmp_path,
        rules(rule("Down")),
        {
            "apps/podinfo.yaml": "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: m, namespace: m}\n"
            "spec: {interval: 1m, chart: {spec: {chart: kube-prometheus-stack, sourceRef: {kind: "
            "HelmRepository, name: x}}}}\n",
            "docs/runbooks/b.md": page("alerts: [KubePodCrashLooping]"),
        },
    )
    assert places(chart, "runbook-alert-unknown") == ["docs/runbooks/b.md:2 info"]


def test_component_of_an_alert(tmp_path: Path) -> None:
    """A runbook for one release says what an alert is about; a release beside the rule says
    nothing."""
    platform = joined(
        tmp_path,
        rules(rule("Down"), rule("Other")),
        {"docs/runbooks/a.md": page("alerts: [Down]\napplies_to: helmrelease/web/podinfo")},
    )
    assert alert(platform, "Down").subject.state == "stated"
    assert alert(platform, "Down").component == ("prod/flux-system/apps", "web", "podinfo")
    assert alert(platform, "Other").subject.state == "depends-on-labels"
    assert {item.name for item in alerts_of(platform, platform.releases[0])} == {"Down"}


def test_rules_that_are_off(tmp_path: Path) -> None:
    """Rules in Helm values count, unless they are switched off above them."""
    values = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: m, namespace: "
        "m}\nspec:\n  interval: 1m\n"
        + (
            "  values:\n    metrics:\n      enabled: %s\n      rules:\n        groups:\n          "
            "- name: g\n            rules:\n"
            "              - alert: FromValues\n                expr: up == 0\n"
        )
    )
    assert [a.name for a in joined(tmp_path, {"apps/podinfo.yaml": values % "true"}).alerts] == [
        "FromValues"
    ]
    assert joined(tmp_path, {"apps/podinfo.yaml": values % "false"}).alerts == ()


def test_front_matter_of_the_wrong_shape(tmp_path: Path) -> None:
    """A key that cannot be understood is a finding, and the rest of the front matter counts."""
    platform = joined(
        tmp_path,
        rules(rule("Down")),
        {
            "docs/runbooks/a.md": page(
                "alerts: [Down]\nseverity: [a]\nlast_reviewed: soon\nreview_every: often\nkind: "
                "story\nlastVerified: 2020-01-01"
            ),
            "docs/runbooks/broken.md": '---\nalerts: ["A\n---\n# Broken\n',
        },
    )
    assert alert(platform, "Down").runbook.status == "own"
    assert places(platform, "runbook-front-matter") == [
        "docs/runbooks/broken.md:3 error",
        "docs/runbooks/a.md:3 warning",
        "docs/runbooks/a.md:5 warning",
        "docs/runbooks/a.md:6 warning",
    ]


def test_review_dates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A review that is due is information, one in the future a mistake; aliases of the key
    count."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")  # 2026-01-01
    platform = joined(
        tmp_path,
        {
            "docs/runbooks/fine.md": page("last_reviewed: 2025-12-01\nreview_every: 90d"),
            "docs/runbooks/future.md": page("last_reviewed: 2026-02-01"),
            "docs/runbooks/old.md": page("lastVerified: 2025-09-01\nreview_every: 12w"),
        },
    )
    assert places(platform, "runbook-stale") == ["docs/runbooks/old.md:2 info"]
    assert places(platform, "runbook-date-future") == ["docs/runbooks/future.md:2 warning"]
    assert book(platform, "runbooks/old.md").review_due == "2025-11-24"


def test_owner_from_codeowners(tmp_path: Path) -> None:
    """A page without an owner has that of CODEOWNERS; the last pattern decides."""
    platform = joined(
        tmp_path,
        {
            ".github/CODEOWNERS": "* @all\n/docs/ @writers @readers # why\n",
            "docs/runbooks/a.md": page("severity: info"),
            "docs/runbooks/b.md": page("owner: '@me'"),
        },
    )
    assert book(platform, "runbooks/a.md").owner == "@writers @readers"
    assert book(platform, "runbooks/b.md").owner == "@me"


def test_docs_without_a_site(tmp_path: Path) -> None:
    """A repository without mkdocs.yml has its pages in docs/, if there are any."""
    files = {"docs/runbooks/down.md": "# Down\n"}
    joined(tmp_path, rules(rule("Down")), files)
    (tmp_path / "mkdocs.yml").unlink()
    assert alert(scanned(tmp_path), "Down").runbook.target == "runbooks/down.md"


def test_misspelt_keys(tmp_path: Path) -> None:
    """A key that is close to one of ours is said, with its line; keys of other tools are not."""
    page = (
        "---\ntitle: X\nstatus: new\nalert: A\napply_to: b\nlast-reveiwed: 2026-01-01\nkind: "
        "runbok\n---\n# X\n"
    )
    other = "---\nalert: x\nappliesto: y\n---\n# Y\n"
    platform = joined(tmp_path, {"docs/runbooks/x.md": page, "docs/other.md": other})
    said = [
        (finding.file, finding.line, finding.message.rpartition("did you mean ")[2])
        for finding in found(platform, "runbook-front-matter")
    ]
    assert sorted(said) == [
        ("docs/other.md", 3, "`applies_to`?"),
        ("docs/runbooks/x.md", 4, "`alerts`?"),
        ("docs/runbooks/x.md", 5, "`applies_to`?"),
        ("docs/runbooks/x.md", 6, "`last_reviewed`?"),
        ("docs/runbooks/x.md", 7, "`runbook`?; it is left out"),
    ]
