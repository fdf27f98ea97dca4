"""`gitops-docs hub`: one site over many inventories."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from bench.hub import inventory
from gitops_docs.fleet import pages, view
from gitops_docs.fleet.fleet import Fleet, InventoryFile, Use, is_behind, newest
from gitops_docs.fleet.pages import Hub
from gitops_docs.fleet.view import Unreadable
from tests.support.commands import gitops_docs
from tests.support.history import commit
from tests.support.links import dead_links
from tests.support.small import FILES, RELEASE


@pytest.fixture
def inventories(tmp_path: Path) -> Path:
    """The inventories of two real repositories, one of which runs an older chart, and of a hostile
    one."""
    target = tmp_path / "inventories"
    target.mkdir()
    for name, version in (("team-a", "1.2.3"), ("team-b", "2.0.0")):
        commit(tmp_path / name, {**FILES, "infra/release.yaml": RELEASE.replace("1.2.3", version)})
        gitops_docs(
            "inventory", str(tmp_path / name), "--output", str(target / f"{name}.inventory.json")
        )
    return target


def hub(*arguments: str, site: Path, status: int = 0) -> str:
    """Run the command; its output."""
    done = gitops_docs("hub", *arguments, "--site-dir", str(site), status=status)
    return done.stdout + done.stderr


def test_inventories_are_not_deleted(inventories: Path) -> None:
    """The site does not go where the inventories are."""
    said = hub(str(inventories), site=inventories, status=2)
    assert f"{inventories}: has files" in said
    assert len(list(inventories.glob("*.inventory.json"))) == 2


def test_site_of_two_repositories(inventories: Path, tmp_path: Path) -> None:
    """Overview, the chart with both versions, who is behind; every link is alive; the numbers are
    published."""
    site = tmp_path / "site"
    said = hub(
        f"https://docs.example.org/a={inventories / 'team-a.inventory.json'}",
        str(inventories / "team-b.inventory.json"),
        site=site,
    )
    assert "2 repositories" in said
    assert dead_links(site) == []
    home = (site / "index.html").read_text()
    assert (
        "2 repositories with 2 clusters, 8 layers and 2 Helm releases. 1 release is behind" in home
    )
    chart = (site / "charts" / "ingress" / "charts.example.org" / "index.html").read_text()
    assert chart.index("1.2.3") < chart.index("2.0.0") and "newest here" in chart
    repository = (site / "repositories" / "team-a" / "index.html").read_text()
    assert (
        'href="https://docs.example.org/a/"' in repository
        and "No release is behind." not in repository
    )
    published = json.loads((site / "gitops" / "hub.json").read_text())
    assert [(item["name"], item["behind"]) for item in published["repositories"]] == [
        ("team-a", 1),
        ("team-b", 0),
    ]


def test_directory_of_inventories(inventories: Path, tmp_path: Path) -> None:
    """A directory stands for the inventories below it; what is none is named, left out, and
    fails."""
    (inventories / "broken.inventory.json").write_text("{")
    (inventories / "other.inventory.json").write_text('{"schema_version": 99}')
    (inventories / "odd.inventory.json").write_text('{"schema_version": 1, "layers": []}')
    said = hub(str(inventories), site=tmp_path / "site", status=1)
    assert (
        "2 repositories" in said
        and "broken.inventory.json is not JSON" in said
        and "schema_version 99" in said
    )
    assert "odd.inventory.json is not an inventory" in said
    assert "no inventory to make a site of" in hub(
        str(inventories / "broken.inventory.json"), site=tmp_path / "x", status=2
    )


def test_hostile_inventory(tmp_path: Path) -> None:
    """Text of an inventory is data on every page, and only web addresses become links."""
    payload = "\"><script>alert('CANARY')</script>{{ x }}"
    hostile = json.loads(json.dumps(inventory(1)).replace("charts.example.org", "x"))
    hostile["repository"]["url"] = "javascript:alert(1)"
    for item in (*hostile["helm_releases"], *hostile["alerts"]):
        item["name"] = payload
    hostile["helm_releases"][0]["chart"] = hostile["layers"][0]["reason"] = hostile["findings"][0][
        "message"
    ] = payload
    hostile["layers"][0]["status"] = "partial"
    hostile["images"][0]["image"] = payload
    hostile["clusters"][0]["id"] = payload
    path = tmp_path / "a.json"
    path.write_text(json.dumps(hostile))
    site = tmp_path / "site"
    hub(str(path), site=site)
    for page in [*site.rglob("*.html"), site / "gitops" / "hub.json"]:
        text = page.read_text(encoding="utf-8")
        assert "<script>alert" not in text and 'href="javascript' not in text, page
    assert dead_links(site) == []


def with_charts(number: int, *, rendered: bool = True) -> Any:
    """An inventory whose first release has a chart with three objects, an image and an alert."""
    made = json.loads(json.dumps(inventory(number)))
    first, second = made["helm_releases"][:2]
    origin = {
        "chart": "stack",
        "version": "1.0.0",
        "template": "a.yaml",
        "namespace": "apps",
        "release": "r",
    }
    first["rendering"] = {"absent": None if rendered else "it has not been pulled"}
    second["rendering"] = {"absent": "it has not been pulled"}
    if rendered:
        kinds = ("Deployment", "Service", "Service", "Job")
        first["objects"] = [{"kind": kind, "hooks": ["test"] * (kind == "Job")} for kind in kinds]
        layer = first["layer"]
        made["images"].append(
            {"layer": layer, "image": "registry.example.org/tally:7", "origin": origin}
        )
        made["images"].append({**made["images"][0], "origin": origin})
        made["alerts"].append({**made["alerts"][0], "name": "TallyStopped", "origin": origin})
    return made  # fmt: skip


def test_what_charts_make(tmp_path: Path) -> None:
    """Objects, images and alerts of charts are counted and marked; what was not rendered is not
    zero."""
    for number in (1, 2):
        path = tmp_path / f"team-{number}.json"
        path.write_text(json.dumps(with_charts(number, rendered=number == 1)))
    site = tmp_path / "site"
    hub(str(tmp_path / "team-1.json"), str(tmp_path / "team-2.json"), site=site)

    def rows(page: str) -> dict[str, list[str]]:
        tree = LexborHTMLParser((site / page / "index.html").read_text())
        found = [[cell.text() for cell in row.css("th, td")] for row in tree.css("tbody tr")]
        return {row[0]: row[1:] for row in found}

    home = (site / "index.html").read_text()
    assert "3 objects come from charts. Charts that were not rendered: 3." in home
    assert [row[-1] for row in rows("repositories").values()] == [
        "3, 1 not rendered",
        "0, 2 not rendered",
    ]
    images, alerts = rows("images"), rows("alerts")
    assert images["registry.example.org/tally"] == ["7 (1)", "1", "1", "chart stack (1)"]
    shared = images["registry.example.org/image-0"]
    assert shared[2:] == ["2", "manifests (2), chart stack (1)"]
    assert alerts["TallyStopped"][-1] == "chart stack (1)"
    assert alerts["Alert1"][-1] == "manifests (2)"
    assert "1 rule from charts" in (site / "alerts/index.html").read_text()
    own = rows("repositories/platform-1")
    assert (own["Deployment"], own["Service"], "Job" in own) == (["1"], ["2"], False)
    known = [row for row in rows("charts").values() if row[-1] == "3"]
    assert len(known) == 1
    published = json.loads((site / "gitops/hub.json").read_text())["repositories"]
    assert [(one["chart_objects"], one["charts_not_rendered"]) for one in published] == [
        (3, 1),
        (0, 2),
    ]


DELETED = object()
NESTED: Any = []
for _ in range(150):
    NESTED = [NESTED]


def small(number: int = 1) -> Any:
    """An inventory with one of each thing."""

    def trimmed(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: trimmed(value) for key, value in node.items()}
        return [trimmed(value) for value in node[:1]] if isinstance(node, list) else node

    return trimmed(json.loads(json.dumps(inventory(number))))


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    if path:
        yield path
    for key, value in (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    ):
        yield from places(value, (*path, key))


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, -1, 10**400, float("nan"), [], {}, [None], NESTED, DELETED),
        *(
            "",
            "\x00\x1b[31m\u202ex",
            "https://u:p@[::1",
            "<script>alert(1)</script>",
            "a/../../b" * 1000,
        ),
    ],
    ids=[
        *(
            "null",
            "true",
            "negative",
            "huge",
            "nan",
            "list",
            "mapping",
            "of-nulls",
            "nested",
            "gone",
        ),
        *("empty", "control", "address", "script", "long"),
    ],
)
def test_anything_in_any_place(tmp_path: Path, value: Any) -> None:
    """An inventory with this value in one place is read or refused with a short reason, and what is
    read makes harmless pages."""
    path = tmp_path / "a.json"
    for place in places(small()):
        changed = small()
        holder = changed
        for part in place[:-1]:
            holder = holder[part]
        if value is DELETED:
            del holder[place[-1]]
        else:
            holder[place[-1]] = value
        path.write_text(json.dumps(changed), encoding="utf-8")
        fleet = Fleet()
        try:
            fleet.add(InventoryFile(path))
        except Unreadable as error:
            assert len(str(error)) < 250 and str(error).isprintable(), place
            continue
        fleet.finish()
        made = Hub(fleet)
        json.dumps(made.summary()).encode()
        for page in made.pages():
            assert not any(
                part in page.html for part in ("<script>alert", "\x1b", "\u202e", "u:p@")
            ), place
            assert max(len(part.encode()) for part in page.uri.split("/")) < 200, place


def test_sizes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is larger than any inventory, or no JSON at all, is refused without a look at the
    rest."""
    path = tmp_path / "a.json"
    for content, said in (
        (b"[" * 100_000, "is not an inventory"),
        (b"\xff\xfe", "is not JSON"),
        (b"[1]", "is not an inventory"),
        (b"", "is not JSON"),
    ):
        path.write_bytes(content)
        with pytest.raises(Unreadable, match=said):
            Fleet().add(InventoryFile(path))
    path.write_text(json.dumps(small(1)))
    monkeypatch.setattr(view, "MAX_ENTRIES", 2)
    with pytest.raises(Unreadable, match="releases, images and alerts, more than the 2"):
        Fleet().add(InventoryFile(path))
    monkeypatch.setattr(view, "MAX_BYTES", 1000)
    path.write_bytes(b" " * 1001)
    with pytest.raises(Unreadable, match="larger than"):
        Fleet().add(InventoryFile(path))


MANY = 300


@pytest.mark.parametrize(
    ("family", "items"),
    {
        "charts": ("helm_releases", {"chart": "c{}", "version": "1.{}.0"}),
        "releases": ("helm_releases", {"name": "r{}", "version": "1.{}.0"}),
        "kinds": ("helm_releases", {"objects": [{"kind": "Kind{}"}]}),
        "images": ("images", {"image": "registry.example.org/i{}:1.{}.0"}),
        "tags": ("images", {"image": "registry.example.org/i:1.{}.0"}),
        "chart-images": ("images", {"origin": {"chart": "c{}"}, "image": "a:1.{}.0"}),
        "alerts": ("alerts", {"name": "Alert{}"}),
        "severities": ("alerts", {"severity": "severity-{}"}),
        "statuses": ("alerts", {"runbook": {"status": "status-{}"}}),
        "clusters": ("clusters", {"id": "cluster-{}"}),
        "states": ("layers", {"status": "status-{}"}),
        "findings": ("findings", {"severity": "error", "message": "message {}"}),
    }.items(),
)
def test_much_of_one_family(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: str, items: tuple[str, dict[str, Any]]
) -> None:
    """However much an inventory holds of something, tables end, and so do cells and the number of
    pages; what a table leaves out is counted on its page."""
    monkeypatch.setattr(pages, "_MOST_ROWS", 10)
    key, changed = items
    made = small(1)
    text = json.dumps({**made[key][0], **changed})
    made[key] = [json.loads(text.replace("{}", str(number))) for number in range(MANY)]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(made))
    fleet = Fleet()
    fleet.add(InventoryFile(path))
    fleet.finish()
    found = Hub(fleet).pages()
    assert len(found) < 20
    for page in found:
        parser = LexborHTMLParser(page.html)
        for table in parser.css("table"):
            assert len(table.css("tbody tr")) <= 50, (family, page.uri)
        assert max((len(cell.text()) for cell in parser.css("td")), default=0) < 500, page.uri
    if family in ("charts", "releases", "images", "alerts", "clusters"):
        assert any(f"of {MANY} are shown" in page.html for page in found)


def test_pages_never_share_an_address(tmp_path: Path) -> None:
    """Charts whose names differ in case, and repositories whose names look like numbered ones, have
    pages of their own."""
    fleet = Fleet()
    for number, (url, chart) in enumerate(
        (("https://x/a/p", "Web"), ("https://y/a/p", "web"), (None, "WEB"))
    ):
        made = small(number)
        made["repository"]["url"] = url
        made["helm_releases"][0]["chart"] = chart
        path = tmp_path / ("a-p (2).json" if url is None else f"{number}.json")
        path.write_text(json.dumps(made))
        fleet.add(InventoryFile(path))
    fleet.finish()
    uris = [page.uri.casefold() for page in Hub(fleet).pages()]
    assert len(set(uris)) == len(uris)


def test_names_of_repositories_are_unique(tmp_path: Path) -> None:
    """Two repositories of the same name get the longer name, two checkouts of one a number; pages
    never collide."""
    fleet = Fleet()
    for number, url in enumerate(
        ("https://x/a/platform", "https://x/b/platform", "https://x/b/platform", None)
    ):
        made = inventory(number)
        made["repository"]["url"] = url
        path = tmp_path / f"team-{number}" / "gitops" / "inventory.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(made))
        fleet.add(InventoryFile(path))
    fleet.finish()
    assert [member.name for member in fleet.members] == [
        "a/platform",
        "b/platform",
        "b/platform (2)",
        "team-3",
    ]
    assert len(set(Hub(fleet).homes)) == 4


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        (["1.2.3", "v1.10.0", "1.9.9"], "v1.10.0"),  # numbers, not text
        (["1.0.0", "2.0.0-rc.1"], "1.0.0"),  # a pre-release is not what one should run
        (["2.0.0-rc.1"], "2.0.0-rc.1"),
        (["1.x", ">=1.0", None], None),  # ranges are not versions
    ],
)
def test_newest(versions: list[str | None], expected: str | None) -> None:
    """The newest exact version of the fleet."""
    assert newest(Use(0, "c", "l", "n", version) for version in versions) == expected


def test_behind() -> None:
    """A range is never behind; what is newer than the newest release is not behind."""
    assert is_behind("1.2.3", "1.3.0") and is_behind("1.3.0-rc.1", "1.3.0")
    assert (
        not is_behind("1.x", "1.3.0")
        and not is_behind(None, "1.3.0")
        and not is_behind("1.3.0", "1.3.0")
    )


def test_work_is_linear(tmp_path: Path) -> None:
    """Four times as many repositories are at most 4.8 times as many calls of functions while
    reading and writing pages."""

    def calls(count: int) -> int:
        fleet = Fleet()
        for path in paths[:count]:
            fleet.add(InventoryFile(path))
        fleet.finish()
        return len(Hub(fleet).pages())

    paths = []
    for number in range(40):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(inventory(number)))
        paths.append(path)
    small, big = _counted(lambda: calls(10)), _counted(lambda: calls(40))
    assert big / small < 4.8, (small, big)


def _counted(work: Callable[[], Any]) -> int:
    """How many functions a piece of work calls: a measure of its cost that no other work on the
    machine changes."""
    number = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal number
        number += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return number
