"""Pages about alerts, runbooks, rollback, troubleshooting and bootstrap, from platforms that were
scanned."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gitops_docs.model import Platform
from gitops_docs.pages import Options, check_links, render
from gitops_docs.pages.html.page import Page
from tests.runbooks.helpers import BASE, joined, rule, rules

INFRA = (
    BASE["clusters/prod/apps.yaml"]
    .replace("name: apps", "name: infra")
    .replace("./apps", "./infra")
)
CHAIN = {
    "clusters/prod/infra.yaml": INFRA + "  wait: true\n  timeout: 3m\n",
    "clusters/prod/apps.yaml": BASE["clusters/prod/apps.yaml"]
    + "  dependsOn: [{name: infra}]\n  healthChecks:\n    - {apiVersion: apps/v1, kind: Deployment, name: web, namespace: web}\n"
    "  postBuild: {substituteFrom: [{kind: Secret, name: made-by-hand}]}\n",
    "infra/namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n",
}
"""A layer that another one waits for."""


def pages(platform: Platform) -> dict[str, Page]:
    """The pages of a platform by address below its directory; every link of theirs is alive."""
    rendered = render(platform, Options(site_url="https://docs.example.org/"))
    assert check_links((*rendered.pages, *rendered.blocks)) == []
    return {page.uri.removeprefix("platform/").removesuffix(".md"): page for page in rendered.pages}


LAYER = "clusters/prod/layers/flux-system"


SLOT = '<span class="gitops-slot" data-gitops-slot="{0}">&lt;{0}&gt;</span>'
QUAY = {
    "apps/quay.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: crane, namespace: quay}\n"
    "spec: {template: {spec: {containers: [{name: a, image: a:1}]}}}\n",
}


def with_expression(expression: str, name: str = "Down", more: str = "") -> dict[str, str]:
    """A rule of the namespace `web` with an expression of its own."""
    return rules(f"        - alert: {name}\n          expr: '{expression}'\n{more}")


def test_commands_of_an_alert_have_slots(tmp_path: Path) -> None:
    """What only the firing alert knows is a slot with its label, never the namespace of the
    rule."""
    more = (
        "          annotations:\n            description: 'Pod {{ $labels.namespace }}/{{ "
        "$labels.pod }} has {{ $value }} <b>'\n"
    )
    html = pages(joined(tmp_path, with_expression("kube_pod_status_phase > 0", more=more)))[
        "alerts/down"
    ].html
    space, pod = SLOT.format("namespace"), SLOT.format("pod")
    assert f"kubectl describe pod {pod} -n {space}" in html
    assert f"<p>Pod {space}/{pod} has … &lt;b&gt;</p>" in html
    assert "depends on the labels" in html
    assert '<input name="namespace"' in html
    assert "?namespace={{ $labels.namespace }}&amp;pod={{ $labels.pod }}" in html
    assert "-n web" not in html
    assert "NAME" not in html
    assert "Not shown: the alert is not tied to one component." in html


def test_fields_of_an_alert_are_those_that_it_shows(tmp_path: Path) -> None:
    """A label that no command and no text has a place for has no field."""
    expression = 'absent(up{job="crane", instance="a"}) and on (shard) kube_pod_status_phase'
    html = pages(joined(tmp_path, with_expression(expression)))["alerts/down"].html
    fields = set(re.findall(r'<input name="([^"]+)"', html))
    box = html.partition('id="do-first"')[2].partition("</section>")[0]
    shown = set(re.findall(r'data-gitops-slot="([^"]+)"', box))
    assert fields and fields <= shown


def test_commands_of_a_known_subject(tmp_path: Path) -> None:
    """Where labels match an object, commands, dependencies and the rollback are those of what
    fails."""
    expression = 'kube_deployment_labels{namespace="quay", deployment="crane"} == 0'
    shipped = with_expression(expression)["apps/rules.yaml"]
    platform = joined(tmp_path, CHAIN, QUAY, {"infra/rules.yaml": shipped})
    html = pages(platform)["alerts/down"].html
    first = html.partition('id="do-first"')[2].partition("</section>")[0]
    assert "kubectl rollout status deployment/crane -n quay" in first
    assert "flux get kustomization apps -n flux-system" in first
    assert "-n web" not in first
    fails = html.partition('id="what-fails"')[2].partition("</section>")[0]
    assert "Deployment quay/crane" in fails
    assert "known" in fails
    assert ">infra</a> → " in fails
    assert "Roll back apps" in html
    carried = html.partition('id="rules"')[2]
    assert "Shipped by layer" in carried
    assert "It carries the rule and is not what fails." in carried


def test_rules_that_differ_have_slots(tmp_path: Path) -> None:
    """Where the rules of one name are about different objects, no command has the name of only
    one."""
    one = (
        '        - alert: Down\n          expr: \'kube_deployment_labels{namespace="quay", '
        'deployment="crane"}\'\n'
    )
    other = one.replace("crane", "winch")
    html = pages(joined(tmp_path, QUAY, rules(one, other)))["alerts/down"].html
    first = html.partition('id="do-first"')[2].partition("</section>")[0]
    assert f"kubectl describe deployment {SLOT.format('deployment')} -n quay" in first
    assert "crane" not in first


def test_address_of_the_rule_beside_our_runbook(tmp_path: Path) -> None:
    """A runbook of ours for an alert comes first; what the rule itself links stays there."""
    url = "https://runbooks.example.org/down"
    book = {"docs/runbooks/web.md": "---\nalerts: [Down]\n---\n# Web\n"}
    html = pages(joined(tmp_path, rules(rule("Down", url)), book))["alerts/down"].html
    assert f'The rule links <a href="{url}">' in html
    book["docs/runbooks/web.md"] = "# Web\n"
    assert "The rule links" not in pages(joined(tmp_path, book))["alerts/down"].html


def test_inferred_subject_has_no_commands(tmp_path: Path) -> None:
    """A guess is a link with the word and its reason; commands, owner and changes would look like
    knowledge."""
    html = pages(joined(tmp_path, with_expression("rate(podinfo_errors_total[5m]) > 0")))[
        "alerts/down"
    ].html
    fails = html.partition('id="what-fails"')[2].partition("</section>")[0]
    assert "inferred" in fails
    assert ">podinfo</a>" in fails
    assert "Owner" not in fails
    assert "flux get helmrelease" not in html
    assert "Not shown: the alert is not tied to one component." in html


def test_rules_of_one_name_share_a_page(tmp_path: Path) -> None:
    """Two rules of one name are two sections of one page, whatever their case."""
    found = pages(
        joined(
            tmp_path,
            rules(rule("Down", "https://w.example.com/a"), rule("DOWN", severity="critical")),
        )
    )
    html = found["alerts/down"].html
    assert html.count("<pre data-search-exclude><code>up == 0") == 2
    assert "critical" in html
    assert "https://w.example.com/a" in html
    assert "No runbook." in html


def test_written_pages_are_not_called_generated(tmp_path: Path) -> None:
    """What is put into a page that somebody wrote does not say of that page that it is made from
    manifests; generated pages do."""
    page = {"docs/runbooks/apps.md": "---\napplies_to: layer:apps\n---\n# Apps\n"}
    rendered = render(joined(tmp_path, page))
    assert [block.uri for block in rendered.blocks] == ["runbooks/apps.md"]
    assert "Generated from" not in rendered.blocks[0].html
    assert all("Generated from" in page.html for page in rendered.pages)


def test_dead_runbook_says_where(tmp_path: Path) -> None:
    """The page of an alert whose address leads nowhere says so, with the line."""
    html = pages(joined(tmp_path, rules(rule("Down", "docs/gone.md"))))["alerts/down"].html
    assert "Broken link:" in html
    assert "rules.yaml:12" in html


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "JaVaScRiPt\\t:alert(1)"]
)
def test_hostile_addresses_are_text(tmp_path: Path, url: str) -> None:
    """Only http and https become links, on every page that shows the address."""
    platform = joined(tmp_path, rules(rule("Down", f'"{url}"')))
    for page in pages(platform).values():
        assert 'href="javascript' not in page.html.lower()
        assert 'href="data:' not in page.html


def test_coverage(tmp_path: Path) -> None:
    """Alerts are counted once, by severity and by where they lead; pages that nothing leads to are
    named."""
    platform = joined(
        tmp_path,
        rules(
            rule("Own"), rule("Away", "https://w.example.com/a", severity="critical"), rule("Dead", "docs/gone.md"), rule("None"),
            rule("Shared1", "https://w.example.com/s"), rule("Shared2", "https://w.example.com/s"),
        ),
        {
            "docs/runbooks/own.md": "---\nlast_reviewed: 2020-01-01\n---\n# Own\n",
            "docs/runbooks/alone.md": "# Nobody knows me\n",
            "docs/why.md": "---\nkind: reference\n---\n# Why\n",
        },
    )  # fmt: skip
    html = pages(platform)["runbooks/index"].html
    assert "<strong>4 of 6 alerts</strong>" in html
    assert "1 broken link; 1 alert has none." in html
    row = "".join(f"<td>{number}</td>" for number in (1, 0, 2, 1, 1))
    assert f'<th scope="row">warning</th>{row}' in html
    unlinked = html.partition('id="unlinked"')[2]
    assert "Nobody knows me" in unlinked
    assert "Why" not in unlinked
    assert "due 2020-12-31" in html or "next 2020-12-31" in html


def test_troubleshooting(tmp_path: Path) -> None:
    """The chain comes root first, each health check has its command, causes are those that the
    layer can have."""
    html = pages(joined(tmp_path, CHAIN))[f"{LAYER}/apps/troubleshooting"].html
    assert "flux get kustomization infra -n flux-system" in html
    assert "kubectl describe deployment web -n web" in html
    assert "made-by-hand" in html  # a Secret that no layer makes
    assert "dependency ... is not ready" in html
    assert "decryption failed" not in html


def test_own_causes_replace_ours(tmp_path: Path) -> None:
    """A page that applies to the layer and has a heading Common causes is shown instead of our
    words."""
    page = pages(
        joined(
            tmp_path,
            CHAIN,
            {
                "docs/runbooks/apps.md": "---\napplies_to: layer:apps\n---\n# Apps\n\n## Common causes\n\nUs.\n"
            },
        )
    )[f"{LAYER}/apps/troubleshooting"]
    assert "dependency ... is not ready" not in page.html
    assert [(item.document, item.anchor) for item in page.inlined] == [
        ("runbooks/apps.md", "common-causes")
    ]


def test_bootstrap(tmp_path: Path) -> None:
    """What nothing makes is on the list, the way of the bootstrap and the order of the layers
    too."""
    html = pages(joined(tmp_path, CHAIN))["clusters/prod/bootstrap"].html
    assert "Secret flux-system/made-by-hand" in html
    assert (
        "flux bootstrap git --url=https://git.example.org/team/platform --branch=main "
        "--path=./clusters/prod" in html
    )
    assert "1 health check passes" in html
    order = html.partition('id="start-order"')[2]
    assert order.index(">infra<") < order.index(">apps<")


def test_flux_alert_says_what_it_covers(tmp_path: Path) -> None:
    """The page of a Flux Alert counts layers and releases, and shows its runbook."""
    platform = joined(
        tmp_path,
        CHAIN,
        {
            "apps/alert.yaml": "apiVersion: notification.toolkit.fluxcd.io/v1beta3\nkind: Alert\n"
            "metadata: {name: chat, namespace: flux-system}\n"
            "spec:\n  providerRef: {name: chat}\n  eventSources:\n    - {kind: Kustomization, "
            "name: '*'}\n"
            "    - {kind: HelmRelease, name: '*'}\n",
            "docs/runbooks/chat.md": "---\nalerts: [chat]\n---\n# Chat\n",
        },
    )
    page = pages(platform)["clusters/prod/notifications/flux-system/chat"]
    assert "Selects 3 of 3 layers" in page.html
    assert "Selects 0 of 1 release" in page.html  # it is in another namespace
    assert [item.document for item in page.inlined] == ["runbooks/chat.md"]


def test_credentials_of_the_first_source(tmp_path: Path) -> None:
    """What Flux fetches the repository with must be there first, also where a layer makes it
    later."""
    instance = (
        "apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\nmetadata: {name: flux, "
        "namespace: flux-system}\n"
        "spec:\n  sync: {kind: GitRepository, url: 'https://git.example.org/team/platform', ref: "
        "refs/heads/main,\n"
        "    path: clusters/prod, pullSecret: git-key}\n"
    )
    made = (
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: git-key, "
        "namespace: flux-system}\n"
        "spec: {secretStoreRef: {kind: ClusterSecretStore, name: vault}, dataFrom: [{extract: "
        "{key: a}}]}\n"
    )
    html = pages(
        joined(
            tmp_path, CHAIN, {"clusters/prod/flux-system.yaml": instance, "apps/secret.yaml": made}
        )
    )["clusters/prod/bootstrap"].html
    assert "Secret flux-system/git-key" in html
    assert "kubectl apply -f clusters/prod/flux-system.yaml" in html
