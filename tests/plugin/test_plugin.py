"""Sites that MkDocs builds with the plugin, from a platform that is made by hand."""

from __future__ import annotations

import dataclasses
import inspect
import json
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort
from msgspec.structs import replace

from gitops_docs.inventory.codec import dumps
from gitops_docs.model import Finding, Platform, Severity
from gitops_docs.scanner.scanner import Scan
from gitops_docs.settings.options import NO_OPTIONS, ClusterSetting, Settings
from mkdocs_gitops import navigation
from mkdocs_gitops.config import ClusterConfig, GitopsConfig
from mkdocs_gitops.output import frame
from mkdocs_gitops.serving.build_state import BuildState
from tests.pages.platforms import hostile, layer, platform, whole
from tests.support.links import dead_links
from tests.support.site import layer_pages, search_index

CLEAN = replace(
    whole(), findings=(Finding("orphan", Severity.INFO, "no layer reads it", "old/thing.yaml", 1),)
)
"""Everything that a page can show, and nothing that fails a strict build."""


@pytest.fixture(autouse=True)
def platform_of_scan(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Platform]]:
    """What the scanner finds, to be replaced by a test."""
    found = [CLEAN]
    monkeypatch.setattr(BuildState, "scan", lambda self, root, settings: Scan(found[0]))
    yield found


def make(
    root: Path,
    *,
    files: dict[str, str] | None = None,
    options: dict[str, Any] | None = None,
    strict: bool = True,
    **changes: Any,
) -> Path:
    """Build a site with the plugin below `root`; its directory."""
    (root / "docs").mkdir(parents=True, exist_ok=True)
    for name, text in {
        "docs/index.md": "# Home\n\n[Overview](platform/index.md)\n",
        **(files or {}),
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    settings = {
        "site_name": "Test",
        "site_dir": str(root / "site"),
        "theme": {
            "name": "material",
            "font": False,
            "features": ["navigation.indexes", "content.code.copy"],
        },
        "plugins": ["search", {"gitops": options or {}}],
        "validation": {
            "links": {"anchors": "warn", "unrecognized_links": "warn"},
            "nav": {"omitted_files": "warn"},
        },
        **changes,
    }
    (root / "mkdocs.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    config = load_config(str(root / "mkdocs.yml"), strict=strict)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    return root / "site"


def page(site: Path, place: str) -> str:
    """The HTML of a page."""
    return (site / place / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("directory_urls", [True, False])
def test_strict_build_without_a_dead_link(tmp_path: Path, directory_urls: bool) -> None:
    """A strict build succeeds, and every link of every page is alive, for both forms of
    addresses."""
    site = make(tmp_path, use_directory_urls=directory_urls)
    assert dead_links(site) == []
    assert len(list(site.rglob("*.html"))) > 20


def test_page_has_contents_search_and_inventory(tmp_path: Path) -> None:
    """A generated page has its table of contents and is in the search; the site publishes the
    inventory."""
    site = make(tmp_path)
    html = page(site, "platform/clusters/prod/layers/flux-system/apps")
    assert re.search(r'href="#what-it-applies"[^>]*>\s*What it applies', html)
    assert "<title>apps (layer, prod) - Test</title>" in html
    titles = {entry["location"]: entry["title"] for entry in search_index(site)}
    assert titles["platform/clusters/prod/layers/flux-system/infra/"] == "infra"
    assert "platform/clusters/prod/objects/" not in titles
    assert not [entry for entry in search_index(site) if "accTitle" in entry["text"]]
    assert json.loads((site / "gitops" / "inventory.json").read_text())["schema_version"] == 2
    assert set(layer_pages(site)) == {item.id for item in CLEAN.layers}


@pytest.mark.parametrize("theme", ["material", "mkdocs"])
def test_search_reads_entries_not_tables(tmp_path: Path, theme: str) -> None:
    """A page is found by its title and its words, a variable at its row; what the tables hold is
    not repeated, and still shown."""
    site = make(tmp_path, theme={"name": theme}, plugins=["search", {"gitops": {}}])
    entries = {entry["location"]: entry for entry in search_index(site)}
    for variable in {variable.name for variable in CLEAN.variables}:
        # MkDocs' own search knows places that are in the table of contents only.
        place = f"platform/variables/{f'#variable-{variable}' if theme == 'material' else ''}"
        assert f"${{{variable}}}" in entries[place]["text"]
        assert f'id="variable-{variable}"' in page(site, "platform/variables/")
    assert all(len(entry["text"]) < 1000 for entry in entries.values())
    assert "<table" in page(site, "platform/variables/")


def test_hand_written_links_to_anchors_are_checked(tmp_path: Path) -> None:
    """MkDocs knows the anchors of generated pages: a link to one is fine, to a missing one it
    fails."""
    there = "platform/clusters/prod/layers/flux-system/apps.md"
    make(tmp_path / "good", files={"docs/index.md": f"[x]({there}#health-checks)"})
    with pytest.raises(Abort):
        make(tmp_path / "bad", files={"docs/index.md": f"[x]({there}#nothing)"})


def test_navigation_is_appended(tmp_path: Path) -> None:
    """The section comes last, with the layers in it; previous and next lead through it."""
    site = make(tmp_path, theme={"name": "material", "features": ["navigation.footer"]})
    home = page(site, "")
    assert home.index("Home") < home.index("Platform") < home.index("Findings")
    assert 'href="platform/clusters/prod/layers/flux-system/apps/"' in home
    assert 'rel="next"' in home or 'aria-label="Next: ' in home


def sidebar(html: str) -> str:
    """The primary navigation of a page of Material."""
    return html.partition('<nav class="md-nav md-nav--primary')[2].partition(
        '<div class="md-content"'
    )[0]


def test_sidebar_opens_the_branch_of_the_page(tmp_path: Path) -> None:
    """A page that the navigation does not have marks its list and opens the branch of that; the
    other branches are links."""
    site = make(tmp_path)
    leaf, index = (
        sidebar(page(site, "platform/clusters/prod/releases/apps/podinfo")),
        sidebar(page(site, "platform/variables")),
    )
    assert "Bootstrap" in leaf and "Bootstrap" not in index
    assert "Security" in leaf and "Security" in index
    active = re.findall(r'md-nav__item--active[^"]*">\s*<a href="[^"]*" class="md-nav__link">'
                        r'\s*([^<]+?)\s*<', leaf)  # fmt: skip
    assert active == ["Components"]


def order(html: str, *names: str) -> list[str]:
    """Names in the order in which the sidebar has them."""
    shown = sidebar(html)
    found = {name: re.search(rf">\s*{name}\s*<", shown) for name in names}
    return sorted(
        (name for name, match in found.items() if match),
        key=lambda name: found[name].start(),  # type: ignore[union-attr]
    )


WRITTEN = {f"docs/p{number:02d}.md": f"# Written {number:02d}\n" for number in range(14)}


@pytest.mark.parametrize(
    ("options", "changes", "expected"),
    [
        ({}, {}, ["Platform", "Written 00"]),
        ({}, {"nav": ["index.md", "p00.md"]}, ["Written 00", "Platform"]),
        ({}, {"nav": ["index.md", *(f"p{n:02d}.md" for n in range(14))]}, ["Platform", "Written 00"]),
        ({"navigation": "last"}, {}, ["Written 00", "Platform"]),
        ({"navigation": "first"}, {"nav": ["index.md", "p00.md"]}, ["Platform", "Written 00"]),
        ({}, {"nav": ["index.md", {"Ours": "platform/index.md"}, "p00.md"]}, ["Ours", "Written 00"]),
    ],
    ids=["no nav", "nav", "long nav", "last", "first", "place in nav"],
)  # fmt: skip
def test_section_stands_where_it_is_found(
    tmp_path: Path, options: dict[str, Any], changes: dict[str, Any], expected: list[str]
) -> None:
    """Platform comes first without `nav` and beside many entries, where `nav` names its overview,
    or where the option says."""
    site = make(tmp_path, options=options, files=WRITTEN, **changes, validation={"nav": {"omitted_files": "ignore"}})  # fmt: skip
    assert order(page(site, ""), *expected) == expected
    ours = page(site, "platform/variables")
    assert order(ours, expected[0], "Overview", "Security")[0] == expected[0]
    assert len(re.findall("md-nav__item", sidebar(ours))) < 100
    assert len(sidebar(ours)) < 12_000


def test_navigation_of_a_big_site_is_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a long navigation, hand-written pages show a link in place of our section."""
    monkeypatch.setattr(navigation, "MANY", 10)
    site = make(tmp_path)
    home = page(site, ".")
    assert "Health checks" not in home
    assert re.search(
        r'<a href="platform/" class="md-nav__link">\s*<span class="md-ellipsis">\s*Platform', home
    )
    assert dead_links(site) == []


def test_leaf_pages_lie_in_the_section(tmp_path: Path) -> None:
    """A page that the navigation does not have has an active tab, and its section in the
    sidebar."""
    site = make(tmp_path, theme={"name": "material", "features": ["navigation.tabs"]})
    leaf = page(site, "platform/clusters/prod/releases/apps/podinfo")
    assert re.search(
        r'md-tabs__item md-tabs__item--active">\s*<a href="[./]+"[^>]*>\s*Platform', leaf
    )
    assert "Components" in leaf


def test_blank_lines_of_the_theme_are_left_out(tmp_path: Path) -> None:
    """Around the content of our pages no line is blank; inside, and on other pages, nothing
    changes."""
    site = make(tmp_path, files={"docs/code.md": "```\na\n\n\nb\n```\n"})
    before, _, after = page(site, "platform/variables").partition('<div class="gitops">')
    assert "\n\n" not in before and "\n  " not in before and after
    assert "a\n\n\nb" in page(site, "code")


def test_navigation_of_the_author_wins(tmp_path: Path) -> None:
    """Where `nav` names a generated page, or the option says so, nothing is appended."""
    named = make(tmp_path / "named", nav=[{"Home": "index.md"}, {"Ours": "platform/components.md"}])
    assert "Health checks" not in page(named, "")
    off = make(tmp_path / "off", options={"nav": False})
    assert "Health checks" not in page(off, "")
    assert (off / "platform" / "components" / "index.html").is_file()


def test_hand_written_page_wins(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A page of the author is never replaced; the log names both, and a strict build fails."""
    files = {"docs/Platform/components.md": "# Written by hand\n"}
    with caplog.at_level(logging.WARNING):
        site = make(tmp_path, files=files, strict=False)
    assert "Platform/components.md and the generated page platform/components.md" in caplog.text
    assert "page-collision" in caplog.text
    assert "Written by hand" in page(site, "Platform/components")
    assert not (site / "platform" / "components" / "index.html").exists()
    with pytest.raises(Abort):
        make(tmp_path, files=files)


def test_errors_and_warnings_fail_a_strict_build(
    tmp_path: Path, platform_of_scan: list[Platform], caplog: pytest.LogCaptureFixture
) -> None:
    """An error or a warning is one line in the log with its place; remarks are summed up and fail
    nothing."""
    platform_of_scan[0] = whole()
    with caplog.at_level(logging.INFO), pytest.raises(Abort):
        make(tmp_path)
    warnings = [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and "gitops" in record.name
    ]
    assert len(warnings) == 1 and "clusters/prod/apps.yaml:11: error:" in warnings[0]
    assert "1 finding of level info" in caplog.text


def test_titles_are_data(tmp_path: Path, platform_of_scan: list[Platform]) -> None:
    """Front matter, titles and navigation of a hostile platform add no markup to a page."""
    payload = "\"<script>alert('CANARY')</script>\n---\n: {{ x }}"
    platform_of_scan[0] = hostile(payload)
    site = make(tmp_path, strict=False)
    for path in site.rglob("*.html"):
        assert "<script>alert" not in path.read_text(encoding="utf-8"), path
    assert "<script>alert" not in (site / "gitops" / "inventory.json").read_text()


def test_same_input_same_bytes_and_untouched_stubs(tmp_path: Path) -> None:
    """A second build gives the same pages and rewrites no stub, so that `--dirty` has nothing to
    do."""
    first = {
        path.relative_to(tmp_path): path.read_bytes()
        for path in make(tmp_path).rglob("platform/**/*.html")
    }
    stubs = {
        path: path.stat().st_mtime_ns for path in (tmp_path / ".cache" / "gitops").rglob("*.md")
    }
    for path in stubs:
        os.utime(path, ns=(1, 1))
    second = {
        path.relative_to(tmp_path): path.read_bytes()
        for path in make(tmp_path).rglob("platform/**/*.html")
    }
    assert first == second
    assert {path.stat().st_mtime_ns for path in stubs} == {1}


def test_stubs_of_gone_pages_are_removed(tmp_path: Path, platform_of_scan: list[Platform]) -> None:
    """A layer that vanished leaves neither a page nor a stub."""
    make(tmp_path)
    platform_of_scan[0] = platform(layer("infra"))
    site = make(tmp_path)
    assert not (
        tmp_path / ".cache" / "gitops" / "platform" / "clusters" / "staging"
    ).exists() or not list(
        (tmp_path / ".cache" / "gitops" / "platform" / "clusters" / "staging").rglob("*.md")
    )
    assert not (site / "platform" / "clusters" / "staging").exists()


def test_own_mermaid_library(tmp_path: Path) -> None:
    """With a path, the site serves the library itself and loads it lazily; a path that is none is
    an error."""
    (tmp_path / "lib.js").write_text("library")
    site = make(tmp_path, options={"mermaid": "lib.js"})
    assert (site / "gitops" / "mermaid.min.js").read_text() == "library"
    html = page(site, "platform")
    assert "gitops/mermaid-loader.js" in html and "mermaid.min.js" not in html
    with pytest.raises(Abort):
        make(tmp_path, options={"mermaid": "gone.js"})


@pytest.mark.parametrize("theme", ["mkdocs", "readthedocs"])
def test_other_themes(tmp_path: Path, theme: str) -> None:
    """Other themes build strictly, with the markup that mkdocs-mermaid2-plugin draws."""
    site = make(tmp_path, theme={"name": theme})
    assert dead_links(site) == []
    assert '<pre><code class="language-mermaid">%%{init' in page(site, "platform")


def test_templates_of_the_theme_come_first(tmp_path: Path) -> None:
    """`gitops/layer.html` in the theme's custom_dir replaces ours."""
    files = {
        "overrides/gitops/layer.html": '<h1>{{ layer.name }} as we like it</h1>{{ page.heading(2, "Facts") }}'
    }
    broken_links = {"validation": {"links": {"anchors": "ignore"}}}
    site = make(
        tmp_path,
        files=files,
        strict=False,
        theme={"name": "material", "custom_dir": str(tmp_path / "overrides")},
        **broken_links,
    )
    assert "<h1>apps as we like it</h1>" in page(
        site, "platform/clusters/prod/layers/flux-system/apps"
    )


def test_site_without_a_home_page_gets_one(tmp_path: Path) -> None:
    """The site's address leads somewhere, also where the author wrote no page at all."""
    site = make(tmp_path, files={"docs/index.md": ""})
    assert (site / "index.html").is_file()
    (tmp_path / "docs" / "index.md").unlink()
    root = tmp_path / "empty"
    (root / "docs").mkdir(parents=True)
    (root / "mkdocs.yml").write_text("site_name: Empty\nplugins: [gitops]\n")
    config = load_config(str(root / "mkdocs.yml"), site_dir=str(root / "site"), strict=True)
    build(config)
    assert 'href="platform/"' in (root / "site" / "index.html").read_text()


def test_page_that_is_too_large_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A page beyond the limit is published, and a strict build fails."""
    monkeypatch.setattr(frame, "MAX_BYTES", 20_000)
    with caplog.at_level(logging.WARNING):
        site = make(tmp_path, strict=False)
    assert "platform/index.md has " in caplog.text and "[page-too-large]" in caplog.text
    assert page(site, "platform")
    with pytest.raises(Abort):
        make(tmp_path)


def test_redirects(tmp_path: Path) -> None:
    """An old address leads to the new one; an entry for a page that exists is an author's
    mistake."""
    site = make(
        tmp_path / "good",
        options={"redirects": {"platform/old/apps/": "platform/components/#releases"}},
    )
    assert 'url=../../components/#releases"' in page(site, "platform/old/apps")
    assert dead_links(site) == []
    with pytest.raises(Abort):
        make(tmp_path / "bad", options={"redirects": {"platform/components/": "platform/"}})


def test_moved_layers_are_redirected(
    tmp_path: Path, platform_of_scan: list[Platform], caplog: pytest.LogCaptureFixture
) -> None:
    """With the inventory that was published before, the page of a renamed layer leads to the new
    one."""
    (tmp_path / "before.json").write_text(dumps(platform(layer("infra"), layer("old"))))
    platform_of_scan[0] = platform(layer("base", path="./infra"))
    with caplog.at_level(logging.INFO):
        site = make(tmp_path, options={"previous_inventory": "before.json"})
    assert 'url=../base/"' in page(site, "platform/clusters/prod/layers/flux-system/infra")
    assert "layer prod/flux-system/old is gone" in caplog.text
    with pytest.raises(Abort):
        make(tmp_path, options={"previous_inventory": "gone.json"})


def test_options_are_the_settings() -> None:
    """The plugin's options and the engine's settings have the same names and defaults, and every
    option is documented."""
    options = {name: option.default for name, option in GitopsConfig._schema}
    settings = {
        field.name: getattr(Settings(), field.name)
        for field in dataclasses.fields(Settings)
        if field.name not in NO_OPTIONS
    }
    assert set(options) == set(settings)
    for name, value in settings.items():
        assert options[name] == (list(value) if isinstance(value, tuple) else value), name
    assert {name for name, _ in ClusterConfig._schema} == {
        field.name for field in dataclasses.fields(ClusterSetting)
    }
    text = Path(inspect.getfile(GitopsConfig)).read_text(encoding="utf-8")
    for name in [*options, "name", "path", "context"]:
        assert re.search(rf'^    {name} = opt\..*\n    """\w*', text, re.MULTILINE) or re.search(
            rf'^    {name} = opt\..*\n    """`', text, re.MULTILINE
        ), name


def test_edit_links_lead_to_the_manifest(tmp_path: Path) -> None:
    """`edit_uri` stands for docs_dir, so the manifest is found from there through the Git
    prefix."""
    import subprocess

    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "k8s").mkdir()
    site = make(
        tmp_path,
        options={"repository": "k8s"},
        repo_url="https://git.example.org/team/platform",
        edit_uri="edit/main/docs/",
        theme={"name": "material", "features": ["content.action.edit"]},
    )
    assert "https://git.example.org/team/platform/edit/main/k8s/clusters/prod/apps.yaml" in page(
        site, "platform/clusters/prod/layers/flux-system/apps"
    )
    assert "edit/main" not in page(site, "platform/components")


def test_tags_where_the_site_lists_them(tmp_path: Path) -> None:
    """With Material's plugin `tags` a page says what it is and what is special about it; without,
    nothing is shown."""
    place = "platform/clusters/prod/layers/flux-system/paused"
    with_tags = make(tmp_path / "with", plugins=["search", "tags", {"gitops": {}}])
    assert re.findall(r'class="md-tag">\s*([^<]+?)\s*<', page(with_tags, place)) == [
        "layer",
        "partial",
        "prod",
        "suspended",
    ]
    assert "md-tag" not in page(make(tmp_path / "without"), place)


def test_missing_page_helps(tmp_path: Path) -> None:
    """Material's empty 404 page is replaced by one that searches; the author's own comes before
    it."""
    assert "data-gitops-missing" in (make(tmp_path / "ours") / "404.html").read_text()
    own = make(
        tmp_path / "own",
        files={"overrides/404.html": "mine"},
        theme={"name": "material", "custom_dir": str(tmp_path / "own" / "overrides")},
    )
    assert (own / "404.html").read_text() == "mine"
