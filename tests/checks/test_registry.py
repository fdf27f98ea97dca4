"""The registry of rules is complete, every rule is made somewhere and has a case, and the guide says
the same."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from gitops_docs.checks.check import Check
from gitops_docs.checks.registry import CODES, RULES
from gitops_docs.model import GUIDE, Family, Rule, docs_url
from tests.checks.cases import case_files
from tests.support import PROJECT

_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
SOURCES = [
    path
    for directory in ("src/gitops_docs", "plugins/mkdocs_gitops")
    for path in sorted((PROJECT / directory).rglob("*.py"))
]


@cache
def tree(path: Path) -> ast.Module:
    """A module of the source, parsed once."""
    return ast.parse(path.read_text(encoding="utf-8"))


def defined() -> Iterator[type[Rule]]:
    """Every rule that a module defines, without those that another one extends with a check."""
    for path in SOURCES:
        classes = [node for node in tree(path).body if isinstance(node, ast.ClassDef)]
        if "checks/rules/" in path.as_posix() or path.name == "rules.py":
            name = ".".join(path.relative_to(PROJECT / "src").with_suffix("").parts)
            module = importlib.import_module(name)
            for node in classes:
                found = getattr(module, node.name)
                if issubclass(found, Rule) and not found.__subclasses__():
                    yield found
        else:
            bases = {base.id for node in classes for base in node.bases if type(base) is ast.Name}
            assert path.name in ("check.py", "findings.py") or not bases & {"Rule", "Check"}, path


def used() -> set[str]:
    """Names of classes that the source uses outside the registry."""
    names: set[str] = set()
    for path in SOURCES:
        if path.name != "registry.py":
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.Attribute):
                    names.add(node.attr)
                elif isinstance(node, ast.Name):
                    names.add(node.id)
    return names


def test_every_rule_is_listed() -> None:
    """No subclass is missing in the registry, and none is there twice."""
    assert set(RULES) == set(defined())
    assert len(CODES) == len(RULES)


def test_rules_stand_by_family() -> None:
    """The registry has the order of the guide."""
    order = list(Family)
    assert [rule.family for rule in RULES] == sorted(
        (rule.family for rule in RULES), key=order.index
    )
    assert {rule.family for rule in RULES} == set(order)


def test_every_rule_is_met_somewhere() -> None:
    """A rule without a check is used where something is read, rendered or reported."""
    names = used()
    assert [rule.code for rule in RULES if rule.__name__ not in names and not _checks(rule)] == []


def _checks(rule: type[Rule]) -> bool:
    return issubclass(rule, Check) and rule.check is not Check.check


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_only_rules_make_findings(path: Path) -> None:
    """No other code calls `Finding`, so that code and severity are written once."""
    made = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Finding"
    ]
    assert not made or path.as_posix().endswith("model/findings.py"), made


def test_codes_are_written_once() -> None:
    """No module repeats a code as text, but for those that say which pages or options are about
    it."""
    allowed = {"src/gitops_docs/pages/automation/image_automation.py"}
    repeated = {}
    for path in SOURCES:
        place = path.relative_to(PROJECT).as_posix()
        for node in ast.walk(tree(path)):
            holder = isinstance(node, ast.Call | ast.Compare)
            for leaf in ast.iter_child_nodes(node) if holder else ():
                if isinstance(leaf, ast.Constant) and leaf.value in set(CODES) - {"orphan"}:
                    repeated[place] = leaf.value
    assert set(repeated) - allowed == set(), repeated


@pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])
def test_rule_is_complete(rule: type[Rule]) -> None:
    """Each rule says everything, and its sentences are sentences."""
    assert _CODE.match(rule.code)
    assert rule.__name__.lower() == rule.code.replace("-", "")
    assert rule.bad.strip() and rule.good.strip() and rule.bad != rule.good
    for text in (rule.about, rule.remedy, *([rule.varies] if rule.varies else [])):
        assert not text[0].isspace()
        assert text.rstrip()[-1] in ".`"
    assert not rule.title.endswith(".")


def test_every_rule_has_a_case() -> None:
    """Each code has a file of cases, and each file a rule."""
    assert [path.stem for path in case_files()] == sorted(CODES)


@pytest.mark.parametrize("path", case_files(), ids=lambda path: path.stem)
def test_cases_are_complete(path: Path) -> None:
    """The severity of the rule is among those that its cases expect; a test that is named instead
    is there."""
    found = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    if (elsewhere := found[0].get("tested_in")) is not None:
        file, _, name = elsewhere.partition("::")
        assert f"def {name}(" in (PROJECT / file).read_text(encoding="utf-8")
        return
    severities = {row["severity"] for case in found for row in case["expect"]}
    assert CODES[path.stem].severity.value in severities
    assert max(map(len, path.read_text(encoding="utf-8").splitlines())) <= 200


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
