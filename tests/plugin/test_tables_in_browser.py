"""Tables in a real browser: sorted, filtered, remembered in the address, and whole without the
script."""

from __future__ import annotations

import contextlib
import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from mkdocs.commands.build import build
from mkdocs.config import load_config
from playwright.sync_api import Browser, Page

from gitops_docs.model import Platform, Protection, Secret
from gitops_docs.scanner.scanner import Scan
from mkdocs_gitops import site as site_module
from tests.pages.platforms import layer, platform, release

pytestmark = [pytest.mark.browser, pytest.mark.slow]
VERSIONS = [
    "1.10.0",
    "1.9.0",
    "2.0.0",
    "1.2.0",
    "1.2.1",
    "1.0.0",
    "3.0.0",
    "0.1.0",
    "0.2.0",
    "0.10.0",
]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(root: Path, found: Platform) -> Iterator[str]:
    """The address of a site of a platform, while it is served."""
    (root / "docs").mkdir()
    (root / "mkdocs.yml").write_text(
        yaml.safe_dump(
            {
                "site_name": "T",
                "theme": {"name": "material", "font": False},
                "plugins": ["search", "gitops"],
            }
        )
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site_module.BuildState, "scan", lambda self, root, settings: Scan(found))
        build(load_config(str(root / "mkdocs.yml"), site_dir=str(root / "site")))
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(root / "site"))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page with ten releases."""
    releases = tuple(
        release(f"r{number}", "apps", version) for number, version in enumerate(VERSIONS)
    )
    with serving(
        tmp_path_factory.mktemp("tables"), platform(layer("apps"), releases=releases)
    ) as site:
        yield f"{site}platform/components/"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh tab, in which no script may fail."""
    context = browser.new_context()
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    context.close()
    assert errors == []


def names(page: Page) -> list[str]:
    """The releases that one sees, in their order."""
    return [cell.inner_text() for cell in page.locator("#releases tbody tr:visible th").all()]


def test_filter_counts_and_is_remembered(page: Page, address: str) -> None:
    """Typing hides rows, the count says how many are left, and the address brings the state
    back."""
    page.goto(address)
    page.locator(".gitops-filter input").fill("1.2")
    page.wait_for_url("**?releases=1.2")
    assert names(page) == ["r3", "r4"]
    assert page.locator(".gitops-filter output").inner_text() == "2 of 10 rows"
    page.goto(page.url)
    page.locator("#releases tbody tr[hidden]").first.wait_for(state="attached")
    assert names(page) == ["r3", "r4"]
    page.locator(".gitops-filter input").fill("")
    page.wait_for_url(address)
    assert len(names(page)) == 10


def test_sort_goes_by_numbers_both_ways(page: Page, address: str) -> None:
    """Versions sort as numbers do, a second click turns the order, and screen readers are told."""
    page.goto(address)
    head = page.locator("#releases thead th").nth(1)
    head.get_by_role("button").click()
    ordered = [
        f"r{number}"
        for number, _ in sorted(
            enumerate(VERSIONS), key=lambda pair: [int(part) for part in pair[1].split(".")]
        )
    ]
    assert names(page) == ordered
    assert head.get_attribute("aria-sort") == "ascending"
    head.get_by_role("button").click()
    assert names(page) == ordered[::-1]
    assert page.url.endswith("?releases-sort=1d")
    page.goto(page.url)
    page.locator("#releases th[aria-sort=descending]").wait_for()
    assert names(page) == ordered[::-1]


def test_tables_are_told_to_everybody(page: Page, address: str) -> None:
    """The filter has a label that one sees, its count is a live region, heads are buttons that the
    keyboard reaches."""
    page.goto(address)
    assert page.locator(".gitops-filter label").inner_text().startswith("Filter")
    assert page.get_by_label("Filter: Components").count() == 1
    assert page.locator(".gitops-filter").get_by_role("status").count() == 1
    page.locator("#releases thead button").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("#releases thead th").first.get_attribute("aria-sort") == "ascending"
    assert page.locator("#releases caption").inner_text().strip() == "Components"


@pytest.fixture(scope="module")
def long_list(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page with 150 Secrets in three namespaces."""
    secrets = tuple(
        Secret(
            "prod", layer("apps").id, "Secret", f"team-{number % 3}", f"s{number:03}",
            Protection.SOPS, ("key",), "apps/secrets.yaml", number,
        )
        for number in range(150)
    )  # fmt: skip
    with serving(tmp_path_factory.mktemp("long"), platform(layer("apps"), secrets=secrets)) as site:
        yield f"{site}platform/secrets/"


def seen(page: Page) -> list[str]:
    """The Secrets that one sees."""
    rows = page.locator("#secrets tbody tr:not(.gitops-group):visible th code").all()
    return [row.inner_text() for row in rows]


def test_groups_of_a_long_table_are_closed(page: Page, long_list: str) -> None:
    """A list of many screens begins with its groups; a click opens one, a filter finds rows in all
    of them, and a link opens the group of its row."""
    page.goto(long_list)
    page.locator(".gitops-group button").first.wait_for()
    assert seen(page) == []
    assert page.locator("#secrets .gitops-group:visible").count() == 3
    assert page.evaluate("document.documentElement.scrollHeight") < 2000
    group = page.get_by_role("button", name="team-1 (50)")
    assert group.get_attribute("aria-expanded") == "false"
    group.press("Enter")
    assert len(seen(page)) == 50 and group.get_attribute("aria-expanded") == "true"
    group.click()
    assert seen(page) == []
    page.get_by_label("Filter: Secrets").fill("s04")
    page.locator(".gitops-filter output", has_text="10 of 150 rows").wait_for()
    assert len(seen(page)) == 10
    page.goto("about:blank")
    page.goto(f"{long_list}#secret-team-2-s149")
    page.locator("code", has_text="s149").wait_for()
    assert len(seen(page)) == 50
    # On paper all rows stand there.
    page.emulate_media(media="print")
    assert len(seen(page)) == 150


def test_a_phone_shows_a_line_for_each_column(page: Page, address: str) -> None:
    """On a narrow screen a table without low columns names each cell, and nothing is cut off."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address.replace("components", "clusters/prod/layers/flux-system/apps"))
    cell = page.locator("#releases tbody td").first
    before = "cell => getComputedStyle(cell, '::before').content"
    assert cell.evaluate(before) == '"Chart: "'
    assert cell.evaluate("cell => cell.offsetWidth") > 300
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


MANY = 2000
_MEASURE = """async ([id, text]) => {
    const turn = () => new Promise(done => setTimeout(done))
    const table = document.getElementById(id), field = document.querySelector('.gitops-filter input')
    const body = table.tBodies[0], rows = Array.from(body.rows)
    const time = async (act, until) => {
        await turn()
        const start = performance.now()
        act()
        while (!until()) await turn()
        table.getBoundingClientRect()
        return performance.now() - start
    }
    const type = words => { field.value = words; field.dispatchEvent(new Event('input')) }
    const left = () => rows.filter(row => !row.hidden).length
    return {
        // What no script could do with less: take all rows out, put them back, and lay the table out.
        base: await time(() => { body.replaceChildren(); table.getBoundingClientRect(); body.append(...rows) }, () => true),
        filter: await time(() => type(text), () => left() < rows.length),
        clear: await time(() => type(''), () => left() === rows.length),
        sort: await time(() => table.querySelectorAll('thead button')[1].click(), () => true),
    }
}"""


@pytest.mark.long
def test_quick_with_many_rows(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    """With 2,000 rows, filter and sort take no longer than some layouts of the table, whatever the
    machine."""
    releases = tuple(
        release(f"release-{n:04}", "apps", f"{n % 7}.{n % 13}.{n}") for n in range(MANY)
    )
    with serving(
        tmp_path_factory.mktemp("many"), platform(layer("apps"), releases=releases)
    ) as site:
        page = browser.new_page()
        page.goto(f"{site}platform/components/")
        page.locator(".gitops-filter output", has_text=f"{MANY} rows").wait_for()
        took = page.evaluate(_MEASURE, ["releases", "release-19"])
        page.close()
    waiting = 80  # Milliseconds in which more letters may come.
    assert took["filter"] < 6 * took["base"] + waiting + 100, took
    assert took["clear"] < 6 * took["base"] + waiting + 100, took
    assert took["sort"] < 6 * took["base"] + 100, took


def test_without_the_script_all_is_there(browser: Browser, address: str) -> None:
    """The table is complete where no script runs."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert len(names(page)) == 10
    context.close()
