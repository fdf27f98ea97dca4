"""A release: the version from Git, and both archives installed where nothing of this checkout
is."""

from __future__ import annotations

import email
import json
import re
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support import PROJECT
from tests.support.history import commit, git
from tests.support.small import FILES


def run(*command: str, cwd: Path = PROJECT) -> str:
    """Run a command that must succeed; its output."""
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def hatch(*arguments: str, cwd: Path = PROJECT) -> str:
    """Run the build backend of this environment, without network."""
    return run(sys.executable, "-m", "hatchling", *arguments, cwd=cwd).strip()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shallow clone without tags of what is committed here."""
    target = tmp_path_factory.mktemp("clone") / "project"
    run("git", "clone", "--quiet", "--depth", "1", "--no-tags", PROJECT.as_uri(), str(target))
    return target


def test_version_follows_tags(clone: Path) -> None:
    """No tag, as in a shallow clone: 0.0.0 and the commit. A tag: its number. Commits behind a tag:
    its number and the commit."""
    head = git(clone, "rev-parse", "--short=7", "HEAD").strip()
    assert re.fullmatch(rf"0\.0\.0\+g{head}[0-9a-f]*", hatch("version", cwd=clone))
    git(clone, "tag", "v1.2.3")
    assert hatch("version", cwd=clone) == "1.2.3"
    git(clone, "commit", "-q", "--allow-empty", "-m", "more")
    assert re.fullmatch(r"1\.2\.3\+g[0-9a-f]+", hatch("version", cwd=clone))
    git(clone, "tag", "unrelated-9.9.9")
    assert hatch("version", cwd=clone).startswith("1.2.3+g")


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The source archive, and the wheel that is built from what is in it, where there is no Git."""
    target = tmp_path_factory.mktemp("dist")
    hatch("build", "--target", "sdist", "--directory", str(target))
    [source] = target.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        archive.extractall(target / "source", filter="data")
    [unpacked] = (target / "source").iterdir()
    hatch("build", "--target", "wheel", "--directory", str(target), cwd=unpacked)
    [wheel] = target.glob("*.whl")
    return source, wheel


def test_source_archive_has_the_same_version(archives: tuple[Path, Path]) -> None:
    """A wheel from the source archive, without Git, has the version that the archive was made
    with."""
    source, wheel = archives
    assert (
        source.name.removeprefix("mkdocs_gitops-").removesuffix(".tar.gz")
        == wheel.name.split("-")[1]
    )


def test_metadata_for_pypi(archives: tuple[Path, Path]) -> None:
    """What PyPI shows: a summary, the README as Markdown, licence, supported versions, addresses,
    and that it is typed."""
    with zipfile.ZipFile(archives[1]) as wheel:
        [name] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = email.message_from_bytes(wheel.read(name))
        assert {"gitops_docs/py.typed", "mkdocs_gitops/py.typed"} <= set(wheel.namelist())
    assert (
        metadata["Summary"]
        and metadata["License-Expression"] == "Apache-2.0"
        and metadata["Requires-Python"] == ">=3.11"
    )
    assert metadata["Description-Content-Type"] == "text/markdown" and "# mkdocs-gitops" in str(
        metadata.get_payload()
    )
    labels = {address.partition(",")[0] for address in metadata.get_all("Project-URL") or []}
    assert {"Documentation", "Source", "Changelog"} <= labels
    assert "Typing :: Typed" in (metadata.get_all("Classifier") or [])
    relative = [
        target
        for target in re.findall(r"\]\(([^)#\s]+)", str(metadata.get_payload()))
        if "://" not in target
    ]
    assert relative == [], "PyPI has no files beside the README"


def test_installed_in_a_clean_environment(archives: tuple[Path, Path], tmp_path: Path) -> None:
    """Installed from the wheel that the source archive gives, away from this checkout, the commands
    work: version, inventory, a site, the plugin."""
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=True)
    binary = environment / ("Scripts" if sys.platform == "win32" else "bin")
    # Dependencies come from this environment, so that no network is needed; the package itself must
    # not.
    [packages] = environment.glob("lib/*/site-packages")
    (packages / "dependencies.pth").write_text(
        sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8"
    )
    install = [
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--ignore-installed",
    ]
    run(str(binary / "python"), "-m", "pip", *install, str(archives[1]), cwd=tmp_path)
    where = run(
        str(binary / "python"),
        "-c",
        "import gitops_docs, mkdocs_gitops; print(gitops_docs.__file__)",
        cwd=tmp_path,
    )
    assert Path(where.strip()).is_relative_to(environment)
    commit(tmp_path / "platform", FILES)
    command = str(binary / "gitops-docs")
    assert archives[1].name.split("-")[1] in run(command, "--version", cwd=tmp_path)
    assert len(json.loads(run(command, "inventory", "platform", cwd=tmp_path))["layers"]) == 4
    run(command, "build", "platform", "--site-dir", "site", "--strict", cwd=tmp_path)
    assert (tmp_path / "site" / "gitops" / "gitops.css").is_file()
    run(command, "init", "platform", "--dry-run", cwd=tmp_path)
    run(command, "export", "platform", "out", cwd=tmp_path)


def test_address_of_the_project(clone: Path) -> None:
    """One command writes another repository into every file that names this one."""
    before = run("git", "grep", "-l", "-E", r"example-org(\.github\.io)?/mkdocs-gitops", cwd=clone)
    assert "pyproject.toml" in before and "findings.py" in before
    run(sys.executable, "tools/project_address.py", "Acme/flux-pages", cwd=clone)
    for old in ("example-org/mkdocs-gitops", "example-org.github.io"):
        left = subprocess.run(["git", "grep", "-l", old], cwd=clone, capture_output=True, text=True)
        assert set(left.stdout.split()) <= {"tests/project/test_release.py"}, old
    assert "https://acme.github.io/flux-pages/guide/" in (
        clone / "src/gitops_docs/model/findings.py"
    ).read_text(encoding="utf-8")


def test_help_is_quick() -> None:
    """`--help` loads neither MkDocs nor the engine, which is what would make it slow."""
    code = (
        "import sys; sys.argv = ['gitops-docs', '--help']\nfrom gitops_docs.cli.main import "
        "main\ntry: main()\nexcept SystemExit: pass\n"
    )
    code += (
        "print(sorted(name for name in sys.modules if name.split('.')[0] in ('mkdocs', 'yaml', "
        "'jinja2', 'mkdocs_gitops')))"
    )
    said = run(sys.executable, "-c", code)
    assert said.strip().endswith("[]") and "hub" in said
