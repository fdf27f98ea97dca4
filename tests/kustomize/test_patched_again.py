"""JSON patches of an object that JSON patches have changed already: walked once, with the outcome
of walking it each time."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from gitops_docs.kustomize import build
from gitops_docs.kustomize.resources.output import through_json
from gitops_docs.kustomize.resources.printable import has_merge_key, without_merge_keys
from gitops_docs.kustomize.resources.resource import Resource
from gitops_docs.kustomize.transform import patches
from gitops_docs.repository.checkout import Checkout
from gitops_docs.repository.tree import Tree
from gitops_docs.yaml.nodes import Map, Scalar, Sealed, Seq

Write = Callable[[Mapping[str, str]], Path]

WRITTEN = [
    "yes",
    "'yes'",
    "1e3",
    "0x10",
    "007",
    "~",
    "''",
    "2001-01-01",
    '"2001-01-01"',
    "1.50",
    "[a, 1e3]",
    "{b: '1'}",
    "{}",
    "[]",
    "|-\n    a\n    b",
]
SET: list[Any] = [
    "yes",
    "1e3",
    None,
    True,
    1000000,
    1e-7,
    "a\nb",
    "2001-01-01",
    "",
    {"c": "no", "d": [1, "1"]},
    [],
    {},
]


def dumped(node: Any) -> Any:
    """Everything that a node says: types, texts, places, styles."""
    if type(node) is Map or type(node) is Seq:
        items = (
            [(type(key), str(key), dumped(value)) for key, value in node.items()]
            if type(node) is Map
            else [*map(dumped, node)]
        )
        return type(node), node.file, node.line, getattr(node, "flow", False), items
    if type(node) is Sealed:
        return Sealed, dumped(node.unseal())
    return (str(node), node.file, node.line, node.style) if type(node) is Scalar else repr(node)


def kustomization(chosen: random.Random, kind: str) -> dict[str, str]:
    """One object and eight patches, each of some operations that are possible whatever the others
    did."""
    field = "stringData" if kind == "Secret" else "data"
    lines = [f"  k{number}: {chosen.choice(WRITTEN)}" for number in range(4)]
    notes = "\n".join(
        f"    a{number}: {chosen.choice(['yes', '1', 'x', 'null', '[a]'])}" for number in range(2)
    )
    annotations = chosen.choice(["", f"  annotations:\n{notes}\n", "  annotations: {}\n"])
    text = (
        f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: a\n{annotations}{field}:\n"
        + "\n".join(lines)
        + "\n"
    )
    entries = []
    for _ in range(8):
        operations: list[dict[str, Any]] = []
        for _ in range(chosen.randint(1, 3)):
            path = f"/{field}/k{chosen.randrange(4)}"
            operations.append(
                chosen.choice(
                    [
                        {"op": "add", "path": f"{path}", "value": chosen.choice(SET)},
                        {"op": "copy", "from": path, "path": f"/{field}/k{chosen.randrange(4)}"},
                        {"op": "add", "path": f"/{field}/<<", "value": {"m": "1"}},
                        {
                            "op": "add",
                            "path": "/metadata/annotations",
                            "value": {"a": chosen.choice(SET[:9])},
                        },
                        {
                            "op": "add",
                            "path": f"/{field}/l",
                            "value": [{"<<": {"m": 1}}, chosen.choice(SET)],
                        },
                    ]
                )
            )
        entries.append({"target": {"kind": kind}, "patch": json.dumps(operations)})
    return {
        "kustomization.yaml": json.dumps({"resources": ["a.yaml"], "patches": entries}),
        "a.yaml": text,
    }


def test_same_as_walking_each_time(repository: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty objects come out the same, in what they hold and how it is written, and nearly all had
    patches that walked nothing."""
    again = 0

    def walked(resource: Resource) -> tuple[Map, bool]:
        nonlocal again
        again += resource.json is resource.data
        data = through_json(resource.data)
        return (without_merge_keys(data), False) if has_merge_key(data) else (data, True)

    for seed in range(60):
        chosen = random.Random(seed)
        root = repository(kustomization(chosen, chosen.choice(["ConfigMap", "Secret", "Widget"])))

        def made(root: Path = root) -> list[Any]:
            built = build(Tree.of(Checkout(root)), "")
            return [
                built.error and built.error.message,
                *(dumped(item.data) for item in built.objects),
            ]

        found = made()
        with monkeypatch.context() as patched:
            patched.setattr(patches, "_as_json", walked)
            assert found == made(), seed
    assert again > 60
