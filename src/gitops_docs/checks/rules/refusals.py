"""Check what the Flux of a cluster rejects or leaves lying because of how it is installed: flags,
missing controllers, accounts without rights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct, field

from gitops_docs.checks.check import Check
from gitops_docs.checks.context import Context
from gitops_docs.index.objects import Held
from gitops_docs.kubernetes import schemas
from gitops_docs.kubernetes.flux import CONTROLLERS, KINDS
from gitops_docs.model import (
    Cluster,
    Family,
    Finding,
    Layer,
    LayerStatus,
    Location,
    Release,
    Resource,
    Severity,
)
from gitops_docs.text.english import listed


class NamespaceMissing(Check):
    code = "namespace-missing"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "An object has no namespace"
    about = (
        "Flux applies objects on the server side. An object of a namespaced kind without a "
        "namespace is rejected with `namespace not specified`, and with it the whole layer."
    )
    remedy = (
        "Add `metadata.namespace`, `namespace:` in the kustomization, or `spec.targetNamespace`."
    )
    bad = "kind: ConfigMap\nmetadata: {name: settings}"
    good = "kind: ConfigMap\nmetadata: {name: settings, namespace: apps}"
    varies = (
        "A warning in the root directory where the Kustomization that applies it is not in Git."
    )

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find objects of a namespaced kind without a namespace: server-side apply answers
        `namespace not specified`, for the whole layer."""
        for layer in context.platform.layers:
            yield from cls._made(layer)
            if layer.target_namespace or layer.status in (LayerStatus.EXTERNAL, LayerStatus.FAILED):
                continue
            missing = sorted(
                (
                    resource
                    for resource in layer.resources
                    if resource.namespace is None
                    and resource.namespaced
                    and resource.partial is None
                    and resource.made_by is None
                ),
                key=lambda resource: (resource.file, resource.line),
            )
            if missing:
                verb = "has" if len(missing) == 1 else "have"
                labels = listed([resource.label for resource in missing], 3)
                unseen = layer.synthetic and layer.cluster in context.guessed
                if unseen:
                    message = (
                        f"{labels} {verb} no namespace, and the kustomization sets none: unless "
                        f"what applies `{layer.path}` sets spec.targetNamespace, Flux rejects the "
                        f"whole directory (`namespace not specified`); add `metadata.namespace`"
                    )
                else:
                    message = (
                        f"{labels} {verb} no namespace, and neither the kustomization nor "
                        f"spec.targetNamespace of `{layer.name}` sets one: Flux rejects the whole "
                        f"layer (`namespace not specified`); add `metadata.namespace`"
                    )
                yield cls.at(
                    missing[0],
                    message,
                    layers=[layer.id],
                    about=[resource.ref(layer.cluster) for resource in missing],
                    severity=Severity.WARNING if unseen else Severity.ERROR,
                    cause="no namespace",
                )

    @classmethod
    def _made(cls, layer: Layer) -> Iterator[Finding]:
        """Find the same among what ResourceSets make, where no `targetNamespace` helps."""
        missing: dict[str, list[Resource]] = defaultdict(list)
        for resource in layer.resources:
            if (
                resource.namespace is None
                and resource.namespaced
                and resource.partial is None
                and (resource.made_by or "").startswith("ResourceSet ")
            ):
                missing[resource.made_by or ""].append(resource)
        for maker, found in sorted(missing.items()):
            verb = "has" if len(found) == 1 else "have"
            message = (
                f"{listed([one.label for one in found], 3)} of {maker} {verb} no namespace: the "
                f"ResourceSet fails (`namespace not specified`); add `metadata.namespace`"
            )
            yield cls.at(
                found[0],
                message,
                layers=[layer.id],
                about=[one.ref(layer.cluster) for one in found],
                cause="no namespace",
            )


class ControllerMissing(Check):
    code = "controller-missing"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "The controller of a kind is not installed"
    about = (
        "The components of Flux that the cluster's files install leave the controller out. Its "
        "kinds are not known to the cluster, so the whole layer is rejected; where their "
        "definitions are applied all the same, the objects have no effect."
    )
    remedy = "Add the controller to the components, or remove the objects."
    bad = "components: [source-controller, kustomize-controller]\n# and a HelmRelease"
    good = "components: [source-controller, kustomize-controller, helm-controller]"
    varies = "A warning where the kinds are defined."

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find kinds of Flux whose controller a cluster does not install: their CRDs come with the
        controller."""
        for cluster in context.platform.clusters:
            found: dict[str, list[Held]] = defaultdict(list)
            installed = cluster.flux.components
            for (group, kind, _, _), held in context.objects[cluster.id].items():
                known = KINDS.get(kind)
                if (
                    installed
                    and known is not None
                    and known.controller is not None
                    and known.controller not in installed
                    and schemas.flux_kind(group, kind) is not None
                ):
                    found[kind] += held
            for kind, held in sorted(found.items()):
                held.sort(key=lambda item: (item.resource.file, item.resource.line))
                yield cls._of(context, cluster, kind, held)

    @classmethod
    def _of(cls, context: Context, cluster: Cluster, kind: str, held: list[Held]) -> Finding:
        first = held[0].resource
        controller = KINDS[kind].controller
        defined = context.definitions(cluster.id).get((first.group, kind))
        labels = list(dict.fromkeys(item.resource.label for item in held))
        what = f"{listed(labels, 3)}: {controller} is not installed in `{cluster.id}`"
        applied = any(item.resource.made_by is None for item in held)
        if defined:
            pronoun = "it" if len(labels) == 1 else "them"
            message = f"{what}, so nothing reconciles {pronoun}; install it or remove the objects"
        elif applied:
            message = (
                f"{what}, and the kind {kind} is not known there: Flux rejects the whole layer; "
                f"add {controller} to the components"
            )
        else:
            message = (
                f"{what}, so {first.made_by} cannot apply what it makes; add {controller} to the "
                f"components"
            )
        return cls.at(
            first,
            message,
            layers=[item.layer.id for item in held],
            about=[item.resource.ref(cluster.id) for item in held],
            severity=Severity.ERROR if applied and not defined else Severity.WARNING,
            cause=f"{controller} is not installed",
        )


class _Account(Struct):
    """A service account that Flux applies something as."""

    cluster: str
    namespace: str
    name: str
    users: list[Layer | Release] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    """Controllers that use it by default."""

    @property
    def place(self) -> Location:
        """Where the first user names it, or stands."""
        return self.users[0].place("serviceAccountName")

    @property
    def layers(self) -> list[str]:
        return [user.layer if isinstance(user, Release) else user.id for user in self.users]

    @property
    def usage(self) -> str:
        """Who runs as it and why, as the begin of a sentence."""
        verb = "runs" if len(self.users) == 1 else "run"
        names = [
            f"{'HelmRelease' if isinstance(user, Release) else 'Kustomization'} "
            f"{user.namespace}/{user.name}"
            for user in self.users
        ]
        flag = f" (--default-service-account of {listed(sorted(self.flags))})" if self.flags else ""
        return f"{listed(names, 3)} {verb} as ServiceAccount {self.namespace}/{self.name}{flag}"


class ServiceAccountUnknown(Check):
    code = "service-account-unknown"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "The service account that Flux applies as does not exist"
    about = (
        "With `spec.serviceAccountName`, or `--default-service-account` of a controller, Flux "
        "impersonates an account of the object's namespace. One that does not exist has no rights: "
        "Kubernetes forbids whatever the layer or the release applies."
    )
    remedy = "Add the ServiceAccount and a RoleBinding to the namespace, or correct the name."
    bad = "serviceAccountName: tenat"
    good = "serviceAccountName: tenant"
    varies = "A note where the account may come from elsewhere."

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find accounts that no layer makes and that Kubernetes and Flux do not make either."""
        for account in context.shared(_accounts):
            if account.name == "default" or _exists(context, account):
                continue
            sure = _is_whole(context, account)
            message = (
                f"{account.usage}, which no layer makes"
                f"{'' if sure else ' (created outside Git?)'}: without it Kubernetes forbids what "
                f"Flux applies there; add the account with a RoleBinding, or correct the name"
            )
            yield cls.at(
                account.place,
                message,
                layers=account.layers,
                about=account.users,
                severity=Severity.ERROR if sure else Severity.INFO,
                cause=f"no ServiceAccount {account.namespace}/{account.name}",
            )


class ServiceAccountUnbound(Check):
    code = "service-account-unbound"
    family = Family.BUILD
    severity = Severity.WARNING
    title = "The service account that Flux applies as has no rights"
    about = (
        "Flux impersonates the account, and no RoleBinding or ClusterRoleBinding names it: "
        "Kubernetes forbids whatever the layer or the release applies. Every namespace has the "
        "account `default`, which is bound to nothing."
    )
    remedy = "Bind the account to a role, or set `spec.serviceAccountName` to one that is bound."
    bad = "args: [--default-service-account=default]\\n# and a Kustomization without an account"
    good = "serviceAccountName: kustomize-controller"
    varies = "A note where the binding may come from elsewhere."

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find accounts that are there and that nothing binds."""
        bound = context.shared(_bound)
        for account in context.shared(_accounts):
            made = account.name == "default" or context.holders(
                account.cluster, "", "ServiceAccount", account.namespace, account.name
            )
            subjects = {
                ("ServiceAccount", account.namespace, account.name),
                ("User", "", f"system:serviceaccount:{account.namespace}:{account.name}"),
                ("Group", "", f"system:serviceaccounts:{account.namespace}"),
                ("Group", "", "system:serviceaccounts"),
                ("Group", "", "system:authenticated"),
            }
            if not made or subjects & bound[account.cluster]:
                continue
            sure = _is_whole(context, account)
            message = (
                f"{account.usage}, and no RoleBinding or ClusterRoleBinding names the account"
                f"{'' if sure else ' (created outside Git?)'}: without one Kubernetes forbids what "
                f"Flux applies there; bind it, or set spec.serviceAccountName to one that is bound"
            )
            yield cls.at(
                account.place,
                message,
                layers=account.layers,
                about=account.users,
                severity=Severity.WARNING if sure else Severity.INFO,
                cause=f"no binding of ServiceAccount {account.namespace}/{account.name}",
            )


def _accounts(context: Context) -> list[_Account]:
    """Return the accounts that layers and releases are applied as, with their users. Those of
    another cluster, and of roots that Git does not hold, are left out."""
    found: dict[tuple[str, str, str], _Account] = {}
    remote = {layer.id for layer in context.platform.layers if layer.remote_cluster is not None}
    for cluster in context.platform.clusters:
        defaults = dict(cluster.flux.default_service_accounts)
        users: list[tuple[str, Layer | Release]] = [
            ("kustomize-controller", layer)
            for layer in context.of_cluster(cluster.id)
            if not layer.synthetic and layer.id not in remote and not layer.suspended
        ]
        users += [
            ("helm-controller", release)
            for release in context.platform.releases
            if release.cluster == cluster.id
            and release.layer not in remote
            and all(name != "kubeConfig" for name, _ in release.places)
            and not release.suspended
        ]
        for controller, user in users:
            name = user.service_account or defaults.get(controller)
            if not name or "${" in f"{user.namespace}{name}":
                continue
            key = (cluster.id, user.namespace, name)
            account = found.setdefault(key, _Account(*key))
            account.users.append(user)
            if not user.service_account:
                account.flags.add(controller)
    for account in found.values():
        account.users.sort(key=lambda user: (user.file, user.line, user.name))
    return [found[key] for key in sorted(found)]


def _exists(context: Context, account: _Account) -> bool:
    """Return whether a layer or a chart makes an account, or Flux itself brings it."""
    return account.name in (*CONTROLLERS, "flux-operator") or bool(
        context.holders(account.cluster, "", "ServiceAccount", account.namespace, account.name)
    )


def _is_whole(context: Context, account: _Account) -> bool:
    """Return whether everything that may give a namespace its accounts is known: the cluster has no
    unknown part, the namespace is made here, and neither a chart that was not rendered nor a policy
    engine can add to it."""
    cluster, namespace = account.cluster, account.namespace
    unrendered = context.shared(_unrendered).get((cluster, namespace), ())
    return (
        cluster not in context.open_ended
        and cluster not in context.guessed
        and cluster not in context.shared(_with_generators)
        and (
            (cluster, namespace) in context.shared(_with_layers)
            or bool(context.holders(cluster, "", "Namespace", "", namespace))
        )
        and {id(release) for release in unrendered} <= {id(user) for user in account.users}
    )


def _unrendered(context: Context) -> dict[tuple[str, str], list[Release]]:
    """Cluster and namespace to the releases there whose charts were not rendered."""
    found: dict[tuple[str, str], list[Release]] = defaultdict(list)
    for release in context.platform.releases:
        if not release.is_rendered:
            for namespace in {release.namespace, release.target_namespace or release.namespace}:
                found[release.cluster, namespace].append(release)
    return found


def _with_layers(context: Context) -> set[tuple[str, str]]:
    """Return clusters and namespaces that Kustomizations live in."""
    return {(layer.cluster, layer.namespace) for layer in context.platform.layers}


def _with_generators(context: Context) -> set[str]:
    """Return clusters with objects of what makes others by policy."""
    return {
        cluster
        for cluster, held in context.objects.items()
        if any(group in _GENERATING for group, _, _, _ in held)
    }


_GENERATING = frozenset({"kyverno.io", "policies.kyverno.io", "capsule.clastix.io"})
"""API groups of what makes objects in namespaces by policy."""


def _bound(context: Context) -> dict[str, set[tuple[str, str, str]]]:
    """Cluster to (kind, namespace, name) of every subject of a binding."""
    found: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for binding in context.platform.role_bindings:
        for subject in binding.subjects:
            found[binding.cluster].add((subject.kind, subject.namespace, subject.name))
    return found
