"""Strategies that make Kubernetes objects with odd scalars, keys and shapes.

Names, namespaces and labels come from small pools, so that patches, selectors and references often
hit something, and sometimes do not: then both sides have to refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hypothesis import strategies as st

from tests.properties.written import Block, Raw, dump

Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]

NAMES = ("a", "b", "web")
SPACES = ("x", "z", "default")
SCALARS = (
    "0644", "1.10", "2020-01-01", "2001-12-14 21:59:43.1 -05:00", "yes", "on", '""', "null", "~", "", '"1"', "'x'", "true", "1e3", "-1",
    "1_000", "0x1f", "0o17", "1.0", "12345678901234567890", ".5", "a b", '"a: b"', "a#b", "'it''s'", '"tab\\tnew\\nline"', "!!str 1",
    "<&>", "1:30", "0b11", "+1", "09", "-0", "é", "'on'", '"null"', "a", "b", "1", "2", "3.50",
    "y", "No", "OFF", "1e400", "0.1e-7", "123456789.5", "=", "!custom x", "!!int '3'", '"# no"', "a # b", "'$(V)'", "${A:-b}",
    "2020-01-01T00:00:00Z", "12:30:45", "-.5", "0x", "1__0", "9223372036854775808", "'{}'", '"[a]"', "'  '", '"a\\u00e9"', "a:b",
)  # fmt: skip
BLOCKS = (
    Block("|", ("one", "two")), Block("|-", ("one", "", "  two")), Block(">", ("one", "two", "", "  three", "four")),
    Block(">-", ("one", "", "two")), Block("|+", ("one", "")), Block(">+", ("one", "")), Block("|", ("#!/bin/sh", "echo ${A} $$")),
)  # fmt: skip
STRUCTURED = (
    Block("|", ('{"a": {"b": "1", "c": [1, 2.50]}, "l": [{"a": "1", "b": null}], "n": 3}',)),
    Block("|-", ("{", '  "a": {"b": true},', '  "l": [{"a": 1}, {"a": "2"}], "e": {}', "}")),
    Block("|", ("# first", "a:", "  # inner", "  b: 1 # beside", "  c: 'x'", "",
                "# before", "l:", "- a: 1", "  b: yes", '- {a: 2, b: "z"}')),
    Block("|-", ("a: 1", "b: |", "  text", "  more", "n: ~", "d: {e: f}", "", "# last")),
    Block("|", ("- a: 1", "- a: 2")),
    Raw("'a: 1'"), Raw("'{\"a\": \"x\", \"b\": \"<&>\"}'"), Raw('"not a mapping"'), Raw('""'),
)  # fmt: skip
TEXTS = ('"1"', "'x'", "a", "b", '"yes"', "a b", '""', '"é<"')
LITERALS = (
    "k=\\n",
    "'k=a: b'",
    "k=# no",
    "a.b=1.0",
    "k=[a]",
    "k=~",
    "k= x ",
    "k=a=b",
    "k=1",
    '"l=a b"',
    "m=yes",
    "\"n='q'\"",
    "o=",
    "p=é<&>",
)
RARE = (".inf", "-.INF", ".NaN", "+.nan", "*nowhere", "a: b", "@a", "%a", "`a`", '"a', "- 1")
"""Scalars that end a build, or come near it."""
KEYS = (
    "a",
    "b",
    "name",
    "key",
    "a",
    "b",
    "name",
    "key",
    "a.b/c",
    "on",
    '"1"',
    '"a b"',
    "é",
    "'yes'",
    "y",
)
RARE_KEYS = ("1", "true", "2020-01-01", "~", '"<<"', "? a", "1.10", '"null"', '""', "&k a")
BRACES = (
    "{a: , b: 2020-01-01}",
    "[{name: a, key: }, b]",
    "{a: {b: yes, key: 1.0}, name: }",
    "[]",
    "{}",
    "{a: 'x', b: \"1\"}",
)
IMAGES = (
    "nginx:v1@sha256:abcdef",
    "example.org/nginx",
    '"nginx:"',
    "reg.example.org:5000/nginx",
    "library/nginx:1",
    "nginx",
    '"nginx:1.0"',
    "reg.example.org:5000/nginx:1",
    '"nginx@sha256:abcdef"',
    "app:v1",
    '"app"',
)

scalar = (
    st.integers(0, 599).flatmap(lambda at: st.sampled_from(RARE if at == 599 else SCALARS)).map(Raw)
)
key = st.integers(0, 239).flatmap(lambda at: st.sampled_from(RARE_KEYS if at == 239 else KEYS))
words = st.sampled_from(TEXTS).map(Raw)
value: st.SearchStrategy[Any] = st.one_of(scalar, scalar, st.sampled_from(BLOCKS))
free: st.SearchStrategy[Any] = st.recursive(
    st.one_of(value, value, value, st.sampled_from(BRACES).map(Raw)),
    lambda inner: st.one_of(st.dictionaries(key, inner, max_size=3), st.lists(inner, max_size=3)),
    max_leaves=5,
)
free_fields = st.dictionaries(key, free, min_size=1, max_size=3)
names = st.integers(0, 59).flatmap(
    lambda at: st.sampled_from(
        ('"1"', "on", "true", "1", '"<<"') if at == 59 else ("app", "tier", "a/b")
    )
)
pairs = st.dictionaries(names, words, min_size=1, max_size=2)
loose_pairs = st.dictionaries(st.sampled_from(("app", "tier", "note")), scalar, max_size=3)


@dataclass
class Objects:
    """Makes objects, and keeps the files of the tree."""

    draw: Draw
    files: dict[str, str] = field(default_factory=dict)
    count: int = 0
    taken: set[tuple[str, str, str, str]] = field(default_factory=set)
    """Identities of objects; a second one of the same is rare."""

    def one(self, *options: Any) -> Any:
        """One of some values."""
        return self.draw(st.sampled_from(options))

    def chance(self, of: int) -> bool:
        """True once in `of` times; the simplest is False."""
        return bool(self.draw(st.integers(0, of - 1)) == of - 1)

    def some(self, smallest: int, largest: int) -> range:
        """Some times."""
        return range(self.draw(st.integers(smallest, largest)))

    def file(self, directory: str, content: str, ending: str = "yaml") -> str:
        """Write a file; its name."""
        self.count += 1
        name = f"f{self.count}.{ending}"
        self.files[f"{directory}/{name}"] = content
        return name

    def metadata(self, name: str | None = None) -> dict[str, Any]:
        made: dict[str, Any] = {"name": name or self.one(*NAMES)}
        if self.chance(3):
            made["namespace"] = self.one(*SPACES)
        if self.chance(3):
            made["labels"] = self.draw(st.one_of(pairs, loose_pairs))
        if self.chance(4):
            made["annotations"] = self.draw(loose_pairs)
        if self.chance(20):
            made[self.one("labels", "annotations")] = self.one({}, Raw(""), Raw("null"))
        return made

    def container(self) -> dict[str, Any]:
        made: dict[str, Any] = {"name": self.one("main", "side"), "image": Raw(self.one(*IMAGES))}
        if self.chance(2):
            made["env"] = [self.variable() for _ in self.some(0, 3)]
        if self.chance(3):
            made["ports"] = [self.port() for _ in self.some(1, 3)]
        if self.chance(4):
            made["args"] = [self.draw(scalar) for _ in self.some(0, 2)]
        if self.chance(4):
            made["volumeMounts"] = [
                {"name": self.one("data", "tmp"), "mountPath": self.one("/a", "/b")}
                for _ in self.some(1, 2)
            ]
        if self.chance(6):
            made["envFrom"] = [{self.one("configMapRef", "secretRef"): {"name": self.one(*NAMES)}}]
        if self.chance(8):
            made["resources"] = self.draw(free)
        if self.chance(12):
            del made["name"]
        if self.chance(12):
            made["command"] = [self.draw(scalar) for _ in self.some(0, 2)]
        if self.chance(12):
            made["volumeDevices"] = [
                {"name": self.one("data", "tmp"), "devicePath": self.one("/a", "/b")}
                for _ in self.some(1, 2)
            ]
        if self.chance(12):
            made["securityContext"] = {
                "runAsUser": self.draw(scalar),
                "capabilities": {"add": [self.one("A", "B") for _ in self.some(0, 2)]},
            }
        return made

    def variable(self) -> dict[str, Any]:
        made: dict[str, Any] = {"name": self.one("A", "B", "C")}
        if self.chance(3):
            made["valueFrom"] = {
                self.one("configMapKeyRef", "secretKeyRef"): {"name": self.one(*NAMES), "key": "k"}
            }
        else:
            made["value"] = self.one(Raw("$(V)"), self.draw(scalar))
        return made

    def port(self) -> dict[str, Any]:
        made: dict[str, Any] = {"containerPort": Raw(self.one("80", "8080", '"80"'))}
        if self.chance(2):
            made["protocol"] = self.one("TCP", "UDP")
        if self.chance(2):
            made["name"] = self.one("http", "dns")
        if self.chance(12) and len(made) > 1:
            del made["containerPort"]
        return made

    def pod(self) -> dict[str, Any]:
        made: dict[str, Any] = {"containers": [self.container() for _ in self.some(1, 2)]}
        if self.chance(5):
            made["initContainers"] = [self.container()]
        if self.chance(3):
            made["volumes"] = [self.volume() for _ in self.some(1, 2)]
        if self.chance(4):
            made["serviceAccountName"] = self.one(*NAMES)
        if self.chance(6):
            made["imagePullSecrets"] = [{"name": self.one(*NAMES)} for _ in self.some(1, 2)]
        if self.chance(6):
            made["tolerations"] = [
                {"key": self.one("a", "b"), "value": self.draw(scalar)} for _ in self.some(1, 2)
            ]
        if self.chance(8):
            made["nodeSelector"] = self.draw(loose_pairs)
        if self.chance(12):
            made["hostAliases"] = [
                {
                    "ip": self.one("10.0.0.1", "10.0.0.2"),
                    "hostnames": [self.one(*NAMES) for _ in self.some(0, 2)],
                }
                for _ in self.some(1, 2)
            ]
        if self.chance(12):
            term = {
                "topologyKey": "zone",
                "labelSelector": {"matchLabels": self.draw(pairs)},
                "namespaces": [self.one(*SPACES)],
            }
            made["affinity"] = {
                self.one("podAffinity", "podAntiAffinity"): {
                    "requiredDuringSchedulingIgnoredDuringExecution": [term],
                    "preferredDuringSchedulingIgnoredDuringExecution": [
                        {"weight": 1, "podAffinityTerm": term}
                    ],
                }
            }
        if self.chance(12):
            made["ephemeralContainers"] = [self.container()]
        if self.chance(8):
            made["topologySpreadConstraints"] = [
                {
                    "maxSkew": 1,
                    "topologyKey": self.one("zone", "host"),
                    "whenUnsatisfiable": self.one("DoNotSchedule", "ScheduleAnyway"),
                    "labelSelector": {"matchLabels": self.draw(pairs)},
                }
                for _ in self.some(1, 2)
            ]
        return made

    def volume(self) -> dict[str, Any]:
        kind = self.one(
            "configMap", "secret", "emptyDir", "persistentVolumeClaim", "projected", "image"
        )
        name = self.one(*NAMES)
        content: Any = {
            "configMap": {"name": name},
            "secret": {"secretName": name},
            "emptyDir": {},
            "image": {"reference": Raw(self.one(*IMAGES)), "pullPolicy": "Always"}
            if not self.chance(6)
            else {},
            "persistentVolumeClaim": {"claimName": name},
            "projected": {
                "sources": [{"secret": {"name": name}}, {"configMap": {"name": self.one(*NAMES)}}]
            },
        }[kind]
        return {"name": self.one("data", "tmp"), kind: content}

    def template(self) -> dict[str, Any]:
        made: dict[str, Any] = {"spec": self.pod()}
        if self.chance(2):
            made["metadata"] = {"labels": self.draw(pairs)}
        return made

    def spec(self, kind: str) -> dict[str, Any]:
        """The fields beside metadata of an object of a kind."""
        if kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"):
            spec: dict[str, Any] = {"template": self.template()}
            if self.chance(2):
                spec["selector"] = {"matchLabels": self.draw(pairs)}
            if self.chance(2) and kind != "DaemonSet":
                spec["replicas"] = Raw(self.one("1", "2", "~", '"3"'))
            if kind == "StatefulSet" and self.chance(2):
                spec["serviceName"] = self.one(*NAMES)
                spec["volumeClaimTemplates"] = [
                    {"metadata": {"name": "data"}, "spec": self.draw(free)}
                ]
            return {"spec": spec}
        if kind == "CronJob":
            return {
                "spec": {
                    "schedule": Raw('"* * * * *"'),
                    "jobTemplate": {"spec": {"template": self.template()}},
                }
            }
        if kind == "ConfigMap" and self.chance(5):
            return {"data": {"text": self.one(*STRUCTURED), "k": self.draw(value)}}
        if kind.endswith("List"):
            return self.one({}, {"spec": {"a": "b"}}, {"items": []}, {"spec": self.draw(free)})
        if kind in ("ConfigMap", "Secret"):
            name = "data" if kind == "ConfigMap" else self.one("data", "stringData")
            return {
                name: self.draw(
                    st.dictionaries(st.sampled_from(("k", "l", "m")), value, max_size=3)
                )
            }
        if kind == "Service":
            ports = [
                {
                    "port": Raw(self.one("80", "443")),
                    **({"protocol": self.one("TCP", "UDP")} if self.chance(2) else {}),
                }
                for _ in self.some(0, 2)
            ]
            return {"spec": {"selector": self.draw(loose_pairs), "ports": ports}}
        if kind in ("RoleBinding", "ClusterRoleBinding"):
            subjects = [
                {
                    "kind": self.one("ServiceAccount", "ServiceAccount", "User"),
                    "name": self.one("default", *NAMES),
                    **({"namespace": self.one(*SPACES)} if self.chance(2) else {}),
                }
                for _ in self.some(0, 2)
            ]
            role = {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": self.one("Role", "ClusterRole"),
                "name": self.one(*NAMES),
            }
            return {"subjects": subjects, "roleRef": role}
        if kind in ("Role", "ClusterRole"):
            return {
                "rules": [
                    {
                        "resources": ["secrets"],
                        "resourceNames": [self.one(*NAMES)],
                        "verbs": ["get"],
                    }
                ]
            }
        if kind == "Ingress":
            backend: dict[str, Any] = {
                "service": {"name": self.one(*NAMES), "port": {"number": 80}}
            }
            if self.chance(4):
                backend = {"serviceName": self.one(*NAMES), "servicePort": 80}
            return {
                "spec": {
                    "rules": [
                        {
                            "host": "a.example.org",
                            "http": {"paths": [{"path": "/", "backend": backend}]},
                        }
                    ],
                    "tls": [{"hosts": ["a.example.org"], "secretName": self.one(*NAMES)}],
                }
            }
        if kind == "HorizontalPodAutoscaler":
            return {
                "spec": {
                    "scaleTargetRef": {"kind": "Deployment", "name": self.one(*NAMES)},
                    "metrics": [],
                }
            }
        if kind == "PersistentVolume":
            return {
                "spec": {
                    "claimRef": {"name": self.one(*NAMES), "namespace": self.one(*SPACES)},
                    "storageClassName": "a",
                }
            }
        if kind.endswith("WebhookConfiguration"):
            service = {"name": self.one(*NAMES), "namespace": self.one(*SPACES)}
            hooks = [
                {"name": f"{self.one('a', 'b')}.example.org", "clientConfig": {"service": service}}
                for _ in self.some(1, 2)
            ]
            return {"webhooks": hooks}
        if kind == "CustomResourceDefinition":
            return {
                "spec": {
                    "group": "example.org",
                    "names": {"kind": "Widget", "plural": "widgets"},
                    "versions": self.draw(free),
                }
            }
        if kind == "APIService":
            return {
                "spec": {
                    "service": {"name": self.one(*NAMES), "namespace": self.one(*SPACES)},
                    "version": "v1",
                }
            }
        if kind == "NetworkPolicy":
            rule = {
                "from": [
                    {"podSelector": {"matchLabels": self.draw(pairs)}},
                    {"namespaceSelector": {}},
                ]
            }
            return {
                "spec": {
                    "podSelector": self.one({}, {"matchLabels": self.draw(pairs)}),
                    "ingress": [rule],
                }
            }
        if kind == "Kustomization":
            return {"spec": {"path": "./a", "prune": True, "sourceRef": {"kind": "GitRepository", "name": self.one(*NAMES)},
                             "dependsOn": [{"name": self.one(*NAMES)} for _ in self.some(0, 2)],
                             "postBuild": {"substitute": self.draw(loose_pairs)}, "patches": self.draw(free)}}  # fmt: skip
        if kind == "HelmRelease" and self.chance(2):
            return {"spec": {"chart": {"spec": {"chart": "a", "version": self.draw(scalar)}},
                             "values": {"shared": Raw("&shared {a: 1, b: }"), "again": Raw("*shared"),
                                        "own": {"<<": Raw("*shared"), "b": 2}},
                             "valuesFrom": [{"kind": self.one("ConfigMap", "Secret"), "name": self.one(*NAMES, "made")}]}}  # fmt: skip
        if kind == "Job":
            return {"spec": {"template": self.template(), "parallelism": Raw(self.one("1", "2"))}}
        if kind == "Pod":
            return {"spec": self.pod()}
        if kind == "StorageClass":
            return {
                "provisioner": "a",
                "parameters": {"csi.storage.k8s.io/node-stage-secret-name": self.one(*NAMES)},
            }
        if kind == "HTTPRoute":
            parent = {
                "name": self.one(*NAMES),
                **({"namespace": self.one(*SPACES)} if self.chance(2) else {}),
            }
            return {
                "spec": {
                    "parentRefs": [parent],
                    "rules": [{"backendRefs": [{"name": self.one(*NAMES), "port": 80}]}],
                }
            }
        if kind in ("Namespace", "ServiceAccount"):
            return {"imagePullSecrets": [{"name": self.one(*NAMES)}]} if self.chance(4) else {}
        return {"spec": self.draw(free if self.chance(12) else free_fields)}

    def object(self, name: str | None = None) -> dict[str, Any]:
        """An object of any kind."""
        api, kind = self.one(*KINDS)
        made = {"apiVersion": api, "kind": kind, "metadata": self.metadata(name), **self.spec(kind)}
        if self.chance(20):
            first = self.one(
                "&one {a: 1, b: [x, 0644], on: y}", "&one yes", "&one [a, 1.0]", "&one 'x'"
            )
            made["more"] = {"one": Raw(first),
                            "two": self.one(Raw("*one"), Raw("[*one, *one]"), {"<<": self.one(Raw("*one"), Raw("[*one, {c: 2}]")), "a": 2}),
                            **({"three": Raw("&one 2"), "four": Raw("*one")} if self.chance(3) else {})}  # fmt: skip
        if self.chance(40):
            made["metadata"][self.one("finalizers", "ownerReferences", "generateName")] = self.draw(
                free
            )
        if self.chance(30):
            made["metadata"].setdefault("annotations", {})
            if isinstance(made["metadata"]["annotations"], dict):
                made["metadata"]["annotations"]["config.kubernetes.io/local-config"] = Raw('"true"')
        return made

    def resources(self, directory: str) -> tuple[list[str], list[dict[str, Any]]]:
        """Files of objects with distinct identities; names of the files, and the objects."""
        objects: list[dict[str, Any]] = []
        for _ in self.some(1, 4):
            made = self.object()
            if _identity(made) not in self.taken or self.chance(40):
                self.taken.add(_identity(made))
                objects.append(made)
        if not objects:
            objects.append(
                {
                    "apiVersion": "v1",
                    "kind": "ConfigMap",
                    "metadata": {"name": f"other{self.count}"},
                }
            )
        if self.chance(3) and len(objects) > 1:
            return [self.file(directory, "---\n".join(dump(item) for item in objects))], objects
        if self.chance(12):
            return [
                self.file(directory, dump({"apiVersion": "v1", "kind": "List", "items": objects}))
            ], objects
        return [self.file(directory, dump(item)) for item in objects], objects


KINDS = (
    ("apps/v1", "Deployment"), ("apps/v1", "Deployment"), ("v1", "ConfigMap"), ("v1", "Secret"), ("v1", "Service"),
    ("v1", "ServiceAccount"), ("apps/v1", "StatefulSet"), ("apps/v1", "DaemonSet"), ("batch/v1", "CronJob"), ("v1", "Namespace"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"), ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io/v1", "Role"), ("rbac.authorization.k8s.io/v1", "ClusterRole"), ("networking.k8s.io/v1", "Ingress"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"), ("example.org/v1", "Widget"), ("helm.toolkit.fluxcd.io/v2", "HelmRelease"),
    ("v1", "PersistentVolumeClaim"), ("policy/v1", "PodDisruptionBudget"), ("v1", "PersistentVolume"),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"), ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("apiregistration.k8s.io/v1", "APIService"), ("networking.k8s.io/v1", "NetworkPolicy"), ("helm.toolkit.fluxcd.io/v2", "HelmRelease"),
    ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"), ("batch/v1", "Job"), ("v1", "Pod"), ("batch/v1beta1", "CronJob"),
    ("storage.k8s.io/v1", "StorageClass"), ("apps/v1", "ReplicaSet"), ("networking.k8s.io/v1beta1", "Ingress"),
    ("gateway.networking.k8s.io/v1", "HTTPRoute"), ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
    ("autoscaling/v1", "HorizontalPodAutoscaler"), ("scheduling.k8s.io/v1", "PriorityClass"), ("extensions/v1beta1", "Deployment"),
    ("source.toolkit.fluxcd.io/v1", "GitRepository"), ("example.org/v1", "AllowList"),
    ("example.org/v1", "Namespace"), ("external-secrets.io/v1", "ExternalSecret"), ("v1", "Endpoints"),
)  # fmt: skip


ODD = frozenset({"Widget", "HelmRelease", "PersistentVolumeClaim", "PodDisruptionBudget"})
"""Kinds whose spec is free: a patch of one is made from its own."""


def _identity(item: dict[str, Any]) -> tuple[str, str, str, str]:
    metadata = item["metadata"]
    return item["apiVersion"], item["kind"], metadata["name"], metadata.get("namespace", "default")
