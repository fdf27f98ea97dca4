"""Name the API groups and source kinds of Flux."""

from __future__ import annotations

from gitops_docs.model import refs

KUSTOMIZE_GROUP = refs.KUSTOMIZE_GROUP
HELM_GROUP = refs.HELM_GROUP
SOURCE_GROUP = refs.SOURCE_GROUP
NOTIFICATION_GROUP = refs.NOTIFICATION_GROUP
OPERATOR_GROUP = "fluxcd.controlplane.io"
SOURCE_KINDS = ("GitRepository", "OCIRepository", "HelmRepository", "Bucket", "ExternalArtifact")
