"""The registry of Flux kinds: complete, the only table of its kind, and enough to add a source."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

from gitops_docs.kubernetes import schemas
from gitops_docs.kubernetes.flux import KINDS, OPERATOR_GROUP
from tests.support import PROJECT
from tests.support.scanning import flux, write

ENGINE = PROJECT / "src" / "gitops_docs"
_UNTREATED = {"FluxReport"}
"""Written by the operator into the cluster only."""
_FEW = 3
"""So many kinds in one literal are a table."""
_ABOUT_ONE_FAMILY = {
    "extract/automation.py": "the structs that the module makes",
    "extract/images.py": "objects without images that run",
    "model/__init__.py": "names of structs",
}


def test_every_kind_of_the_crds_is_there() -> None:
    """Kinds, groups and CRDs are the same."""
    for row in KINDS.values():
        assert schemas.flux_kind(row.group, row.kind) is not None, row.kind
    assert {kind for _, kind in schemas.flux_kinds()} - _UNTREATED == set(KINDS)


def test_fields_are_in_the_crds() -> None:
    """Fields that the registry names are fields of the newest API version of Flux."""
    for row in KINDS.values():
        if row.group == OPERATOR_GROUP:
            continue
        names = [*row.reference, *([row.address] if row.is_source and row.reference else [])]
        names += [one.within or one.field for one in row.expressions]
        version = schemas.served(row.group, row.kind, schemas.newest_release())[-1]
        for name in names:
            found = schemas.fields_since(row.group, row.kind, version, f"spec.{name}")
            assert found is not None, (row.kind, name)


def test_no_other_module_has_a_table_of_kinds() -> None:
    """No literal elsewhere lists kinds of Flux: what treats them differently asks the registry."""
    found = set()
    for path in ENGINE.rglob("*.py"):
        if path == ENGINE / "kubernetes" / "flux.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Set | ast.List | ast.Tuple | ast.Dict):
                parts = node.keys if isinstance(node, ast.Dict) else node.elts
                kinds = {
                    part.value
                    for part in parts
                    if isinstance(part, ast.Constant) and part.value in KINDS
                }
                if len(kinds) >= _FEW:
                    found.add(path.relative_to(ENGINE).as_posix())
    assert found == set(_ABOUT_ONE_FAMILY)


CHART = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmChart
metadata: {name: web, namespace: apps}
spec: {interval: 1h, chart: web, version: 1.2.3, sourceRef: {kind: HelmRepository, name: charts}}
"""
SHOW = """
import sys
from pathlib import Path
from gitops_docs.pages import render
from gitops_docs.scanner.scanner import scan
platform = scan(Path(sys.argv[1]))
for source in platform.sources:
    print(source.kind, source.name, source.url, source.ref)
[page] = [page for page in render(platform).pages if page.uri == "platform/sources.md"]
print("HelmChart" in page.html)
"""


def test_a_source_is_added_in_the_registry_alone(tmp_path: Path) -> None:
    """With HelmChart as a source in a copy of the registry, its objects are sources with a row on
    the page, and nothing else was touched."""
    copy = tmp_path / "gitops_docs"
    shutil.copytree(ENGINE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    registry = copy / "kubernetes" / "flux.py"
    text = registry.read_text(encoding="utf-8")
    row = '        kind="HelmChart",\n'
    assert text.count(row) == 1
    is_there = "is_source=True" in text.partition(row)[2].partition("),\n")[0]
    if not is_there:
        text = text.replace(row, f"{row}        is_source=True,\n")
    registry.write_text(text, encoding="utf-8")
    root = write(
        tmp_path / "repository",
        {"clusters/prod/apps.yaml": flux("apps", "./apps"), "apps/chart.yaml": CHART},
    )
    command = [sys.executable, "-c", SHOW, str(root)]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["HelmChart web web version 1.2.3", "True"]
