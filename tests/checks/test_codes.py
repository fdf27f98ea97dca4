"""The table of codes is complete: what the source emits is explained, what is explained is emitted,
and the guide says the same."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_docs.checks.registry import CODES, FAMILIES
from gitops_docs.model import GUIDE, Code, docs_url
from tests.checks.cases import CASES
from tests.support import PROJECT

_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_MAKERS = re.compile(r"finding|refused|unreadable|_note\Z", re.IGNORECASE)
"""Names of what takes a code: Finding, Refused, UnreadableFile ..."""
_IN_LOG = re.compile(r"\[([a-z]+(?:-[a-z0-9]+)+)\]\Z")
TESTED_ELSEWHERE = re.compile(
    r"chart-(?:deprecated|dependency|kubernetes|value)|secret-leak|yaml-|file-|git-not-read|repository-too-large|site-|lfs-|path-|kustomize-|component-|runbook-|block-|doc-|excerpt-|page-|substitution-|ignore-|baseline-|level-"
)
"""Codes of other rooms, and of what is told about comments and settings: each has tests of its
own."""


def emitted() -> dict[str, str]:
    """Code to a place in the source that makes a finding of it."""
    found: dict[str, str] = {}
    for directory in ("src/gitops_docs", "plugins/mkdocs_gitops"):
        for path in sorted((PROJECT / directory).rglob("*.py")):
            if path.name != "codes.py":
                for node, code in _codes(ast.parse(path.read_text(encoding="utf-8"))):
                    found.setdefault(code, f"{path.relative_to(PROJECT)}:{node.lineno}")
    return found


def _codes(tree: ast.AST) -> Iterator[tuple[ast.Constant, str]]:
    for node in ast.walk(tree):
        holders: list[ast.AST] = []
        if isinstance(node, ast.Call) and _MAKERS.search(
            getattr(node.func, "id", "") or getattr(node.func, "attr", "")
        ):
            holders = [*node.args, *(keyword.value for keyword in node.keywords)]
        elif isinstance(node, ast.Tuple | ast.Assign | ast.arguments):
            if isinstance(node, ast.Tuple):
                holders = node.elts[:1]
            elif isinstance(node, ast.arguments):
                holders = [default for default in node.defaults if default is not None]
            elif any(
                re.search("code|unused", getattr(target, "id", ""), re.I) for target in node.targets
            ):
                holders = [node.value]
        elif isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str)
        ):
            last = node.values[-1] if isinstance(node, ast.JoinedStr) and node.values else node
            if isinstance(last, ast.Constant) and (match := _IN_LOG.search(str(last.value))):
                yield last, match[1]
        for holder in holders:
            for leaf in ast.walk(holder) if isinstance(holder, ast.Constant | ast.IfExp) else ():
                if (
                    isinstance(leaf, ast.Constant)
                    and isinstance(leaf.value, str)
                    and "-" in leaf.value
                ):
                    if _CODE.match(leaf.value):
                        yield leaf, leaf.value
                elif isinstance(leaf, ast.Constant) and leaf.value in CODES:
                    yield leaf, leaf.value


EMITTED = emitted()


def test_every_code_is_explained() -> None:
    """No finding leads to a page of the guide that does not know it."""
    assert {code: place for code, place in EMITTED.items() if code not in CODES} == {}


def test_every_explanation_is_needed() -> None:
    """No row of the table tells of a finding that nothing makes."""
    assert sorted(set(CODES) - set(EMITTED)) == []


@pytest.mark.parametrize("row", CODES.values(), ids=list(CODES))
def test_row(row: Code) -> None:
    """Each row is complete, and its sentences are sentences."""
    assert _CODE.match(row.code)
    assert row.bad.strip() and row.good.strip() and row.bad != row.good
    for text in (row.about, row.remedy, *([row.varies] if row.varies else [])):
        assert not text[0].isspace()
        assert text.rstrip()[-1] in ".`"
    assert not row.title.endswith(".")


def test_codes_are_unique() -> None:
    """A code stands in one family only."""
    assert len(CODES) == sum(len(family.codes) for family in FAMILIES)


def test_every_check_has_a_case() -> None:
    """A code about manifests is triggered by a test, and so is every severity that the table gives
    it."""
    tested = {case.code for case in CASES}
    needed = {code for code in CODES if not TESTED_ELSEWHERE.match(code)}
    variables = {"variable-undefined", "variable-self-reference", "variable-name"}
    assert needed - tested - variables - {"layer-partial", "alert-without-runbook"} == set()
    for code in tested:
        assert CODES[code].severity in {case.severity for case in CASES if case.code == code}, code


def guide() -> str:
    """The page as the tool makes it."""
    spec = importlib.util.spec_from_file_location(
        "findings_guide", PROJECT / "tools" / "findings_guide.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: str = module.page()
    return made


def test_guide_is_up_to_date() -> None:
    """The page of the guide is what `make guide` writes."""
    assert Path(PROJECT, "docs/guide/findings.md").read_text(encoding="utf-8") == guide()


def test_every_code_has_its_anchor() -> None:
    """What a finding links to is a heading of the page."""
    headings = set(re.findall(r"^### (\S+)$", guide(), re.MULTILINE))
    assert headings == set(CODES)
    assert docs_url("orphan") == f"{GUIDE}#orphan"
