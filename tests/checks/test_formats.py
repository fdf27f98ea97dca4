"""Formats of findings: what reads them can read them, and nothing of a repository breaks out of
them."""

from __future__ import annotations

import json
import re

from sarif_pydantic import Sarif

from gitops_docs.checks import formats
from gitops_docs.checks.baseline import fingerprint
from gitops_docs.model import Finding, Severity, docs_url, layer_refs

HOSTILE = "a%b\r\n::error::x\x1b[31m,y:z\u202e"
FINDINGS = (
    Finding(
        "path-not-found",
        Severity.ERROR,
        "spec.path `./a` does not exist",
        "clusters/a b#c.yaml",
        8,
        ("p/f/a", "p/f/b"),
        layer_refs(["p/f/a"]),
    ),
    Finding("orphan", Severity.INFO, HOSTILE, f"x/{HOSTILE}.yaml", 1),
    Finding("level-unknown", Severity.WARNING, "of no file"),
    Finding("orphan", Severity.INFO, "again", "clusters/a b#c.yaml", 2),
)


def test_sarif_is_valid() -> None:
    """A typed model of SARIF 2.1.0 reads it, and every part that code scanning needs is there."""
    text = formats.sarif(FINDINGS, "1.2.3", "platform/")
    log = Sarif.model_validate_json(text)
    assert log.version == "2.1.0"
    (run,) = log.runs
    rules = [rule.id for rule in run.tool.driver.rules or []]
    assert rules == ["level-unknown", "orphan", "path-not-found"]
    results = run.results or []
    assert [(result.rule_id, rules[result.rule_index]) for result in results] == [
        (f.code, f.code) for f in FINDINGS
    ]
    plain = json.loads(text)["runs"][0]
    assert {rule["helpUri"] for rule in plain["tool"]["driver"]["rules"]} == {
        docs_url(code) for code in rules
    }
    first, second, third = plain["results"][:3]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "platform/clusters/a%20b%23c.yaml"
    assert place["region"] == {"startLine": 8}
    assert (first["level"], second["level"], third["level"]) == ("error", "note", "warning")
    assert first["partialFingerprints"] == {"gitopsDocs/v1": fingerprint(FINDINGS[0])}
    assert all(result["locations"] for result in plain["results"])


def test_github_annotations_are_escaped() -> None:
    """One command a finding, whatever stands in names and messages (`toCommandProperty` of
    actions/toolkit)."""
    lines = formats.github(FINDINGS).split("\n")
    assert len(lines) == len(FINDINGS)
    assert (
        lines[0] == "::error file=clusters/a b#c.yaml,line=8,title=path-not-found::"
        "spec.path `./a` does not exist (× 2 layers)"
    )
    assert lines[1].startswith("::notice file=x/a%25b%0D%0A%3A%3Aerror%3A%3Ax")
    assert "%2Cy%3Az" in lines[1].partition("::")[2].partition(",line=")[0]
    assert lines[2] == "::warning title=level-unknown::of no file"
    assert not re.search(r"[\x00-\x1f\x7f\u202e]", "".join(lines))


def test_github_names_files_from_the_top() -> None:
    """Annotations of a repository in a sub-directory find their file."""
    assert "file=platform/clusters/" in formats.github(FINDINGS[:1], "platform/")


def test_text_is_by_file() -> None:
    """A file once, its findings by line, numbers at the end; no control character reaches a
    terminal."""
    text = formats.text(FINDINGS)
    assert text.count("clusters/a b#c.yaml") == 1
    assert text.index("again") < text.index("does not exist")
    assert text.endswith("1 error, 1 warning, 2 notes")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", text)


def test_text_without_findings() -> None:
    """Nothing is said to be nothing."""
    assert formats.text(()) == "no findings"


def test_colours_are_given() -> None:
    """Whoever prints decides what is coloured, and how."""
    marked = formats.text(FINDINGS[:1], lambda text, what: f"<{what}>{text}</>")
    assert "<file>clusters/a b#c.yaml</>" in marked
    assert "<error>error  </>" in marked


def test_json_has_what_the_inventory_has() -> None:
    """The same fields, with the address of the explanation."""
    rows = json.loads(formats.as_json(FINDINGS))
    assert rows[0] == {
        "code": "path-not-found",
        "severity": "error",
        "message": "spec.path `./a` does not exist",
        "file": "clusters/a b#c.yaml",
        "line": 8,
        "cause": "spec.path `./a` does not exist",
        "layer": "p/f/a",
        "layers": ["p/f/a", "p/f/b"],
        "clusters": ["p"],
        "about": [
            {
                "cluster": "p",
                "group": "kustomize.toolkit.fluxcd.io",
                "kind": "Kustomization",
                "namespace": "f",
                "name": "a",
            }
        ],
        "merged": [],
        "docs": docs_url("path-not-found"),
    }
