"""Texts of a repository are shown as they are, and never live: payloads in every place where a
repository has text.

The site is built with everything switched on that makes Markdown come alive, and every feature of
the theme. Pages are read with an HTML5 parser, as a browser reads them, and must not hold an
element, an attribute or a scheme that the site of a twin has not: the same repository with harmless
texts. So nothing has to be known of what a payload tries.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from subprocess import CompletedProcess
from urllib.parse import urlsplit

import markdown
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.support.commands import gitops_docs, mkdocs
from tests.support.injection import FEW, HARMLESS, NUMBERS, OTHERS, PAYLOADS, Built, make

SHOWN = [number for number in NUMBERS if number not in (36, 43)]
"""Where a text has several lines, each page has its own way to say so."""
COMPUTED = str(7 * 191)
COMMAND = re.compile(r"##\w*\[|^\s*::", re.MULTILINE)
"""What a CI runner obeys."""


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of harmless texts."""
    return make(tmp_path_factory.mktemp("injection-twin") / "repository", HARMLESS)


@pytest.fixture(scope="module")
def pages(injected_site: Built) -> dict[str, LexborHTMLParser]:
    """Every page of the site, parsed."""
    return {
        path.relative_to(injected_site.site).as_posix(): LexborHTMLParser(
            path.read_text(encoding="utf-8")
        )
        for path in sorted(injected_site.site.rglob("*.html"))
    }


def live(tree: LexborHTMLParser) -> Iterator[str]:
    """What a browser would run or load because of a payload, or what has left its place."""
    root = tree.root
    assert root is not None
    node: LexborNode | None
    for node in root.traverse(include_text=False):
        shown = (node.html or "")[:200]
        if node.tag in ("iframe", "object", "embed", "frame", "applet", "base"):
            yield shown
        if node.tag in ("script", "style") and re.search(
            r"Q\d\d|alert\(|display:none}", node.text() or ""
        ):
            yield shown
        for name, value in node.attributes.items():
            value = value or ""
            if name.startswith("on") or name in ("srcdoc", "autofocus"):
                yield shown
            if name in (
                "href",
                "src",
                "action",
                "formaction",
                "xlink:href",
                "data",
                "poster",
                "content",
            ):
                scheme = (
                    urlsplit(re.sub(r"[\x00-\x20]", "", value)).scheme
                    if not value.startswith("width=")
                    else ""
                )
                if name != "content" and scheme not in ("", "http", "https", "mailto"):
                    yield shown
                host = urlsplit(value.replace("\\", "/")).netloc
                if node.tag in ("script", "img", "link") and "evil.example.org" in host:
                    yield shown
            if name == "id" and value == "owned":
                yield shown
        if node.tag == "img" and node.attributes.get("src") == "x":
            yield shown


ADDRESSES = frozenset(
    [
        "href",
        "src",
        "action",
        "formaction",
        "xlink:href",
        "data",
        "poster",
        "srcset",
        "cite",
        "background",
        "ping",
    ]
)
LOADED = frozenset(["script", "img", "link", "iframe", "source", "object", "embed", "form"])


def kinds(site: Path) -> dict[tuple[str, ...], str]:
    """What the pages of a site are made of, each with a page that has it: elements, attributes,
    schemes of addresses, hosts that something is loaded from, properties of styles, and what `<meta
    http-equiv>` asks for."""
    found: dict[tuple[str, ...], str] = {}
    for path in sorted(site.rglob("*.html")):
        here = path.relative_to(site).as_posix()[:80]
        root = LexborHTMLParser(path.read_text(encoding="utf-8")).root
        assert root is not None
        for node in root.traverse(include_text=False):
            tag = node.tag or ""
            found.setdefault((tag,), here)
            if tag in ("script", "style"):
                # How it begins; an element of a payload would swallow those behind it.
                found.setdefault((tag, "text", (node.text() or "").strip()[:12]), here)
            for name, value in node.attributes.items():
                found.setdefault((tag, name), here)
                value = value or ""
                if name in ADDRESSES:
                    parts = urlsplit(re.sub(r"[\x00-\x20]", "", value).replace("\\", "/"))
                    host = parts.netloc if tag in LOADED or not parts.scheme else ""
                    found.setdefault((tag, name, f"{parts.scheme}:", host), here)
                elif name == "style":
                    for rule in value.split(";"):
                        found.setdefault(
                            (
                                tag,
                                name,
                                rule.partition(":")[0].strip(),
                                "url" if "url" in rule else "",
                            ),
                            here,
                        )
                elif name == "http-equiv":
                    target = (node.attributes.get("content") or "").partition("url=")[2]
                    found.setdefault(
                        (tag, name, value, urlsplit(target).scheme, urlsplit(target).netloc), here
                    )
    return found


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of some payloads."""
    return make(tmp_path_factory.mktemp("injection-few") / "repository", FEW)


def sites(theme: str, injected_site: Built, twin: Path, few: Path, base: Path) -> tuple[Path, Path]:
    """The site of the payloads, and that of the twin, in a theme."""
    if theme == "material":
        gitops_docs("build", str(twin), "--site-dir", str(base / "twin"))
        return injected_site.site, base / "twin"
    for root, name in ((few, "hostile"), (twin, "twin")):
        done = mkdocs("build", "-q", "-f", f"mkdocs-{theme}.yml", "-d", str(base / name), cwd=root)
        assert not COMMAND.search(done.stdout + done.stderr)
    return base / "hostile", base / "twin"


@pytest.mark.parametrize(
    "theme", ["material", *(pytest.param(theme, marks=pytest.mark.long) for theme in OTHERS)]
)
def test_no_text_is_markup(
    theme: str, injected_site: Built, twin: Path, few: Path, tmp_path: Path
) -> None:
    """A site of payloads is made of what the site of harmless texts is made of, in every theme."""
    site, harmless = sites(theme, injected_site, twin, few, tmp_path)
    known, found = kinds(harmless), kinds(site)
    assert len(list(site.rglob("*.html"))) > 5 * len(FEW) and len(known) > 100
    assert {kind: page for kind, page in found.items() if kind not in known} == {}


def test_pages_are_harmless(pages: dict[str, LexborHTMLParser]) -> None:
    """No page has a script, handler, frame or address of a payload, and none has lost its frame."""
    assert len(pages) > 5 * len(NUMBERS)
    assert {page: found for page, tree in pages.items() if (found := sorted(set(live(tree))))} == {}
    for page, tree in pages.items():
        if (
            tree.css_first("title").text() == "Moved"
        ):  # One of ours for an old address, without the theme.
            continue
        article = tree.css("article.md-content__inner")
        assert len(article) == 1, page
        if page.startswith("platform/"):
            assert len(tree.css("h1")) == 1, page
            assert len(tree.css("article .gitops")) >= 1, page


def test_payloads_are_shown(pages: dict[str, LexborHTMLParser]) -> None:
    """Each payload stands on some page, letter by letter but for control characters."""
    texts = [
        re.sub(r"\s+", " ", tree.body.text()) for tree in pages.values() if tree.body is not None
    ]
    for number in SHOWN:
        wanted = re.sub(
            r"\s+",
            " ",
            re.sub("[\x00-\x1f\x7f-\x9f\u2028\u202e\u2066]", "\ufffd", PAYLOADS[number]),
        ).strip()
        assert any(wanted in text for text in texts), wanted


def test_nothing_is_evaluated(injected_site: Built) -> None:
    """No snippet was included, no macro and no arithmetic evaluated, no emoji, footnote or
    abbreviation made."""
    for path in sorted(injected_site.site.rglob("*")):
        if path.suffix in (".html", ".json", ".xml"):
            text = path.read_text(encoding="utf-8")
            assert "CANARY-SNIPPET" not in text, path
            if path.is_relative_to(injected_site.site / "platform"):
                assert COMPUTED not in re.sub(r"\d{5,}|[0-9a-f]{8,}", "", text), path
                assert (
                    "<abbr" not in text
                    and 'class="twemoji" title' not in text
                    and "footnote" not in text
                ), path


def test_controls_are_gone(injected_site: Built) -> None:
    """Neither pages nor JSON have control characters, or such as turn the direction of text."""
    for path in sorted(injected_site.site.rglob("*")):
        if path.suffix in (".html", ".json", ".xml") and "assets" not in path.parts:
            text = path.read_text(encoding="utf-8")
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text), (
                path
            )


def test_search_index(injected_site: Built) -> None:
    """The search shows its entries as HTML: none is live."""
    index = json.loads(
        (injected_site.site / "search" / "search_index.json").read_text(encoding="utf-8")
    )
    for entry in index["docs"]:
        for text in (entry["title"], entry["text"], *entry.get("tags", [])):
            tree = LexborHTMLParser(f"<body><p>{text}</p></body>")
            assert not list(live(tree)), entry
            assert not re.search(
                r"<(?!/?(?:p|ul|ol|li|h\d|pre|code|table|t[rhdb]\w*|em|strong|dl|dt|dd|mark|br|kbd|del|sup|sub)\b)",
                text,
            ), entry


def test_json_can_stand_in_html(injected_site: Built) -> None:
    """The inventory has no character that HTML knows."""
    text = (injected_site.site / "gitops" / "inventory.json").read_text(encoding="utf-8")
    assert not set("<>&") & set(text)
    assert PAYLOADS[1] in {layer["name"] for layer in json.loads(text)["layers"]}


def test_diagrams(pages: dict[str, LexborHTMLParser]) -> None:
    """Every line of a diagram is one that we write: no name leaves its quotes."""
    line = re.compile(
        r"\s*(?:%%\{init: \{\"flowchart\": \{[\w\": ,]*\}\}\}%%|flowchart (?:TB|LR)|acc(?:Title|Descr): [^;{}%]*"
        r"|n\d+(?:\(\[|\[)\"[^\"<>]*(?:<br/>[^\"<>]*)?\"(?:\]\)|\])(?::::\w+)?|click n\d+ href \"[\w./#?=&%-]*\"(?: \"[^\"<>]*\")?"
        r"|n\d+ (?:-->|-\.->) n\d+|classDef \w+ [\w:#,\s-]+)?\Z"
    )
    drawn = [node.text() for tree in pages.values() for node in tree.css("pre.mermaid")]
    assert len(drawn) > len(NUMBERS)
    for source in drawn:
        for text in (source or "").split("\n"):
            assert line.match(text), text


@pytest.fixture(scope="module")
def said(injected_site: Built) -> Callable[..., CompletedProcess[str]]:
    """Run a command on the repository of payloads; each once."""
    return lru_cache(maxsize=None)(
        lambda name, *arguments: gitops_docs(name, str(injected_site.root), *arguments, status=None)
    )


@pytest.mark.parametrize(
    "command",
    [
        ["tree"],
        ["check"],
        ["check", "--format", "github"],
        ["check", "--format", "sarif"],
        ["check", "--format", "json"],
        ["inventory"],
        ["graph", "--format", "text"],
        ["graph", "--format", "dot"],
        ["graph", "--format", "mermaid"],
        *(["render", PAYLOADS[number]] for number in (1, 20, 21, 35, 36, 37)),
        ["render", "no such layer \u001b[31m\n::error::x"],
        ["diff", "HEAD~3", "HEAD"],
        ["diff", "##[error]\n::error::x"],
        ["init", "--dry-run"],
        ["no such command\n::error::x"],
    ],
    ids=lambda command: html.escape(" ".join(command))[:20].encode("ascii", "replace").decode(),
)
def test_terminal(
    injected_site: Built, said: Callable[..., CompletedProcess[str]], command: list[str]
) -> None:
    """No control character of a manifest reaches the terminal."""
    done = said(*command)
    for text in (done.stdout, done.stderr, injected_site.log):
        assert not [
            char
            for char in text
            if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs")
        ], text[:300]
        assert not text.count("##[") and not re.search(r"##\w*\[", text)
    if command[0] == "check" and "github" in command:
        annotation = r"::(error|warning|notice) (?:\w+=[^,:]*(?:,\w+=[^,:]*)*)::.*"
        assert all(re.fullmatch(annotation, row) for row in done.stdout.splitlines())
        assert not COMMAND.search(done.stderr)
    else:
        assert not COMMAND.search(done.stdout + done.stderr)


@pytest.mark.parametrize(
    "command", [["inventory"], ["check", "--format", "json"], ["graph", "--format", "json"]]
)
def test_data_say_what_is_meant(
    said: Callable[..., CompletedProcess[str]], command: list[str]
) -> None:
    """What would be a command is an escape of the same text, so programs read names as they are."""
    found = json.dumps(json.loads(said(*command).stdout), ensure_ascii=False)
    assert "##[add-mask]Q35" in found and "\\n::error file=a::Q36" in found


def test_sarif_has_addresses(said: Callable[..., CompletedProcess[str]]) -> None:
    """Each place in SARIF is a relative URI, whatever the file is called."""
    log = json.loads(said("check", "--format", "sarif").stdout)
    found = {
        place["physicalLocation"]["artifactLocation"]["uri"]
        for result in log["runs"][0]["results"]
        for place in result["locations"]
    }
    assert len(found) > len(NUMBERS)
    for uri in found:
        assert re.fullmatch(r"[A-Za-z0-9._~/!$&()*+,;=@%-]+", uri) and not uri.startswith("//"), uri


def test_exported_pages_and_comparisons_are_text(injected_site: Built, tmp_path: Path) -> None:
    """Markdown that other programs convert has the elements of ours only: exported pages, the
    comment on a pull request, first runbooks."""
    gitops_docs(
        "export",
        str(injected_site.root),
        str(tmp_path / "out"),
        "--config",
        str(tmp_path / "mkdocs.yml"),
        status=None,
    )
    known = {kind[0] for kind in kinds(injected_site.site)} | {"wbr"}
    for path in sorted((tmp_path / "out").rglob("*.md"))[::7]:
        made = markdown.markdown(
            path.read_text(encoding="utf-8").partition("\n---\n")[2],
            extensions=["attr_list", "md_in_html", "tables"],
        )
        assert not list(live(LexborHTMLParser(f"<body>{made}</body>"))), path
        assert {node.tag for node in LexborHTMLParser(f"<body>{made}</body>").css("*")} <= known, (
            path
        )
    comment = gitops_docs("diff", str(injected_site.root), "HEAD~9", "HEAD").stdout
    made = markdown.markdown(comment, extensions=["tables", "md_in_html"])
    tree = LexborHTMLParser(f"<body>{made}</body>")
    ours = {"h2", "h3", "p", "code", "ul", "li", "details", "summary", "blockquote", "strong", "em"}
    assert {node.tag for node in tree.css("body *")} <= ours | {
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    assert not list(live(tree))
