"""Small broken and hostile repositories: a finding in the right place, a site all the same, and
nothing in it that should not be.

The repositories and what to expect of them are in the shared material (`badinputs/EXPECT.json`).
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.safety.measuring import measured
from tests.support.commands import gitops_docs
from tests.support.links import dead_links

pytestmark = [pytest.mark.corpus, pytest.mark.slow]


@cache
def expectations() -> list[dict[str, Any]]:
    """The cases; none where the material is absent."""
    path = Path(os.environ.get("GITOPS_DOCS_MATERIAL", "")) / "badinputs" / "EXPECT.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


@dataclass(frozen=True, slots=True)
class Case:
    """A case, its repository in a place where a site can be built, and its inventory."""

    expected: dict[str, Any]
    root: Path
    findings: list[dict[str, Any]]


@pytest.fixture(
    scope="module",
    params=expectations() or ["none"],
    ids=lambda case: case["case"] if case != "none" else "none",
)
def case(
    request: pytest.FixtureRequest, material: Path, tmp_path_factory: pytest.TempPathFactory
) -> Case:
    """Each of the repositories, copied and read."""
    expected = request.param
    root = tmp_path_factory.mktemp("bad") / "repository"
    shutil.copytree(material / "badinputs" / expected["case"], root)
    done = measured("inventory", str(root), calls=5_000_000, megabytes=150)
    return Case(expected, root, json.loads(done.stdout)["findings"])


def test_finding(case: Case) -> None:
    """The problem is named with its code, severity, file and line, within few calls; what is fine
    gives no error and no warning."""
    if case.expected["code"] == "-":
        assert [finding for finding in case.findings if finding["severity"] != "info"] == []
    else:
        found = [(f["code"], f["severity"], f"{f['file']}:{f['line']}") for f in case.findings]
        code, severity, at = (case.expected[key] for key in ("code", "severity", "at"))
        assert [
            item for item in found if fnmatchcase(item[0], code) and item[1:] == (severity, at)
        ], found


def test_site(case: Case) -> None:
    """The site is built, whole and harmless, and strictly only where nothing is wrong."""
    out = case.root.parent / "site"
    gitops_docs("build", str(case.root), "--site-dir", str(out))
    texts = {
        path: path.read_text(encoding="utf-8")
        for path in out.rglob("*")
        if path.suffix in (".html", ".json", ".xml")
    }
    assert (out / "platform" / "index.html") in texts
    for wanted in case.expected["must_in_site"]:
        assert any(wanted in text for text in texts.values()), wanted
    for unwanted in case.expected["never_in_site"]:
        assert [path for path, text in texts.items() if unwanted in text] == [], unwanted
    # A dead link that somebody wrote stays in their page; it is reported.
    reported = [
        f["message"].split("`")[1] for f in case.findings if f["code"] == "doc-link-missing"
    ]
    assert [
        link for link in dead_links(out) if not any(f"`{target}`" in link for target in reported)
    ] == []
    strict = gitops_docs("build", str(case.root), "--site-dir", str(out), "--strict", status=None)
    assert (strict.returncode != 0) == case.expected["strict_fails"], strict.stderr
