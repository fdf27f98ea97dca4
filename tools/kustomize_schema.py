"""Make `src/gitops_docs/kustomize/resources/schema.json` from a Kubernetes OpenAPI document.

Usage: python tools/kustomize_schema.py SWAGGER.json[.gz] >
src/gitops_docs/kustomize/resources/schema.json

kustomize (5.4 to 5.8) embeds the OpenAPI of Kubernetes 1.21. Of it two facts matter: which lists
are merged by which keys, and which kinds belong to no namespace. Types that lead to no merged list
are left out.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

PREFIX = "#/definitions/"
CLUSTER_SCOPED = """
admissionregistration.k8s.io/v1 MutatingWebhookConfiguration ValidatingWebhookConfiguration
admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration ValidatingWebhookConfiguration
apiextensions.k8s.io/v1 CustomResourceDefinition
apiextensions.k8s.io/v1beta1 CustomResourceDefinition
apiregistration.k8s.io/v1 APIService
apiregistration.k8s.io/v1beta1 APIService
certificates.k8s.io/v1 CertificateSigningRequest
certificates.k8s.io/v1beta1 CertificateSigningRequest
flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema PriorityLevelConfiguration
networking.k8s.io/v1 IngressClass
networking.k8s.io/v1beta1 IngressClass
node.k8s.io/v1 RuntimeClass
node.k8s.io/v1beta1 RuntimeClass
policy/v1beta1 PodSecurityPolicy
rbac.authorization.k8s.io/v1 ClusterRole ClusterRoleBinding
rbac.authorization.k8s.io/v1beta1 ClusterRole ClusterRoleBinding
scheduling.k8s.io/v1 PriorityClass
scheduling.k8s.io/v1beta1 PriorityClass
storage.k8s.io/v1 CSIDriver CSINode StorageClass VolumeAttachment
storage.k8s.io/v1beta1 CSIDriver CSINode StorageClass VolumeAttachment
v1 ComponentStatus Namespace Node NodeProxyOptions PersistentVolume
"""
"""From the paths of the API: the kinds whose path has no `{namespace}`."""


def main(path: Path) -> None:
    """Print the table."""
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    document = json.loads(text)
    definitions: dict[str, Any] = document["definitions"]
    types = {name: _fields(definition) for name, definition in definitions.items()}
    kept = _leading_to_a_merge(types)
    resources = {
        f"{item['apiVersion']}/{item['kind']}": item["definition"]
        for item in document["resources"]
        if item.get("definition") in kept
    }
    short = {name: _short(name) for name in kept}
    table = {
        "resources": {key: short[name] for key, name in sorted(resources.items())},
        "types": {
            short[name]: {
                field: {
                    key: (short[value] if key == "type" else value)
                    for key, value in fact.items()
                    if key != "type" or value in kept
                }
                for field, fact in sorted(types[name].items())
                if "keys" in fact or fact.get("type") in kept
            }
            for name in sorted(kept)
        },
        "cluster_scoped": sorted(
            f"{version}/{kind}"
            for version, *kinds in map(str.split, CLUSTER_SCOPED.split("\n")[1:-1])
            for kind in kinds
        ),
    }
    json.dump(table, sys.stdout, indent=0, sort_keys=True, separators=(",", ":"))
    sys.stdout.write("\n")


def _fields(definition: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = {}
    for field, schema in definition.get("properties", {}).items():
        fact: dict[str, Any] = {}
        reference = (
            schema.get("$ref")
            or schema.get("items", {}).get("$ref")
            or schema.get("additionalProperties", {}).get("$ref")
        )
        if reference:
            fact["type"] = reference.removeprefix(PREFIX)
        if "merge" in schema.get("x-kubernetes-patch-strategy", "").split(","):
            merge_key = schema.get("x-kubernetes-patch-merge-key")
            fact["keys"] = schema.get("x-kubernetes-list-map-keys") or (
                [merge_key] if merge_key else []
            )
        found[field] = fact
    return found


def _leading_to_a_merge(types: dict[str, dict[str, dict[str, Any]]]) -> set[str]:
    kept: set[str] = set()
    while True:
        more = {
            name
            for name, fields in types.items()
            if name not in kept
            and any(
                "keys" in fact and fact.get("type") != "" or fact.get("type") in kept
                for fact in fields.values()
            )
        }
        if not more:
            return kept
        kept |= more


def _short(name: str) -> str:
    return name.removeprefix("io.k8s.").removeprefix("api.").removeprefix("apimachinery.pkg.apis.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
