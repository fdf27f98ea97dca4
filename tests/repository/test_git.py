"""Git is asked by one module, and nothing that a repository, a user or a system says about Git has
a word in it."""

from __future__ import annotations

import ast
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gitops_docs.repository import git, history, revisions, work_tree
from gitops_docs.repository.checkout import Checkout
from gitops_docs.yaml import limits
from tests.support.commands import gitops_docs
from tests.support.history import commit
from tests.support.history import git as run

PROJECT = Path(__file__).parents[2]
OTHER_WAYS = {
    "os.system",
    "os.popen",
    "os.startfile",
    "pty.spawn",
    "asyncio.create_subprocess_exec",
    "runpy.run_path",
}
ROOT = """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {interval: 10m, path: ./apps, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""
WEB = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: x}\ndata: {colour: blue}\n"
FILES = {
    "clusters/prod/k.yaml": ROOT,
    "apps/a.yaml": WEB,
    "apps/é ü.yaml": WEB.replace("web", "e"),
    ".gitignore": "*.log\n",
}


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory without settings, and calls that never hang for long."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(work_tree, "_TIMEOUT", 10)
    return home


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of three commits, one of which moves a file, with a remote, a signature and a
    file that is not committed."""
    root = tmp_path_factory.mktemp("git") / "repo"
    commit(root, FILES, "Grüße")
    commit(
        root,
        {"apps/b.yaml": WEB.replace("web", "b"), "apps/a.yaml": None, "apps/c.yaml": WEB},
        "Second",
    )
    commit(root, {"apps/b.yaml": WEB.replace("web", "b2")}, "Third")
    run(root, "remote", "add", "origin", "https://github.com/acme/platform.git")
    head, _, body = run(root, "cat-file", "commit", "HEAD").partition("\n\n")
    raw = (
        f"{head}\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP "
        f"SIGNATURE-----\n\n{body}"
    )
    command = ["git", "hash-object", "-t", "commit", "-w", "--stdin"]
    done = subprocess.run(command, cwd=root, input=raw.encode(), capture_output=True, check=True)
    run(root, "update-ref", "HEAD", done.stdout.decode().strip())
    (root / "apps" / "new.yaml").write_text(WEB)
    (root / "apps" / "run.log").write_text("ignored\n")
    return root


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(template, tmp_path / "repo"))


def facts(root: Path) -> dict[str, Any]:
    """All that the engine knows of Git."""
    head = git.resolve(root, "HEAD")
    entries = git.list_commit(root, head) if head else None
    return {
        "problem": git.problem(root),
        "described": git.describe(root),
        "files": sorted(Checkout(root).files),
        "commits": history.read(root, frozenset()),
        "base": git.resolve(root, "HEAD~1"),
        "entries": sorted(entries) if entries is not None else None,
        "branch": git.branch(root),
        "top": git.toplevel(root),
    }


def executable(path: Path, told: Path) -> Path:
    """A program that says that it ran."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho \"$0 $@\" >> '{told}'\nexit 1\n")
    path.chmod(0o755)
    return path


# -- one door


def sources() -> list[Path]:
    """The modules that are installed."""
    return sorted(path for place in ("src", "plugins") for path in (PROJECT / place).rglob("*.py"))


def imported(tree: ast.AST) -> set[str]:
    """The modules, and names of modules, that a file imports anywhere."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_few_modules_start_programs() -> None:
    """Only `work_tree` starts Git, and only `git` asks it; `tree` knows what it raises. `guard` and
    the worker that it guards start Helm."""
    starters, askers = set(), set()
    for path in sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = imported(tree)
        calls = {
            f"{node.value.id}.{node.attr}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        }
        started = {
            "subprocess",
            "pty",
            "pexpect",
            "sh",
            "multiprocessing",
            "git",
            "dulwich",
            "pygit2",
        } & {name.partition(".")[0] for name in names}
        if (
            started
            or (names | calls) & OTHER_WAYS
            or any(
                call.startswith(("os.exec", "os.spawn", "os.posix_spawn", "os.fork"))
                for call in calls
            )
        ):
            starters.add(path.name)
        used = {name for name in names if name.startswith("gitops_docs.repository.work_tree")}
        if used - {"gitops_docs.repository.work_tree", "gitops_docs.repository.work_tree.NotRead"}:
            askers.add(path.name)
    assert starters == {"work_tree.py", "guard.py", "worker.py"}
    assert askers == {"git.py"}


def test_the_empty_directories_hold_nothing() -> None:
    """What `git` runs in names no program, reference or file, but the format of names."""
    for form in ("sha1", "sha256"):
        place = work_tree._EMPTY / form
        held = {
            path.relative_to(place).as_posix(): path.read_text()
            for path in place.rglob("*")
            if path.is_file()
        }
        config = held.pop("config", "")
        assert held == {"HEAD": "ref: refs/heads/none\n", "refs/.keep": ""}
        assert config.split() == (
            []
            if form == "sha1"
            else [
                "[core]",
                "repositoryformatversion",
                "=",
                "1",
                "[extensions]",
                "objectFormat",
                "=",
                "sha256",
            ]
        )


# -- programs

PROGRAMS = """[core]
	fsmonitor = {run}
	pager = {run}
	hooksPath = {hooks}
	sshCommand = {run}
	gitProxy = {run}
	editor = {run}
	askPass = {run}
	attributesFile = {attributes}
	alternateRefsCommand = {run}
[log]
	showSignature = true
[gpg]
	program = {run}
[gpg "ssh"]
	program = {run}
[diff]
	external = {run}
[diff "x"]
	command = {run}
	textconv = {run}
[filter "x"]
	clean = {run}
	smudge = {run}
	process = {run}
	required = true
[credential]
	helper = !{run}
[alias]
	log = !{run}
	ls-files = !{run}
[pager]
	log = {run}
	ls-files = {run}
[remote "evil"]
	url = ext::{run}
	uploadpack = {run}
	promisor = true
	partialclonefilter = blob:none
[extensions]
	partialClone = evil
[protocol]
	allow = always
[protocol "ext"]
	allow = always
[merge "x"]
	driver = {run}
[trace2]
	eventTarget = {told}
"""


def hostile(place: Path, told: Path) -> str:
    """A configuration that names a program wherever Git runs one."""
    run_me = executable(place / "run-me", told)
    hooks = place / "hooks-of-it"
    for hook in (
        "post-index-change",
        "reference-transaction",
        "post-checkout",
        "fsmonitor-watchman",
        "pre-auto-gc",
    ):
        executable(hooks / hook, told)
    (place / "attributes-of-it").write_text("* diff=x filter=x merge=x\n")
    return PROGRAMS.format(
        run=run_me, hooks=hooks, attributes=place / "attributes-of-it", told=told
    )


def own_config(root: Path, told: Path) -> Path:
    """The repository's own configuration."""
    text = hostile(root.parent / "evil", told) if (root.parent / "evil").mkdir() is None else ""
    with (root / ".git" / "config").open("a") as file:
        file.write(text)
    (root / ".git" / "info" / "attributes").write_text("* diff=x filter=x\n")
    (root / ".gitattributes").write_text("* diff=x filter=x merge=x\n")
    return root


def included(root: Path, told: Path) -> Path:
    """A file that the repository's own configuration includes, on conditions too."""
    evil = root.parent / "evil"
    evil.mkdir()
    (evil / "more").write_text(hostile(evil, told))
    with (root / ".git" / "config").open("a") as file:
        file.write(
            f'[include]\n\tpath = {evil}/more\n[includeIf "gitdir:**"]\n\tpath = {evil}/more\n'
        )
    return root


def config_worktree(root: Path, told: Path) -> Path:
    """The configuration of one work tree."""
    evil = root.parent / "evil"
    evil.mkdir()
    run(root, "config", "core.repositoryformatversion", "1")
    run(root, "config", "extensions.worktreeConfig", "true")
    (root / ".git" / "config.worktree").write_text(hostile(evil, told).replace("partialClone", "x"))
    return root


def hooks(root: Path, told: Path) -> Path:
    """Hooks in their usual place."""
    for hook in (
        "post-index-change",
        "reference-transaction",
        "fsmonitor-watchman",
        "post-checkout",
    ):
        executable(root / ".git" / "hooks" / hook, told)
    return root


def look_alike(root: Path, told: Path) -> Path:
    """The whole Git directory, as ordinary files in the directory that is scanned."""
    own_config(root, told)
    return _copied(root, root)


def look_alike_below(root: Path, told: Path) -> Path:
    """The same in a folder of a clean repository."""
    own_config(root, told)
    outer = root.parent / "outer"
    commit(outer, FILES)
    _copied(root, outer / "deploy")
    commit(outer / "deploy", {}, "all") if (outer / "deploy" / ".git").exists() else run(
        outer, "add", "-A"
    )
    return outer / "deploy"


def look_alike_alone(root: Path, told: Path) -> Path:
    """The same without any Git around it."""
    own_config(root, told)
    return _copied(root, root.parent / "alone")


def git_file(root: Path, told: Path) -> Path:
    """A file `.git` that names a Git directory beside it, which says that it belongs here."""
    own_config(root, told)
    (root / ".git").rename(root / "store")
    (root / ".git").write_text("gitdir: store\n")
    run(root, "config", "--file", "store/config", "core.worktree", str(root))
    return root


def missing_objects(root: Path, told: Path) -> Path:
    """A partial clone whose trees a program would fetch."""
    own_config(root, told)
    tree = run(root, "rev-parse", "HEAD~1^{tree}").strip()
    (root / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    return root


def _copied(root: Path, target: Path) -> Path:
    for name in ("HEAD", "config", "index", "info"):
        source = root / ".git" / name
        if source.is_dir():
            shutil.copytree(source, target / name)
        else:
            target.mkdir(exist_ok=True)
            shutil.copy(source, target / name)
    for name in ("objects", "refs"):
        shutil.copytree(root / ".git" / name, target / name)
    run(target, "config", "--file", "config", "core.bare", "false")
    run(target, "config", "--file", "config", "core.worktree", ".")
    for path in ("clusters", "apps"):
        if not (target / path).exists():
            shutil.copytree(root / path, target / path)
    return target


LAYOUTS: list[Callable[[Path, Path], Path]] = [
    own_config, included, config_worktree, hooks, look_alike, look_alike_below, look_alike_alone, git_file, missing_objects
]  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_of_a_repository_runs(
    root: Path, tmp_path: Path, layout: Callable[[Path, Path], Path]
) -> None:
    """Wherever a program can be named, every question is asked, and none runs it; the files are
    found."""
    told = tmp_path / "told"
    place = layout(root, told)
    told.unlink(missing_ok=True)
    found = facts(place)
    revisions_of(place, tmp_path / "written")
    git.merge_base(place, "1" * 40, "2" * 40)
    git.watched(place)
    assert not told.exists(), told.read_text()
    assert "apps/c.yaml" in found["files"] or "apps/a.yaml" in found["files"]
    if layout is look_alike_below:
        assert found["described"].url is None and [one.subject for one in found["commits"]] in (
            [],
            ["change"],
        )
    elif layout is look_alike_alone:
        assert found["described"].revision is None and found["commits"] == ()
    elif layout not in (missing_objects, look_alike):
        assert [one.subject for one in found["commits"]] == ["Third", "Second", "Grüße"]


def revisions_of(root: Path, target: Path) -> None:
    """Write what HEAD holds, where it can be had."""
    target.mkdir()
    try:
        revisions.write(root, revisions.resolve(root, "HEAD"), target)
    except revisions.UnknownRevision:
        return


def test_no_command_runs_anything(root: Path, tmp_path: Path) -> None:
    """The commands, on a clone with a folder like a bare repository, and with settings of the user
    that name programs."""
    told = tmp_path / "told"
    place = look_alike_below(root, told)
    (tmp_path / "home" / ".gitconfig").write_text(hostile(tmp_path / "home", told))
    for command in (["check"], ["inventory"], ["diff", "HEAD", "HEAD"], ["init", "--dry-run"]):
        gitops_docs(command[0], str(place), *command[1:], status=None)
        assert not told.exists(), command


def test_git_of_a_relative_path_is_not_taken(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory of PATH that depends on where the command runs can be one of the repository."""
    executable(root / "git", tmp_path / "told")
    executable(root / "bin" / "git", tmp_path / "told")
    monkeypatch.chdir(root)
    monkeypatch.setenv("PATH", f".::bin:{os.environ['PATH']}")
    assert len(facts(root)["commits"]) == 3
    monkeypatch.setenv("PATH", ".::bin")
    assert "git" in (git.problem(root) or "")
    assert not (tmp_path / "told").exists()


# -- the user's settings and environment

USERS = [
    "[log]\n\tshowSignature = true\n\tshowRoot = false\n\tfollow = true\n\tdate = "
    "relative\n\tdecorate = full\n\tabbrevCommit = true\n",
    "[log]\n\tmailmap = true\n\tdiffMerges = separate\n[mailmap]\n\tfile = {box}/mailmap\n",
    "[i18n]\n\tlogOutputEncoding = UTF-16\n\tcommitEncoding = ISO-8859-1\n",
    '[url "https://elsewhere.example.org/"]\n\tinsteadOf = https://github.com/\n\tpushInsteadOf = '
    "https://github.com/\n",
    '[remote "origin"]\n\turl = https://elsewhere.example.org/a/b\n[branch]\n\tautoSetupMerge = '
    "always\n",
    "[diff]\n\torderFile = {box}/order\n\tnoprefix = true\n\trenames = copies\n\trelative = "
    "true\n\tignoreSubmodules = all\n",
    "[diff]\n\torderFile = {box}/nowhere\n",
    "[core]\n\tquotePath = true\n\tignoreCase = true\n\tabbrev = 4\n\texcludesFile = "
    "{box}/ignore\n\tautocrlf = true\n",
    "[core]\n\tworktree = {box}\n\tbare = true\n",
    "[core]\n\tfsmonitor = true\n\tuntrackedCache = true\n\tsplitIndex = true\n\tsparseCheckout = "
    "true\n\tpreloadIndex = true\n",
    "[color]\n\tui = always\n[column]\n\tui = always\n[format]\n\tpretty = fuller\n\tnotes = "
    "true\n[notes]\n\tdisplayRef = *\n",
    "[safe]\n\tdirectory =\n\tbareRepository = explicit\n[status]\n\tshowUntrackedFiles = no\n",
    "[include]\n\tpath = {box}/nowhere\n\tpath = {box}/order\n",
    "[core\n\tx = [\n",
    "[core]\n\tbare = maybe\n\tabbrev = 100000\n\trepositoryformatversion = "
    "99\n[extensions]\n\tobjectFormat = sha256\n",
    "[init]\n\tdefaultObjectFormat = sha256\n[feature]\n\tmanyFiles = true\n[index]\n\tsparse = "
    "true\n\tversion = 4\n",
]
ENVIRONMENTS = [
    {"GIT_DIR": "{other}/.git"},
    {"GIT_DIR": "{other}/.git", "GIT_WORK_TREE": "{other}"},
    {"GIT_INDEX_FILE": "{other}/.git/index"},
    {"GIT_COMMON_DIR": "{other}/.git"},
    {"GIT_OBJECT_DIRECTORY": "{other}"},
    {"GIT_ALTERNATE_OBJECT_DIRECTORIES": "/dev/zero"},
    {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "log.showRoot", "GIT_CONFIG_VALUE_0": "false"},
    {"GIT_CONFIG_PARAMETERS": "'log.showroot=false'"},
    {"GIT_CONFIG_GLOBAL": "{other}/nowhere"},
    {"GIT_EXTERNAL_DIFF": "false"},
    {"GIT_TRACE": "1"},
    {"GIT_TRACE2": "{other}/trace"},
    {"GIT_LITERAL_PATHSPECS": "0", "GIT_ICASE_PATHSPECS": "1"},
    {"GIT_CEILING_DIRECTORIES": "{box}"},
    {"GIT_NAMESPACE": "x"},
    {"GIT_DEFAULT_HASH": "sha256"},
    {"GIT_EXEC_PATH": "{other}"},
    {"GIT_TEMPLATE_DIR": "{other}"},
    {"GIT_REPLACE_REF_BASE": "refs/x/"},
    {"GIT_GRAFT_FILE": "{other}/x"},
    {"GIT_SHALLOW_FILE": "{other}/x"},
    {"GIT_QUARANTINE_PATH": "{other}"},
    {"GIT_PREFIX": "apps/"},
    {"LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de"},
    {"LC_ALL": "POSIX"},
    {"TZ": "Pacific/Kiritimati"},
    {"PAGER": "false"},
    {"HOME": "/nowhere"},
    {"XDG_CONFIG_HOME": "/nowhere"},
    {"COLUMNS": "5"},
    {"PREFIX": "/nowhere"},
]


def test_settings_of_the_user_change_nothing(root: Path, tmp_path: Path, nobody: Path) -> None:
    """Each fact is the same with and without each of them, in both places."""
    (tmp_path / "mailmap").write_text("Somebody <somebody@example.org> <test@example.org>\n")
    (tmp_path / "order").write_text("[[[\n*.yaml\n")
    (tmp_path / "ignore").write_text("*.yaml\n")
    plain = facts(root)
    assert (
        plain["described"].url == "https://github.com/acme/platform" and len(plain["commits"]) == 3
    )
    assert "apps/new.yaml" in plain["files"] and "apps/run.log" not in plain["files"]
    for place in (nobody / ".gitconfig", nobody / ".config" / "git" / "config"):
        place.parent.mkdir(parents=True, exist_ok=True)
        for text in USERS:
            place.write_text(text.format(box=tmp_path))
            assert facts(root) == plain, text
        place.unlink()
    for name in ("ignore", "attributes"):
        (nobody / ".config" / "git" / name).write_text("*.yaml filter=x\n*.yaml\n")
    assert facts(root) == plain


def test_the_environment_changes_nothing(root: Path, tmp_path: Path) -> None:
    """Each fact is the same with each variable that Git knows."""
    commit(tmp_path / "other", {"other.yaml": WEB}, "of another repository")
    plain = facts(root)
    for variables in ENVIRONMENTS:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value.format(other=tmp_path / "other", box=tmp_path))
            assert facts(root) == plain, variables


OWN = [
    "[log]\n\tshowRoot = false\n[i18n]\n\tlogOutputEncoding = UTF-16\n[diff]\n\torderFile = "
    "nowhere\n",
    '[url "https://elsewhere.example.org/"]\n\tinsteadOf = https://github.com/\n',
    "[core]\n\texcludesFile = /proc/self/environ\n\tignoreCase = true\n\tquotePath = "
    "true\n\tsparseCheckout = true\n",
    "[include]\n\tpath = {box}/pipe\n",
    "[trace2]\n\teventTarget = {box}/trace\n",
    "[mailmap]\n\tblob = HEAD:x\n[log]\n\tmailmap = true\n",
]


def test_settings_of_the_repository_change_nothing(root: Path, tmp_path: Path) -> None:
    """What its own configuration says of anything but the format, the work tree and the remote is
    not heard; an include is not opened."""
    os.mkfifo(tmp_path / "pipe")
    plain = facts(root)
    before = (root / ".git" / "config").read_text()
    for text in OWN:
        (root / ".git" / "config").write_text(before + text.format(box=tmp_path))
        assert facts(root) == plain, text
    (root / ".git" / "config").write_text(before)
    # References that stand for other objects, and lines of descent that are made up.
    run(root, "replace", "HEAD", "HEAD~2")
    (root / ".git" / "info" / "grafts").write_text(f"{plain['described'].revision}\n")
    assert facts(root) == plain
    assert not (tmp_path / "trace").exists()


# -- layouts


def asked(root: Path) -> tuple[str, list[str], list[str]]:
    """Commit, files and subjects as `git` itself says."""
    names = run(
        root,
        "-c",
        "core.quotePath=false",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ).split("\0")
    return (
        run(root, "rev-parse", "HEAD").strip(),
        sorted({name for name in names if name and (root / name).is_file()}),
        run(root, "log", "--first-parent", "--format=%s", "--", ".").splitlines(),
    )


def worktree(root: Path, box: Path) -> Path:
    run(root, "worktree", "add", "-q", str(box / "tree"), "-b", "topic")
    return box / "tree"


def bare_with_worktrees(root: Path, box: Path) -> Path:
    run(box, "clone", "-q", "--bare", str(root), "all/.bare")
    (box / "all" / ".git").write_text("gitdir: ./.bare\n")
    run(box / "all", "worktree", "add", "-q", "tree", "main")
    return box / "all" / "tree"


def submodule(root: Path, box: Path) -> Path:
    commit(box / "outer", {"a.txt": "x"})
    run(
        box / "outer",
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        str(root),
        "platform",
    )
    return box / "outer" / "platform"


def shallow(root: Path, box: Path) -> Path:
    run(box, "clone", "-q", "--depth", "2", root.as_uri(), "shallow")
    return box / "shallow"


def shared(root: Path, box: Path) -> Path:
    run(box, "clone", "-q", "--shared", str(root), "shared")
    return box / "shared"


def partial(root: Path, box: Path) -> Path:
    run(root, "config", "uploadpack.allowFilter", "true")
    run(box, "clone", "-q", "--filter=blob:none", root.as_uri(), "partial")
    return box / "partial"


def packed(root: Path, box: Path) -> Path:
    run(root, "gc", "-q")
    run(root, "pack-refs", "--all")
    assert not (root / ".git" / "refs" / "heads" / "main").exists()
    return root


def split_index(root: Path, box: Path) -> Path:
    run(root, "update-index", "--split-index")
    assert list((root / ".git").glob("sharedindex.*"))
    return root


def sparse_index(root: Path, box: Path) -> Path:
    run(root, "sparse-checkout", "init", "--cone", "--sparse-index")
    run(root, "sparse-checkout", "set", "apps")
    return root


def detached(root: Path, box: Path) -> Path:
    run(root, "checkout", "-q", "--detach", "HEAD~1")
    return root


def long_names(root: Path, box: Path) -> Path:
    other = box / "sha256"
    run(box, "init", "-q", "--object-format=sha256", "-b", "main", str(other))
    commit(other, {**FILES, "apps/b.yaml": WEB}, "First")
    commit(other, {"apps/b.yaml": None}, "Second")
    return other


def index_of_version_four(root: Path, box: Path) -> Path:
    run(root, "update-index", "--index-version", "4")
    return root


def commit_graph(root: Path, box: Path) -> Path:
    run(root, "commit-graph", "write", "--reachable")
    return root


def excluded(root: Path, box: Path) -> Path:
    (root / ".git" / "info" / "exclude").write_text("new.yaml\n")
    return root


def separate_and_said(root: Path, box: Path) -> Path:
    run(root, "init", "-q", "--separate-git-dir", str(box / "store.git"))
    run(root, "config", "core.worktree", str(root))
    return root


def linked(root: Path, box: Path) -> Path:
    (box / "link").symlink_to(root, target_is_directory=True)
    return box / "link"


HONEST: list[Callable[[Path, Path], Path]] = [
    worktree, bare_with_worktrees, submodule, shallow, shared, partial, packed, split_index, sparse_index, detached, long_names,
    index_of_version_four, commit_graph, excluded, separate_and_said, linked,
]  # fmt: skip


@pytest.mark.parametrize("layout", HONEST)
def test_layouts_of_git(root: Path, tmp_path: Path, layout: Callable[[Path, Path], Path]) -> None:
    """What `git` says of a repository that it laid out itself is what is known of it."""
    root = layout(root, tmp_path)
    assert git.problem(root) is None
    revision, files, subjects = asked(root)
    described = git.describe(root)
    assert (described.revision, described.prefix, described.shallow) == (
        revision,
        "",
        layout is shallow,
    )
    assert sorted(Checkout(root).files) == files and len(files) > 3
    assert [one.subject for one in history.read(root, frozenset())] == subjects
    assert git.describe(root / "apps").prefix == "apps/"
    if layout is not partial:
        (tmp_path / "written").mkdir()
        revisions.write(root, revisions.resolve(root, "HEAD"), tmp_path / "written")
        assert (tmp_path / "written" / "clusters" / "prod" / "k.yaml").read_text() == ROOT


EXPRESSIONS = [
    "HEAD",
    "@",
    "HEAD~1",
    "HEAD^",
    "HEAD~2",
    "@~1",
    "main",
    "main~1",
    "refs/heads/main",
    "heads/main",
    "v1",
    "v1^{commit}",
    "v1~1",
    "tags/v1",
    "origin/main",
    "origin",
    "refs/remotes/origin/main",
    "remotes/origin/main",
    "HEAD@{0}",
    "HEAD@{1}",
    "main@{1}",
    "main@{1}~1",
    "@{u}",
    "main@{upstream}",
    "topic/é",
    "topic/é^",
    "a@b",
    "nothing",
    "HEAD~9",
    "v1-1-g{short}",
    "{short}",
    "{full}",
    "{full}~1",
    "HEAD^2",
    "",
    "../config",
    "refs/../HEAD",
    "-x",
    "HEAD^{tree}",
    "v2",
    "main:apps",
    "--all",
    "HEAD..main",
    "{tree}",
]


def test_names_of_commits(root: Path, tmp_path: Path) -> None:
    """A name means the commit that it means to `git rev-parse`."""
    run(tmp_path, "clone", "-q", str(root), "clone")
    root = tmp_path / "clone"
    commit(root, {"apps/z.yaml": WEB}, "Fourth")
    run(root, "tag", "-a", "v1", "-m", "first", "HEAD~1")
    run(root, "tag", "v2", "HEAD^{tree}")
    run(root, "branch", "topic/é", "HEAD~2")
    run(root, "branch", "a@b", "HEAD~1")
    words = {
        "short": run(root, "rev-parse", "--short", "HEAD").strip(),
        "full": run(root, "rev-parse", "HEAD~1").strip(),
    }
    words["tree"] = run(root, "rev-parse", "HEAD^{tree}").strip()
    for expression in EXPRESSIONS:
        name = expression
        for word, value in words.items():
            name = name.replace(f"{{{word}}}", value) if "^{tree}" not in name else name
        command = [
            "git",
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            f"{name}^{{commit}}",
        ]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        expected = (
            done.stdout.strip()
            if done.returncode == 0 and name and not name.startswith("-")
            else None
        )
        assert git.resolve(root, name) == expected, name
    assert git.branch(root) == "main"
    run(root, "checkout", "-q", "topic/é")
    commit(root, {"apps/y.yaml": WEB}, "Beside")
    main, topic = git.resolve(root, "main"), git.resolve(root, "HEAD")
    assert (
        main
        and topic
        and git.merge_base(root, main, topic) == run(root, "merge-base", "main", "HEAD").strip()
    )
    assert git.merge_base(root, main, "1" * 40) is None


# -- what is refused


def nothing(root: Path, box: Path) -> None:
    (root / ".git").rename(box / "away")


def empty_file(root: Path, box: Path) -> None:
    nothing(root, box)
    (root / ".git").write_text("")


def loop(root: Path, box: Path) -> None:
    nothing(root, box)
    (root / ".git").symlink_to(".git")


def dangling(root: Path, box: Path) -> None:
    nothing(root, box)
    (root / ".git").symlink_to("nowhere")


def pipe(root: Path, box: Path) -> None:
    nothing(root, box)
    os.mkfifo(root / ".git")


def device(root: Path, box: Path) -> None:
    nothing(root, box)
    (root / ".git").symlink_to("/dev/zero")


def names_zero(root: Path, box: Path) -> None:
    nothing(root, box)
    (root / ".git").write_text("gitdir: /dev/zero\n")


def nul(root: Path, box: Path) -> None:
    nothing(root, box)
    (root / ".git").write_bytes(b"gitdir: a\0b\n")


def anothers_file(root: Path, box: Path) -> None:
    nothing(root, box)
    commit(box / "private", {"x.yaml": WEB}, "private subject")
    (root / ".git").write_text(f"gitdir: {box}/private/.git\n")


def anothers_link(root: Path, box: Path) -> None:
    nothing(root, box)
    commit(box / "private", {"x.yaml": WEB}, "private subject")
    (root / ".git").symlink_to(box / "private" / ".git")


def anothers_worktree(root: Path, box: Path) -> None:
    nothing(root, box)
    commit(box / "private", {"x.yaml": WEB}, "private subject")
    run(box / "private", "worktree", "add", "-q", str(box / "tree"), "-b", "x")
    (root / ".git").write_text(f"gitdir: {box}/private/.git/worktrees/tree\n")


def commondir_elsewhere(root: Path, box: Path) -> None:
    commit(box / "private", {"x.yaml": WEB}, "private subject")
    (root / ".git" / "commondir").write_text(f"{box}/private/.git\n")
    (root / ".git" / "gitdir").write_text(f"{root}/.git\n")


def separate(root: Path, box: Path) -> None:
    run(root, "init", "-q", "--separate-git-dir", str(box / "private.git"))


def work_tree_elsewhere(root: Path, box: Path) -> None:
    (box / "private").mkdir()
    run(root, "config", "core.worktree", str(box / "private"))


def bare(root: Path, box: Path) -> None:
    run(root, "config", "core.bare", "true")


def objects_are_a_link(root: Path, box: Path) -> None:
    commit(box / "private", {"x.yaml": WEB}, "private subject")
    shutil.rmtree(root / ".git" / "objects" / "info")
    (root / ".git" / "objects" / "info").symlink_to(box / "private" / ".git" / "objects" / "info")


def refs_are_a_link(root: Path, box: Path) -> None:
    commit(box / "private", {"x.yaml": WEB}, "private subject")
    shutil.rmtree(root / ".git" / "refs")
    (root / ".git" / "refs").symlink_to(box / "private" / ".git" / "refs")


def object_is_a_pipe(root: Path, box: Path) -> None:
    name = run(root, "rev-parse", "HEAD").strip()
    path = root / ".git" / "objects" / name[:2] / name[2:]
    path.unlink()
    os.mkfifo(path)


def pack_is_a_pipe(root: Path, box: Path) -> None:
    os.mkfifo(root / ".git" / "objects" / "pack" / "pack-1234.idx")


def head_is_a_pipe(root: Path, box: Path) -> None:
    (root / ".git" / "HEAD").unlink()
    os.mkfifo(root / ".git" / "HEAD")


def config_is_a_pipe(root: Path, box: Path) -> None:
    (root / ".git" / "config").unlink()
    os.mkfifo(root / ".git" / "config")


def broken_config(root: Path, box: Path) -> None:
    (root / ".git" / "config").write_text("[\0")


def future(root: Path, box: Path) -> None:
    run(root, "config", "core.repositoryformatversion", "1")
    run(root, "config", "extensions.refStorage", "reftable")


def ignore_file_is_a_pipe(root: Path, box: Path) -> None:
    (root / "apps" / "deep").mkdir()
    os.mkfifo(root / "apps" / "deep" / ".gitignore")


def head_below_is_a_pipe(root: Path, box: Path) -> None:
    commit(root / "below", {"a.txt": "x"})
    (root / "below" / ".git" / "HEAD").unlink()
    os.mkfifo(root / "below" / ".git" / "HEAD")


REFUSED: list[Callable[[Path, Path], None]] = [
    empty_file, loop, dangling, pipe, device, names_zero, nul, anothers_file, anothers_link, anothers_worktree, commondir_elsewhere,
    separate, work_tree_elsewhere, bare, objects_are_a_link, refs_are_a_link, object_is_a_pipe, pack_is_a_pipe, head_is_a_pipe,
    config_is_a_pipe, broken_config, future, ignore_file_is_a_pipe, head_below_is_a_pipe,
]  # fmt: skip


@pytest.mark.parametrize("spoil", REFUSED)
def test_what_is_refused(root: Path, tmp_path: Path, spoil: Callable[[Path, Path], None]) -> None:
    """The files are found, a sentence says what is wrong and names no path of the machine, and
    nothing of elsewhere is known."""
    spoil(root, tmp_path)
    checkout = Checkout(root)
    assert {"apps/c.yaml", "clusters/prod/k.yaml"} <= checkout.files
    found = facts(root)
    assert not any("private" in one.subject for one in found["commits"])
    assert (
        checkout.problem is not None
        and ";" in checkout.problem
        and str(tmp_path) not in checkout.problem
    )
    if spoil not in (ignore_file_is_a_pipe, head_below_is_a_pipe):
        assert found["described"].revision is None


def test_an_ignore_file_above_is_a_pipe(root: Path) -> None:
    """Git reads the ignore files above a directory too: it is not asked where it would wait."""
    (root / ".gitignore").unlink(missing_ok=True)
    os.mkfifo(root / ".gitignore")
    with pytest.raises(work_tree.NotRead):
        git.list_files(root / "apps")
    assert "c.yaml" in Checkout(root / "apps").files


ODD: dict[str, Callable[[Path], object]] = {
    "a long branch": lambda dot: (dot / "HEAD").write_text("ref: refs/heads/" + "x" * 5000),
    "no UTF-8": lambda dot: (dot / "HEAD").write_bytes(b"ref: refs/heads/m\xff\n"),
    "out of refs": lambda dot: (dot / "HEAD").write_text("ref: refs/heads/../../../outside\n"),
    "to itself": lambda dot: (dot / "HEAD").write_text("ref: HEAD\n"),
    "empty HEAD": lambda dot: (dot / "HEAD").write_text(""),
    "binary HEAD": lambda dot: (dot / "HEAD").write_bytes(bytes(range(256))),
    "a missing object": lambda dot: (dot / "HEAD").write_text("1" * 40),
    "a broken index": lambda dot: (dot / "index").write_bytes(b"DIRC" + b"\xff" * 100),
    "no index": lambda dot: (dot / "index").unlink(),
    "an index that is a pipe": lambda dot: ((dot / "index").unlink(), os.mkfifo(dot / "index")),
    "packed references that are a pipe": lambda dot: os.mkfifo(dot / "packed-refs"),
    "a broken pack": lambda dot: (dot / "objects" / "pack" / "pack-1.idx").write_bytes(
        b"\xfftOc" + bytes(2000)
    ),
    "alternates of a device": lambda dot: (dot / "objects" / "info" / "alternates").write_text(
        "/dev\n/proc/self/fd\nx\n"
    ),
    "alternates of itself": lambda dot: (dot / "objects" / "info" / "alternates").write_text(
        f"{dot}/objects\n../objects\n"
    ),
    "a broken shallow": lambda dot: (dot / "shallow").write_bytes(b"\xff\n"),
    "a broken commit graph": lambda dot: (dot / "objects" / "info" / "commit-graph").write_bytes(
        b"CGPH" + bytes(500)
    ),
    "an odd address": lambda dot: run(
        dot.parent, "config", "remote.origin.url", os.fsdecode(b"https://h/\xff\xfe")
    ),
}


@pytest.mark.parametrize("what", ODD)
def test_odd_contents(root: Path, tmp_path: Path, what: str) -> None:
    """Nothing raises or waits, and the files are found whatever HEAD, the index and the objects
    are."""
    ODD[what](root / ".git")
    assert {"apps/c.yaml", "clusters/prod/k.yaml"} <= Checkout(root).files
    facts(root)
    revisions_of(root, tmp_path / "written")


@pytest.mark.parametrize(
    "name",
    [".mailmap", ".gitattributes", ".gitmodules", ".git-blame-ignore-revs", "apps/.gitattributes"],
)
def test_pipes_that_git_might_read(root: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of the work tree that Git knows by their names can be pipes: no call waits for one."""
    plain = facts(root)
    os.mkfifo(root / name)
    ended: list[int] = []
    answer = work_tree._answer

    def told(process: subprocess.Popen[bytes], given: bytes) -> bytes | None:
        out = answer(process, given)
        ended.append(process.wait())
        return out

    monkeypatch.setattr(work_tree, "_answer", told)
    assert facts(root) == plain
    assert len(ended) >= 7 and -signal.SIGKILL not in ended


def test_few_objects_that_stand_for_many_files(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nine trees, each with ten times the next, are files without end: a commit of them cannot be
    read, and neither its names nor the memory of `git` grow without a limit."""
    monkeypatch.setattr(work_tree, "MAX_PRINTED", 1 << 20)
    blob = run(root, "hash-object", "-w", "--stdin", given="a: b\n").strip()
    entry = f"100644 blob {blob}"
    for _ in range(9):
        tree = run(root, "mktree", given="".join(f"{entry}\tn{at}.yaml\n" for at in range(10)))
        entry = f"040000 tree {tree.strip()}"
    whole = run(root, "rev-parse", "HEAD^{tree}").strip()
    bomb = run(root, "mktree", given=run(root, "ls-tree", whole) + f"{entry}\tmany\n").strip()
    first = run(root, "commit-tree", bomb, "-p", "HEAD", "-m", "many").strip()
    last = run(root, "commit-tree", whole, "-p", first, "-m", "none").strip()
    run(root, "update-ref", "HEAD", last)
    assert git.list_commit(root, first) is None
    assert git.log(root, "%H", 100) == b"" and git.patches(root, "%H", 40) == b""
    with pytest.raises(revisions.UnknownRevision, match="cannot be read"):
        revisions.write(root, first, tmp_path / "first")
    assert git.list_commit(root, last) is not None
    assert git.list_files(root)


def test_a_commit_of_more_than_is_read(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One large file under many names is as much as all of them: nothing is written."""
    blob = run(root, "hash-object", "-w", "--stdin", given="a" * 1000).strip()
    names = "".join(f"100644 blob {blob}\tn{at}.yaml\n" for at in range(100))
    tree = run(root, "mktree", given=names).strip()
    commit = run(root, "commit-tree", tree, "-m", "many").strip()
    revisions.write(root, commit, tmp_path / "before")
    assert len(list((tmp_path / "before").iterdir())) == 100
    monkeypatch.setattr(limits, "MAX_BYTES_READ", 99_000)
    with pytest.raises(revisions.UnknownRevision, match="compare a part of the repository"):
        revisions.write(root, commit, tmp_path / "after")
    assert not list((tmp_path / "after").iterdir())


def test_a_repository_without_commits(tmp_path: Path) -> None:
    """It has files, a branch, and nothing to tell."""
    root = tmp_path / "repo"
    root.mkdir()
    run(root, "init", "-q", "-b", "trunk")
    (root / "a.yaml").write_text(WEB)
    found = facts(root)
    assert (found["files"], found["commits"], found["branch"], found["problem"]) == (
        ["a.yaml"],
        (),
        "trunk",
        None,
    )
    assert found["described"].revision is None


def test_the_problem_is_a_finding(root: Path, tmp_path: Path) -> None:
    """A scan goes on and says it."""
    (root / ".git").rename(tmp_path / "away")
    (root / ".git").write_text("")
    done = gitops_docs("check", str(root), status=None)
    assert "git-not-read" in done.stdout and "`.git` names no Git directory" in done.stdout


# -- owners


def test_the_repository_of_another_user(
    root: Path, tmp_path: Path, nobody: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not read, unless the user's own settings call it safe: its path, all below a directory,
    or everything."""
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert "another user" in (git.problem(root) or "") and git.describe(root).revision is None
    assert "apps/c.yaml" in Checkout(root).files
    config = nobody / ".gitconfig"
    for value, safe in (
        (f"directory = {root}", True), (f"directory = {tmp_path}", False), (f"directory = {tmp_path}/*", True), ("directory = *", True),
        ("directory = *\n\tdirectory =", False), (f"directory = {root}x", False), ("bareRepository = all", False),
    ):  # fmt: skip
        config.write_text(f"[safe]\n\t{value}\n")
        assert (git.problem(root) is None) is safe, value
    # The repository cannot say so itself, and no variable.
    config.unlink()
    run(root, "config", "safe.directory", "*")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "0")
    assert git.problem(root) is not None


# -- dates


@pytest.mark.parametrize(
    ("given", "date"),
    [
        ("0", "1970-01-01"), ("1767225600", "2026-01-01"), ("00000000000000000001", "1970-01-01"), ("253402300799", "9999-12-31"),
        ("253402300800", None), ("99999999999999999999", None), ("9" * 5000, None), ("²", None), ("-1", None), ("+1", None), ("1.5", None),
        (" 12", None), ("12\n", None), ("١٢", None), ("1e9", None), ("", None), ("abc", None), ("0x10", None), ("1_000", None),
    ],
)  # fmt: skip
def test_source_date(given: str, date: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds in ASCII digits, up to the year 9999; all else does not count, and the date of HEAD
    does."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", given)
    assert git.source_date() == date
