"""Access: which rights reach far, why, and as whom Flux works."""
# ruff: noqa: E501  (manifests in flow style)

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.index.rights import grants
from gitops_docs.pages import render
from gitops_docs.pages.html import across
from tests.extract.test_automation import SYNC, page
from tests.extract.test_workloads import of
from tests.support.scanning import flux, scanned

RBAC = "rbac.authorization.k8s.io/v1"


def role(
    rules: str, name: str = "ops", kind: str = "ClusterRole", more: str = "", labels: str = ""
) -> str:
    """A Role or ClusterRole with rules in flow style."""
    where = ", namespace: apps" if kind == "Role" else ""
    meta = f"{{name: {name}{where}, labels: {{{labels}}}}}"
    return f"---\napiVersion: {RBAC}\nkind: {kind}\nmetadata: {meta}\nrules: [{rules}]\n{more}"


def binding(
    to: str = "ops",
    kind: str = "ClusterRoleBinding",
    role_kind: str = "ClusterRole",
    subjects: str = "{kind: Group, name: team}",
    name: str = "ops",
) -> str:
    """A RoleBinding or ClusterRoleBinding."""
    where = ", namespace: apps" if kind == "RoleBinding" else ""
    return (
        f"---\napiVersion: {RBAC}\nkind: {kind}\nmetadata: {{name: {name}{where}}}\n"
        f"roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {role_kind}, name: {to}}}\nsubjects: [{subjects}]\n"
    )


EVERYTHING = "{apiGroups: ['*'], resources: ['*'], verbs: ['*']}"
READ = "{apiGroups: [''], resources: [pods], verbs: [get, list]}"
SECRETS = "{apiGroups: [''], resources: [secrets], verbs: [get]}"


@pytest.mark.parametrize(
    ("manifests", "expected"),
    [
        (binding("cluster-admin"), ("cluster-admin",)),
        (binding("cluster-admin", "RoleBinding"), ("wildcard",)),
        (role(EVERYTHING) + binding(), ("cluster-admin",)),
        (role(EVERYTHING) + binding(kind="RoleBinding"), ("wildcard",)),
        (role(READ) + binding(), ()),
        (role("{apiGroups: [apps], resources: ['*'], verbs: [get, list, watch]}") + binding(), ()),
        (role("{apiGroups: [apps], resources: ['*'], verbs: [update]}") + binding(), ("wildcard",)),
        (role("{apiGroups: [apps], resources: [deployments], verbs: ['*']}") + binding(), ("wildcard",)),
        (role("{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind]}") + binding(), ("can escalate",)),
        (role("{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [escalate]}") + binding(), ("can escalate",)),
        (role("{apiGroups: [''], resources: [users], verbs: [impersonate]}") + binding(), ("can escalate",)),
        (role("{apiGroups: [apps], resources: [roles], verbs: [bind]}") + binding(), ()),
        (role(SECRETS) + binding(), ("reads all Secrets",)),
        (role(SECRETS) + binding(kind="RoleBinding"), ()),
        (role(SECRETS.replace("verbs", "resourceNames: [one], verbs")) + binding(), ()),
        (role("{nonResourceURLs: ['*'], verbs: ['*']}") + binding(), ()),
        (binding("edit"), ("reads all Secrets",)),
        (binding("view"), ()),
        (binding("system:node"), ()),
        (binding("gone"), ()),
        (role(SECRETS, labels="agg: 'yes'", name="part") + role("", more="aggregationRule: {clusterRoleSelectors: [{matchLabels: {agg: 'yes'}}]}\n") + binding(), ("reads all Secrets",)),
        (role(SECRETS, labels="agg: 'no'", name="part") + role("", more="aggregationRule: {clusterRoleSelectors: [{matchLabels: {agg: 'yes'}}]}\n") + binding(), ()),
    ],
)  # fmt: skip
def test_rights_that_reach_far(manifests: str, expected: tuple[str, ...], tmp_path: Path) -> None:
    """Each right has its word by its binding and role, and a small one has none."""
    [found] = grants(of(tmp_path, prod=manifests))
    assert found.powers == expected


def test_subjects_have_their_namespace(tmp_path: Path) -> None:
    """A service account without a namespace is one of the binding's namespace; users and groups
    have none."""
    subjects = "{kind: ServiceAccount, name: web}, {kind: ServiceAccount, name: ci, namespace: ci}, {kind: User, name: ann}"
    found = grants(of(tmp_path, prod=binding("view", "RoleBinding", subjects=subjects)))
    assert [(one.subject.kind, one.subject.namespace, one.subject.name) for one in found] == [
        ("ServiceAccount", "apps", "web"),
        ("ServiceAccount", "ci", "ci"),
        ("User", "", "ann"),
    ]


def test_page_says_who_and_why(tmp_path: Path) -> None:
    """Far-reaching rights stand first, one row per subject with its clusters, and roles are verbs ×
    resources."""
    manifests = (
        role(READ, "reader")
        + binding("reader", name="readers")
        + binding("cluster-admin", name="admins")
    )
    text = page(of(tmp_path, dev=manifests, prod=manifests), "access")
    assert "1 subject with cluster-admin, 0 more with wildcard rights, 0 can escalate" in text
    assert (
        "Group team cluster-admin may do everything ClusterRoleBinding admins → ClusterRole cluster-admin"
        in text
    )
    assert "get, list × pods" in text
    assert text.index("Needs attention") < text.index("Users, groups and service accounts")
    assert text.count("get, list × pods") == 1


def test_missing_role_is_not_called_empty(tmp_path: Path) -> None:
    """A role that the manifests do not have may come from a chart."""
    assert "gone ClusterRole not in the manifests: a chart may create it" in page(
        of(tmp_path, prod=binding("gone")), "access"
    )


def test_service_accounts(tmp_path: Path) -> None:
    """Who uses an account, whether its token is mounted, and its identity at a cloud provider."""
    account = (
        "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: apps, annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::1:role/web'}}\n"
        "automountServiceAccountToken: false\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: apps}\nspec: {serviceAccountName: web, containers: []}\n"
    )
    text = page(
        of(
            tmp_path,
            prod=account
            + binding("view", subjects="{kind: ServiceAccount, name: web, namespace: apps}"),
        ),
        "access",
    )
    assert "web apps Pod a no eks.amazonaws.com/role-arn: arn:aws:iam::1:role/web yes" in text


def test_flux_works_as_somebody(tmp_path: Path) -> None:
    """Layers and releases stand under the account that Flux uses; without one, under the
    controller."""
    release = (
        "---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: apps}\n"
        "spec: {interval: 1h, serviceAccountName: helm, chart: {spec: {chart: x, version: 1.0.0, sourceRef: {kind: HelmRepository, name: x}}}}\n"
    )
    files = {
        "clusters/prod/flux-system/gotk-sync.yaml": SYNC + flux("flux-system", "./clusters/prod"),
        "clusters/prod/layers.yaml": flux("apps", "./apps", "serviceAccountName: deployer"),
        "apps/all.yaml": release,
    }
    text = page(scanned(tmp_path, files), "access")
    assert "apps/helm serviceAccountName – 1 web" in text
    assert "flux-system/deployer serviceAccountName 1 apps –" in text
    assert (
        "no service account the rights of the controller, usually cluster-admin 1 flux-system –"
        in text
    )


def test_page_without_access(tmp_path: Path) -> None:
    """The page says what it looked for, and is not in the navigation."""
    platform = of(tmp_path, prod="---\napiVersion: v1\nkind: Namespace\nmetadata: {name: apps}\n")
    assert "No RoleBinding or ClusterRoleBinding in the manifests." in page(platform, "access")
    assert "'Access'" not in str(render(platform).navigation)


def test_long_lists_are_split_by_cluster(tmp_path: Path) -> None:
    """With many roles the page counts, and each cluster has a page with its rows."""
    many = "".join(role(READ, f"r{number}x") for number in range(across.ROWS + 1)) + binding(
        "cluster-admin"
    )
    pages = {item.uri: item.html for item in render(of(tmp_path, dev=many, prod=many)).pages}
    assert (
        "r99x" not in pages["platform/access.md"]
        and "r99x" in pages["platform/clusters/dev/access.md"]
    )
    assert "cluster-admin" in pages["platform/access.md"]


def test_cluster_roles_have_no_namespace(tmp_path: Path) -> None:
    """A namespace that kustomize writes into a ClusterRole does not hide it from its binding."""
    manifests = role(EVERYTHING).replace("{name: ops,", "{name: ops, namespace: odd,") + binding()
    [found] = grants(of(tmp_path, prod=manifests))
    assert found.powers == ("cluster-admin",)
