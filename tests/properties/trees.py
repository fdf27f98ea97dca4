"""Strategies that make kustomization trees: bases, overlays, components, patches, generators and what else a kustomization may hold.

Out: a mapping from path to text, with the directory `top` to build. Names, namespaces and labels come from small pools, so that patches,
selectors and references often hit something, and sometimes do not: then both sides have to refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hypothesis import strategies as st

Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True)
class Raw:
    """A scalar as it is written."""

    text: str


@dataclass(frozen=True)
class Block:
    """A block scalar."""

    header: str
    lines: tuple[str, ...]


def dump(node: Any, indent: int = 0) -> str:
    """YAML text of nested dicts, lists, `Raw`s and `Block`s in block style; plain texts are quoted where they must be."""
    pad = "  " * indent
    if isinstance(node, dict) and node:
        return "".join(f"{pad}{key}:{_after(value, indent)}" for key, value in node.items())
    if isinstance(node, list) and node:
        return "".join(f"{pad}-{_after(value, indent)}" for value in node)
    return f"{pad}{_inline(node)}\n"


def _after(value: Any, indent: int) -> str:
    if isinstance(value, Block):
        pad = "  " * (indent + 2)
        return f" {value.header}\n" + "".join(f"{pad}{line}\n" if line else "\n" for line in value.lines)
    if isinstance(value, dict | list) and value:
        return "\n" + dump(value, indent + 1)
    written = _inline(value)
    return f" {written}\n" if written else "\n"


def _inline(value: Any) -> str:
    if isinstance(value, Raw):
        return value.text
    if value == {}:
        return "{}"
    if value == []:
        return "[]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def text(value: Any) -> Block:
    """A value as an inline text of its own, such as a patch."""
    return Block("|-", tuple(dump(value).rstrip("\n").split("\n")))


FILES = ("kustomization.yaml", "kustomization.yaml", "kustomization.yaml", "kustomization.yml", "Kustomization")
NAMES = ("a", "b", "web")
SPACES = ("x", "z", "default")
SCALARS = (
    "0644", "1.10", "2020-01-01", "2001-12-14 21:59:43.1 -05:00", "yes", "on", '""', "null", "~", "", '"1"', "'x'", "true", "1e3", "-1",
    "1_000", "0x1f", "0o17", "1.0", "12345678901234567890", ".5", "a b", '"a: b"', "a#b", "'it''s'", '"tab\\tnew\\nline"', "!!str 1",
    "<&>", "1:30", "0b11", "+1", "09", "-0", "é", "'on'", '"null"', "a", "b", "1", "2", "3.50",
)  # fmt: skip
BLOCKS = (
    Block("|", ("one", "two")), Block("|-", ("one", "", "  two")), Block(">", ("one", "two", "", "  three", "four")),
    Block(">-", ("one", "", "two")), Block("|+", ("one", "")), Block(">+", ("one", "")), Block("|", ("#!/bin/sh", "echo ${A} $$")),
)  # fmt: skip
TEXTS = ('"1"', "'x'", "a", "b", '"yes"', "a b", '""', '"é<"')
LITERALS = ("k=1", '"l=a b"', "m=yes", "\"n='q'\"", "o=", "p=é<&>")
BRACES = (
    "{a: , b: 2020-01-01}",
    "[{name: a, key: }, b]",
    "{a: {b: yes, key: 1.0}, name: }",
    "[]",
    "{}",
    "{a: 'x', b: \"1\"}",
)
IMAGES = ("nginx", '"nginx:1.0"', "reg.example.org:5000/nginx:1", '"nginx@sha256:abcdef"', "app:v1", '"app"')

scalar = st.sampled_from(SCALARS).map(Raw)
words = st.sampled_from(TEXTS).map(Raw)
value: st.SearchStrategy[Any] = st.one_of(scalar, scalar, st.sampled_from(BLOCKS))
free: st.SearchStrategy[Any] = st.recursive(
    st.one_of(value, value, value, st.sampled_from(BRACES).map(Raw)),
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from(("a", "b", "name", "key")), inner, max_size=3), st.lists(inner, max_size=3)
    ),
    max_leaves=5,
)
free_fields = st.dictionaries(st.sampled_from(("a", "b", "name", "key")), free, min_size=1, max_size=3)
pairs = st.dictionaries(st.sampled_from(("app", "tier", "a/b")), words, min_size=1, max_size=2)
loose_pairs = st.dictionaries(st.sampled_from(("app", "tier", "note")), scalar, max_size=3)


@dataclass
class Maker:
    """Makes one tree."""

    draw: Draw
    files: dict[str, str] = field(default_factory=dict)
    count: int = 0
    taken: set[tuple[str, str, str, str]] = field(default_factory=set)
    """Identities of objects; a second one of the same is rare."""
    generated: bool = False
    """Whether there is a generator."""

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
                {"name": self.one("data", "tmp"), "mountPath": self.one("/a", "/b")} for _ in self.some(1, 2)
            ]
        if self.chance(6):
            made["envFrom"] = [{self.one("configMapRef", "secretRef"): {"name": self.one(*NAMES)}}]
        if self.chance(8):
            made["resources"] = self.draw(free)
        if self.chance(12):
            del made["name"]
        return made

    def variable(self) -> dict[str, Any]:
        made: dict[str, Any] = {"name": self.one("A", "B", "C")}
        if self.chance(3):
            made["valueFrom"] = {self.one("configMapKeyRef", "secretKeyRef"): {"name": self.one(*NAMES), "key": "k"}}
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
            made["tolerations"] = [{"key": self.one("a", "b"), "value": self.draw(scalar)} for _ in self.some(1, 2)]
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
        kind = self.one("configMap", "secret", "emptyDir", "persistentVolumeClaim", "projected")
        name = self.one(*NAMES)
        content: Any = {
            "configMap": {"name": name},
            "secret": {"secretName": name},
            "emptyDir": {},
            "persistentVolumeClaim": {"claimName": name},
            "projected": {"sources": [{"secret": {"name": name}}, {"configMap": {"name": self.one(*NAMES)}}]},
        }[kind]
        return {"name": self.one("data", "tmp"), kind: content}

    def template(self) -> dict[str, Any]:
        made: dict[str, Any] = {"spec": self.pod()}
        if self.chance(2):
            made["metadata"] = {"labels": self.draw(pairs)}
        return made

    def spec(self, kind: str) -> dict[str, Any]:
        """The fields beside metadata of an object of a kind."""
        if kind in ("Deployment", "StatefulSet", "DaemonSet"):
            spec: dict[str, Any] = {"template": self.template()}
            if self.chance(2):
                spec["selector"] = {"matchLabels": self.draw(pairs)}
            if self.chance(2) and kind != "DaemonSet":
                spec["replicas"] = Raw(self.one("1", "2", "~", '"3"'))
            if kind == "StatefulSet" and self.chance(2):
                spec["serviceName"] = self.one(*NAMES)
                spec["volumeClaimTemplates"] = [{"metadata": {"name": "data"}, "spec": self.draw(free)}]
            return {"spec": spec}
        if kind == "CronJob":
            return {"spec": {"schedule": Raw('"* * * * *"'), "jobTemplate": {"spec": {"template": self.template()}}}}
        if kind in ("ConfigMap", "Secret"):
            name = "data" if kind == "ConfigMap" else self.one("data", "stringData")
            return {name: self.draw(st.dictionaries(st.sampled_from(("k", "l", "m")), value, max_size=3))}
        if kind == "Service":
            ports = [
                {"port": Raw(self.one("80", "443")), **({"protocol": self.one("TCP", "UDP")} if self.chance(2) else {})}
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
            return {"rules": [{"resources": ["secrets"], "resourceNames": [self.one(*NAMES)], "verbs": ["get"]}]}
        if kind == "Ingress":
            backend = {"service": {"name": self.one(*NAMES), "port": {"number": 80}}}
            return {
                "spec": {
                    "rules": [{"host": "a.example.org", "http": {"paths": [{"path": "/", "backend": backend}]}}],
                    "tls": [{"hosts": ["a.example.org"], "secretName": self.one(*NAMES)}],
                }
            }
        if kind == "HorizontalPodAutoscaler":
            return {"spec": {"scaleTargetRef": {"kind": "Deployment", "name": self.one(*NAMES)}, "metrics": []}}
        if kind == "PersistentVolume":
            return {
                "spec": {
                    "claimRef": {"name": self.one(*NAMES), "namespace": self.one(*SPACES)},
                    "storageClassName": "a",
                }
            }
        if kind == "ValidatingWebhookConfiguration":
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
            return {"spec": {"service": {"name": self.one(*NAMES), "namespace": self.one(*SPACES)}, "version": "v1"}}
        if kind == "NetworkPolicy":
            rule = {"from": [{"podSelector": {"matchLabels": self.draw(pairs)}}, {"namespaceSelector": {}}]}
            return {"spec": {"podSelector": self.one({}, {"matchLabels": self.draw(pairs)}), "ingress": [rule]}}
        if kind == "Kustomization":
            return {"spec": {"path": "./a", "prune": True, "sourceRef": {"kind": "GitRepository", "name": self.one(*NAMES)},
                             "dependsOn": [{"name": self.one(*NAMES)} for _ in self.some(0, 2)],
                             "postBuild": {"substitute": self.draw(loose_pairs)}, "patches": self.draw(free)}}  # fmt: skip
        if kind == "HelmRelease" and self.chance(2):
            return {"spec": {"chart": {"spec": {"chart": "a", "version": self.draw(scalar)}},
                             "values": {"shared": Raw("&shared {a: 1, b: }"), "again": Raw("*shared"),
                                        "own": {"<<": Raw("*shared"), "b": 2}},
                             "valuesFrom": [{"kind": self.one("ConfigMap", "Secret"), "name": self.one(*NAMES, "made")}]}}  # fmt: skip
        if kind in ("Namespace", "ServiceAccount"):
            return {"imagePullSecrets": [{"name": self.one(*NAMES)}]} if self.chance(4) else {}
        return {"spec": self.draw(free if self.chance(12) else free_fields)}

    def object(self, name: str | None = None) -> dict[str, Any]:
        """An object of any kind."""
        api, kind = self.one(*KINDS)
        made = {"apiVersion": api, "kind": kind, "metadata": self.metadata(name), **self.spec(kind)}
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
            objects.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"other{self.count}"}})
        if self.chance(3) and len(objects) > 1:
            return [self.file(directory, "---\n".join(dump(item) for item in objects))], objects
        if self.chance(12):
            return [self.file(directory, dump({"apiVersion": "v1", "kind": "List", "items": objects}))], objects
        return [self.file(directory, dump(item)) for item in objects], objects

    # What a kustomization changes.

    def selector(self, objects: list[dict[str, Any]]) -> dict[str, Any]:
        known = self.one(*objects) if objects else self.object()
        made: dict[str, Any] = {}
        if self.chance(2):
            made["kind"] = self.one(known["kind"], "Deployment", ".*", "Config.*")
        if self.chance(2):
            made["name"] = self.one(known["metadata"]["name"], ".*", "w.*", "a|b", "p-web")
        if self.chance(6):
            made["namespace"] = self.one(*SPACES, "default|x")
        if self.chance(8):
            made["labelSelector"] = Raw(self.one('"app=a"', '"app"', '"app in (a,b),tier!=b"', '"!app"', '"app==a"'))
        if self.chance(12):
            made["annotationSelector"] = Raw(self.one('"note=a"', '"!note"'))
        if self.chance(10):
            made["version"] = self.one("v1", "v.*")
        return made or {"kind": known["kind"]}

    def merge_patch(self, known: dict[str, Any]) -> dict[str, Any]:
        """A strategic-merge patch of an object."""
        made: dict[str, Any] = {
            "apiVersion": known["apiVersion"],
            "kind": known["kind"],
            "metadata": {"name": known["metadata"]["name"]},
        }
        if "namespace" in known["metadata"] and not self.chance(12):
            made["metadata"]["namespace"] = known["metadata"]["namespace"]
        if self.chance(25):
            made["$patch"] = self.one("delete", "replace", "merge")
            return made
        if self.chance(4):
            made["metadata"][self.one("labels", "annotations")] = self.draw(loose_pairs)
        own = {key: part for key, part in known.items() if key not in made}
        changed = own if "spec" in own and known["kind"] in ODD or self.chance(2) else self.spec(known["kind"])
        made.update(self.altered(changed) if self.chance(2) else changed)
        return made

    def configuration(self, directory: str) -> str:
        """A file of `configurations`."""
        made: dict[str, Any] = {}
        if self.chance(2):
            fields = [
                {
                    "kind": self.one("HelmRelease", "Widget"),
                    "path": self.one("spec/valuesFrom/name", "spec/a/name", "spec/name"),
                }
            ]
            made["nameReference"] = [{"kind": self.one("ConfigMap", "Secret"), "version": "v1", "fieldSpecs": fields}]
        for section in ("namePrefix", "nameSuffix", "namespace", "commonLabels", "labels", "templateLabels", "commonAnnotations", "images",
                        "replicas", "varReference"):  # fmt: skip
            if self.chance(6):
                field = {"path": self.one("spec/a", "spec/name", "spec/a/b", "metadata/labels", "spec/list[]/key")}
                if self.chance(2):
                    field["kind"] = self.one("Widget", "Deployment", "HelmRelease")
                if self.chance(2):
                    field["create"] = self.one(True, False)
                made[section] = [field]
        return self.file(directory, dump(made or {"images": []}))

    def plugin(self, directory: str, objects: list[dict[str, Any]]) -> str | Block:
        """A transformer that is written as an object."""
        kind = self.one("NamespaceTransformer", "PrefixTransformer", "LabelTransformer", "AnnotationsTransformer", "ImageTagTransformer",
                        "PatchTransformer", "ReplacementTransformer", "SuffixTransformer",
                        *(["ReplicaCountTransformer"] if _scaled(objects) else []))  # fmt: skip
        made: dict[str, Any] = {"apiVersion": "builtin", "kind": kind, "metadata": {"name": "plugin"}}
        path = self.one(
            "metadata/name", "metadata/labels", "metadata/annotations", "spec/a", "spec/template/metadata/labels"
        )
        fields = [{"path": path, "create": self.one(True, False)}]
        content: dict[str, Any] = {
            "NamespaceTransformer": {
                "metadata": {"name": "plugin", "namespace": self.one(*SPACES)},
                "fieldSpecs": [{"path": "metadata/namespace", "create": True}],
                "setRoleBindingSubjects": self.one("none", "defaultOnly", "allServiceAccounts"),
                "unsetOnly": self.one(True, False),
            },
            "PrefixTransformer": {"prefix": "t-", "fieldSpecs": [{"path": "metadata/name"}]},
            "SuffixTransformer": {"suffix": "-t", "fieldSpecs": [{"path": self.one("metadata/name", "spec/a")}]},
            "LabelTransformer": {"labels": self.draw(pairs), "fieldSpecs": fields},
            "AnnotationsTransformer": {"annotations": self.draw(pairs), "fieldSpecs": fields},
            "ImageTagTransformer": {
                "imageTag": self.image(),
                "fieldSpecs": [{"path": self.one("spec/template/spec/containers[]/image", "spec/a")}],
            },
            "PatchTransformer": {"target": self.selector(objects), "patch": text(self.json_patch(self.one(*objects)))},
            "ReplicaCountTransformer": {
                "replica": {"name": self.one(*(_scaled(objects) or NAMES)), "count": 4},
                "fieldSpecs": [{"path": "spec/replicas", "create": True, "kind": "Deployment"}],
            },
            "ReplacementTransformer": {"replacements": [self.replacement(objects)]},
        }[kind]
        made.update(content)
        return text(made) if self.chance(2) else self.file(directory, dump(made))

    def altered(self, node: Any, depth: int = 0) -> Any:
        """A value with parts left out, nulls and directives put in."""
        if isinstance(node, dict):
            made = {}
            for key, inner in node.items():
                if depth > 1 and self.chance(8):
                    continue
                made[key] = Raw(self.one("null", "~", "")) if self.chance(16) else self.altered(inner, depth + 1)
            if depth > 1 and self.chance(16):
                made["$patch"] = self.one("delete", "replace", "merge")
            return made
        if isinstance(node, list):
            listed = [self.altered(inner, depth + 1) for inner in node]
            if self.chance(16):
                listed.append({"$patch": self.one("replace", "delete")})
            return listed
        return self.draw(value) if isinstance(node, Raw | Block) and self.chance(2) else node

    def json_patch(self, known: dict[str, Any]) -> list[dict[str, Any]]:
        """The operations of a JSON patch of an object; most paths are there."""
        inside = [
            path for path in _paths(known) if path not in ("/apiVersion", "/kind", "/metadata", "/metadata/annotations")
        ]
        made = []
        for _ in self.some(1, 3):
            op = self.one("add", "add", "add", "replace", "replace", "replace", "remove", "copy", "move", "test")
            entry: dict[str, Any] = {"op": op, "path": self.one(*inside)}
            if op in ("copy", "move"):
                entry["from"] = self.one(*inside)
                entry["path"] = self.one(f"{entry['path']}", "/spec", "/new")
            elif op != "remove":
                entry["value"] = self.draw(free)
                if op == "add" and self.chance(2):
                    entry["path"] = self.one("/metadata/labels/app", "/metadata/annotations/a~1b", "/metadata/labels", "/new",
                                             "/spec/template/spec/containers/-", f"{entry['path']}/new")  # fmt: skip
            made.append(entry)
        return made

    def patch(self, directory: str, objects: list[dict[str, Any]]) -> dict[str, Any]:
        entry: dict[str, Any] = {}
        content: Any
        if self.chance(3):
            known = self.one(*objects) if objects else self.object()
            content = self.json_patch(known)
            entry["target"] = {"kind": known["kind"], "name": known["metadata"]["name"]}
            if self.chance(4):
                entry["target"] = self.selector(objects)
        else:
            content = self.merge_patch(self.one(*objects) if objects else self.object())
            if self.chance(2):
                entry["target"] = self.selector(objects)
            if self.chance(12):
                # The hash of a generated object of another kind is made of places in files: the guide's page about exactness names it.
                allowed = ("allowNameChange",) if self.generated else ("allowNameChange", "allowKindChange")
                entry["options"] = {self.one(*allowed): True}
                content["metadata"]["name"] = self.one(*NAMES)
        if self.chance(3):
            entry["path"] = self.file(directory, dump(content))
        elif isinstance(content, dict) and self.chance(8):
            second = self.merge_patch(self.one(*objects) if objects else self.object())
            entry["path"] = self.file(directory, f"{dump(content)}---\n{dump(second)}")
        else:
            entry["patch"] = text(content)
        return entry

    def generator(self, directory: str, kind: str) -> dict[str, Any]:
        self.generated = True
        made: dict[str, Any] = {"name": self.one(*NAMES, "made", "made")}
        if self.chance(3):
            made["namespace"] = self.one(*SPACES)
        identity = ("v1", kind, made["name"], made.get("namespace", "default"))
        if identity in self.taken:
            made["behavior"] = self.one("merge", "replace")
        if self.chance(12):
            made["behavior"] = self.one("create", "merge", "replace")
        self.taken.add(identity)
        if self.chance(2):
            made["literals"] = [
                Raw(item)
                for item in self.draw(
                    st.lists(st.sampled_from(LITERALS), min_size=1, max_size=2, unique_by=lambda item: item[:2])
                )
            ]
        if self.chance(3):
            name = self.file(directory, self.one("text\n", "a\nb", "", "é<&>\n", "x" * 80, "k: v\n"), "txt")
            made["files"] = [self.one(name, f"key={name}")]
        if self.chance(4):
            content = self.one("A=1\n# no\n\nB=a=b\n", "\ufeffC=1\r\nD= x \n", "E\n", " F='q'\n")
            made["envs"] = [self.file(directory, content, "env")]
        if kind == "Secret" and self.chance(3):
            made["type"] = self.one("Opaque", "kubernetes.io/tls")
        if self.chance(3):
            made["options"] = self.options()
        return made

    def options(self) -> dict[str, Any]:
        made: dict[str, Any] = {}
        if self.chance(2):
            made["disableNameSuffixHash"] = self.one(True, False)
        if self.chance(3):
            made["labels"] = self.draw(pairs)
        if self.chance(3):
            made["annotations"] = self.draw(pairs)
        if self.chance(4):
            made["immutable"] = True
        return made

    def replacement(self, objects: list[dict[str, Any]]) -> dict[str, Any]:
        known = self.one(*objects) if objects else self.object()
        source: dict[str, Any] = {"kind": known["kind"], "name": known["metadata"]["name"]}
        # All annotations hold kustomize's own notes, too: the guide's page about exactness names it.
        inside = [path for path in _dotted(known) if path != "metadata.annotations"] or ["metadata.name"]
        if self.chance(2):
            source["fieldPath"] = self.one(*inside)
        if self.chance(4):
            source["options"] = {"delimiter": Raw(self.one('":"', '"/"', "a")), "index": self.one(0, 0, 0, 1)}
        other = self.one(*objects) if objects else known
        target: dict[str, Any] = {"select": {"kind": other["kind"], "name": other["metadata"]["name"]}}
        if self.chance(4):
            target["select"] = self.selector(objects)
        if "fieldPath" in source or self.chance(2):  # A name is set to a name only.
            paths = (*_dotted(other), "metadata.annotations.x", "metadata.annotations.[a/b]", "spec.template.spec.containers.*.image",
                     "spec.template.spec.containers.[name=side].env.[name=A].value", "spec.new.[name=a].x", "data.new")  # fmt: skip
            target["fieldPaths"] = [self.one(*paths) for _ in self.some(1, 2)]
        if self.chance(3):
            target["options"] = {"create": True}
        elif self.chance(4):
            target["options"] = {"delimiter": Raw(self.one('":"', '"/"')), "index": self.one(0, 1, 3, -1)}
        if self.chance(6):
            target["reject"] = [self.selector(objects)]
        targets = [target]
        if self.chance(4):
            second = self.one(*objects) if objects else known
            targets.append({"select": self.one({"kind": second["kind"]}, {"name": second["metadata"]["name"]}),
                            "fieldPaths": [self.one(*_dotted(second), "metadata.labels.app")]})  # fmt: skip
        return {"source": source, "targets": targets}

    def labels(self) -> dict[str, Any]:
        made: dict[str, Any] = {"pairs": self.draw(pairs)}
        if self.chance(3):
            made["includeSelectors"] = self.one(True, False)
        if self.chance(3):
            made["includeTemplates"] = self.one(True, False)
        if self.chance(6):
            made["fields"] = [{"path": self.one("spec/labels", "metadata/labels"), "create": self.one(True, False)}]
        return made

    def image(self) -> dict[str, Any]:
        made: dict[str, Any] = {"name": self.one("nginx", "app", "reg.example.org:5000/nginx")}
        made.update(
            self.draw(
                st.dictionaries(
                    st.sampled_from(("newName", "newTag", "digest", "tagSuffix")),
                    st.sampled_from(('"2.0"', "other", "sha256:123", '"-x"')).map(Raw),
                    max_size=2,
                )
            )
        )
        return made

    def changes(self, directory: str, objects: list[dict[str, Any]]) -> dict[str, Any]:
        """The fields of a kustomization that change objects."""
        made: dict[str, Any] = {}
        for name in ("configMap", "secret"):
            if self.chance(4):
                made[f"{name}Generator"] = [
                    self.generator(directory, name.capitalize() if name == "secret" else "ConfigMap")
                    for _ in self.some(1, 2)
                ]
        if self.chance(3):
            made["patches"] = [self.patch(directory, objects) for _ in self.some(1, 2)]
        if self.chance(10) and objects:
            made["patchesStrategicMerge"] = [
                self.one(text, self.filed(directory))(self.merge_patch(self.one(*objects)))
            ]
        if self.chance(12) and objects:
            known = self.one(*objects)
            version = known["apiVersion"].rpartition("/")
            target = {"version": version[2], "kind": known["kind"], "name": known["metadata"]["name"]}
            if version[0]:
                target["group"] = version[0]
            made["patchesJson6902"] = [{"target": target, "patch": text(self.json_patch(known))}]
        if self.chance(6):
            made["generatorOptions"] = self.options()
        if self.chance(3):
            made["namespace"] = self.one(*SPACES)
        if self.chance(4):
            made["namePrefix"] = self.one("p-", "q-")
        if self.chance(6):
            made["nameSuffix"] = self.one("-s", "-t")
        if self.chance(4):
            made["labels"] = [self.labels() for _ in self.some(1, 2)]
        if self.chance(8):
            made["commonLabels"] = self.draw(pairs)
        if self.chance(8):
            made["commonAnnotations"] = self.draw(pairs)
        if self.chance(5):
            made["images"] = [self.image() for _ in self.some(1, 2)]
        scaled = _scaled(objects)
        if self.chance(10) and (scaled or self.chance(8)):
            made["replicas"] = [{"name": self.one(*(scaled or NAMES)), "count": self.one(0, 5)}]
        if self.chance(6):
            made["replacements"] = [self.replacement(objects) for _ in self.some(1, 2)]
            if self.chance(4):
                made["replacements"] = [{"path": self.file(directory, dump(made["replacements"]))}]
        if self.chance(12):
            made["configurations"] = [self.configuration(directory) for _ in self.some(1, 2)]
        if self.chance(12) and objects:
            made["transformers"] = [self.plugin(directory, objects) for _ in self.some(1, 2)]
        if self.chance(25) and objects:
            known = self.one(*objects)
            reference = {"apiVersion": known["apiVersion"], "kind": known["kind"], "name": known["metadata"]["name"]}
            made["vars"] = [{"name": "V", "objref": reference}]
            if self.chance(2):
                made["vars"][0]["fieldref"] = {"fieldpath": self.one("metadata.name", "spec.replicas", "data.k")}
        return made

    def filed(self, directory: str) -> Callable[[Any], str]:
        """A writer of files of patches."""
        return lambda content: self.file(directory, dump(content))

    def directory(
        self, name: str, known: list[str], objects: list[dict[str, Any]], *, component: bool = False
    ) -> list[dict[str, Any]]:
        """Write a directory that includes those in `known`, whose `objects` patches in it may hit; these and its own."""
        made: dict[str, Any] = {}
        if component:
            made = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
        listed: list[str] = [f"../{other}" for other in known]
        if not known or self.chance(3):
            files, own = self.resources(name)
            listed += files
            objects = [*objects, *own]
        if listed:
            made["resources"] = listed
        made.update(self.changes(name, objects))
        if self.chance(40):
            made["sortOptions"] = {"order": self.one("fifo", "legacy")}
            if made["sortOptions"]["order"] == "legacy" and self.chance(2):
                made["sortOptions"]["legacySortOptions"] = {
                    "orderFirst": ["Deployment", "Widget"],
                    "orderLast": ["ConfigMap"],
                }
        if self.chance(40):
            made["buildMetadata"] = [self.one("originAnnotations", "managedByLabel", "transformerAnnotations")]
        self.files[f"{name}/{self.one(*FILES)}"] = dump(made or {"namePrefix": "n-"})
        return objects


KINDS = (
    ("apps/v1", "Deployment"), ("apps/v1", "Deployment"), ("v1", "ConfigMap"), ("v1", "Secret"), ("v1", "Service"),
    ("v1", "ServiceAccount"), ("apps/v1", "StatefulSet"), ("apps/v1", "DaemonSet"), ("batch/v1", "CronJob"), ("v1", "Namespace"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"), ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io/v1", "Role"), ("rbac.authorization.k8s.io/v1", "ClusterRole"), ("networking.k8s.io/v1", "Ingress"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"), ("example.org/v1", "Widget"), ("helm.toolkit.fluxcd.io/v2", "HelmRelease"),
    ("v1", "PersistentVolumeClaim"), ("policy/v1", "PodDisruptionBudget"), ("v1", "PersistentVolume"),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"), ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("apiregistration.k8s.io/v1", "APIService"), ("networking.k8s.io/v1", "NetworkPolicy"), ("helm.toolkit.fluxcd.io/v2", "HelmRelease"),
    ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
)  # fmt: skip


ODD = frozenset({"Widget", "HelmRelease", "PersistentVolumeClaim", "PodDisruptionBudget"})
"""Kinds whose spec is free: a patch of one is made from its own."""


def _paths(node: Any, path: str = "") -> list[str]:
    """JSON pointers of all that is inside a value."""
    found = []
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, inner in items:
        if key == "<<":
            continue  # Once read there is no such key.
        here = f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}"
        found += [here, *_paths(inner, here)]
    return found


def _dotted(node: Any) -> list[str]:
    """Replacements' paths of all that is inside a value."""
    found = [path[1:].replace("~1", "/").replace("/", ".") for path in _paths(node) if "~" not in path]
    return [
        path for path in found if path not in ("apiVersion", "kind", "metadata", "metadata.name", "metadata.namespace")
    ]


def _scaled(objects: list[dict[str, Any]]) -> list[str]:
    """Names of the objects whose replicas a kustomization can set."""
    return [item["metadata"]["name"] for item in objects if item["kind"] in ("Deployment", "StatefulSet")]


def _identity(item: dict[str, Any]) -> tuple[str, str, str, str]:
    metadata = item["metadata"]
    return item["apiVersion"], item["kind"], metadata["name"], metadata.get("namespace", "default")


@st.composite
def trees(draw: Draw) -> dict[str, str]:
    """A tree of one to four directories; `top` is the one to build."""
    maker = Maker(draw)
    bases: dict[str, list[dict[str, Any]]] = {}
    for number in maker.some(0, 2):
        name = f"base{number}"
        below = list(bases)[-1:] if maker.chance(3) else []
        objects = maker.directory(name, below, [item for base in below for item in bases.pop(base)])
        bases[name] = objects
    objects = [item for found in bases.values() for item in found]
    components = ["part", "piece"][: maker.some(0, 2).stop if maker.chance(3) else 0]
    for name in components:
        objects = maker.directory(name, [], objects, component=True)
    maker.directory("top", list(bases), objects)
    if components:
        (file,) = (path for path in maker.files if path.rpartition("/")[2] in FILES and path.startswith("top/"))
        maker.files[file] += "components:\n" + "".join(f"  - ../{name}\n" for name in components)
    return maker.files
