"""The page of a release with what its chart says, and without a chart."""

from __future__ import annotations

from pathlib import Path

from gitops_docs.pages import render
from gitops_docs.scanner.scanner import scan
from tests.helm.test_inspect import packed, repo, store
from tests.pages.platforms import PAYLOADS
from tests.pages.test_pages import Reading


def page(root: Path) -> str:
    """The page of the only release."""
    pages = {one.uri: one for one in render(scan(root), None).pages}
    return next(one.html for uri, one in pages.items() if "/releases/apps/web" in uri)


def test_without_a_chart(tmp_path: Path) -> None:
    """What is missing, and the command that helps; the table of values is as it was."""
    text = Reading(page(repo(tmp_path, "replicas: 1\n"))).text
    assert "Not known: it has not been pulled. gitops-docs charts pull . fetches charts." in text
    assert "Default of the chart" not in text


def test_with_a_chart(tmp_path: Path) -> None:
    """The default and the comment beside each value, and facts of the chart."""
    root = repo(tmp_path, "replicas: 1\nreplicaCuont: 2\nhosts: [x]\nimage: {tag: v2}\n")
    store(
        root,
        packed(
            meta="description: A web server\nappVersion: '9'\nmaintainers: [{name: Ada}]\ndeprecated: true\n"
        ),
    )
    text = " ".join(Reading(page(root)).text.split())
    for part in (
        "same as the default",
        "How many.",
        "not known to the chart",
        "list of 2",
        "A web server",
        "Ada",
        "deprecated",
    ):
        assert part in text
    assert "charts pull" not in text
    assert "<code>replicaCuont</code>" in page(root)
    assert "<code>image.tag</code>" in page(root)


def test_long_paths_break(tmp_path: Path) -> None:
    """A long value is broken after dots and slashes, a short path is not, and nowhere is a break shown
    as HTML."""
    root = repo(tmp_path, "some: {long: {path: registry.example.org/team}}\n")
    store(root, packed())
    html = page(root)
    assert "<code>some.long.path</code>" in html
    assert "<code>registry.<wbr>example.org/<wbr>team</code>" in html
    assert "wbr&gt;" not in html


def test_hostile_chart(tmp_path: Path) -> None:
    """Text of a chart is text on a page."""
    for number, payload in enumerate(PAYLOADS):
        root = repo(tmp_path / str(number), "a: x\n")
        # Control characters are not YAML: such a chart has no Chart.yaml that can be read.
        line = "".join(letter for letter in payload if letter.isprintable())
        quoted = "'" + line.replace("'", "''") + "'"
        content = packed(
            f"# {line}\na: {quoted}\n",
            meta=f"description: {quoted}\nhome: {quoted}\nkubeVersion: {quoted}\n",
        )
        store(root, content)
        plain = repo(tmp_path / f"{number}-plain", "a: x\n")
        store(plain, packed("# c\na: b\n", meta="description: d\nhome: h\nkubeVersion: k\n"))
        # Words in backticks are code on purpose, and long ones may be broken.
        found, expected = (
            [
                (name, sorted(attributes))
                for name, attributes in Reading(page(one)).elements
                if name not in ("code", "p", "wbr")
            ]
            for one in (root, plain)
        )
        assert found == expected, payload
