"""The module that writes files: whole or not at all, in the directory that was named, and through
no link."""

from __future__ import annotations

import json
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gitops_docs.files import folder as folder_module
from gitops_docs.files import writer
from gitops_docs.files.built import MARKER, BuiltSite
from gitops_docs.files.folder import is_git, open_folder
from gitops_docs.files.temporary import temporary_directory
from gitops_docs.files.writer import Directory, Refused, clean, write_named
from tests.support.commands import gitops_docs

Write = Callable[[Mapping[str, str]], Path]
ROOT = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {interval: 10m, path: ./apps, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""
FILES = {
    "clusters/prod/apps.yaml": ROOT,
    "apps/web.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n",
    "docs/index.md": "# Home\n",
    ".git/HEAD": "ref: refs/heads/main\n",
}
MAIN = "from gitops_docs.cli.main import main; main(prog_name='gitops-docs')"


@pytest.fixture(params=[True, False], ids=["openat", "paths"])
def openat(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """With names relative to open directories, and by path, as on Windows."""
    monkeypatch.setattr(folder_module, "RELATIVE", request.param)
    given: bool = request.param
    return given


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A repository `repo` with a link at each depth, and something outside of it."""
    (tmp_path / "outside" / "notes").mkdir(parents=True)
    (tmp_path / "outside" / "precious.txt").write_text("precious")
    repo = tmp_path / "repo"
    (repo / ".git").mkdir(parents=True)
    (repo / "a" / "b").mkdir(parents=True)
    (repo / "a" / "file").write_text("old")
    (repo / "a" / "out").symlink_to(tmp_path / "outside")
    (repo / "a" / "up").symlink_to("../../outside")
    (repo / "a" / "inside").symlink_to("b")
    (repo / "a" / "dangling").symlink_to(tmp_path / "outside" / "new")
    (repo / "a" / "leaf").symlink_to(tmp_path / "outside" / "precious.txt")
    (repo / "a" / "self").symlink_to("self")
    return repo


REFUSED = [
    *(
        "a/out/x",
        "a/out/notes/x",
        "a/up/precious.txt",
        "a/inside/x",
        "a/dangling",
        "a/dangling/x",
        "a/leaf",
    ),
    *(
        "a/self",
        "a/self/x",
        "a/file/x",
        "a/b",
        "../outside/precious.txt",
        "a/../../outside/x",
        "/etc/x",
        "",
    ),
    *(
        ".",
        "..",
        "a//b",
        "a/",
        "./a",
        ".git/config",
        ".GIT/config",
        "a/.git/x",
        ".git ",
        ".git.",
        "git~1/config",
    ),
    *(".g\u200cit/config", ".git::$INDEX_ALLOCATION/config", "a\0b", "\ud800"),
]


@pytest.mark.parametrize("name", REFUSED)
def test_names_that_are_refused(place: Path, openat: bool, name: str) -> None:
    """A name that leaves the directory, leads through a link, is `.git` or no file: nothing is
    written, read or removed."""
    before = sorted(place.parent.rglob("*"))
    with Directory(place, place) as directory:
        with pytest.raises(Refused):
            directory.write(name, b"new")
        assert directory.read(name, 100) is None
        with suppress(Refused):
            assert directory.remove(name) is False
    assert sorted(place.parent.rglob("*")) == before
    assert (place.parent / "outside" / "precious.txt").read_text() == "precious"


@pytest.mark.parametrize(
    "name",
    [
        "a/out",
        "a/out/notes/x",
        "a/up/x",
        "a/inside/x",
        "a/leaf",
        "a/dangling",
        ".git/config",
        "a/../a/out/x",
    ],
)
def test_paths_of_the_user_that_are_refused(place: Path, openat: bool, name: str) -> None:
    """A path that the user names does not lead through a link that the repository brings."""
    with pytest.raises(OSError):
        write_named(place / name, b"new", place)
    with pytest.raises(OSError):
        write_named(place / name, b"new", place / "a", make=True)
    assert not (place.parent / "outside" / "new").exists()
    assert (place.parent / "outside" / "precious.txt").read_text() == "precious"


def test_links_of_the_user_are_followed(place: Path, openat: bool) -> None:
    """A link outside of the repository is the user's own; a chain of them that leads back into the
    repository counts there again."""
    base = place.parent
    (base / "mine").symlink_to("outside/notes")
    (base / "file.json").symlink_to("outside/precious.txt")
    (base / "back").symlink_to("repo/a")
    write_named(base / "mine" / "x", b"new", place)
    write_named(base / "file.json", b"new", place)
    write_named(base / "back" / "b" / "y", b"new", place)
    assert (
        (base / "outside" / "notes" / "x").read_text()
        == (base / "outside" / "precious.txt").read_text()
        == "new"
    )
    assert (base / "file.json").is_symlink() and (place / "a" / "b" / "y").is_file()
    with pytest.raises(Refused):
        write_named(base / "back" / "out" / "x", b"new", place)
    with pytest.raises(Refused):
        write_named(base / "mine" / ".." / ".." / "repo" / "a" / "leaf", b"new", place)


def test_a_link_that_appears_between_look_and_use(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody puts a link in the place of a directory after it was looked at: the system refuses
    to open it."""
    real = folder_module.Folder.look

    def looks(self: folder_module.Folder, name: str) -> os.stat_result | None:
        status = real(self, name)
        if name == "b" and (place / "a" / "b").is_dir() and not (place / "a" / "b").is_symlink():
            (place / "a" / "b").rmdir()
            (place / "a" / "b").symlink_to(place.parent / "outside")
        return status

    monkeypatch.setattr(folder_module.Folder, "look", looks)
    with Directory(place, place) as directory, pytest.raises(OSError):
        directory.write("a/b/x", b"new")
    assert not (place.parent / "outside" / "x").exists()


def test_what_is_kept(tmp_path: Path, openat: bool) -> None:
    """Permissions stay, another name of the file keeps the old bytes, a new file has those of the
    umask; nothing is left beside it."""
    (tmp_path / "file").write_text("old")
    (tmp_path / "file").chmod(0o640)
    os.link(tmp_path / "file", tmp_path / "other")
    with Directory(tmp_path) as directory:
        assert directory.write("file", b"new") and directory.write("new/deep/file", b"x")
        assert directory.write("file", b"never", new=True) is False
    assert (tmp_path / "file").read_text() == "new" and (tmp_path / "other").read_text() == "old"
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "new", "other"]


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), KeyboardInterrupt(), SystemExit(143)]
)
@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_fault_at_each_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, openat: bool, call: str, error: BaseException
) -> None:
    """Wherever writing ends, the old file is whole, and no other is left."""
    (tmp_path / "file").write_text("old")

    def fails(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(writer.os, call, fails)
    with Directory(tmp_path) as directory, pytest.raises(type(error)):
        directory.write("file", b"new")
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["file"] and (
        tmp_path / "file"
    ).read_text() == "old"


def test_deep_and_wide_trees_are_removed(tmp_path: Path) -> None:
    """1,500 directories in each other and 300 beside each other, with links out, are removed; what
    the links lead to stays."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("x")
    with Directory(tmp_path) as directory:
        directory.make("tree")
        directory.write("/".join(["tree", *["d"] * 1500, "file"]), b"x", durable=False)
        for number in range(300):
            directory.write(f"tree/{number}/file", b"x", durable=False)
        (tmp_path / "tree" / "5" / "link").symlink_to(tmp_path / "mine")
        directory.remove_tree("tree")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"] and (
        tmp_path / "mine" / "file"
    ).is_file()


def test_temporary_directory_is_private_and_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only its user may read it, and it is gone where the block ends with an exception too."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(ValueError), temporary_directory() as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        raise ValueError
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (".git", True),
        (".GiT", True),
        ("GIT~1", True),
        (".git. .", True),
        (".gitignore", False),
        ("x.git", False),
        (".github", False),
    ],
)
def test_names_of_git(name: str, expected: bool) -> None:
    """What some file system takes for `.git`, and what none does."""
    assert is_git(name) is expected and (clean(name) is None) is expected


def test_directory_that_may_only_be_passed(tmp_path: Path) -> None:
    """A directory on the way need not be readable."""
    (tmp_path / "closed" / "open").mkdir(parents=True)
    (tmp_path / "closed").chmod(0o311)
    try:
        with open_folder(tmp_path / "closed" / "open") as opened:
            assert list(opened.entries()) == []
    finally:
        (tmp_path / "closed").chmod(0o755)


# ------------------------------------------------------------------------------------------------
# sites


def build(path: Path, files: Mapping[str, str], *, fail: bool = False) -> None:
    """A build that writes these files."""
    with BuiltSite(path) as site:
        for name, text in files.items():
            (site.building / name).parent.mkdir(parents=True, exist_ok=True)
            (site.building / name).write_text(text)
        if fail:
            raise RuntimeError
        site.replace()


def listed(path: Path) -> set[str]:
    return {item.relative_to(path).as_posix() for item in path.rglob("*") if not item.is_dir()} - {
        MARKER
    }


def test_site_is_replaced_and_the_rest_stays(tmp_path: Path, openat: bool) -> None:
    """Pages that are gone are removed with their directories, new ones are there, what somebody put
    beside them stays."""
    site = tmp_path / "deep" / "site"
    build(site, {"index.html": "1", "a/index.html": "1", "b/c/index.html": "1"})
    (site / "CNAME").write_text("mine")
    (site / "b" / "mine.txt").write_text("mine")
    build(site, {"index.html": "2", "d/index.html": "2"})
    assert listed(site) == {"index.html", "d/index.html", "CNAME", "b/mine.txt"}
    assert (
        (site / "index.html").read_text() == "2"
        and not (site / "a").exists()
        and not (site / "b" / "c").exists()
    )


def test_site_whose_pages_become_directories(tmp_path: Path) -> None:
    """A file where a directory was, and the other way round, are not a hindrance where both are
    ours."""
    build(tmp_path / "site", {"a": "1", "b/c": "1"})
    build(tmp_path / "site", {"a/x": "2", "b": "2"})
    assert listed(tmp_path / "site") == {"a/x", "b"}


@pytest.mark.parametrize("foreign", ["d/index.html", "d", "d/index.html/x", "link"])
def test_site_does_not_replace_files_of_others(tmp_path: Path, foreign: str) -> None:
    """Where a page would replace something that no build made, nothing is changed and the path is
    named."""
    site = tmp_path / "site"
    build(site, {"index.html": "1"})
    (tmp_path / "mine").mkdir()
    if foreign == "link":
        (site / "d").symlink_to(tmp_path / "mine")
    else:
        (site / foreign).parent.mkdir(parents=True, exist_ok=True)
        (site / foreign).write_text("mine")
    with pytest.raises(Refused, match="not from an earlier build"):
        build(site, {"index.html": "2", "d/index.html": "2"})
    assert (site / "index.html").read_text() == "1" and not list((tmp_path / "mine").iterdir())
    assert foreign == "link" or (site / foreign).read_text() == "mine"


def test_build_that_fails_keeps_the_site(tmp_path: Path) -> None:
    """The earlier site stays as it was; a directory that was made for the build is gone again."""
    build(tmp_path / "site", {"index.html": "1"})
    for path in (tmp_path / "site", tmp_path / "new" / "deep"):
        with pytest.raises(RuntimeError):
            build(path, {"index.html": "2"}, fail=True)
    assert (
        listed(tmp_path / "site") == {"index.html"}
        and (tmp_path / "site" / "index.html").read_text() == "1"
    )
    assert not (tmp_path / "new").exists()


def test_what_a_killed_build_left(tmp_path: Path) -> None:
    """The next build removes it; that of a build which is still going on stays."""
    build(tmp_path / "site", {"index.html": "1"})
    left = tmp_path / "site" / ".gitops-docs-building-0123456789abcdef"
    left.mkdir()
    with BuiltSite(tmp_path / "site") as running:
        assert not left.exists()
        build(tmp_path / "site", {"index.html": "2"})
        assert running.building.is_dir()
    assert listed(tmp_path / "site") == {"index.html"}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"version": 1}',
        '{"version": 1, "files": 7}',
        '{"version": 9, "files": []}',
        "[" * 99999,
    ],
)
def test_markers_that_are_none(tmp_path: Path, content: str) -> None:
    """A directory with a broken marker is not an earlier site, and stays as it is."""
    (tmp_path / MARKER).write_text(content)
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(Refused, match="choose a new --site-dir"):
        build(tmp_path, {"index.html": "2"})
    assert {path.name for path in tmp_path.iterdir()} == {MARKER, "mine"}


def test_marker_is_not_believed_beyond_its_directory(tmp_path: Path) -> None:
    """A marker that names files elsewhere removes none of them."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("x")
    site = tmp_path / "site"
    site.mkdir()
    (site / "link").symlink_to(tmp_path / "mine")
    (site / ".git").mkdir()
    (site / ".git" / "config").write_text("x")
    names = [
        "../mine/file",
        str(tmp_path / "mine" / "file"),
        "link/file",
        "link",
        ".git/config",
        "..",
        "",
        7,
        None,
    ]
    (site / MARKER).write_text(json.dumps({"version": 1, "files": names}))
    build(site, {"index.html": "1"})
    assert (
        (tmp_path / "mine" / "file").is_file()
        and (site / ".git" / "config").is_file()
        and (site / "link").is_symlink()
    )


# ------------------------------------------------------------------------------------------------
# faults


def limited(size: int) -> Callable[[], None]:
    """Nothing larger can be written, as on a full disk."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("size", [0, 100])
def test_full_disk_for_each_writer(repository: Write, tmp_path: Path, size: int) -> None:
    """Each command that writes says that it failed, names the file, leaves the old one whole, and
    nothing beside it."""
    root = repository({**FILES, "known.json": "old", "docs/gitops/exported.json": "[]"})
    for name in ("inventory.json", "diff.md"):
        (tmp_path / name).write_text("old")
    tried = {
        "inventory.json": ["inventory", str(root), "-o", str(tmp_path / "inventory.json")],
        "known.json": [
            "check",
            str(root),
            "--write-baseline",
            "--baseline",
            str(root / "known.json"),
        ],
        "exported": ["export", str(root), str(tmp_path / "exported")],
        "catalog.yml": [
            "export",
            str(root),
            str(tmp_path / "exported"),
            "--catalog",
            str(tmp_path / "catalog.yml"),
        ],
        "mkdocs.yml": ["init", str(root), "--ci", "none"],
        "site": ["build", str(root), "--site-dir", str(tmp_path / "site")],
    }
    before = {path for path in root.rglob("*") if ".cache" not in path.parts}
    # Python itself would keep half a compiled module, and end with an exception ever after.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    for what, arguments in tried.items():
        done = subprocess.run(
            [sys.executable, "-c", MAIN, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            preexec_fn=limited(size),
            check=False,
            timeout=120,
        )
        assert done.returncode == 2 and "Traceback" not in done.stderr, (what, done.stderr)
    assert (
        (tmp_path / "inventory.json").read_text()
        == (tmp_path / "diff.md").read_text()
        == (root / "known.json").read_text()
        == "old"
    )
    left = {path for path in root.rglob("*") if ".cache" not in path.parts} - before
    assert {path for path in left if path.is_file() and path.stat().st_size in (0, size)} == set()
    assert not list(tmp_path.rglob(".gitops-docs-*")) and not (tmp_path / "site").exists()


@pytest.mark.parametrize(
    ("command", "number"),
    [
        ("build", signal.SIGTERM),
        ("build", signal.SIGHUP),
        ("build", signal.SIGINT),
        ("serve", signal.SIGTERM),
    ],
)
def test_signals_leave_nothing(
    repository: Write, tmp_path: Path, command: str, number: int
) -> None:
    """A command that is ended in the middle leaves nothing in the temporary directory, nor half a
    site."""
    root = repository(FILES)
    (tmp_path / "tmp").mkdir()
    slow = "import time\ndef on_env(env, **_):\n    print('here', flush=True)\n    time.sleep(60)\n"
    (root / "slow.py").write_text(slow)
    (root / "mkdocs.yml").write_text("site_name: s\nhooks: [slow.py]\nplugins: [search, gitops]\n")
    arguments = (
        ["build", str(root), "--site-dir", str(tmp_path / "site")]
        if command == "build"
        else ["serve", str(root), "--dev-addr", "127.0.0.1:0"]
    )
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if "here" in line:
            break
    time.sleep(0.05)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert "Traceback" not in said, said
    assert process.returncode == (128 + number if number != signal.SIGINT else process.returncode)
    assert not list((tmp_path / "tmp").iterdir()) and not (tmp_path / "site").exists()


def test_no_page_names_a_directory_of_the_machine(repository: Write, tmp_path: Path) -> None:
    """Without docs/ and mkdocs.yml, two builds with other temporary directories are the same, and
    name none."""
    files = {name: text for name, text in FILES.items() if name != "docs/index.md"}
    root = repository({**files, "apps/rule.yaml": "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: r}\n"
                       "spec: {groups: [{name: g, rules: [{alert: Down, expr: "
                       "up}]}]}\n"})  # fmt: skip
    for number in (1, 2):
        gitops_docs("build", str(root), "--site-dir", str(tmp_path / "site"))
        (tmp_path / "site").rename(tmp_path / f"site{number}")
    for path in (tmp_path / "site1").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"gitops-docs-" not in content.replace(MARKER.encode(), b"") or path.name in (
                MARKER,
                "gitops.js",
            ), path
            assert str(tmp_path).encode() not in content, path
            assert (
                path.suffix == ".gz"
                or content
                == (tmp_path / "site2" / path.relative_to(tmp_path / "site1")).read_bytes()
            )


def test_hub_through_links(repository: Write, tmp_path: Path) -> None:
    """A link in the site of a hub is not followed; the site's own directory may be a link of the
    user's."""
    gitops_docs("inventory", str(repository(FILES)), "-o", str(tmp_path / "a.inventory.json"))
    (tmp_path / "outside").mkdir()
    (tmp_path / "real").mkdir()
    (tmp_path / "site").symlink_to("real")
    arguments = ["hub", str(tmp_path / "a.inventory.json"), "--site-dir", str(tmp_path / "site")]
    gitops_docs(*arguments)
    assert (tmp_path / "real" / "gitops" / "hub.json").is_file()
    for name in ("charts", "gitops"):
        (tmp_path / "real" / name).rename(tmp_path / f"old-{name}")
        (tmp_path / "real" / name).symlink_to(tmp_path / "outside")
        done = gitops_docs(*arguments, status=2)
        assert f"{tmp_path / 'site' / name}: " in done.stderr
        (tmp_path / "real" / name).unlink()
        (tmp_path / f"old-{name}").rename(tmp_path / "real" / name)
    assert not list((tmp_path / "outside").iterdir())
    gitops_docs(*arguments)
