"""Take image references apart and recognise values that look like one."""

from __future__ import annotations

from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import Map, Scalar, as_text


def split_image(image: str) -> tuple[str, str]:
    """An image reference as repository and what follows: `:tag`, `@digest`, both or nothing."""
    name, at, digest = image.partition("@")
    head, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        head, tag = name, ""
    return head, f"{f':{tag}' if tag else ''}{at}{digest}"


_IMAGE = Pattern(
    r"[a-z0-9][\w.-]*(?::\d+)?(?:/[\w.-]+)*(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?\z",
    ignore_case=True,
)
IMAGE_KEYS = frozenset({"image", "imageName", "package"})


def looks_like_image(key: str, value: Scalar) -> bool:
    text = as_text(value)
    if text is None or not _IMAGE.match(text):
        return False
    return key == "image" or "/" in text


def image_from_parts(key: str, value: Map) -> tuple[str, Scalar] | None:
    """An image from a chart's `{registry, repository, tag, digest}`; None where there is neither
    tag nor digest."""
    repository, tag, digest = (as_text(value.get(part)) for part in ("repository", "tag", "digest"))
    if (
        repository is None
        or (tag is None and digest is None)
        or "://" in repository
        or "git" in key.lower()
    ):
        return None
    registry = as_text(value.get("registry"))
    name = f"{registry}/{repository}" if registry else str(repository)
    text = name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    return (text, tag or digest or repository) if _IMAGE.match(text) else None
