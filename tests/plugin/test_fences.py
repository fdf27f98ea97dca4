"""Blocks of hand-written pages are found and checked without MkDocs."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from msgspec.structs import replace

from gitops_docs.model import Platform
from gitops_docs.scanner.scanner import Scan, analyse
from gitops_docs.settings.options import Settings, SiteFacts
from gitops_docs.site import fences
from mkdocs_gitops import site as site_module
from tests.pages.platforms import layer, whole
from tests.plugin.test_plugin import make, page
from tests.support.links import dead_links
from tests.support.scanning import flux, write


def test_fences() -> None:
    """Fences inside longer ones are text; a fence in a list or a quote is a block."""
    page = (
        "````\n```gitops-tree\n```\n````\n- x\n\n  ~~~ {.gitops-layer}\n  layer: apps\n  ~~~\n> "
        "```gitops-nothing\n> ```\n"
    )
    found = [
        (fence.line, fence.name, fence.source, fence.is_known)
        for fence in fences.fences(page.splitlines())
    ]
    assert found == [(7, "gitops-layer", "layer: apps", True), (10, "gitops-nothing", "", False)]


def test_check(tmp_path: Path) -> None:
    """Every name and key that means nothing is said at its line, as a build says it."""
    files = {
        "clusters/prod/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/prod"),
        "docs/index.md": "# X\n\n```gitops-layer\nlayer: flux-sytem\nfcats: [wave]\n```\n\n```gitops-lyer\n```\n\n```gitops-tree\n```\n",
    }
    scan = analyse(write(tmp_path, files), Settings(site=SiteFacts(docs_dir="docs")))
    found = [
        (finding.file, finding.line, finding.code)
        for finding in fences.check(scan.platform, scan.docs, "docs")
    ]
    assert found == [("docs/index.md", line, "block-invalid") for line in (5, 4, 8)]


def test_pages_without_blocks_cost_nothing(tmp_path: Path) -> None:
    """Nothing is found where there is no block."""
    scan = analyse(
        write(tmp_path, {"docs/index.md": "# X\n"}), Settings(site=SiteFacts(docs_dir="docs"))
    )
    assert fences.check(scan.platform, scan.docs, "docs") == []


QUIET = replace(whole(), findings=())


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Platform]]:
    """What the scanner finds, to be replaced by a test."""
    platforms = [QUIET]
    monkeypatch.setattr(
        site_module.BuildState, "scan", lambda self, root, settings: Scan(platforms[0])
    )
    yield platforms


def made(root: Path, text: str, **changes: Any) -> str:
    """The HTML of a page with this text, two directories below the home page; links in it are
    alive."""
    site = make(
        root, files={"docs/guide/page.md": f"# A page\n\n{text}\n"}, strict=False, **changes
    )
    assert dead_links(site) == []
    return page(site, "guide/page")


def fence(name: str, body: str = "") -> str:
    """A block as an author writes it."""
    return f"```{name}\n{body}\n```"


BLOCKS = [
    (
        "gitops-graph",
        "{cluster: prod, layer: apps}",
        r'class="mermaid".*apps.*href &#34;\.\./\.\./platform/',
    ),
    (
        "gitops-graph",
        "cluster: prod",
        r'class="mermaid".*The same as a list.*wave 2: <a href="\.\./\.\./platform/',
    ),
    (
        "gitops-tree",
        "{cluster: prod, layer: paused}",
        r"paused \(suspended\)\n└── apps\n    └── infra",
    ),
    (
        "gitops-tree",
        "{cluster: prod, layer: infra, reverse: true}",
        r"infra\n└── apps\n    └── paused",
    ),
    (
        "gitops-layer",
        "{layer: apps, cluster: prod, facts: [wave]}",
        r"<dt>Wave</dt><dd>2 of 3</dd></dl>",
    ),
    (
        "gitops-layer",
        "{layer: apps}",
        r'<th scope="col"><a [^>]*>prod</a></th><th scope="col"><a [^>]*>staging',
    ),
    ("gitops-layer", "{layer: apps, facts: [releases]}", r"podinfo</a> <code>6\.7\.1</code>"),
    ("gitops-components", "releases: podinfo", r"6\.7\.1.*6\.7\.0"),
    ("gitops-components", "{cluster: staging}", r"6\.7\.0"),
    (
        "gitops-variables",
        "{names: [domain], cluster: prod}",
        r"domain</a>.*example\.org.*vars\.yaml:6",
    ),
    ("gitops-variables", "names: [token]", r"token</a>.*<em>secret</em>"),
    ("gitops-alerts", "severity: critical", r"alerts/webdown/\">WebDown</a>.*10m"),
    ("gitops-commands", "{layer: apps}", r"flux reconcile kustomization apps -n flux-system"),
    (
        "gitops-commands",
        "{release: podinfo, show: logs}",
        r"flux logs --kind=HelmRelease --name=podinfo",
    ),
]


WRONG = [
    ("gitops-layer", "layer: app", "page.md:4: gitops-layer: no layer `app`; did you mean `apps`?"),
    (
        "gitops-layer",
        "layer: apps\nfact: wave",
        "page.md:5: gitops-layer: unknown key `fact`; did you mean `facts`?",
    ),
    (
        "gitops-layer",
        "layer: apps\nfacts:\n- wavs",
        "page.md:6: gitops-layer: no fact `wavs`; did you mean `wave`?",
    ),
    (
        "gitops-graph",
        "cluster: prot",
        "page.md:4: gitops-graph: no cluster `prot`; did you mean `prod`?",
    ),
    (
        "gitops-graph",
        "cluster: [prod]",
        "page.md:4: gitops-graph: `cluster` takes one name, not a list",
    ),
    ("gitops-tree", "reverse: maybe", "page.md:4: gitops-tree: `reverse` is true or false"),
    (
        "gitops-components",
        "releases: [podinf]",
        "page.md:4: gitops-components: no release `podinf`; did you mean",
    ),
    (
        "gitops-variables",
        "names: domian",
        "page.md:4: gitops-variables: no variable `domian`; did you mean `domain`?",
    ),
    (
        "gitops-alerts",
        "names: WebDwn",
        "page.md:4: gitops-alerts: no alert `WebDwn`; did you mean `WebDown`?",
    ),
    (
        "gitops-commands",
        "show: status",
        "page.md:3: gitops-commands: one of the keys `layer` and `release` is needed",
    ),
    (
        "gitops-commands",
        "layer: {name: apps}",
        "page.md:4: gitops-commands: `layer` takes a name, or a list of names",
    ),
    ("gitops-layer", "just a text", "page.md:4: gitops-layer: write it as `key: value`"),
    (
        "gitops-layers",
        "layer: apps",
        "page.md:3: there is no block `gitops-layers`; did you mean `gitops-layer`?",
    ),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A site with a page for each block above, and the warnings of its build."""
    pages = {
        f"docs/blocks/b{number}.md": (name, body) for number, (name, body, _) in enumerate(BLOCKS)
    }
    pages |= {
        f"docs/wrong/w{number}.md": (name, body) for number, (name, body, _) in enumerate(WRONG)
    }
    warnings: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: warnings.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("mkdocs").addHandler(handler)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site_module.BuildState, "scan", lambda self, root, settings: Scan(QUIET))
        texts = {path: f"# A page\n\n{fence(*block)}\n" for path, block in pages.items()}
        site = make(tmp_path_factory.mktemp("blocks"), files=texts, strict=False)
    logging.getLogger("mkdocs").removeHandler(handler)
    return site, warnings


@pytest.mark.parametrize(
    "number", range(len(BLOCKS)), ids=[f"{name}-{body}" for name, body, _ in BLOCKS]
)
def test_block(built: tuple[Path, list[str]], number: int) -> None:
    """Each block says its fact, links from the page it stands on, and warns of nothing."""
    site, warnings = built
    html = page(site, f"blocks/b{number}")
    assert re.search(BLOCKS[number][2], html, re.DOTALL)
    assert "gitops-warning" not in html
    assert not [warning for warning in warnings if f"blocks/b{number}.md" in warning]


@pytest.mark.parametrize("number", range(len(WRONG)), ids=[sentence for _, _, sentence in WRONG])
def test_wrong_block(built: tuple[Path, list[str]], number: int) -> None:
    """A key or a name that means nothing is a warning with file, line, and what was probably
    meant."""
    sentence = WRONG[number][2].replace("page.md", f"w{number}.md")
    assert any(sentence in warning for warning in built[1]), built[1]


def test_links_of_blocks_are_alive(built: tuple[Path, list[str]]) -> None:
    """Every link from a block leads somewhere."""
    assert dead_links(built[0]) == []


def test_line_counts_from_the_top_of_the_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Front matter and earlier blocks are counted, the same block twice is found twice."""
    text = (
        f"---\ntitle: T\n---\n# "
        f"T\n\n{fence('gitops-tree', 'layer: x')}\n\n{fence('gitops-tree', 'layer: x')}\n"
    )
    make(tmp_path, files={"docs/a.md": text}, strict=False)
    found = [
        record.getMessage() for record in caplog.records if "no layer `x`" in record.getMessage()
    ]
    assert [re.search(r"a\.md:\d+", sentence)[0] for sentence in found] == ["a.md:7", "a.md:11"]  # type: ignore[index]


@pytest.mark.parametrize("theme", ["mkdocs", "readthedocs"])
def test_other_themes(tmp_path: Path, theme: str) -> None:
    """Without superfences in the site's configuration and without Material it works, and other code
    stays as it was."""
    code = "```python\nprint(1)\n```"
    html = made(
        tmp_path, f"{fence('gitops-layer', 'layer: infra')}\n\n{code}", theme={"name": theme}
    )
    assert "<dt>Wave</dt><dd>1 of 3</dd>" in html
    assert re.search(r'<code class="language-python">print\(1\)', html)


@pytest.mark.parametrize("around", ["pymdownx.superfences", "pymdownx.extra"])
def test_fences_of_the_site_stay(tmp_path: Path, around: str) -> None:
    """Custom fences that the author has set up go on working."""
    fences = {"custom_fences": [{"name": "own", "class": "own", "format": "!!x"}]}
    settings = {around: fences if around.endswith("fences") else {"pymdownx.superfences": fences}}
    settings_text = fences["custom_fences"][0]
    from pymdownx.superfences import fence_div_format

    settings_text["format"] = fence_div_format
    (tmp_path / "docs" / "guide").mkdir(parents=True)
    (tmp_path / "docs" / "index.md").write_text("# Home\n")
    (tmp_path / "docs" / "page.md").write_text(
        f"```own\nkept\n```\n\n{fence('gitops-layer', 'layer: infra')}\n"
    )
    (tmp_path / "mkdocs.yml").write_text(
        "site_name: T\ntheme: {name: material, font: false}\nplugins: [gitops]\n"
    )
    config = load_config(str(tmp_path / "mkdocs.yml"), markdown_extensions=[settings])
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    html = page(tmp_path / "site", "page")
    assert '<div class="own">kept' in html and "<dt>Wave</dt>" in html


def test_where_a_code_block_can_stand(tmp_path: Path) -> None:
    """A block works in a list and in a quotation; one that a longer fence shows stays text."""
    inner = fence("gitops-layer", "layer: infra").replace("\n", "\n    ")
    shown = f"````markdown\n{fence('gitops-layer', 'layer: shown')}\n````"
    html = made(tmp_path, f"1. First\n\n    {inner}\n\n2. Second\n\n{shown}")
    assert re.search(
        r"<li>\s*<p>First</p>\s*<div class=\"gitops gitops-block\".*<dt>Wave</dt>.*</li>\s*<li>",
        html,
        re.DOTALL,
    )
    assert "layer: shown" in re.sub(r"<[^>]+>", "", html)


def test_search_leaves_blocks_out(tmp_path: Path) -> None:
    """What a block repeats is found on its own page only."""
    from tests.support.site import search_index

    make(
        tmp_path,
        files={"docs/a.md": f"# A\n\nOwn words.\n\n{fence('gitops-components')}\n"},
        strict=False,
    )
    [entry] = [entry for entry in search_index(tmp_path / "site") if entry["location"] == "a/"]
    assert "Own words" in entry["text"] and "podinfo" not in entry["text"]


def test_dirty_build_follows_the_facts(tmp_path: Path, found: list[Platform]) -> None:
    """With --dirty, a page is written again when a fact in it changed, and only then."""
    texts = {"docs/facts.md": fence("gitops-layer", "layer: infra"), "docs/plain.md": "# Plain\n"}
    # MkDocs keeps the search plugin in a process, and that keeps its index after a dirty build.
    site = make(tmp_path, files=texts, strict=False, plugins=[{"gitops": {}}])
    places = [site / "facts" / "index.html", site / "plain" / "index.html"]

    def again() -> list[bool]:
        """Which of the pages a dirty build writes."""
        for path in [*tmp_path.rglob("*.*")]:
            if path.is_file():
                os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns - 10**10))
        before = [path.stat().st_mtime_ns for path in places]
        config = load_config(str(tmp_path / "mkdocs.yml"))
        config.plugins.on_startup(command="build", dirty=True)
        build(config, dirty=True)
        return [path.stat().st_mtime_ns != age for path, age in zip(places, before, strict=True)]

    assert again() == [False, False]
    changed = [layer("infra", "apps2"), layer("apps2")]
    found[0] = replace(
        QUIET,
        layers=tuple(replace(item, wave=7) for item in changed),
        releases=(),
        alerts=(),
        sources=(),
        providers=(),
        variables=(),
        images=(),
    )
    assert again() == [True, False]
    assert again() == [False, False]
