"""Text of a repository in each place that it goes to: whatever it is, it is only text there."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import urlsplit

import markdown
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from gitops_docs.flux.output import to_yaml
from gitops_docs.text import escape
from gitops_docs.yaml.nodes import Map
from gitops_docs.yaml.parse import parse

PIECES = st.sampled_from(
    [
        "##[",
        "##",
        "#",
        "[",
        "##vso[",
        "::",
        ":",
        "error",
        "\n",
        "\r",
        "\t",
        " ",
        "\u00a0",
        "\u2028",
        "\x1b[31m",
        "\x9b",
    ]
    + [
        "<",
        ">",
        '"',
        "'",
        "&",
        "&lt;",
        "&#60;",
        "</",
        "`",
        "```",
        "|",
        "\\",
        "{{",
        "}}",
        "{%",
        "javascript:",
        "data:",
        "//",
    ]
    + [
        "\u202e",
        "\u200b",
        "\U000e0041",
        "\ud800",
        "a",
        "é",
        "]",
        "(",
        ")",
        "*",
        "_",
        "~",
        "!",
        "http://x",
        "@",
        "/",
        "?",
        "%",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join))
COMMAND = re.compile(r"##\w*\[|^\s*::", re.MULTILINE)
"""What GitHub (`message.IndexOf("##[")`, `message.TrimStart().StartsWith("::")`), Azure Pipelines
and TeamCity look for in a line."""
OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\u200e\u200f\ud800-\udfff]"
)


def harmless(text: str) -> bool:
    return not COMMAND.search(text) and not OBEYED.search(text)


@given(TEXTS)
def test_terminal(text: str) -> None:
    """No line is a command, none moves the cursor; what was made safe once is not changed again."""
    shown = escape.lines(text)
    assert (
        harmless(shown) and escape.lines(shown) == shown and shown.count("\n") == text.count("\n")
    )
    assert not escape.is_command(shown)
    one = escape.line(text)
    assert harmless(one) and "\n" not in one
    assert escape.styled(shown) == shown


@given(TEXTS)
def test_colours_are_ours(text: str) -> None:
    """Colours around a text of a repository stay, those in it go."""
    assert (
        escape.styled(f"\x1b[1m{escape.line(text)}\x1b[0m") == f"\x1b[1m{escape.line(text)}\x1b[0m"
    )
    assert OBEYED.search(re.sub(r"\x1b\[[0-9;]*m", "", escape.styled(text))) is None


@given(TEXTS)
def test_json(text: str) -> None:
    """JSON means the same text, and stands safely in a log and in HTML."""
    for indent in (None, 2):
        made = escape.dumps({text: [text]}, indent)
        assert json.loads(made) == {text: [text]}
        assert harmless(made) and not set("<>&") & set(made)


@given(TEXTS)
def test_yaml(text: str) -> None:
    """What `render` prints means the same text, and is not a command in a log."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    parsed = parse(json.dumps({"data": {"key": text}}), "a.yaml").documents
    if not parsed or not isinstance(parsed[0].root, Map):
        return
    made = to_yaml(parsed[0].root)
    assert harmless(made)
    read = yaml.safe_load(made)["data"]["key"]
    assert read == text or read == "**REDACTED**" or "**REDACTED**" in read


@pytest.mark.parametrize(
    "text",
    ["##[error]x", "a\n::error::x", "::x", "k ##vso[y]\nb", "\u00a0::error::", "\t::x"],
)
def test_yaml_of_commands(text: str) -> None:
    """Keys and values that a runner would obey are the same texts in YAML, written with escapes."""
    made = to_yaml(parse(json.dumps({text: text, "list": [text]}), "a.yaml").documents[0].root)  # type: ignore[arg-type]
    assert harmless(made) and yaml.safe_load(made) == {text: text, "list": [text]}


def elements(made: str) -> set[tuple[str, str]]:
    """Elements with their attributes, as a browser reads them."""
    root = LexborHTMLParser(f"<body>{made}</body>").body
    assert root is not None
    return {
        pair
        for node in root.traverse(include_text=False)
        for pair in [(node.tag or "", ""), *((node.tag or "", name) for name in node.attributes)]
    }


@given(TEXTS)
def test_theme_values(text: str) -> None:
    """In an element or an attribute a value is text; a second time changes nothing; `<title>`
    without entities does not end early."""
    for made in (escape.markup(text), escape.theme_value(text)):
        assert not set('<>"') & set(made)
        assert elements(f'<b title="{made}">{made}</b>') == {
            ("body", ""),
            ("b", ""),
            ("b", "title"),
        }
        assert escape.theme_value(made) == made
    made = escape.title(text)
    assert (
        "</" not in html.unescape(made)
        and escape.title(made) == made
        and not set('<>"') & set(made)
    )
    assert escape.theme_value({text: [text, 1, None]}) == {
        escape.theme_value(text): [escape.theme_value(text), 1, None]
    }


@given(TEXTS)
def test_addresses(text: str) -> None:
    """An address leads to http, https, mailto or below where it stands, and ends no attribute."""
    for made in (escape.address(text), escape.path(text)):
        assert re.fullmatch(r"[A-Za-z0-9._~/!$&()*+,;=:@?#%\[\]-]*", made), made
        scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", made)
        assert scheme is None or scheme[0].lower() in ("http:", "https:", "mailto:")
    assert ":" not in escape.path(text) and "#" not in escape.path(text)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:x()",
        " JaVaScript:x()",
        "java\nscript:x()",
        "java\tscript:x()",
        "\x01javascript:x()",
        "data:text/html,x",
    ]
    + [
        "vbscript:x",
        "file:///etc/passwd",
        "blob:x",
        "&#106;avascript:x",
        "javascript\u200b:x",
        "\\\\evil.example.org",
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    """Nothing that a browser could take for another scheme or host stays one."""
    made = escape.address(url)
    assert not urlsplit(made).scheme and not urlsplit(made).netloc and "\\" not in made


def test_addresses_that_are_some() -> None:
    """What is an address already is not changed."""
    for url in (
        "https://[::1]:8080/a%20b?x=1&y=2#L3",
        "../edit/main/a(1).yaml",
        "mailto:a@example.org",
        "#top",
        "./",
    ):
        assert escape.address(url) == url
    assert escape.path("a b/c#1?.yaml") == "a%20b/c%231%3F.yaml"
    assert escape.path("caf\udce9") == "caf%E9"


EXTENSIONS = [
    *("attr_list", "md_in_html", "tables", "footnotes", "abbr"),
    *("pymdownx.superfences", "pymdownx.magiclink", "pymdownx.emoji", "pymdownx.mark"),
    *("pymdownx.caret", "pymdownx.tilde", "pymdownx.keys", "pymdownx.arithmatex"),
    *("pymdownx.smartsymbols", "pymdownx.critic"),
]


@pytest.mark.parametrize("sign", "_=+^~*-.:,$()#!|`")
def test_no_sign_is_markup(sign: str) -> None:
    """No sign around a text makes an element of Markdown, in a line or in a code element."""
    for text in (sign * number + inner + sign * number for number in (1, 2, 3) for inner in TWO):
        source = f"# {escape.plain(text)}\n\n- {escape.code_element(text)} {escape.plain(text)}\n"
        made = markdown.markdown(source, extensions=EXTENSIONS)
        assert {tag for tag, _ in elements(made)} <= {"body", "h1", "ul", "li", "code"}, text


TWO = ("0", "a b")


@settings(deadline=None, max_examples=60)
@given(TEXTS)
def test_markdown(text: str) -> None:
    """Python-Markdown makes of any text, in a heading, a list or a code span, the elements that
    stand there and no others."""
    extensions = [
        "attr_list",
        "md_in_html",
        "tables",
        "footnotes",
        "abbr",
        "pymdownx.superfences",
        "pymdownx.magiclink",
    ]
    extensions += [
        "pymdownx.emoji",
        "pymdownx.mark",
        "pymdownx.caret",
        "pymdownx.tilde",
        "pymdownx.keys",
    ]
    source = f"# {escape.plain(text) or 'x'}\n\n- said {escape.code_element(text)}\n"
    assert "{{" not in source and "{%" not in source
    made = markdown.markdown(source, extensions=extensions)
    assert {tag for tag, _ in elements(made)} <= {"body", "h1", "ul", "li", "code"}
    assert {name for _, name in elements(made)} == {""}


@given(TEXTS)
def test_code_spans(text: str) -> None:
    """A code span is one line, closes where it opened, and no run of backticks in it is as long as
    its fence."""
    made = escape.code(text)
    fence = re.match(r"`+", made)
    assert fence is not None and "\n" not in made and harmless(made) and made.endswith(fence[0])
    inner = made[len(fence[0]) : -len(fence[0])]
    assert inner and fence[0] not in re.findall(r"`+", inner)
    assert not inner.startswith("`") and not inner.endswith("`")


@pytest.mark.parametrize(
    "name", ["a\n```\n<script>", "{{ 7 * 7 }}", "-n", "`id`", "a b", "", "\u202ea", "$(id)", "a'b"]
)
def test_arguments(name: str) -> None:
    """In a code block stands no name that Kubernetes does not know, so none ends the block or means
    something to a template language."""
    assert escape.argument(name) == "NAME"
    assert escape.argument("cert-manager.v1") == "cert-manager.v1"
