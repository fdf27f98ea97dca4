"""What an alert is about: expressions as they are written, and the objects of a small platform."""
# ruff: noqa: E501  (tables of expressions)

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gitops_docs.model import (
    Alert,
    ChartTemplate,
    Platform,
    Rendering,
    RunbookLink,
    Subject,
    Workload,
)
from gitops_docs.runbooks.subjects import KnownSubjects, Subjects
from gitops_docs.text import promql, templates
from tests.pages.platforms import layer, platform, release, resource
from tests.runbooks.helpers import alert, joined


def small() -> Platform:
    """Four layers: what carries the rules, an application, storage, and two that share a
    namespace."""
    return platform(
        layer("monitoring", resources=(resource("PrometheusRule", "all", "monitoring"), resource("Deployment", "grafana", "monitoring"))),
        layer(
            "quay",
            resources=(
                resource("Deployment", "crane", "quay", "apps/v1"),
                resource("StatefulSet", "ledger", "quay", "apps/v1"),
                resource("CronJob", "sweep", "quay", "batch/v1"),
                resource("Service", "crane-metrics", "quay"),
                resource("PersistentVolumeClaim", "ledger-data", "quay"),
                resource("Namespace", "quay", None, cluster_scoped=True),
            ),
        ),
        layer("storage", resources=(resource("ServiceMonitor", "rook-ceph-mgr", "monitoring"), resource("HelmRelease", "rook-ceph", "rook"))),
        layer("front", resources=(resource("Deployment", "web", "apps", "apps/v1"), resource("Deployment", "api", "apps", "apps/v1"))),
        layer("back", resources=(resource("Deployment", "worker", "apps", "apps/v1"), resource("ConfigMap", "x", "kube-system"), resource("Certificate", "edge", "apps"))),
        releases=(
            release("rook-ceph", "storage", "1.18.2", namespace="rook"),
            release("loki", "monitoring", "6.0.0", namespace="logs"),
            release("kube-prometheus-stack", "monitoring", "65.1.0", namespace="monitoring"),
        ),
    )  # fmt: skip


PLATFORM = small()


def alert_rule(expression: str | None, **changes: Any) -> Alert:
    """A rule that lies in `monitoring`."""
    return Alert(
        **{
            "kind": "rule",
            "cluster": "prod",
            "namespace": "monitoring",
            "group": "g",
            "name": "A",
            "severity": "critical",
            "layer": "prod/flux-system/monitoring",
            "file": "rules/a.yaml",
            "line": 7,
            "runbook": RunbookLink("missing"),
            "object_name": "all",
            "expression": expression,
            **changes,
        }
    )


def of(expression: str | None, **changes: Any) -> Subject:
    """The subject of such a rule."""
    return Subjects(PLATFORM, ()).of(alert_rule(expression, **changes)).subject


KNOWN = [
    ('kube_deployment_status_replicas_available{namespace="quay", deployment="crane"} < 1', "quay Deployment crane quay"),
    ("kube_deployment_status_replicas_available{namespace='quay',deployment='crane'} == 0", "quay Deployment crane quay"),
    ('kube_deployment_status_replicas{job="kube-state-metrics", namespace="quay", deployment="crane"} > 3', "quay Deployment crane quay"),
    ('kube_deployment_spec_replicas{exported_namespace="quay", namespace="monitoring", deployment="crane"} == 0', "quay Deployment crane quay"),
    ('kube_deployment_spec_replicas{deployment="crane"} != kube_deployment_status_replicas_ready{deployment="crane"}', "quay Deployment crane quay"),
    ('kube_deployment_spec_replicas{deployment=~"crane"} == 0', "quay Deployment crane quay"),
    ('kube_statefulset_status_replicas_ready{namespace="quay",statefulset="ledger"} / kube_statefulset_replicas{namespace="quay",statefulset="ledger"} < 1', "quay StatefulSet ledger quay"),
    ('increase(kube_pod_container_status_restarts_total{namespace="quay", pod=~"crane-.*"}[15m]) > 3', "quay Deployment crane quay"),
    ('increase(kube_pod_container_status_restarts_total{pod=~"ledger-[0-9]+"}[15m]) > 3', "quay StatefulSet ledger quay"),
    ('kube_pod_status_ready{namespace="quay", pod="ledger-0", condition="true"} == 0', "quay StatefulSet ledger quay"),
    ('kubelet_volume_stats_available_bytes{namespace="quay",persistentvolumeclaim="ledger-data"} < 1e9', "quay PersistentVolumeClaim ledger-data quay"),
    ('time() - kube_cronjob_status_last_successful_time{cronjob="sweep"} > 86400', "quay CronJob sweep quay"),
    ('certmanager_certificate_ready_status{namespace="apps", name="edge", condition="True"} != 1', "apps Certificate edge back"),
    ('sum by (pod) (rate(container_cpu_usage_seconds_total{namespace="apps", pod=~"web-.+"}[5m])) > 1', "apps Deployment web front"),
    ('sum(rate(http_requests_total{namespace="apps", app="api", code=~"5.."}[5m])) / sum(rate(http_requests_total{namespace="apps", app="api"}[5m])) > 0.1', "apps Deployment api front"),
    ('absent(up{job="crane-metrics"})', "quay - - quay"),
    ('up{job="crane-metrics", namespace="quay"} == 0', "quay - - quay"),
    ('up{job="rook-ceph-mgr"} == 0', "- - - storage"),
    ('max_over_time(ledger_lag{namespace="quay"}[10m]) > 60', "quay - - quay"),
    ('kube_namespace_labels{namespace="quay"} unless on (namespace) kube_namespace_labels{namespace="apps"}', "quay Namespace quay quay"),
    ('kube_deployment_labels{deployment="crane"} and on () kube_node_info{node="n1"}', "quay Deployment crane quay"),
    ('gotk_reconcile_condition{kind="Kustomization", name="front", namespace="flux-system", status="False"} == 1', "flux-system Kustomization front front"),
    ('gotk_resource_info{customresource_kind="HelmRelease", exported_namespace="rook", name="rook-ceph", ready="False"} == 1', "rook HelmRelease rook-ceph storage"),
    ('kube_deployment_spec_replicas{deployment=~"web|api", namespace="apps"} == 0', "apps Deployment - front"),
    ('kube_deployment_labels{deployment="web"} or kube_deployment_labels{deployment="api"}', "apps Deployment - front"),
    ('label_replace(kube_deployment_labels{exported_namespace="quay"}, "namespace", "$1", "exported_namespace", "(.*)")', "quay Deployment - quay"),
    ('sum(rate({namespace="quay", app="crane"} |= "panic" | json | level="error" [5m])) > 0', "quay Deployment crane quay"),
    ('{__name__="kube_deployment_labels", deployment="crane"}', "quay Deployment crane quay"),
    ('(sum by (deployment) (kube_deployment_status_replicas{deployment="crane"}) > 0) or vector(0)', "quay Deployment crane quay"),
    ('kube_deployment_spec_replicas{deployment=~"cr.+"} == 0', "quay Deployment crane quay"),
    ('kubelet_volume_stats_available_bytes{persistentvolumeclaim=~"ledger-.*"} < 1e9', "quay PersistentVolumeClaim ledger-data quay"),
    ('kube_job_status_failed{job_name=~"sweep-.*"} > 0', "quay CronJob sweep quay"),
    ('kube_job_failed * on(job_name, namespace) group_left(owner_name) kube_job_owner{owner_kind="CronJob", owner_name="sweep"} > 0', "quay CronJob sweep quay"),
    ('kube_pod_status_phase{phase="Failed"} * on(namespace, pod) group_left() kube_pod_owner{owner_kind="StatefulSet", owner_name="ledger"} > 0', "quay StatefulSet ledger quay"),
]  # fmt: skip
"""Expressions whose labels match an object, and `namespace kind name layer`."""


@pytest.mark.parametrize(("expression", "expected"), KNOWN)
def test_known(expression: str, expected: str) -> None:
    """Fixed labels that match an object say what fails, and never the layer that carries the
    rule."""
    subject = of(expression)
    if "or vector(0)" in expression:
        assert subject.state == "depends-on-labels"  # the other way has no label
        return
    layer_name = (subject.layer or "-").rpartition("/")[2]
    found = " ".join(
        (subject.namespace or "-", subject.kind or "-", subject.name or "-", layer_name)
    )
    assert (subject.state, found) == ("known", expected)
    assert subject.reason


AT_RUN_TIME = [
    ("sum by (namespace, deployment) (rate(turns_total[5m])) < 1", "namespace deployment"),
    ("kube_deployment_status_replicas_unavailable > 0", "namespace deployment"),
    ('kube_deployment_status_replicas_unavailable{job="kube-state-metrics"} > 0', "namespace deployment"),
    ('kube_deployment_status_replicas_unavailable{namespace!="monitoring"} > 0', "namespace deployment"),
    ('kube_statefulset_replicas{namespace=~".*"} > 0', "namespace statefulset"),
    ("kube_daemonset_status_number_unavailable > 0", "namespace daemonset"),
    ('kube_job_status_failed{job="kube-state-metrics"} > 0', "namespace job_name"),
    ("kube_cronjob_spec_suspend == 1", "namespace cronjob"),
    ('max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5m]) >= 1', "namespace pod container"),
    ("kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes < 0.1", "namespace persistentvolumeclaim"),
    ('kube_node_status_condition{condition="Ready",status="true"} == 0', "node"),
    ('node_filesystem_avail_bytes{fstype!=""} / node_filesystem_size_bytes < 0.05', "instance"),
    ("certmanager_certificate_expiration_timestamp_seconds - time() < 86400", "namespace name"),
    ("kube_horizontalpodautoscaler_status_current_replicas >= kube_horizontalpodautoscaler_spec_max_replicas", "namespace horizontalpodautoscaler"),
    ("kube_persistentvolume_status_phase{phase=~\"Failed|Pending\"} > 0", "persistentvolume"),
    ("up == 0", "namespace job instance"),
    ('kube_deployment_labels{deployment="web"} or kube_deployment_labels{deployment="crane"}', "namespace deployment"),
    ('label_replace(kube_pod_info{namespace="quay"}, "namespace", "$1", "pod", "(.*)-.*")', "namespace pod"),
    ('kube_deployment_labels{namespace="${namespace}"} == 0', "namespace deployment"),
    ('sum by (exported_namespace, name) (gotk_resource_info{ready="False"}) > 0', "exported_namespace name"),
]  # fmt: skip
"""Expressions that match many objects, and the labels that tell which."""


@pytest.mark.parametrize(("expression", "labels"), AT_RUN_TIME)
def test_at_run_time(expression: str, labels: str) -> None:
    """Where only the firing alert knows, its labels are noted, and no name is made up."""
    subject = of(expression)
    assert (subject.state, " ".join(subject.labels)) == ("depends-on-labels", labels)
    assert (subject.layer, subject.release, subject.name) == (None, None, None)


@pytest.mark.parametrize(
    ("expression", "release"),
    [
        ("rate(loki_discarded_samples_total[5m]) > 0", "loki"),
        ('up{job="loki-read"} == 0', "loki"),
        (
            'kube_deployment_status_replicas_ready{namespace="logs", deployment="loki-write"} == 0',
            "loki",
        ),
    ],
)
def test_inferred(expression: str, release: str) -> None:
    """The name of a metric, a job or a workload that no manifest has is a guess, and says so."""
    subject = of(expression)
    assert (subject.state, subject.release and subject.release[2]) == ("inferred", release)
    assert "name" in subject.reason


@pytest.mark.parametrize(
    "expression",
    [
        None,
        "",
        "sum(foo_total) > 1",
        "vector(1)",
        "go_goroutines by",
        "sum(apiserver_request_total) > 1",
    ],
)
def test_not_known(expression: str | None) -> None:
    """Without a label that names an object nothing is claimed."""
    assert of(expression).state == "not-known"


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ('up{job="gone"} == 0', 'nothing in this repository matches `job="gone"`'),
        (
            'probe_score{kind="regression"} < 1',
            "the rule matches everything that `probe_score` reports",
        ),
        ('container_memory_rss{namespace="kube-system"} > 1', "namespace kube-system"),
    ],
)
def test_reasons(expression: str, reason: str) -> None:
    """What is not known says why; a namespace that Kubernetes fills itself is not a layer's."""
    subject = of(expression)
    assert (subject.state, subject.layer) == ("depends-on-labels", None)
    assert reason in subject.reason


def test_labels_of_the_rule() -> None:
    """Labels that the rule adds count before those of the expression; templated ones are known when
    it fires."""
    fixed = of(
        'kube_deployment_labels{namespace="apps"}',
        labels=(("deployment", "crane"), ("namespace", "quay")),
    )
    assert (fixed.state, fixed.namespace, fixed.name) == ("known", "quay", "crane")
    later = of("foo_total > 1", labels=(("namespace", "{{ $labels.ns }}"),))
    assert later.namespace_label == "namespace"


def test_texts_name_labels() -> None:
    """Labels that the texts of a rule show are ones that the alert has."""
    subject = of(
        "foo_total > 1",
        description="{{ $labels.statefulset }} in {{ $labels.namespace }}: {{ $value }}",
    )
    assert subject.labels == ("namespace", "statefulset")


@pytest.mark.parametrize(
    ("stated", "state", "layer_name"),
    [
        ("rook/rook-ceph", "stated", "storage"),
        ("rook-ceph", "stated", "storage"),
        ("flux-system/front", "stated", "front"),
        ("quay/crane", "stated", "quay"),
        ("layer:front", "stated", "front"),
        ("gone/away", "depends-on-labels", None),
    ],
)
def test_stated(stated: str, state: str, layer_name: str | None) -> None:
    """The annotation of the rule wins; where it names nothing, the reason says so."""
    subject = of("kube_pod_status_phase > 0", stated=stated)
    assert (subject.state, subject.layer and subject.layer.rpartition("/")[2]) == (
        state,
        layer_name,
    )
    assert stated in subject.reason


def test_annotations_are_read(tmp_path: Path) -> None:
    """An annotation of the rule, in either spelling, or of its object names the component."""
    text = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: web, namespace: monitoring, annotations: {gitops-docs/component: web/podinfo}}
spec:
  groups:
    - name: g
      rules:
        - {alert: Whole, expr: up == 0}
        - {alert: Own, expr: up == 0, annotations: {gitops_docs_component: flux-system/apps}, labels: {team: "a", n: 1}}
"""
    found = joined(tmp_path, {"apps/rules.yaml": text})
    assert alert(found, "Whole").component == ("prod/flux-system/apps", "web", "podinfo")
    assert alert(found, "Own").subject.layer == "prod/flux-system/apps"
    assert alert(found, "Own").labels == (("n", "1"), ("team", "a"))


HOSTILE = [
    "(" * 30000 + "a" + ")" * 30000,
    "-" * 60000 + "a",
    "a" + " or a" * 12000,
    '"\\"' * 20000,
    "{" * 60000,
    'a{x="y"}' * 8000,
    "sum by (" * 8000,
    "(a or b)*" * 6000 + "c",
    "label_replace(" * 4000,
    "a * on(x) group_left(y) " * 2500,
]


@pytest.mark.parametrize("expression", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_expressions(expression: str) -> None:
    """Deep, long and broken expressions give something small."""
    query = promql.read(expression)
    assert len(query.alternatives) <= promql.MOST
    assert all(len(item.metrics) <= promql.MOST for item in query.alternatives)


def test_every_token_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice the expression is twice the tokens, and no more."""
    seen = 0
    tokens = promql._tokens

    def counted(expression: str) -> Any:
        nonlocal seen
        for token in tokens(expression):
            seen += 1
            yield token

    monkeypatch.setattr(promql, "_tokens", counted)
    numbers = []
    for size in (1000, 2000):
        seen = 0
        promql.read("(" * size + 'a{b="c"}' + ")" * size + " or x" * size)
        numbers.append(seen)
    assert numbers[1] < 2.1 * numbers[0]


def test_long_expression_claims_nothing() -> None:
    """What stands behind the limit may be about something else."""
    subject = of(
        'kube_deployment_labels{deployment="crane"}' + " " * promql.MOST_CHARACTERS + "or foo"
    )
    assert (subject.state, subject.layer) == ("depends-on-labels", None)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Pod {{ $labels.namespace }}/{{$labels.pod}} is down", "Pod <namespace>/<pod> is down"),
        ('{{ .Labels.job }}, {{ index $labels "x" }}', "<job>, <x>"),
        ('{{ $value | humanize }} of {{ with query "x" }}{{ . }}{{ end }}', "… of ………"),
        ('{{`{{ $labels.node }}`}} and {{ "{{" }} $labels.pod {{ "}}" }}', "<node> and <pod>"),
        ("{{ $labels.a", "{{ $labels.a"),
        ("{{ $labels.pod | title }}", "…"),
    ],
)
def test_texts(text: str, plain: str) -> None:
    """A label becomes a place to fill in, other template code an ellipsis."""
    assert templates.plain(text) == plain


def made(template: str, kind: str, name: str, namespace: str | None, **changes: Any) -> Any:
    """An object that a chart makes."""
    origin = ChartTemplate("observe", "stack", "stack", "1.0.0", template)
    return resource(kind, name, namespace, origin=origin, **changes)


def with_charts() -> Platform:
    """A layer with rules, one whose release makes workloads, and one with two releases that make the
    same."""
    stack = release(
        "stack",
        "observe",
        "1.0.0",
        namespace="observe",
        rendering=Rendering(
            objects=(
                made("templates/operator.yaml", "Deployment", "stack-operator", "observe", api_version="apps/v1"),
                made("templates/operator.yaml", "Service", "stack-operator", "observe"),
                made("templates/dns.yaml", "Service", "stack-dns", "kube-system"),
                made("charts/tally-counter/templates/all.yaml", "StatefulSet", "stack-tally", "tally", api_version="apps/v1"),
                made("templates/role.yaml", "ClusterRole", "stack-operator", None, cluster_scoped=True),
            ),
            engine="helm v4.1.4",
        ),
    )  # fmt: skip
    same = {"kind": "Deployment", "name": "sailor", "file": "a.yaml", "line": 1, "cluster": "prod"}
    twice = [
        release(
            name,
            "twins",
            "1.0.0",
            namespace=name,
            rendering=Rendering(
                objects=(resource("Deployment", "sailor", name, "apps/v1", origin=ChartTemplate(name, name, "c", "1", "templates/a.yaml")),),
                engine="helm v4.1.4",
            ),
        )
        for name in ("port", "starboard")
    ]  # fmt: skip
    return platform(
        layer("monitoring", resources=(resource("PrometheusRule", "all", "monitoring"),)),
        layer("observe"),
        layer("twins"),
        releases=(stack, *twice),
        workloads=(
            Workload(
                kind="StatefulSet",
                cluster="prod",
                layer="prod/flux-system/observe",
                namespace="tally",
                name="stack-tally",
                file="a.yaml",
                line=1,
                origin=ChartTemplate("observe", "stack", "stack", "1.0.0", "charts/tally-counter/templates/all.yaml"),
                labels=(("app.kubernetes.io/name", "tally-counter"), ("tier", "back")),
            ),
            *(
                Workload(**same, layer="prod/flux-system/twins", namespace=name, origin=ChartTemplate(name, name, "c", "1", "a"), labels=(("app", "sailor-app"),))
                for name in ("port", "starboard")
            ),
        ),
    )  # fmt: skip


CHARTS = [
    ('kube_deployment_status_replicas{namespace="observe", deployment="stack-operator"} == 0', "known observe Deployment stack-operator stack"),
    ('up{job="stack-operator", namespace="observe"} == 0', "known observe - - stack"),
    ('kube_pod_status_ready{pod=~"stack-tally-.*"} == 0', "known tally StatefulSet stack-tally stack"),
    ('sum(foo_total{app_kubernetes_io_name="tally-counter"}) > 1', "known tally StatefulSet stack-tally stack"),
    ('absent(up{job="tally-counter"})', "inferred tally StatefulSet stack-tally stack"),
    ('kube_pod_info{namespace="tally"} == 0', "known tally Pod - stack"),
    ('kube_deployment_labels{deployment="sailor", namespace="port"}', "known port Deployment sailor port"),
    ('kube_deployment_labels{deployment="sailor"}', "known - Deployment - -"),
    ('up{app="sailor-app", namespace="starboard"} == 0', "known starboard Deployment sailor starboard"),
    ("rate(tally_counter_turns_total[5m]) > 3", "inferred - - - stack"),
    ('kube_service_info{service="stack-dns"} == 0', "known kube-system Service stack-dns stack"),
]  # fmt: skip
"""Expressions about what charts make, and `state namespace kind name release`."""


@pytest.mark.parametrize("origin", [None, ChartTemplate("rules", "rules", "rules", "1", "a.yaml")])
@pytest.mark.parametrize(("expression", "expected"), CHARTS)
def test_objects_of_charts(expression: str, expected: str, origin: ChartTemplate | None) -> None:
    """A rule, written by hand or by another chart, is about the release whose chart makes what it
    names."""
    rule = replace(alert_rule(expression), origin=origin)
    subject = Subjects(with_charts(), ()).of(rule).subject
    named = (subject.namespace, subject.kind, subject.name, (subject.release or ("", "", ""))[2])
    assert " ".join([subject.state, *(one or "-" for one in named)]) == expected
    assert subject.layer is not None and "stack" not in subject.layer


def test_subjects_follow_charts() -> None:
    """A scan that knows the objects of a chart says more than the one before it, which did not."""
    known, before, now = KnownSubjects(), with_charts(), with_charts()
    before = replace(
        before,
        workloads=(),
        releases=tuple(replace(one, rendering=Rendering()) for one in before.releases),
    )
    rule = alert_rule('kube_deployment_labels{deployment="stack-operator"}')
    assert known.of(before, (), [rule])[0].subject.state == "inferred"
    assert known.of(now, (), [rule])[0].subject.state == "known"


@pytest.mark.parametrize(
    ("expression", "labels", "expected", "reason"),
    [
        ("ceph_health_status == 2", {"service": "storage"}, "namespace", "everything that"),
        ("up == 0", {"app": "nothing-of-this-name"}, "namespace job instance", "everything that"),
        ("x_total > 0", {"service": "crane-metrics"}, "", "Service quay/crane-metrics"),
        ("x_total > 0", {"app": "loki"}, "namespace", "release logs/loki"),
        ("kube_pod_info", {"deployment": "elsewhere"}, "namespace pod", "every Pod that"),
        (
            'kube_pod_status_phase * on(pod) group_left(owner_name) kube_pod_owner{owner_kind="ReplicaSet"}',
            {},
            "namespace pod owner_name",
            'every Pod that `kube_pod_status_phase` reports with `owner_kind="ReplicaSet"`',
        ),
        (
            'kube_deployment_spec_replicas{namespace=~"qu.*"} == 0',
            {},
            "namespace deployment",
            'with `namespace=~"qu.*"`',
        ),
        (
            'kube_deployment_spec_replicas{deployment="web"} == 0 or kube_statefulset_replicas{statefulset="ledger"} == 0',
            {},
            "namespace",
            "several objects: Deployment web and StatefulSet ledger",
        ),
        ("vector(1)", {}, "", "reads no metric"),
    ],
)
def test_labels_that_a_rule_adds(
    expression: str, labels: dict[str, str], expected: str, reason: str
) -> None:
    """A word that an author puts into `service` or `app` names nothing that the repository lacks,
    what owns an object is not the object, and the reason says what limits the rule."""
    found = of(expression, labels=tuple(labels.items()))
    assert " ".join(found.labels) == expected
    assert reason in found.reason
