"""Images of a release behind the `postRenderers`, where its chart is not rendered."""

from __future__ import annotations

import pytest

from gitops_docs.extract.images import images
from gitops_docs.kustomize import Rendered
from gitops_docs.yaml.nodes import as_map
from gitops_docs.yaml.parse import parse

RELEASE = """
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: sloop, namespace: quay}}
spec:
  values:
    image: {{repository: registry.example.net/sloop, tag: "1.0"}}
    sidecar: {{image: registry.example.net/tug:2}}
  postRenderers: {renderers}
"""


@pytest.mark.parametrize(
    ("renderers", "found"),
    [
        ("[]", ["registry.example.net/sloop:1.0", "registry.example.net/tug:2"]),
        (
            "[{kustomize: {images: [{name: registry.example.net/sloop, newName: mirror.example.net/sloop}]}}]",
            ["mirror.example.net/sloop:1.0", "registry.example.net/tug:2"],
        ),
        (  # A JSON patch takes the place of the image of the same last part.
            "[{kustomize: {patches: [{target: {kind: Pod}, patch: '[{op: replace, path: "
            "/spec/containers/0/image, value: mirror.example.net/x/sloop:7}]'}]}}]",
            ["registry.example.net/tug:2", "mirror.example.net/x/sloop:7"],
        ),
        (  # So does a strategic-merge patch, and what follows sees its image.
            "[{kustomize: {patches: [{patch: '{kind: Pod, metadata: {name: p}, spec: {containers: [{name: "
            'c, image: "mirror.example.net/tug:3"}]}}\'}]}}, {kustomize: {images: [{name: '
            'mirror.example.net/tug, newTag: "4"}]}}]',
            ["registry.example.net/sloop:1.0", "mirror.example.net/tug:4"],
        ),
        (  # Where another one goes is not known.
            "[{kustomize: {patches: [{target: {kind: Pod}, patch: '[{op: add, path: "
            "/spec/containers/0/image, value: other.example.net/brig:7}]'}]}}]",
            [
                "registry.example.net/sloop:1.0",
                "registry.example.net/tug:2",
                "other.example.net/brig:7",
            ],
        ),
    ],
)
def test_images_behind_post_renderers(renderers: str, found: list[str]) -> None:
    """What a renderer replaces is not in use."""
    data = as_map(parse(RELEASE.format(renderers=renderers), "a.yaml").documents[0].root)
    rendered = Rendered(data, data, "a.yaml", 1)
    values = as_map(as_map(data["spec"])["values"])
    assert [image.image for image in images(rendered, "a/b/c", values)] == found
