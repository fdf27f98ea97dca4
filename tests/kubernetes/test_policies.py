"""What labels and annotations tell Flux to do with an object."""

from __future__ import annotations

import pytest

from gitops_docs.kubernetes import objects
from gitops_docs.yaml.nodes import as_map
from gitops_docs.yaml.parse import parse


@pytest.mark.parametrize("field", ["labels", "annotations"])
@pytest.mark.parametrize(
    ("written", "policy"),
    [
        ("ssa: ignore", ("ssa", "Ignore")),
        ("ssa: ifNotPresent", ("ssa", "IfNotPresent")),
        ("prune: Disabled", ("prune", "disabled")),
        ("ssa: Something", ("ssa", "Something")),
    ],
)
def test_case_does_not_count(field: str, written: str, policy: tuple[str, str]) -> None:
    """The case of a value does not count, in labels and in annotations."""
    text = f"kind: A\nmetadata: {{{field}: {{kustomize.toolkit.fluxcd.io/{written}}}}}\n"
    data = as_map(parse(text, "a.yaml").documents[0].root)
    assert objects.policies(data) == (policy,)
