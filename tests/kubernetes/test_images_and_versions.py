"""Image references are taken apart and versions ordered in one way everywhere."""

from __future__ import annotations

import pytest

from gitops_docs.helm import versions as helm
from gitops_docs.kubernetes.images import split_image
from gitops_docs.kubernetes.versions import parse_version


@pytest.mark.parametrize(
    ("image", "parts", "version"),
    [
        ("nginx", ("nginx", "", ""), ""),
        ("nginx:1.2", ("nginx", "1.2", ""), "1.2"),
        ("host:5000/a/b", ("host:5000/a/b", "", ""), ""),
        ("host:5000/a:1@sha256:00", ("host:5000/a", "1", "sha256:00"), "1@sha256:00"),
        ("a@sha256:00", ("a", "", "sha256:00"), "@sha256:00"),
        ("${registry}/x:${tag}", ("${registry}/x", "${tag}", ""), "${tag}"),
        ("app:${TAG:=1.2}", ("app", "${TAG:=1.2}", ""), "${TAG:=1.2}"),
        ("${R:=host:5000}/app", ("${R:=host:5000}/app", "", ""), ""),
        ("${R:=a/b@c}/app:1", ("${R:=a/b@c}/app", "1", ""), "1"),
        ("app:${A:=${B:=1:2}}-x", ("app", "${A:=${B:=1:2}}-x", ""), "${A:=${B:=1:2}}-x"),
        ("app:${open", ("app", "${open", ""), "${open"),
    ],
)
def test_image_references(image: str, parts: tuple[str, str, str], version: str) -> None:
    """A port is not a tag, a digest stays with the tag, and signs inside of variables separate
    nothing."""
    assert split_image(image) == parts
    assert split_image(image).version == version


SHUFFLED = ["1.10.0", "1.0.0-rc.10", "1.0.0", "1.0.0-alpha.1", "1.0.0-rc.2", "1.0.0-alpha"]
ORDER = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-rc.2", "1.0.0-rc.10", "1.0.0", "1.10.0"]


def test_versions_are_ordered_as_semver() -> None:
    """Numbers of a pre-release are compared as numbers, for tags and for charts."""
    assert sorted(SHUFFLED, key=lambda text: parse_version(text) or ()) == ORDER
    assert sorted(SHUFFLED, key=helm.parse) == ORDER  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("image", "registry", "path"),
    [
        ("nginx:1", "", "nginx"),
        ("library/nginx:1", "", "library/nginx"),
        ("ghcr.io/team/app:1", "ghcr.io", "team/app"),
        ("localhost/app", "localhost", "app"),
        ("registry:5000/app:1@sha256:0", "registry:5000", "app"),
    ],
)
def test_registry_of_an_image(image: str, registry: str, path: str) -> None:
    """A first part with a dot or a port, or `localhost`, is a registry."""
    found = split_image(image)
    assert (found.registry, found.path) == (registry, path)
