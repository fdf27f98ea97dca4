"""Nothing outside of the directory that the user named is written, replaced or removed, whatever a
repository holds."""

from __future__ import annotations

import ast
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parent.parent.parent
SOURCES = (PROJECT / "src" / "gitops_docs", PROJECT / "plugins" / "mkdocs_gitops")
WRITERS = PROJECT / "src" / "gitops_docs" / "files"

ROOT = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {interval: 10m, path: ./apps, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""
RULE = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: r, namespace: x}
spec: {groups: [{name: g, rules: [{alert: Down, expr: "up == 0", labels: {severity: critical}}]}]}
"""
FILES = {
    "clusters/prod/apps.yaml": ROOT,
    "apps/web.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n",
    "apps/rule.yaml": RULE,
}

# ------------------------------------------------------------------------------------------------
# the source

BANNED = {
    "write_text", "write_bytes", "unlink", "rmtree", "mkdir", "makedirs", "rmdir", "removedirs", "symlink", "symlink_to",
    "hardlink_to", "touch", "chmod", "lchmod", "fchmod", "chown", "truncate", "ftruncate", "renames", "copyfile", "copytree", "copy2",
    "copyfileobj", "extractall", "mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile", "TemporaryDirectory", "mkfifo",
    "FileHandler", "utime", "sendfile",
}  # fmt: skip
"""Names of functions that write, wherever they come from."""
OF_OS = {"remove", "rename", "replace", "link", "write", "pwrite", "open"}
"""Of these only those of `os`: texts have some of the same names."""
READ_ONLY = {"src/gitops_docs/repository/checkout.py", "src/gitops_docs/repository/work_tree.py"}
"""Modules that call `os.open`, with flags for reading."""
ELSEWHERE = {
    # A process of its own, in a private temporary directory that `helm.render.guard` makes.
    "src/gitops_docs/helm/render/worker.py": {"open", "fdopen", "makedirs", "unlink"},
    # A tar archive in memory.
    "src/gitops_docs/helm/render/package.py": {"open"},
    # The null device, in the place of a standard output that takes nothing.
    "src/gitops_docs/cli/main.py": {"open"},
}
"""What other modules may do, and why."""


def writes(source: str) -> list[str]:
    """What a module does that writes files: line and name."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            of_os = isinstance(node.value, ast.Name) and node.value.id == "os"
            if node.attr in BANNED or (of_os and node.attr in OF_OS):
                found.append(f"{node.lineno}: {node.attr}")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None) or ""
            for alias in node.names:
                if {module.partition(".")[0], alias.name.partition(".")[0]} & {
                    "tempfile",
                    "shutil",
                } or (module == "os" and alias.name in BANNED | OF_OS):
                    found.append(f"{node.lineno}: import {alias.name}")
        if isinstance(node, ast.Call):
            name = (
                node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            )
            if name in ("open", "fdopen") and _mode(
                node, own=isinstance(node.func, ast.Name)
            ) & set("wax+"):
                found.append(f"{node.lineno}: {name}")
    return found


def _mode(call: ast.Call, *, own: bool) -> set[str]:
    """The letters of the mode of a call of `open` or `Path.open`; `w` where it is not a literal."""
    given = [word.value for word in call.keywords if word.arg == "mode"]
    of_os = (
        isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in ("os", "io")
    )
    position = 1 if own or of_os else 0
    mode = (
        given[0]
        if given
        else call.args[position]
        if len(call.args) > position
        else ast.Constant("r")
    )
    return (
        set(mode.value) if isinstance(mode, ast.Constant) and isinstance(mode.value, str) else {"w"}
    )


@pytest.mark.parametrize(
    "text",
    [
        "open('a', "
        "'w')", "open('a', mode='ab')", "path.open('r+')", "path.open(mode)", "path.write_text('')", "os.replace(a, b)",
        "from os import "
        "remove", "import shutil", "from tempfile import mkdtemp", "atexit.register(path.unlink)", "os.open(a, flags)",
        "import tempfile as t", "io.open(a, 'x')", "logging.FileHandler(name)",
    ],
)  # fmt: skip
def test_what_the_source_test_finds(text: str) -> None:
    """It knows a way to write when it sees one."""
    assert writes(text)


@pytest.mark.parametrize(
    "text", ["open('a')", "path.open('rb')", "text.replace('a', 'b')", "os.stat(a)", "open(a, 'r')"]
)
def test_what_the_source_test_lets_pass(text: str) -> None:
    """Reading, and texts, are none of its business."""
    assert not writes(text)


def test_one_package_writes() -> None:
    """No module but those of `gitops_docs.files` opens for writing, renames, removes, or makes a
    directory or temporary file."""
    found = []
    for directory in SOURCES:
        for path in sorted(directory.rglob("*.py")):
            name = path.relative_to(PROJECT).as_posix()
            if WRITERS not in path.parents:
                lines = writes(path.read_text(encoding="utf-8"))
                found += [
                    f"{name}:{line}"
                    for line in lines
                    if not (name in READ_ONLY and line.endswith(": open"))
                    and line.rpartition(" ")[2] not in ELSEWHERE.get(name, ())
                ]
    assert found == []


# ------------------------------------------------------------------------------------------------
# hostile repositories

Make = Callable[[Path, Path], None]
"""Makes a repository hostile: the repository, and the place outside of it that must stay as it
is."""


def put(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def link(name: str, target: str, *, relative: bool = False) -> Make:
    """A link in the repository to something outside; `target` is a name there."""

    def make(repo: Path, outside: Path) -> None:
        place = repo / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        place.unlink(missing_ok=True)
        place.symlink_to(
            os.path.relpath(outside / target, place.parent) if relative else outside / target
        )

    return make


def settings(text: str) -> Make:
    """A `.gitops-docs.yaml`, in which {outside} is the place outside and {up} the way to it from
    the repository."""
    return lambda repo, outside: put(
        repo, ".gitops-docs.yaml", text.format(outside=outside, up=os.path.relpath(outside, repo))
    )


def mkdocs(text: str) -> Make:
    """A `mkdocs.yml` of the repository's own."""
    return lambda repo, outside: put(
        repo,
        "mkdocs.yml",
        f"site_name: s\nplugins: [search, "
        f"gitops]\n{text.format(outside=outside, up=os.path.relpath(outside, repo))}",
    )


def record(text: str, directory: str = "docs") -> Make:
    """A record of an export that never was."""
    return lambda repo, outside: put(
        repo,
        f"{directory}/gitops/exported.json",
        text.replace("{outside}", str(outside)).replace(
            "{up}", os.path.relpath(outside, repo / directory)
        ),
    )


def both(*makes: Make) -> Make:
    """Several of these."""

    def make(repo: Path, outside: Path) -> None:
        for one in makes:
            one(repo, outside)

    return make


def chain(repo: Path, outside: Path) -> None:
    """A link to a link to a link that leads out."""
    (repo / "one").symlink_to("two")
    (repo / "two").symlink_to("three/notes")
    (repo / "three").symlink_to(outside)
    (repo / "docs").symlink_to("one")
    put(repo, ".gitops-docs.yaml", "baseline: one/known.json\n")


def circle(repo: Path, outside: Path) -> None:
    """Links that lead to themselves."""
    (repo / "docs").symlink_to("docs")
    (repo / ".cache").symlink_to("site")
    (repo / "site").symlink_to(".cache")
    (repo / "known.json").symlink_to("known.json")
    put(repo, ".gitops-docs.yaml", "baseline: known.json\n")


def hard_links(repo: Path, outside: Path) -> None:
    """Files of others that have a second name here: replacing one must not write into the other."""
    for name in (
        "known.json",
        "docs/platform/index.md",
        "docs/gitops/exported.json",
        "site/index.html",
        ".cache/gitops/CACHEDIR.TAG",
    ):
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        os.link(outside / "precious.txt", repo / name)
    put(repo, ".gitops-docs.yaml", "baseline: known.json\n")


def pipes(repo: Path, outside: Path) -> None:
    """Pipes that nobody reads, in place of files that are written and read."""
    for name in (
        "known.json",
        "docs/gitops/exported.json",
        ".gitignore",
        ".cache/gitops/CACHEDIR.TAG",
        "site/index.html",
    ):
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(repo / name)
    put(repo, ".gitops-docs.yaml", "baseline: known.json\n")


def directories(repo: Path, outside: Path) -> None:
    """Directories in place of files that are written."""
    for name in (
        "known.json", "docs/gitops/exported.json", ".gitignore", "docs/platform/index.md", "site/index.html",
        ".cache/gitops/CACHEDIR.TAG", "docs/runbooks/index.md",
    ):  # fmt: skip
        (repo / name).mkdir(parents=True)
    put(repo, ".gitops-docs.yaml", "baseline: known.json\n")


def marker_of_others(repo: Path, outside: Path) -> None:
    """A site that says of files of others that it made them."""
    put(repo, "site/index.html", "x")
    names = [
        "index.html",
        str(outside / "precious.txt"),
        "../apps/web.yaml",
        "../.git/config",
        ".git/config",
        "link/mine.md",
        "",
        ".",
        "a//b",
    ]
    put(
        repo,
        "site/.gitops-docs-site.json",
        json.dumps({"version": 1, "files": [*names, 7, None, ["x"]]}),
    )
    (repo / "site" / "link").symlink_to(outside / "notes")
    (repo / "site" / "platform").symlink_to(outside / "notes")


def shouted(repo: Path, outside: Path) -> None:
    """Names that are others on a file system that makes no difference between `A` and `a`."""
    put(repo, ".gitops-docs.yaml", "baseline: .GIT/config\nrunbooks: ../.Git/hooks\n")
    put(
        repo,
        "docs/gitops/exported.json",
        json.dumps([".GIT/config", "Index.md", "RUNBOOKS/MINE.md"]),
    )
    put(repo, "docs/runbooks/mine.md", "# Mine\n")


LINKS = """
docs to notes; docs to new; docs/runbooks to notes; docs/runbooks/down.md to precious.txt; .gitignore to new
docs/index.md to new.md; .gitignore to precious.txt; .github to notes; .github/workflows to new
.github/workflows/platform-docs.yml to new.yml; mkdocs.yml to new.yml; docs/platform to notes
docs/platform/index.md to precious.txt; docs/platform/clusters/prod to new; docs/gitops to notes
docs/gitops/exported.json to precious.txt; docs/gitops/gitops.css to new.css; site to notes; site to new
site/platform to notes; site/.gitops-docs-site.json to precious.txt; .cache to notes; .cache to new; .cache/gitops to notes
.cache/gitops/platform to notes; .cache/gitops/platform/index.md to precious.txt; .cache/gitops/CACHEDIR.TAG to new
.cache/gitops/.gitignore to precious.txt; .cache/gitops/mine.md to notes/mine.md
"""
SETTINGS = {
    "baseline": [
        *(
            "{up}/precious.txt",
            "{outside}/precious.txt",
            "a/../{up}/new.json",
            ".git/config",
            "./.git/hooks/x",
        ),
        *(
            "~/new.json",
            "apps/../.git/x",
            "{up}",
            ".",
            "",
            "..",
            "docs/../../new.json",
            ".git ",
            "a\0b",
            "GIT~1/config",
        ),
        *("/dev/stderr", "/proc/self/fd/2"),
    ],
    "runbooks": [
        "{up}/new",
        "{outside}/new",
        "..",
        "../..",
        "../.git/hooks",
        "a/../../{up}",
        "~/new",
        ".",
        "",
        "/",
    ],
    "directory": ["{up}/new", "{outside}", "..", ".git", "a/../../b", "~", "runbooks"],
    "repository": ["{up}", "{outside}", "{up}/new", ".git", "/", "a\0b"],
    "mermaid": ["{up}/precious.txt", "{outside}/precious.txt"],
}
SITES = [
    "docs_dir: '{up}/notes'",
    "docs_dir: '{outside}/new'",
    "site_dir: '{up}/new'",
    "docs_dir: .git",
]
RECORDS = [
    '["../../outside/precious.txt", "{outside}/precious.txt", "{up}/precious.txt"]',
    '["runbooks/mine.md", "index.md", "../apps/web.yaml"]',
    '{"files": ["../apps/web.yaml", "../.git/config", ".git/config"]}',
    '["", ".", "..", "/", "//", "a/", "/a", "a//b"]',
    '["\\u0000", "\\ud800", "a\\nb"]',
    *(
        '{"files": {"a": 1}}',
        '[["x"], 1, null, {}]',
        "7",
        "null",
        '"x"',
        "{",
        "",
        "[" * 50000,
        "9" * 5000,
    ),
]
OFFERS = ["[" * 50000, "{}", "7", "null", '[1, ["x"], null]', '["\\ud800"]', "", '"' * 9000]
MARKERS = [
    "",
    "{}",
    "[]",
    "null",
    '{"version": 1, "files": 7}',
    '{"version": 2, "files": []}',
    "[" * 50000,
]
CACHES = {
    ".cache": "x",
    ".cache/gitops": "x",
    ".cache/gitops/platform": "x",
    ".cache/gitops/notes.md": "# mine\n",
    ".cache/gitops/CACHEDIR.TAG": "x",
    ".cache/gitops/platform/index.md/x": "x",
    ".cache/gitops/index.md": "\ufffe",
}


def file(name: str, text: str) -> Make:
    """A file in the repository."""
    return lambda repo, outside: put(repo, name, text)


def everything_hostile() -> dict[str, Make]:
    """The name of each hostile repository, and what makes it one."""
    found: dict[str, Make] = {
        "chain of links": chain,
        "circle of links": circle,
        "hard links": hard_links,
        "pipes": pipes,
        "directories": directories,
        "marker of others": marker_of_others,
        "names in capitals": shouted,
    }
    for number, entry in enumerate(LINKS.strip().replace("\n", "; ").split("; ")):
        name, _, target = entry.partition(" to ")
        found[f"link {entry}"] = link(name, target, relative=number % 2 == 1)
    for setting, values in SETTINGS.items():
        for value in values:
            more = "baseline: known.json\n" if setting == "repository" else ""
            found[f"{setting}: {value}"] = settings(f"{setting}: {json.dumps(value)}\n{more}")
    for text in SITES:
        found[f"mkdocs.yml {text}"] = mkdocs(text)
    for text in RECORDS:
        found[f"record {text[:40]}"] = record(text)
    for text in OFFERS:
        found[f"ignored {text[:30]}"] = file(".gitignore", text)
    for text in MARKERS:
        found[f"marker {text[:30]}"] = both(
            file("site/mine.txt", "x"), file("site/.gitops-docs-site.json", text)
        )
    for name, text in CACHES.items():
        found[f"cache {name}"] = file(name, text)
    return found


HOSTILE = everything_hostile()


def hostile(base: Path, make: Make) -> tuple[Path, Path]:
    """A repository with one commit, and the place outside of it."""
    repo, outside = base / "repo", base / "outside"
    for name, text in FILES.items():
        put(repo, name, text)
    put(outside, "precious.txt", "precious\n")
    put(outside, "notes/mine.md", "# mine\n")
    known = base.parent / "first"
    if not known.is_dir():
        for arguments in (
            ["init", "-q", "-b", "main"],
            ["add", "apps", "clusters"],
            ["commit", "-qm", "First"],
        ):
            command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
            subprocess.run(command, cwd=repo, check=True, capture_output=True)
        shutil.copytree(repo / ".git", known)
    else:
        shutil.copytree(known, repo / ".git")
    make(repo, outside)
    return repo, outside


def snapshot(directory: Path) -> dict[str, Any]:
    """Everything below a directory, with contents and permissions."""
    found: dict[str, Any] = {}
    for path in directory.rglob("*"):
        status = path.lstat()
        name = path.relative_to(directory).as_posix()
        if path.is_symlink():
            found[name] = os.readlink(path)
        else:
            found[name] = (
                status.st_mode,
                path.read_bytes() if stat.S_ISREG(status.st_mode) else None,
            )
    return found


def commands(repo: Path) -> list[list[str]]:
    """Every command that writes, each into the repository, where a stranger may have laid something
    in its way."""
    return [
        ["check", str(repo), "--write-baseline"],
        ["check", str(repo), "--write-baseline", "--baseline", str(repo / "known.json")],
        ["inventory", str(repo), "-o", str(repo / "docs" / "inventory.json")],
        ["export", str(repo), str(repo / "docs"), "--config", str(repo / "site" / "e.yml"), "--catalog", str(repo / ".cache" / "c.yml")],
        ["init", str(repo)],
        ["build", str(repo), "--site-dir", str(repo / "site")],
        ["diff", str(repo), "HEAD", "--working-tree", "-o", str(repo / "docs" / "runbooks" / "diff.md")],
    ]  # fmt: skip


PARTS = 4
"""So many processes, so that they can run side by side; each takes some seconds."""


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are looked up in /proc")
@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_outside_is_written(tmp_path: Path, part: int) -> None:
    """No command opens for writing, renames, removes or makes anything outside of what its user
    named, nor ends with a traceback."""
    runs, before = [], {}
    for number, name in enumerate(sorted(HOSTILE)[part::PARTS]):
        repo, outside = hostile(tmp_path / str(number), HOSTILE[name])
        before[name] = (outside, repo, snapshot(outside), snapshot(repo / ".git"))
        # All commands for each would take minutes.
        for arguments in chosen(name, commands(repo)):
            runs.append({"name": name, "arguments": arguments, "allowed": [str(repo)]})
    (tmp_path / "tmp").mkdir()
    (tmp_path / "runs.json").write_text(json.dumps(runs))
    done = subprocess.run(
        [sys.executable, "-m", "tests.safety.observed", str(tmp_path / "runs.json")],
        cwd=PROJECT,
        env={
            **os.environ,
            "TMPDIR": str(tmp_path / "tmp"),
            "HOME": str(tmp_path / "home"),
            "NO_MKDOCS_2_WARNING": "1",
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    wrong = []
    for run, result in zip(runs, json.loads(done.stdout.splitlines()[-1]), strict=True):
        what = f"{run['name']}: {run['arguments'][0]}"
        wrong += [f"{what}: {line}" for line in result["outside"]]
        if result["status"] not in (0, 1, 2):
            wrong.append(f"{what}: {result['status']}")
    for name, (outside, repo, was, git) in before.items():
        if snapshot(outside) != was:
            wrong.append(f"{name}: something outside is another")
        if snapshot(repo / ".git") != git:
            wrong.append(f"{name}: .git is another")
    assert wrong == []
    assert not list((tmp_path / "tmp").glob("gitops-docs-*"))


ABOUT = {
    "baseline": ("check",),
    "runbooks": ("init",),
    "directory": ("export",),
    "repository": ("check",),
    "mermaid": ("build",),
    "mkdocs.yml": ("init", "build"),
    "record": ("export",),
    "ignored": ("init",),
    "marker": ("build",),
    "cache": ("build",),
    "link docs/platform": ("export",),
    "link docs/gitops": ("export",),
    "link docs": ("init", "inventory"),
    "link .git": ("init",),
    "link mkdocs.yml": ("init", "build"),
    "link site": ("build",),
    "link .cache": ("build",),
}
"""The beginning of the name of a hostile repository to the commands that look at what it has; all
for any other."""


def chosen(name: str, everything: list[list[str]]) -> list[list[str]]:
    """The commands to run on a hostile repository."""
    about = next((known for start, known in ABOUT.items() if name.startswith(start)), None)
    return [item for item in everything if about is None or item[0] in about]
