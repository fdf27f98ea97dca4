"""The author's words: the block above an object, the remark beside a field."""

from __future__ import annotations

import pytest

from gitops_docs.extract.comments import description, lines_with_credentials, remarks
from gitops_docs.yaml.nodes import Map, as_map
from gitops_docs.yaml.parse import comments, parse

TEXT = """\
---
# yaml-language-server: $schema=https://example.org/x.json
# Certificates and secrets.
# They come before what needs them.
#
# Owned by the platform team.
apiVersion: x/v1
kind: Kustomization
spec:
  # Data would be lost.
  prune: false # never
  dependsOn:
    - name: crds # definitions first
  # interval: 5m
  path: ./a
"""


def root(text: str) -> Map:
    """The first document of a text."""
    found = parse(text, "a.yaml").documents[0].root
    assert isinstance(found, Map)
    return found


def test_the_block_above_an_object_is_its_description() -> None:
    """Paragraphs are kept, directives for tools are not the author's words."""
    assert (
        description(7, comments(TEXT))
        == "Certificates and secrets. They come before what needs them.\n\nOwned by the platform team."
    )


def test_a_separator_may_stand_between() -> None:
    """Some write the comment above `---`."""
    assert description(3, comments("# Why.\n---\na: 1\n")) == "Why."


def test_nothing_above_is_nothing() -> None:
    """A comment further up belongs to something else."""
    assert description(5, comments("# Far.\nb: 1\n---\n\na: 1\n")) is None
    assert description(1, {}) is None


def test_remarks_beside_and_above_fields() -> None:
    """In the order of the file; commented-out code is not a remark."""
    found = remarks(root(TEXT), "a.yaml", comments(TEXT))
    assert [(remark.field, remark.text, remark.line) for remark in found] == [
        ("spec.prune", "Data would be lost. never", 11),
        ("spec.dependsOn[0].name", "definitions first", 13),
    ]


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        ("Note: restart by hand", "Note: restart by hand"),
        ("Owner: team a", "Owner: team a"),
        ("TODO: remove after migration", "TODO: remove after migration"),
        ("Scanned by trivy: see the wiki", "Scanned by trivy: see the wiki"),
        ("trivy:ignore:AVD-KSV-0014", None),
        ("renovate: datasource=docker depName=x", None),
        ("replicas: 3", None),
        ("Name: x", None),
        ("LOG_LEVEL: debug and more", None),
        ("kind: some words of it", None),
    ],
)
def test_notes_are_no_code(comment: str, text: str | None) -> None:
    """Words behind a label are the author's; a key of YAML and a directive of a tool are not."""
    assert description(2, comments(f"# {comment}\na: 1\n")) == text


@pytest.mark.parametrize(
    ("comment", "found"),
    [
        ("begins with -----BEGIN RSA PRIVATE KEY-----", []),
        ("begins with -----BEGIN CERTIFICATE----- or -----BEGIN RSA PRIVATE KEY-----", []),
        ("-----BEGIN RSA PRIVATE KEY----- MIIEpAIBAAKCAQEA7bq0XkP3vQ9sLz", [1]),
    ],
)
def test_the_first_line_of_a_key_alone_is_none(comment: str, found: list[int]) -> None:
    """Values of charts explain keys by their first line."""
    parsed = parse(f"# {comment}\nkind: A\nmetadata: {{name: a}}\n", "a.yaml")
    data = as_map(parsed.documents[0].root)
    assert lines_with_credentials(data, 2, "a.yaml", parsed.comments) == found
