"""Every difference from `kubectl kustomize` that was ever found, as a file of its own: `files`, and
the `output` or `error: true`.

`earlier` holds what earlier versions of kustomize give in another way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from gitops_docs.kustomize import build, to_json
from gitops_docs.kustomize.behaviour import LATEST, SINCE, Behaviour, of_version
from gitops_docs.repository.checkout import Checkout
from gitops_docs.repository.tree import Tree
from tests.support import oracle

CASES = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "regressions").glob("*.yaml"))
}


def _result(case: dict[str, Any], version: tuple[int, int, int]) -> dict[str, Any]:
    found: dict[str, Any] = case.get("earlier", {}).get(oracle.shown(version), case)
    return found


@pytest.mark.parametrize("name", CASES)
def test_same_output(name: str, repository: Callable[[Mapping[str, str]], Path]) -> None:
    """The engine gives what is written down, for each version of kustomize."""
    case = CASES[name]
    root = repository(case["files"])
    for version in oracle.VERSIONS:
        result = _result(case, version)
        wanted = oracle.Answer(
            oracle.read(result.get("output", "")), "refused" if result.get("error") else None
        )
        tree = Tree.of(Checkout(root))
        built = build(tree, case.get("directory", ""), behaviour=of_version(version))
        differences = [str(item) for item in oracle.compare(built, wanted, open_secrets=True)]
        assert differences == [], oracle.shown(version)


@pytest.mark.oracle
@pytest.mark.parametrize("name", CASES)
def test_kubectl_agrees(
    name: str, repository: Callable[[Mapping[str, str]], Path], kubectl: str
) -> None:
    """What is written down is what kubectl gives, that of earlier versions where `make kubectls`
    has fetched it."""
    case = CASES[name]
    place = repository(case["files"]) / case.get("directory", "")
    for version in oracle.available():
        result = _result(case, version)
        answer = oracle.ask(place, version)
        assert (answer.error is not None) == bool(result.get("error")), (
            oracle.shown(version),
            answer.error,
        )
        assert answer.objects == oracle.read(result.get("output", "")), oracle.shown(version)


def test_each_difference_has_a_case(repository: Callable[[Mapping[str, str]], Path]) -> None:
    """A switch of the table that is turned alone changes the result of a case."""
    idle = set(SINCE)
    for name, case in CASES.items():
        if "earlier" not in case:
            continue
        tree = Tree.of(
            Checkout(repository({f"{name}/{path}": text for path, text in case["files"].items()}))
        )
        directory = f"{name}/{case.get('directory', '')}".rstrip("/")
        newest = of_version(LATEST)
        before = _outcome(tree, directory, newest)
        for switch in sorted(idle):
            # A version that there is not, so that nothing kept for the newest one is used again.
            alone = _turned(newest, switch)
            if _outcome(tree, directory, alone) != before:
                idle.discard(switch)
    assert idle == set()


def _turned(behaviour: Behaviour, switch: str) -> Behaviour:
    return replace(behaviour, version=(0, 0, sorted(SINCE).index(switch)), **{switch: False})


def _outcome(tree: Tree, directory: str, behaviour: Behaviour) -> tuple[bool, list[Any]]:
    built = build(tree, directory, behaviour=behaviour)
    return built.error is None, [to_json(item.data) for item in built.objects]
