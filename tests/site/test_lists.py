"""Lists that are indented as GitHub accepts them, read by Python-Markdown.

Each page is converted twice: by CommonMark as it is, and by Python-Markdown with Material's
extensions after `indent`. Lists, items, code and quotations must be nested alike.
"""

from __future__ import annotations

import random
from functools import cache
from itertools import product

import pytest
from markdown import Markdown
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser, LexborNode

from gitops_docs.site.lists import indent, open_details
from mkdocs_gitops.docs_pages import Lists

EXTENSIONS = [
    "admonition",
    "attr_list",
    "tables",
    "pymdownx.details",
    "pymdownx.highlight",
    "pymdownx.superfences",
    "pymdownx.tabbed",
]
Outline = list[tuple[int, str]]


def outline(html: str) -> Outline:
    """Depth and tag, or text, of what nests."""
    found: Outline = []

    def walk(node: LexborNode, depth: int) -> None:
        for child in node.iter(include_text=True):
            text = " ".join((child.text() or "").replace("\u200b", "").split())
            if child.tag == "-text":
                found.extend([(depth, text)] if text else [])
            elif child.tag == "pre":
                found.append((depth, f"pre {(child.text() or '').strip(chr(10))}"))
            elif child.tag in ("ol", "ul", "li", "blockquote", "table"):
                start = child.attributes.get("start") or "1"
                found.append((depth, f"{child.tag} {start}"))
                walk(child, depth + 1)
            else:
                walk(child, depth)

    body = LexborHTMLParser(html).body
    assert body is not None
    walk(body, 0)
    return found


@cache
def converter() -> Markdown:
    """Return Python-Markdown as a site has it, with our extension."""
    lists = Lists()
    lists.is_on = True
    return Markdown(
        extensions=[*EXTENSIONS, lists],
        extension_configs={"pymdownx.highlight": {"use_pygments": False}},
    )


def site(text: str) -> Outline:
    """As the site shows it."""
    return outline(converter().reset().convert(text))


def forge(text: str) -> Outline:
    """As GitHub shows it."""
    return outline(MarkdownIt("commonmark").enable("table").render(text))


def fence(by: str) -> str:
    return f"{by}```bash\n{by}kubectl get pods\n{by}  -n x\n\n{by}echo\n{by}```"


def body(kind: str, by: str, gap: str) -> str:
    """What stands below the text of an item."""
    return {
        "fence": fence(by),
        "paragraph": f"{by}more\n{by}second line",
        "bullets": f"{by}- x\n{by}- y",
        "numbers": f"{by}1. x\n{by}2. y",
        "code": f"{by}    kubectl get\n{by}      -n y",
        "table": f"{by}| a | b |\n{by}|---|---|\n{by}| 1 | 2 |",
        "quotation": f"{by}> said\n{by}> more",
        "text, fence": f"{by}text\n{fence(by)}",
        "fence, text": f"{fence(by)}\n{by}text after",
        "bullet with fence": f"{by}- x\n{gap}{fence(by + '  ')}\n{gap}{by}- y",
        "three levels": f"{by}- x\n{by}  - y\n{gap}{by}    1. z\n{gap}{fence(by + ' ' * 7)}",
        "bullet with text": f"{by}- x\n\n{by}  para\n\n{by}  - y\n{by}text",
        "text, bullets": f"{by}goes on\n{by}- x\n{by}- y",
    }[kind]


KINDS = (
    "fence",
    "paragraph",
    "bullets",
    "numbers",
    "code",
    "table",
    "quotation",
    "text, fence",
    "fence, text",
    "bullet with fence",
    "three levels",
    "bullet with text",
    "text, bullets",
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("marker", ["1.", "-", "*", "10.", "1)", "1. ", "-  "])
def test_items_keep_what_they_hold(marker: str, kind: str) -> None:
    """Everything below an item stays in it, with one column more or none, with empty lines or
    without, and what follows stays outside."""
    for more, gap, between, after in product((0, 1), ("", "\n"), ("", "\n"), ("", "\nEnd.\n")):
        if (kind == "code" and (more or not gap)) or (marker == "10." and not gap):
            # CommonMark reads another structure: code needs an empty line, and no paragraph is
            # interrupted by a list that begins at 10.
            continue
        by = " " * (len(marker) + 1 + more)
        text = f"Do:\n{gap}{marker} one\n{gap}{body(kind, by, gap)}\n{between}{marker} two\n{after}"
        assert site(text) == forge(text), text
        assert indent(indent(text)) == indent(text), text


def a_list(chance: random.Random, depth: int) -> list[str]:
    """Lines of a list with lists, code, quotations and tables inside."""
    marker = chance.choice(["1", "-", "*", "1)"])
    loose = chance.random() < 0.5
    items = chance.randrange(1, 4)
    lines: list[str] = []
    for number in range(1, items + 1):
        mark = {"1": f"{number}.", "1)": f"{number})"}.get(marker, marker)
        mark += " " * chance.choice([1, 1, 1, 2])
        lines.append(f"{mark}item {chance.randrange(99)}")
        last = "p"
        for _ in range(chance.choice([0, 0, 1, 1, 2])):
            kind = chance.choice("ppfllcqt" if depth < 3 else "pf")
            if kind == last or (kind in "ct" and last == "l"):
                continue
            block = {
                "p": ["text", "goes on"],
                "f": ["```bash", "run", "  more", "", "end", "```"],
                "c": ["    code", "      in"],
                "q": ["> quoted", "> again"],
                "t": ["| a | b |", "|---|---|", "| 1 | 2 |"],
            }.get(kind) or a_list(chance, depth + 1)
            apart = loose or kind in "cp" or (last in "qt" and kind in "pt") or last + kind == "pt"
            lines += [""] if apart or chance.random() < 0.4 else []
            lines += [" " * len(mark) + line if line else "" for line in block]
            last = kind
        if number < items and loose:
            lines.append("")
    return lines


def test_any_nesting() -> None:
    """Lists in each other, at random, are nested as GitHub nests them."""
    for seed in range(150):
        chance = random.Random(seed)
        before, after = chance.choice(["Do:\n", "Do:\n\n"]), chance.choice(["\n", "\n\nEnd.\n"])
        text = before + "\n".join(a_list(chance, 0)) + after
        assert site(text) == forge(text), text


@pytest.mark.parametrize(
    "text",
    [
        "1. a\n\n```bash\nx\n```\n\n2. b\n",  # a code block between two steps
        "1. a\n  - b\n2. c\n",  # two columns are too few for a number
        "- a\n\n1. b\n",  # two lists in a row
        "3. a\n4. b\n",
        "1. ```bash\n   a\n   ```\n2. b\n",  # code on the line of the marker
        "1.\ta\n\n\tmore\n\n\t```\n\tx\n\t```\n2.\tb\n",  # tabs
        "- [ ] a\n  - [x] b\n",
        "> 1. a\n>    ```\n>    x\n>    ```\n> 2. b\n",
        "1. a\n\n   ```bash\n   no end\n\n2. b\n",
        "1. a\n   <!-- gitops-docs: ignore -->\n   ```yaml\n   a: b\n   ```\n",
        "* a\n* b\n\n## H\n- c\n",
    ],
)
def test_other_shapes(text: str) -> None:
    """What is not a plain list is read as GitHub reads it, too."""
    assert site(text) == forge(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "1. a\n\n   !!! note\n       b\n\n       - x\n         - y\n\n2. c\n",
            "ol li a Note b ul li x ul li y li c",
        ),
        (
            "!!! warning\n    Do:\n    1. a\n       ```\n       x\n       ```\n    2. b\n",
            "Warning Do: ol li a pre x li b",
        ),
        ('=== "A"\n\n    1. a\n       - b\n\n=== "B"\n\n    c\n', "A ol li a ul li b B c"),
        ("- a\n\n        code\n\n- b\n", "ul li a pre code li b"),
        ("1. a\n\n    b\n\n        code\n", "ol li a b pre code"),
    ],
)
def test_python_markdown_stays(text: str, expected: str) -> None:
    """Admonitions and tabs keep their lists, and lists with four columns are read as ever."""
    assert " ".join(item.removesuffix(" 1") for _, item in site(text)) == expected


def test_page_without_need_is_unchanged() -> None:
    """No line changes in a page with four columns a level, nor in one without lists."""
    for text in (
        "# A\n\nText\n    - no list\n",
        "# A\n\n1. a\n\n    ```\n    x\n    ```\n\n    - b\n        - c\n\n2. d\n",
        "- a\n    - b\n\n        text\n\n- c\n",
    ):
        assert indent(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "<details>\n<summary>More</summary>\n\n## Steps\n\n1. One\n   - two\n\n```bash\nls\n```\n\n</details>\n\nAfter.\n",
        "<details open>\n<summary><b>More</b></summary>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n</details>\n",
        "<DETAILS><summary>More</summary>\n\n* One\n* two\n\n</DETAILS>\n",
    ],
)  # fmt: skip
def test_details_hold_markdown(text: str) -> None:
    """What GitHub reads as Markdown within `<details>` is Markdown: headings, lists, tables, code."""
    html = Markdown(extensions=[*EXTENSIONS, _on()]).convert(text)
    tags = {child.tag for child in LexborHTMLParser(html).css("details *")}
    expected = {
        child.tag
        for child in LexborHTMLParser(MarkdownIt("commonmark").enable("table").render(text)).css(
            "details *"
        )
    }
    assert expected - {"code", "pre"} <= tags and "summary" in tags
    assert "##" not in html and "| 1" not in html and "* One" not in html


@pytest.mark.parametrize(
    "text",
    [
        "<details>\n<p>**kept**</p>\n\n</details>\n",
        "```html\n<details>\n\n## Kept\n\n</details>\n```\n",
        '<details markdown="block">\n<summary>More</summary>\n\n## Steps\n\n</details>\n',
        "A page without any.\n",
    ],
)
def test_other_details_stay(text: str) -> None:
    """HTML, code, and details that say how they are read do not change."""
    assert open_details(text) == text


def _on() -> Lists:
    found = Lists()
    found.is_on = True
    return found
