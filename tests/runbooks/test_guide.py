"""What the guide says of front matter and joins is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gitops_docs.checks.registry import CODES
from gitops_docs.runbooks.applies_to import Targets
from gitops_docs.runbooks.document import read
from gitops_docs.runbooks.front_matter import ALIASES, JOINS, KINDS, TEXTS, Reader, days, runbook
from gitops_docs.scanner.scanner import scan
from tests.runbooks.helpers import alert, joined, rule, rules
from tests.support import PROJECT

FRONT_MATTER = (PROJECT / "docs" / "guide" / "front-matter.md").read_text(encoding="utf-8")
RUNBOOKS = (PROJECT / "docs" / "guide" / "runbooks.md").read_text(encoding="utf-8")


def rows(text: str, header: str) -> list[tuple[str, str]]:
    """First and second cell of the rows of the table that begins with `header`."""
    lines = text[text.index(header) :].splitlines()[2:]
    found = []
    for line in lines:
        if not line.startswith("|"):
            break
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        found.append((cells[0], cells[1]))
    return found


def test_every_key_is_described() -> None:
    """The table has exactly the keys that are read, their other spellings and the four kinds
    included."""
    described = {re.sub(r"`", "", key) for key, _ in rows(FRONT_MATTER, "| Key |")}
    assert described == {*TEXTS, *JOINS}
    assert all(f"`{other}`" in FRONT_MATTER for other in ALIASES)
    assert all(f"`{kind}`" in FRONT_MATTER for kind in KINDS)
    assert all(days(period) for period in ("180d", "26w", "6m", "1y"))


def test_the_example_is_read() -> None:
    """The long example has every key, and nothing in it is a complaint; the short one neither."""
    short, block = [
        block for block in read(FRONT_MATTER, "a.md", "a.md").blocks if block.language == "yaml"
    ]
    _, complaints = runbook(read(short.text, "a.md", "a.md"), lambda path: None, inside=True)
    assert complaints == []
    document = read(block.text, "runbooks/x.md", "docs/runbooks/x.md")
    book, complaints = runbook(document, lambda path: None, inside=True)
    assert complaints == []
    assert set(Reader(document).keys) == {"title", *TEXTS, *JOINS}
    assert (book.severity, book.aliases, book.review_due) == (
        "critical",
        ("CertManagerBroken",),
        "2027-05-23",
    )


@pytest.fixture(scope="module")
def targets() -> Targets:
    """What the example platform has."""
    return Targets(scan(PROJECT / "examples" / "platform"))


@pytest.mark.parametrize(("pattern", "meaning"), rows(FRONT_MATTER, "| Pattern |"))
def test_patterns_match_the_example_platform(targets: Targets, pattern: str, meaning: str) -> None:
    """Every pattern of the guide means something on the platform that the guide is published
    with."""
    for name in (*re.findall(r"`([^`]+)`", pattern), *re.findall(r"`((?:ks|hr)/)", meaning)):
        assert targets.match(
            name if not name.endswith("/") else name + pattern.strip("`").partition("/")[2]
        ), name


@pytest.mark.parametrize(("address", "meaning"), rows(RUNBOOKS, "| Address |"))
def test_addresses(tmp_path: Path, address: str, meaning: str) -> None:
    """Every address of the guide leads where the guide says."""
    platform = joined(
        tmp_path,
        rules(rule("Alarm", f"'{address.strip('`')}'")),
        {"docs/runbooks/web.md": "# Web\n\n## Fix\n"},
    )
    link = alert(platform, "Alarm").runbook
    if meaning.startswith("broken"):
        assert link.status == "dead"
        code = meaning.split("`")[1]
        assert [
            finding.code for finding in platform.findings if finding.code.startswith("runbook-")
        ] == [code]
    elif meaning.startswith("external"):
        assert link.status == "external"
    else:
        assert (link.status, link.target) == (
            "own",
            {"the file": "apps/podinfo.yaml", "its heading": "runbooks/web.md#fix"}.get(
                meaning, "runbooks/web.md"
            ),
        )


def test_findings_are_real() -> None:
    """Codes that the guide names are codes."""
    named = set(re.findall(r"`((?:runbook|doc|excerpt|alert)-[a-z-]+)`", RUNBOOKS + FRONT_MATTER))
    assert named
    assert named <= set(CODES)
