"""Name the API groups and source kinds of Flux."""

from __future__ import annotations

KUSTOMIZE_GROUP = "kustomize.toolkit.fluxcd.io"
HELM_GROUP = "helm.toolkit.fluxcd.io"
SOURCE_GROUP = "source.toolkit.fluxcd.io"
NOTIFICATION_GROUP = "notification.toolkit.fluxcd.io"
OPERATOR_GROUP = "fluxcd.controlplane.io"
SOURCE_KINDS = ("GitRepository", "OCIRepository", "HelmRepository", "Bucket", "ExternalArtifact")
