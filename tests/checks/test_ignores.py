"""Comments that ignore findings: where they count, that they say why, and what is told of those
that do nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.checks.ignores import Commented, apply, in_markdown
from gitops_docs.model import Finding, Severity
from gitops_docs.yaml.parse import comments
from tests.support.manifests import LAYERS, WEB, document, flux, namespace, one, repository
from tests.support.scanning import scanned

TEXT = """\
# gitops-docs: ignore orphan kept for the auditors
kind: Kustomization
spec:
  dependsOn: # the order
    - name: a
  # gitops-docs: ignore dependency-suspended back next week
  dependsOn2:
  - name: b
  - name: c
  wait: true
  path: x  # gitops-docs: ignore path-not-found made by CI
---
kind: Other
"""


def left(text: str, *findings: tuple[str, int]) -> list[tuple[str, int | None]]:
    """Codes and lines that are left of findings in a text."""
    made = [Finding(code, Severity.WARNING, "x", "a.yaml", line) for code, line in findings]
    return [(f.code, f.line) for f in apply(made, [Commented("a.yaml", text, comments(text))])]


@pytest.mark.parametrize(
    ("code", "line", "ignored"),
    [
        ("orphan", 2, True),  # above the object: all of it
        ("orphan", 10, True),
        ("orphan", 13, False),  # the next object
        ("dependency-suspended", 7, True),  # above the field
        (
            "dependency-suspended",
            9,
            True,
        ),  # what is nested in it, a list at its indentation included
        ("dependency-suspended", 10, False),  # the field after it
        ("dependency-suspended", 5, False),  # the field before it
        ("path-not-found", 11, True),  # beside the line
        ("path-not-found", 10, False),
        ("path-not-directory", 11, False),  # another code
    ],
)
def test_place(code: str, line: int, ignored: bool) -> None:
    """A comment counts for its line, the field below it, or the object below it."""
    kept = left(TEXT, (code, line))
    assert ((code, line) not in kept) == ignored


def test_reason_is_required() -> None:
    """Without one nothing is ignored, and that is said."""
    text = "a: 1  # gitops-docs: ignore orphan\n"
    assert left(text, ("orphan", 1)) == [("orphan", 1), ("ignore-without-reason", 1)]


def test_unknown_code() -> None:
    """A misspelt code has no effect, and that is said."""
    assert left("a: 1  # gitops-docs: ignore orphans on purpose\n") == [("ignore-unknown", 1)]


def test_unused() -> None:
    """A comment that ignores nothing is a remark."""
    assert left("a: 1  # gitops-docs: ignore orphan on purpose\n") == [("ignore-unused", 1)]


def test_several_codes() -> None:
    """A comment may name several codes, separated by commas."""
    text = "a: 1  # gitops-docs: ignore orphan, crd-late made by hand\n"
    assert left(text, ("orphan", 1), ("crd-late", 1)) == []


def test_text_is_no_comment() -> None:
    """What stands in a block of text is not a comment of the manifest."""
    text = "a: |\n  # gitops-docs: ignore orphan on purpose\nb: 1\n"
    assert left(text, ("orphan", 3)) == [("orphan", 3)]


def test_markdown() -> None:
    """In a page the comment is one of HTML."""
    text = (
        "# Page\n\n<!-- gitops-docs: ignore doc-link-missing comes with the next release "
        "-->\n[x](y.md)\n\n[z](q.md)\n"
    )
    made = [Finding("doc-link-missing", Severity.WARNING, "x", "a.md", line) for line in (4, 6)]
    kept = apply(made, [Commented("a.md", text, in_markdown(text))])
    assert [finding.line for finding in kept] == [6]


def test_in_a_repository(tmp_path: Path) -> None:
    """The whole way: a manifest with a comment has one finding less."""
    loose = WEB.replace("nginx:1.29.1", "nginx:latest")
    before = scanned(tmp_path / "a", one("apps/web.yaml", loose))
    quiet = loose.replace("---\n", "---\n# gitops-docs: ignore image-tag-floating a test bed\n")
    after = scanned(tmp_path / "b", one("apps/web.yaml", quiet))
    gone = {finding.code for finding in before.findings} - {
        finding.code for finding in after.findings
    }
    assert gone == {"image-tag-floating"}
    assert len(after.findings) == len(before.findings) - 1


def test_in_a_file_that_no_layer_reads(tmp_path: Path) -> None:
    """Orphans are ignored where they are written."""
    web = document("apps/v1", "Deployment", "old", "spec: {}\n").replace(
        "---\n", "# gitops-docs: ignore orphan kept as an example\n"
    )
    files = repository(
        {LAYERS: flux("apps", "./apps"), "apps/ns.yaml": namespace(), "old/web.yaml": web}
    )
    assert not [
        finding for finding in scanned(tmp_path, files).findings if finding.file == "old/web.yaml"
    ]


def test_words_in_a_page() -> None:
    """A page may ask the check of excerpts for silence, and a guide may show how a comment
    reads."""
    text = (
        "<!-- gitops-docs: ignore -->\n\nThe comment is `<!-- gitops-docs: ignore CODE reason "
        "-->`.\n"
    )
    assert apply([], [Commented("docs/a.md", text, in_markdown(text))]) == []
