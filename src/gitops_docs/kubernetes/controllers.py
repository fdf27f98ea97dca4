"""Name the controllers of Flux and the kinds that each of them reconciles."""

from __future__ import annotations

CONTROLLERS = frozenset(
    {
        "helm-controller",
        "image-automation-controller",
        "image-reflector-controller",
        "kustomize-controller",
        "notification-controller",
        "source-controller",
        "source-watcher",
    }
)
"""The controllers of Flux."""
CONTROLLER_OF = {
    "Kustomization": "kustomize-controller",
    "HelmRelease": "helm-controller",
    "GitRepository": "source-controller",
    "OCIRepository": "source-controller",
    "HelmRepository": "source-controller",
    "HelmChart": "source-controller",
    "Bucket": "source-controller",
    "Alert": "notification-controller",
    "Provider": "notification-controller",
    "Receiver": "notification-controller",
    "ImageRepository": "image-reflector-controller",
    "ImagePolicy": "image-reflector-controller",
    "ImageUpdateAutomation": "image-automation-controller",
    "ArtifactGenerator": "source-watcher",
}
"""Kind of Flux to the controller that reconciles it and brings its CRD."""
