"""`check --changed BASE` and `--output`: what concerns a change, in every format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import gitops_docs
from tests.support.history import commit, git
from tests.support.small import FILES, layer

IMAGE = FILES["apps/web.yaml"].replace("web:1.0.0", "web:${UNKNOWN}")
OTHER = FILES["extras/config.yaml"].replace("plain", '"${ALSO_UNKNOWN}"')
SUBSTITUTE = "\n  postBuild: {substitute: {known: x}}"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A branch beside main; both have a fault that the other change does not concern."""
    root = tmp_path_factory.mktemp("changed") / "platform"
    commit(
        root,
        {
            **FILES,
            "clusters/prod/apps.yaml": layer("apps", "infra", more=SUBSTITUTE),
            "clusters/prod/extras.yaml": layer("extras", "apps", more=SUBSTITUTE),
            "extras/config.yaml": OTHER,
        },
    )
    git(root, "checkout", "-q", "-b", "change")
    commit(root, {"apps/web.yaml": IMAGE})
    git(root, "checkout", "-q", "main")
    commit(root, {"README.md": "later\n"})
    git(root, "checkout", "-q", "change")
    return root


def found(root: Path, *arguments: str) -> set[tuple[str, str]]:
    """(code, file) of what `check` prints."""
    said = gitops_docs("check", str(root), "--format", "json", *arguments, status=None)
    return {(item["code"], item["file"]) for item in json.loads(said.stdout)}


def test_only_the_change(repository: Path) -> None:
    """The fault of the change is shown, that of a file which it leaves alone is not; the exit
    status is about what is shown."""
    undefined = {file for code, file in found(repository) if code.startswith("variable")}
    assert undefined == {"apps/web.yaml", "extras/config.yaml"}
    assert {file for _, file in found(repository, "--changed", "main")} == {"apps/web.yaml"}
    assert found(repository, "--changed", "HEAD") == set()
    gitops_docs("check", str(repository), "--changed", "HEAD", "--fail-on", "info")


def test_not_committed(repository: Path) -> None:
    """What is not committed belongs to the change: a file that Git does not know, and one that is
    gone, which concerns the layers that had it."""
    (repository / "clusters/prod/more.yaml").write_text(layer("more", "nobody"))
    try:
        assert ("dependency-unknown", "clusters/prod/more.yaml") in found(
            repository, "--changed", "HEAD"
        )
    finally:
        (repository / "clusters/prod/more.yaml").unlink()
    (repository / "clusters/prod/infra.yaml").unlink()
    try:
        assert "dependency-unknown" in {code for code, _ in found(repository, "--changed", "HEAD")}
    finally:
        git(repository, "checkout", "-q", "--", ".")


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_output(repository: Path, tmp_path: Path, form: str) -> None:
    """A file gets what the terminal would get."""
    arguments = ("check", str(repository), "--format", form)
    printed = gitops_docs(*arguments, status=None).stdout
    said = gitops_docs(*arguments, "--output", str(tmp_path / "found"), status=None)
    assert said.stdout == "" and (tmp_path / "found").read_text() == printed


def test_no_such_commit(repository: Path) -> None:
    """A base that is not there ends the command, and so does a baseline of a part."""
    said = gitops_docs("check", str(repository), "--changed", "nowhere", status=2)
    assert "no commit `nowhere`" in said.stderr
    arguments = ("--changed", "main", "--baseline", "x.json", "--write-baseline")
    assert "omit --changed" in gitops_docs("check", str(repository), *arguments, status=2).stderr
