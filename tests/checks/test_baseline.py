"""The baseline, levels, and the exit status of `check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gitops_docs.checks import baseline
from gitops_docs.model import Finding, Severity
from gitops_docs.settings.options import Settings
from tests.support.commands import gitops_docs
from tests.support.manifests import WEB, one
from tests.support.scanning import scanned, write

LOOSE = one("apps/web.yaml", WEB.replace("nginx:1.29.1", "nginx:latest"))


def finding(message: str = "x", line: int = 1, code: str = "orphan") -> Finding:
    """A finding in `a.yaml`."""
    return Finding(code, Severity.WARNING, message, "a.yaml", line)


def test_known_findings_are_not_reported(tmp_path: Path) -> None:
    """What was written is known; what is new is not."""
    path = tmp_path / "known.json"
    path.write_text(baseline.dumps([finding("x"), finding("y")]), encoding="utf-8")
    assert baseline.apply([finding("y"), finding("x"), finding("z")], baseline.load(path)) == [
        finding("z")
    ]


def test_lines_may_move() -> None:
    """Neither the line of a finding nor one in its message is part of what identifies it."""
    assert baseline.fingerprint(finding("see b.yaml:3", 1)) == baseline.fingerprint(
        finding("see b.yaml:9", 7)
    )
    assert baseline.fingerprint(finding("use v1:2")) != baseline.fingerprint(finding("use v3:2"))


def test_same_findings_are_counted(tmp_path: Path) -> None:
    """A second finding that looks like a known one is new."""
    path = tmp_path / "known.json"
    path.write_text(baseline.dumps([finding(line=1)]), encoding="utf-8")
    assert baseline.apply([finding(line=1), finding(line=2)], baseline.load(path)) == [
        finding(line=2)
    ]


def test_entries_that_match_nothing_are_told(tmp_path: Path) -> None:
    """What was mended leaves a remark, so that the baseline shrinks."""
    path = tmp_path / "known.json"
    path.write_text(baseline.dumps([finding("x")]), encoding="utf-8")
    (left,) = baseline.apply([], baseline.load(path), "known.json")
    assert (left.code, left.severity, left.file) == ("baseline-unused", Severity.INFO, "known.json")


def test_file_is_sorted_one_entry_a_line() -> None:
    """The same findings in any order give the same bytes, and a review shows an entry as a line."""
    findings = [finding("y"), finding("x", code="crd-late"), finding("x")]
    text = baseline.dumps(findings)
    assert text == baseline.dumps(reversed(findings))
    assert len(text.splitlines()) == 2 + len(findings)
    assert [row["message"] for row in json.loads(text)["findings"]] == ["x", "x", "y"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": 3, "findings": []}',
        '{"version": 1, "findings": [1]}',
        "[" * 100_000,
    ],
)
def test_wrong_file(tmp_path: Path, text: str) -> None:
    """A file that is not a baseline is said to be none."""
    path = tmp_path / "known.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(baseline.BaselineError):
        baseline.load(path)


def test_sentences_of_version_1_may_be_reworded(tmp_path: Path) -> None:
    """An entry that matches nothing stands for a finding of its code in its file, once; in a
    baseline of today it does not."""
    row = {"fingerprint": "0" * 16, "code": "orphan", "file": "a.yaml", "message": "as it was"}
    path = tmp_path / "known.json"
    for version, left in ((1, [finding("z")]), (2, [finding("y"), finding("z")])):
        path.write_text(json.dumps({"version": version, "findings": [row]}), encoding="utf-8")
        kept = baseline.apply([finding("y"), finding("z")], baseline.load(path))
        assert [item for item in kept if item.code == "orphan"] == left


def test_setting(tmp_path: Path) -> None:
    """A site build takes the baseline from the settings; one that is not there is a warning."""
    before = scanned(tmp_path, LOOSE)
    assert any(item.code == "image-tag-floating" for item in before.findings)
    (tmp_path / "known.json").write_text(baseline.dumps(before.findings), encoding="utf-8")
    assert scanned(tmp_path, LOOSE, Settings(baseline="known.json")).findings == ()
    gone = scanned(tmp_path, LOOSE, Settings(baseline="gone.json"))
    assert [item.code for item in gone.findings if item.file == "gone.json"] == [
        "baseline-unreadable"
    ]


def test_levels(tmp_path: Path) -> None:
    """A level makes a finding more, less, or nothing; a code that does not exist is told."""
    levels = {"image-tag-floating": "error", "alert-none": "off", "orphans": "off"}
    platform = scanned(tmp_path, LOOSE, Settings(levels=levels))
    assert {(item.code, item.severity.value) for item in platform.findings} == {
        ("image-tag-floating", "error"),
        ("level-unknown", "warning"),
    }


def test_command(tmp_path: Path) -> None:
    """Exit status 1 where a finding is as bad as --fail-on; with a baseline only new ones count."""
    root, known = write(tmp_path / "repository", LOOSE), tmp_path / "known.json"
    gitops_docs("check", str(root), status=0)
    assert (
        "image-tag-floating"
        in gitops_docs("check", str(root), "--fail-on", "warning", status=1).stdout
    )
    gitops_docs("check", str(root), "--baseline", str(known), "--fail-on", "warning", status=2)
    gitops_docs("check", str(root), "--write-baseline", status=2)
    gitops_docs("check", str(root), "--baseline", str(known), "--write-baseline", status=0)
    done = gitops_docs("check", str(root), "--baseline", str(known), "--fail-on", "info", status=0)
    assert done.stdout == "no findings\n"
