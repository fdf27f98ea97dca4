"""Take image references apart and recognise values that look like one."""

from __future__ import annotations

from typing import NamedTuple

from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import Map, Scalar, as_text


class ImageReference(NamedTuple):
    """An image reference, taken apart; tag and digest are empty where they are absent."""

    name: str
    """With the registry and its port."""
    tag: str
    digest: str

    @property
    def registry(self) -> str:
        """The host before the first slash, by the rule of container runtimes; empty where there is
        none."""
        host, slash, _ = self.name.partition("/")
        return host if slash and ("." in host or ":" in host or host == "localhost") else ""

    @property
    def path(self) -> str:
        """The name without the registry."""
        return self.name.removeprefix(f"{self.registry}/")

    @property
    def version(self) -> str:
        """`tag`, `tag@digest`, `@digest`, or empty."""
        return f"{self.tag}@{self.digest}" if self.digest else self.tag


def split_image(image: str) -> ImageReference:
    """Take an image reference apart. A port is not a tag, and signs inside of `${...}` separate
    nothing."""
    plain = _without_expressions(image) if "${" in image else image
    at = plain.find("@")
    end = at if at >= 0 else len(plain)
    colon = plain.find(":", plain.rfind("/", 0, end) + 1, end)
    tag = image[colon + 1 : end] if colon >= 0 else ""
    return ImageReference(image[: colon if colon >= 0 else end], tag, image[end + 1 :])


def _without_expressions(text: str) -> str:
    """Return a text of the same length with blanks in the place of expressions of Flux's
    substitution, which may hold others."""
    made, depth = list(text), 0
    for index, sign in enumerate(text):
        opens = text.startswith("${", index)
        depth += opens
        if depth:
            made[index] = " "
        if sign == "}" and depth:
            depth -= 1
    return "".join(made)


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
    """Return an image from a chart's `{registry, repository, tag, digest}`; None where there is
    neither tag nor digest."""
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
