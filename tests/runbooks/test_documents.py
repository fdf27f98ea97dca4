"""Taking hand-written pages apart: front matter, headings and their anchors, blocks, links."""

from __future__ import annotations

from functools import partial

import pytest

from gitops_docs.runbooks.document import read, slug
from tests.support.counting import lines


def test_front_matter_keeps_lines() -> None:
    """Keys and items know the line that they stand on."""
    document = read("---\ntitle: T\nalerts:\n  - A\n  - B\n---\n# Heading\n", "a.md", "docs/a.md")
    assert [(str(item), item.line) for item in document.front["alerts"]] == [("A", 4), ("B", 5)]
    assert document.title == "T"
    assert document.sections[0].line == 7


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('---\ntitle: "open\n---\n', 3),  # a quote that is never closed
        ("---\n- a\n---\n", 2),  # a list
        ("---\na: [1\n---\n", 3),  # a bracket that is never closed
    ],
)
def test_broken_front_matter(text: str, line: int) -> None:
    """What is not a YAML mapping is an error with its line, and the page is read all the same."""
    document = read(text + "# Kept\n", "a.md", "docs/a.md")
    assert document.front_error is not None
    assert document.front_error[0] == line
    assert document.title == "Kept"


def test_no_front_matter() -> None:
    """A line of hyphens without a second one is a rule, not front matter."""
    assert read("---\n# T\n", "a.md", "a.md").front_error is None
    assert read("text\n", "some-page.md", "some-page.md").title == "Some page"


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("SomeAlert", "somealert"),
        ("What is *it*, then?", "what-is-it-then"),
        ("`flux get` & co.", "flux-get-co"),
        ("Named {#other}", "other"),
        ("[Linked](x.md) text", "linked-text"),
        ("snake_case_name", "snake_case_name"),
    ],
)
def test_anchors(heading: str, anchor: str) -> None:
    """Anchors are those that Python-Markdown makes."""
    assert read(f"# T\n\n## {heading}\n", "a.md", "a.md").sections[1].id == anchor


def test_anchors_as_python_markdown() -> None:
    """The anchors of a page equal those of the converter, numbers of repeated headings included."""
    markdown = pytest.importorskip("markdown")
    text = (
        "# One\n\n## Two & 2\n\n## Two & 2\n\n### Ünïcode straße\n\n## A -- b\n\nSetext\n------\n"
    )
    converter = markdown.Markdown(extensions=["toc"])
    converter.convert(text)

    def ids(tokens: list[dict[str, object]]) -> list[str]:
        return [one for token in tokens for one in (str(token["id"]), *ids(token["children"]))]  # type: ignore[arg-type]

    assert [section.id for section in read(text, "a.md", "a.md").sections] == ids(
        converter.toc_tokens
    )
    assert slug("Ünïcode") == "unicode"


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "[]",
        "[a](",
        "[x](y",
        "`",
        "a``",
        "{#",
        "<a ",
        "<a id",
        "# ",
        "*a ",
        "_a",
        "\u2502   ",
        "<!-- ",
    ],
)
@pytest.mark.parametrize("start", ["", "# ", "[a](", "```\n"])
def test_long_lines_are_read_once(start: str, piece: str) -> None:
    """A line twice as long takes twice as much, whatever stands in it."""
    once, twice = (
        lines(partial(read, f"{start}{piece * size}x\n", "a.md", "a.md")) for size in (300, 600)
    )
    assert twice < 3 * once


def test_closed_headings() -> None:
    """Number signs at the end close a heading; those that belong to a word do not."""
    document = read("## Closed ##\n\n## C#\n\n##\n\n##no\n", "a.md", "a.md")
    assert [section.title for section in document.sections] == ["Closed", "C#", ""]


def test_blocks() -> None:
    """Fenced blocks are found in lists and admonitions, with the line of their text; headings in
    them are none."""
    text = (
        "# T\n\n1. step\n\n    ```bash\n    # no heading\n    flux get all\n    ```\n\n!!! note\n  "
        "  ~~~yaml\n    a: 1\n    ~~~\n"
    )
    document = read(text, "a.md", "a.md")
    assert [(block.language, block.line, block.lines) for block in document.blocks] == [
        ("bash", 6, ("# no heading", "flux get all")),
        ("yaml", 12, ("a: 1",)),
    ]
    assert [section.title for section in document.sections] == ["T"]


@pytest.mark.parametrize(
    "text",
    [
        "<!-- gitops-docs: ignore -->\n```yaml\na: 1\n```\n",
        "<!-- gitops-docs: ignore -->\n\n```yaml\na: 1\n```\n",
        "```{ .yaml .no-check }\na: 1\n```\n",
        "```yaml no-check\na: 1\n```\n",
    ],
)
def test_ignored_blocks(text: str) -> None:
    """A block is left alone after a comment that says so, or with `no-check`."""
    [block] = read(text, "a.md", "a.md").blocks
    assert block.ignored
    assert block.language == "yaml"


def test_ignore_counts_for_one_block() -> None:
    """The comment is for the next block, not for those behind it."""
    text = "<!-- gitops-docs: ignore -->\n```yaml\na: 1\n```\n\n```yaml\nb: 1\n```\n"
    assert [block.ignored for block in read(text, "a.md", "a.md").blocks] == [True, False]


def test_links_and_code() -> None:
    """Links and code are found with their lines; links inside code are text."""
    text = (
        '# T\n\n[a](b.md#c "title") and `[x](y.md)` and [z](<d e.md>)\n\n[ref]: f.md\n<!-- '
        "[no](g.md)\n[no](h.md) -->\n"
    )
    document = read(text, "a.md", "a.md")
    assert [(link.text, link.line) for link in document.links] == [
        ("b.md#c", 3),
        ("d e.md", 3),
        ("f.md", 5),
    ]
    assert [code.text for code in document.codes] == ["[x](y.md)"]


def test_first_paragraph() -> None:
    """A section keeps the first paragraph below it."""
    document = read("## Meaning\n\nIt is\ndown.\n\nMore.\n\n## Impact\n\n- list\n", "a.md", "a.md")
    assert [(section.title, section.text) for section in document.sections] == [
        ("Meaning", "It is down."),
        ("Impact", ""),
    ]
