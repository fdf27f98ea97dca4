"""Container images whose tag is missing or moves."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_docs.checks.context import Context
from gitops_docs.model import Finding, Severity

_WORKLOADS = frozenset({"CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "StatefulSet"})


def check(context: Context) -> Iterator[Finding]:
    """Findings of this family. In values of a chart an image without a tag is none: the chart has one."""
    for image in context.platform.images:
        name = image.image.partition("@")[0]
        if name != image.image or "${" in image.image:
            continue
        repository, _, tag = name.rpartition(":") if ":" in name.rpartition("/")[2] else (name, "", "")
        if tag == "latest":
            message = f"{image.owner} runs {image.image}: what `latest` is changes without a commit; name a version or a digest"
        elif not tag and image.owner.partition(" ")[0] in _WORKLOADS:
            message = f"{image.owner} runs {repository} without a tag, which means `latest`; name a version or a digest"
        else:
            continue
        yield Finding("image-tag-floating", Severity.WARNING, message, image.file, image.line, image.layer)
