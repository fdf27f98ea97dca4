"""Strategies that make what a kustomization does with objects: patches, generators, replacements,
transformers, configurations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.properties.objects import (
    LITERALS,
    NAMES,
    ODD,
    SPACES,
    Objects,
    free,
    loose_pairs,
    pairs,
    value,
)
from tests.properties.written import Block, Raw, dotted, dump, flow, paths, text, value_at


@dataclass
class Changes(Objects):
    """Makes the fields of a kustomization that change objects."""

    generated: bool = False
    """Whether there is a generator."""

    def selector(self, objects: list[dict[str, Any]]) -> dict[str, Any]:
        known = self.one(*objects) if objects else self.object()
        made: dict[str, Any] = {}
        if self.chance(2):
            made["kind"] = self.one(known["kind"], "Deployment", ".*", "Config.*")
        if self.chance(2):
            made["name"] = self.one(
                known["metadata"]["name"],
                ".*",
                "w.*",
                "a|b",
                "p-web",
                "^a$",
                "[a-b]",
                "(a|web)",
                "a.*b",
                "p-.*",
                "?",
            )
        if self.chance(6):
            made["namespace"] = self.one(*SPACES, "default|x")
        if self.chance(8):
            made["labelSelector"] = Raw(self.one('"app=a"', '"app"', '"app in (a,b),tier!=b"', '"!app"', '"app==a"', "app=1",
                                                 '"app notin '
                                                 '(a)"', '"app=a,tier=b"', '" app = a "', '"a/b=a"', '"app>1"', '"app=in=a"',
                                                 '""'))  # fmt: skip
        if self.chance(12):
            made["annotationSelector"] = Raw(
                self.one('"note=a"', '"!note"', '"note"', '"note in (a,b)"', '"app!=a"')
            )
        if self.chance(10):
            made["version"] = self.one("v1", "v.*")
        if self.chance(10):
            made["group"] = self.one(
                "apps", "", ".*", Raw('""'), known["apiVersion"].rpartition("/")[0]
            )
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
        changed = (
            own
            if "spec" in own and known["kind"] in ODD or self.chance(2)
            else self.spec(known["kind"])
        )
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
            made["nameReference"] = [
                {"kind": self.one("ConfigMap", "Secret"), "version": "v1", "fieldSpecs": fields}
            ]
        for section in ("namePrefix", "nameSuffix", "namespace", "commonLabels", "labels", "templateLabels", "commonAnnotations", "images",
                        "replicas", "varReference"):  # fmt: skip
            if self.chance(6):
                field = {
                    "path": self.one(
                        "spec/a", "spec/name", "spec/a/b", "metadata/labels", "spec/list[]/key"
                    )
                }
                if self.chance(2):
                    field["kind"] = self.one("Widget", "Deployment", "HelmRelease")
                if self.chance(2):
                    field["create"] = self.one(True, False)
                if self.chance(6):
                    field[self.one("group", "version")] = self.one("apps", "v1", "example.org")
                made[section] = [field]
        return self.file(directory, dump(made or {"images": []}))

    def plugin(self, directory: str, objects: list[dict[str, Any]]) -> str | Block:
        """A transformer that is written as an object."""
        kind = self.one("NamespaceTransformer", "PrefixTransformer", "LabelTransformer", "AnnotationsTransformer", "ImageTagTransformer",
                        "PatchTransformer", "ReplacementTransformer", "SuffixTransformer", "PrefixSuffixTransformer", "ValueAddTransformer",
                        "HashTransformer",
                        *(["ReplicaCountTransformer"] if scaled(objects) else []))  # fmt: skip
        made: dict[str, Any] = {
            "apiVersion": "builtin",
            "kind": kind,
            "metadata": {"name": "plugin"},
        }
        path = self.one(
            "metadata/name",
            "metadata/labels",
            "metadata/annotations",
            "spec/a",
            "spec/template/metadata/labels",
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
            "PrefixSuffixTransformer": {
                self.one("prefix", "suffix"): Raw(self.one("t-", '"1"', "5")),
                "fieldSpecs": [{"path": self.one("metadata/name", "spec/a")}],
            },
            "ValueAddTransformer": {
                self.one("value", "Value"): Raw(self.one("v", '"7"', "7", "true")),
                "targets": [
                    {
                        "fieldPath": self.one(*FIELDS),
                        **({"selector": self.selector(objects)} if self.chance(2) else {}),
                        **({"filePathPosition": self.one(0, 1, 2, 9)} if self.chance(3) else {}),
                    }
                    for _ in self.some(1, 2)
                ],
            },
            "HashTransformer": {},
            "SuffixTransformer": {
                "suffix": "-t",
                "fieldSpecs": [{"path": self.one("metadata/name", "spec/a")}],
            },
            "LabelTransformer": {
                self.one("labels", "Labels"): self.draw(loose_pairs if self.chance(4) else pairs),
                "fieldSpecs": fields,
            },
            "AnnotationsTransformer": {"annotations": self.draw(pairs), "fieldSpecs": fields},
            "ImageTagTransformer": {
                "imageTag": self.image(),
                "fieldSpecs": [
                    {"path": self.one("spec/template/spec/containers[]/image", "spec/a")}
                ],
            },
            "PatchTransformer": {
                "target": self.selector(objects),
                "patch": text(self.json_patch(self.one(*objects))),
            },
            "ReplicaCountTransformer": {
                "replica": {"name": self.one(*(scaled(objects) or NAMES)), "count": 4},
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
                made[key] = (
                    Raw(self.one("null", "~", ""))
                    if self.chance(16)
                    else self.altered(inner, depth + 1)
                )
            if depth > 1 and self.chance(16):
                made["$patch"] = self.one("delete", "replace", "merge")
            if self.chance(60):
                made[
                    self.one(
                        "$retainKeys",
                        "$setElementOrder/containers",
                        "$deleteFromPrimitiveList/args",
                    )
                ] = self.draw(free)
            return made
        if isinstance(node, list):
            listed = [self.altered(inner, depth + 1) for inner in node]
            if self.chance(16):
                listed.append({"$patch": self.one("replace", "delete", "merge")})
            if listed and isinstance(listed[0], dict) and self.chance(16):
                key = self.one(*listed[0]) if listed[0] else "name"
                listed.append(
                    {"$patch": self.one("delete", "replace"), key: listed[0].get(key, "a")}
                )
            return listed
        return self.draw(value) if isinstance(node, Raw | Block) and self.chance(2) else node

    def json_patch(self, known: dict[str, Any]) -> list[dict[str, Any]]:
        """The operations of a JSON patch of an object; most paths are there."""
        inside = [
            path
            for path in paths(known)
            if path not in ("/apiVersion", "/kind", "/metadata", "/metadata/annotations")
        ]
        made = []
        for _ in self.some(1, 3):
            op = self.one(
                "add",
                "add",
                "add",
                "replace",
                "replace",
                "replace",
                "remove",
                "copy",
                "move",
                "test",
            )
            entry: dict[str, Any] = {"op": op, "path": self.one(*inside)}
            if op in ("copy", "move"):
                entry["from"] = self.one(*inside)
                entry["path"] = self.one(f"{entry['path']}", "/spec", "/new")
            elif op == "test" and self.chance(2):
                entry["value"] = value_at(known, entry["path"])
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
                # The hash of a generated object of another kind is made of places in files: the
                # guide's page about exactness names it.
                allowed = (
                    ("allowNameChange",)
                    if self.generated
                    else ("allowNameChange", "allowKindChange")
                )
                option = self.one(*allowed)
                entry["options"] = {
                    self.one(option, option, option.capitalize(), "another"): self.one(
                        True, True, False
                    )
                }
                content["metadata"]["name"] = self.one(*NAMES)
        if self.chance(25):
            entry["path"] = self.file(directory, self.one(*NOTHING))
        elif self.chance(25) and objects:
            entry.pop("target", None)
            patches = [self.merge_patch(self.one(*objects)) for _ in self.some(2, 3)]
            for patch in patches:
                if self.chance(2):
                    patch["$patch"] = "delete"
            entry["path"] = self.file(directory, "---\n".join(map(dump, patches)))
        elif self.chance(3):
            entry["path"] = self.file(directory, dump(content))
        elif isinstance(content, dict) and self.chance(8):
            second = self.merge_patch(self.one(*objects) if objects else self.object())
            entry["path"] = self.file(directory, f"{dump(content)}---\n{dump(second)}")
        else:
            entry["patch"] = self.one(text, text, text, text, text, flow)(content)
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
                    st.lists(
                        st.sampled_from(LITERALS),
                        min_size=1,
                        max_size=2,
                        unique_by=lambda item: item[:2],
                    )
                )
            ]
        if self.chance(3):
            name = self.file(
                directory, self.one("text\n", "a\nb", "", "é<&>\n", "x" * 80, "k: v\n"), "txt"
            )
            made["files"] = [self.one(name, f"key={name}")]
        if self.chance(40):
            made["literals"] = [self.one("1=a", "true=x", "<<=a", "a b=x", "a/b=x", "=x", "x")]
        if self.chance(40):
            made["files"] = [
                self.one("nothere.txt", f"a b={self.file(directory, 'x', 'txt')}", "=x", "key=")
            ]
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
        if self.chance(8):
            source[self.one("group", "version", "namespace")] = self.one("apps", "v1", "x", "")
        # All annotations hold kustomize's own notes, too: the guide's page about exactness names
        # it.
        inside = [path for path in dotted(known) if path != "metadata.annotations"] or [
            "metadata.name"
        ]
        if self.chance(2):
            source["fieldPath"] = self.one(*inside)
        if self.chance(4):
            source["options"] = {
                "delimiter": Raw(self.one('":"', '"/"', "a")),
                "index": self.one(0, 0, 0, 1),
            }
        other = self.one(*objects) if objects else known
        target: dict[str, Any] = {
            "select": {"kind": other["kind"], "name": other["metadata"]["name"]}
        }
        if self.chance(3):
            target["select"] = self.selector(objects)
        if "fieldPath" in source or self.chance(2):  # A name is set to a name only.
            chosen = (*dotted(other), "metadata.annotations.x", "metadata.annotations.[a/b]", "metadata.labels.app", "spec.new.[name=a].x",
                     "data.new", "spec.new.0", "spec.new.deep.a", "spec.list.[=a]", r"metadata.annotations.a\.b/c")  # fmt: skip
            if isinstance(other.get("spec"), dict) and "template" in other["spec"]:
                inside = ("spec.template.spec.containers.*.image", "spec.template.spec.containers.[name=side].env.[name=A].value",
                          "spec.template.spec.containers.0.image", "spec.template.spec.containers.[name=main].image",
                          "spec.template.spec.containers.[name=.*].image", "spec.template.spec.volumes.*.configMap.name")  # fmt: skip
                chosen = (*chosen, *inside) if self.chance(2) else inside
            if self.chance(20):
                chosen = (
                    "spec.rules.*.host",
                    "spec.new.*.a",
                    "spec.a.-",
                    "spec..a",
                    "spec.[name=a]",
                    "",
                )
            target["fieldPaths"] = [self.one(*chosen) for _ in self.some(1, 2)]
        if self.chance(3):
            target["options"] = {"create": True}
        elif self.chance(4):
            target["options"] = {
                "delimiter": Raw(self.one('":"', '"/"', "a", '"."')),
                "index": self.one(0, 1, 3, -1),
            }
            if self.chance(4):
                target["options"]["create"] = True
        if self.chance(4):
            target["reject"] = [self.selector(objects) for _ in self.some(1, 2)]
        within = [
            item
            for item in objects
            if item["kind"] == "ConfigMap" and "text" in item.get("data", {})
        ]
        if within and self.chance(2):
            other = self.one(*within)
            target["select"] = {"kind": "ConfigMap", "name": other["metadata"]["name"]}
            target["fieldPaths"] = [f"data.text.{self.one(*INSIDE)}" for _ in self.some(1, 2)]
        targets = [target]
        if self.chance(4):
            second = self.one(*objects) if objects else known
            targets.append({"select": self.one({"kind": second["kind"]}, {"name": second["metadata"]["name"]}),
                            "fieldPaths": [self.one(*dotted(second), "metadata.labels.app")]})  # fmt: skip
        if self.chance(5):
            return {"sourceValue": self.one(*CONSTANTS), "targets": targets}
        return {"source": source, "targets": targets}

    def labels(self) -> dict[str, Any]:
        made: dict[str, Any] = {"pairs": self.draw(pairs)}
        if self.chance(3):
            made["includeSelectors"] = self.one(True, False)
        if self.chance(3):
            made["includeTemplates"] = self.one(True, False)
        if self.chance(6):
            made["fields"] = [
                {
                    "path": self.one(
                        "spec/labels",
                        "metadata/labels",
                        "spec/a",
                        "spec/template/metadata/labels",
                        "spec/list[]/labels",
                    ),
                    "create": self.one(True, False),
                    **(
                        {"kind": self.one("Deployment", "Widget", "HelmRelease")}
                        if self.chance(3)
                        else {}
                    ),
                    **({"group": self.one("apps", "example.org")} if self.chance(6) else {}),
                }
                for _ in self.some(1, 2)
            ]
        return made

    def image(self) -> dict[str, Any]:
        made: dict[str, Any] = {
            "name": self.one(
                "nginx",
                "app",
                "nginx",
                "app",
                "reg.example.org:5000/nginx",
                "ngin.",
                Raw('".*"'),
                "library/nginx",
            )
        }
        made.update(
            self.draw(
                st.dictionaries(
                    st.sampled_from(("newName", "newTag", "digest", "tagSuffix")),
                    st.sampled_from(
                        (
                            '"2.0"',
                            "other",
                            "sha256:123",
                            '"-x"',
                            '"2"',
                            "v2",
                            "reg.example.org:5000/app",
                            '""',
                        )
                    ).map(Raw),
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
                    self.generator(
                        directory, name.capitalize() if name == "secret" else "ConfigMap"
                    )
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
            target = {
                "version": version[2],
                "kind": known["kind"],
                "name": known["metadata"]["name"],
            }
            if version[0]:
                target["group"] = version[0]
            made["patchesJson6902"] = [{"target": target, "patch": text(self.json_patch(known))}]
        if self.chance(6):
            made["generatorOptions"] = self.options()
        if self.chance(3):
            made["namespace"] = self.one(*SPACES)
        if self.chance(40):
            made["namespace"] = Raw(self.one('"1"', '""', "'true'", "a.b", '"2020-01-01"'))
        if self.chance(40):
            made["nameSuffix"] = Raw(self.one('"-1"', '""', '"1"', "é", '".x"'))
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
        counted = scaled(objects)
        if self.chance(10) and (counted or self.chance(8)):
            made["replicas"] = [{"name": self.one(*(counted or NAMES)), "count": self.one(0, 5)}]
        if self.chance(6):
            made["replacements"] = [self.replacement(objects) for _ in self.some(1, 2)]
            if self.chance(4):
                made["replacements"] = [{"path": self.file(directory, dump(made["replacements"]))}]
        if self.chance(12):
            made["configurations"] = [self.configuration(directory) for _ in self.some(1, 2)]
        if self.chance(20):
            kind = self.one("ConfigMap", "Secret")
            config = {
                "apiVersion": "builtin",
                "kind": f"{kind}Generator",
                "metadata": {"name": self.one(*NAMES)},
                **self.generator(directory, kind),
            }
            made["generators"] = [self.one(text, self.filed(directory))(config)]
        if self.chance(12) and objects:
            made["transformers"] = [self.plugin(directory, objects) for _ in self.some(1, 2)]
        if self.chance(25) and objects:
            known = self.one(*objects)
            reference = {
                "apiVersion": known["apiVersion"],
                "kind": known["kind"],
                "name": known["metadata"]["name"],
            }
            made["vars"] = [{"name": "V", "objref": reference}]
            if self.chance(2):
                made["vars"][0]["fieldref"] = {
                    "fieldpath": self.one("metadata.name", "spec.replicas", "data.k")
                }
        return made

    def filed(self, directory: str) -> Callable[[Any], str]:
        """A writer of files of patches."""
        return lambda content: self.file(directory, dump(content))


NOTHING = ("# nothing\n", "[]\n", "{}\n", "", "null\n", "---\n# nothing\n")
CONSTANTS = (Raw('"7"'), "other", Raw('"true"'), Raw('""'), Raw('"a: b"'), Raw("7"))
FIELDS = ("data/k", "data/new", "spec/a", "spec/a/b", "spec/new/deep", "metadata/namespace", "metadata/labels/app", "metadata/name",
          "spec/template/spec/containers/[name=main]/image", "spec/list/0/name", "spec/list/[name=a]/key")  # fmt: skip
INSIDE = (
    "a",
    "b",
    "a.b",
    "a.c",
    "l.0",
    "l.0.a",
    "l.[a=1].b",
    "l.*.a",
    "new",
    "new.deep",
    "n",
    "d.e",
    "a.b.c",
    "0.a",
)


def scaled(objects: list[dict[str, Any]]) -> list[str]:
    """Names of the objects whose replicas a kustomization can set."""
    return [
        item["metadata"]["name"]
        for item in objects
        if item["kind"] in ("Deployment", "StatefulSet")
    ]
