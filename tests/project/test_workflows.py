"""Workflows, the action, the hook: valid by their schemas, and every script in them run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helm.platforms import make, release, source
from tests.support import PROJECT
from tests.support.commands import gitops_docs
from tests.support.history import commit, git
from tests.support.small import FILES, WEB, layer
from tests.support.steps import Ran, Runner

WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
ACTION = PROJECT / "action.yml"


def valid(schema: str, *files: Path, transform: str = "") -> None:
    """Validate files by a schema that comes with check-jsonschema."""
    more = ["--data-transform", transform] if transform else []
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        schema,
        *more,
        *map(str, files),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with two commits, the second with a change of an image."""
    root = tmp_path / "platform"
    commit(root, FILES)
    commit(root, {"apps/web.yaml": WEB.replace("web:1.0.0", "web:2.0.0")})
    return root


def test_workflows_are_valid() -> None:
    """The project's own workflows and its action are what GitHub's schemas say."""
    assert WORKFLOWS
    valid("vendor.github-workflows", *WORKFLOWS)
    valid("custom.github-workflows-require-timeout", *WORKFLOWS)
    valid("vendor.github-actions", ACTION)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_own_workflows_ask_for_what_there_is(path: Path, tmp_path: Path) -> None:
    """Every script of the project's workflows runs: what it asks of `make` exists."""
    runner = Runner(tmp_path, PROJECT)
    scripts = [
        step["run"]
        for job in yaml.safe_load(path.read_text())["jobs"].values()
        for step in job["steps"]
        if "run" in step
    ]
    assert scripts
    for script in scripts:
        ran = runner.run(script)
        assert ran.status == 0, f"{script}\n{ran.text}"


VALUES = {
    "inputs.path": ".",
    "inputs.diff": "true",
    "inputs.fail-on": "error",
    "inputs.baseline": "",
    "inputs.changed": "false",
    "inputs.site-dir": "site",
    "inputs.strict": "false",
    "inputs.requirement": "",
    "inputs.base": "HEAD~1",
    "inputs.token": "token",
    "inputs.author": "github-actions[bot]",
    "github.action_path": str(PROJECT),
    "github.event.pull_request.number": "7",
}
STEPS: dict[str, dict[str, Any]] = {
    step["name"]: step
    for step in yaml.safe_load(ACTION.read_text())["runs"]["steps"]
    if "run" in step
}


def run_step(runner: Runner, name: str, **values: str) -> Ran:
    """Run a step of the action."""
    step = STEPS[name]
    given = {**VALUES, "steps.diff.outputs.file": str(runner.temp / "platform-diff.md"), **values}
    assert step["shell"] == "bash"
    return runner.run(step["run"], step.get("env"), given)


def test_action_pulls_charts(tmp_path: Path) -> None:
    """A chart that cannot be had is a warning, and the job goes on."""
    root = tmp_path / "repo"
    make(
        root,
        source("HelmRepository", "charts", "http://127.0.0.1:9"),
        release("web", "web", "1.0.0"),
    )
    commit(root, {})
    commit(root, {"apps/more.yaml": release("more", "more", "1.0.0")})
    text = (root / "apps/apps.yaml").read_text()
    commit(root, {"apps/apps.yaml": text.replace("1.0.0", "2.0.0")})
    runner = Runner(tmp_path / "machine", root)
    # A comparison needs the charts of both sides.
    for diff, base, number in (("true", "HEAD~1", 3), ("false", "HEAD~1", 2), ("true", "", 2)):
        pulled = run_step(runner, "Pull charts", **{"inputs.diff": diff, "inputs.base": base})
        assert (
            pulled.status == 0
            and f"{number} failed" in pulled.text
            and "::warning::gitops-docs could not pull" in pulled.text
        )


def test_action_from_install_to_site(root: Path, tmp_path: Path) -> None:
    """Every step of the action in its order on a pull request that is fine: outputs, summary,
    comment, site."""
    runner = Runner(tmp_path / "machine", root)
    installed = run_step(runner, "Install gitops-docs")
    assert installed.calls == (
        f"python -I -m pip install --quiet --disable-pip-version-check {PROJECT}",
    )
    assert run_step(runner, "Check the manifests").outputs == {"result": "passed"}
    said = run_step(runner, "Say what the change does")
    assert (
        said.status == 0
        and "`registry.example.org/web`" in said.summary
        and Path(said.outputs["file"]).is_file()
    )
    commented = run_step(runner, "Keep a comment on the pull request")
    assert commented.status == 0, commented.text
    assert "--method POST repos/acme/platform/issues/7/comments" in commented.calls[1]
    built = run_step(runner, "Build the site", **{"inputs.strict": "true"})
    assert built.status == 0, built.text
    assert (
        built.outputs == {"site-dir": "site"}
        and (root / "site" / "platform" / "index.html").is_file()
    )
    assert run_step(runner, "Fail where the check did").status == 1
    assert set(STEPS) == {
        "Install "
        "gitops-docs", "Pull charts", "Check the manifests", "Say what the change does", "Keep a comment on the pull request",
        "Say why there is no site", "Build the site", "Fail where the check did",
    }  # fmt: skip


def test_action_replaces_its_own_comment(root: Path, tmp_path: Path) -> None:
    """Where a comment of an earlier run is found, it is changed, not added to."""
    runner = Runner(tmp_path / "machine", root, gh="4711")
    (runner.temp / "platform-diff.md").write_text("text")
    calls = run_step(runner, "Keep a comment on the pull request").calls
    assert "--method PATCH repos/acme/platform/issues/comments/4711" in calls[1] and len(calls) == 2


def test_action_does_not_change_what_others_wrote(root: Path, tmp_path: Path) -> None:
    """A comment is found by its author, not only by a marker that anybody can write; nothing is
    added where none could be read."""
    runner = Runner(tmp_path / "machine", root, gh="7; rm -rf x")
    (runner.temp / "platform-diff.md").write_text("text")
    listed, written = run_step(runner, "Keep a comment on the pull request").calls
    assert "select(.user.login == env.AUTHOR)" in listed
    assert "--method POST repos/acme/platform/issues/7/comments" in written
    assert STEPS["Keep a comment on the pull request"]["env"]["AUTHOR"] == "${{ inputs.author }}"
    runner.program("gh", f'echo "gh $*" >> "{runner.calls}"\nexit 1\n')
    failed = run_step(runner, "Keep a comment on the pull request")
    assert failed.status == 0 and "::warning::" in failed.text and len(failed.calls) == 1


def test_outputs_of_the_action_are_one_line_each(root: Path, tmp_path: Path) -> None:
    """A line break in an input sets no second output."""
    runner = Runner(tmp_path / "machine", root)
    built = run_step(runner, "Build the site", **{"inputs.site-dir": "site\ncheck=passed"})
    assert set(built.outputs) == {"site-dir"}


STARTERS = sorted((PROJECT / "plugins" / "mkdocs_gitops" / "starter").glob("git*.yml"))
USES = re.compile(r"^\s*(?:- )?uses: (?P<what>\S+)(?P<note>.*)$", re.MULTILINE)


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION, *STARTERS], ids=lambda path: path.name)
def test_nobody_else_decides_what_runs(path: Path) -> None:
    """Actions are pinned by commit, no script holds an expression, pip is not looked for in the
    repository, and no event has secrets."""
    text = path.read_text()
    for use in USES.finditer(text):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", use["what"]), use["what"]
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", use["note"]), use[0]
    assert not re.search(r"\b(?:pull_request_target|workflow_run|issue_comment)\b", text)
    scripts = re.findall(r"(?m)^( *)(?:- )?run: (?:\|\n((?:\1 +.*\n|\n)*)|(.*)$)", text)
    for _, several, one in scripts:
        assert "${{" not in several + one
    assert not re.search(r"python3? -m pip", text)
    if path in WORKFLOWS:
        assert yaml.safe_load(text)["permissions"] == {"contents": "read"}


def test_action_says_what_fails(root: Path, tmp_path: Path) -> None:
    """A finding is an annotation and an output, not yet a failed step; an unusable repository fails
    at once; no history is a warning."""
    runner = Runner(tmp_path / "machine", root)
    commit(root, {"clusters/prod/apps.yaml": layer("apps", "gone")})
    checked = run_step(runner, "Check the manifests")
    assert (
        checked.status == 0
        and checked.outputs == {"result": "failed"}
        and "::error " in checked.text
    )
    gitops_docs("check", str(root), "--baseline", "known.json", "--write-baseline", cwd=root)
    changed = {"inputs.changed": "true", "inputs.base": "HEAD"}
    assert run_step(runner, "Check the manifests", **changed).outputs == {"result": "passed"}
    assert run_step(runner, "Check the manifests", **{"inputs.baseline": "known.json"}).outputs == {
        "result": "passed"
    }
    (root / ".gitops-docs.yaml").write_text("levels: 1\n")
    assert run_step(runner, "Check the manifests").status == 2
    shallow = run_step(runner, "Say what the change does", **{"inputs.base": "0123456789abcdef"})
    assert shallow.status == 0 and "::warning::" in shallow.text and not shallow.outputs


def test_hook(root: Path) -> None:
    """The hook of pre-commit is complete, and its command runs."""
    [hook] = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text())
    assert {"id", "name", "entry", "language", "files"} <= set(hook) and hook[
        "pass_filenames"
    ] is False
    name, *arguments = shlex.split(hook["entry"])
    assert name == "gitops-docs"
    gitops_docs(*arguments, cwd=root)


def test_workflow_that_init_writes(root: Path, tmp_path: Path) -> None:
    """The written workflow for GitHub is valid, and each of its scripts does what it says."""
    gitops_docs("init", str(root), "--install", "mkdocs-gitops")
    path = root / ".github" / "workflows" / "platform-docs.yml"
    valid("vendor.github-workflows", path)
    runner = Runner(tmp_path / "machine", root)
    values = {"github.event.pull_request.base.sha": git(root, "rev-parse", "HEAD~1").strip()}
    steps = [
        step for step in yaml.safe_load(path.read_text())["jobs"]["build"]["steps"] if "run" in step
    ]
    ran = {step["name"]: runner.run(step["run"], step.get("env"), values) for step in steps}
    assert [name for name, result in ran.items() if result.status] == [], ran
    assert "`registry.example.org/web`" in ran["Say what the change does"].summary
    assert (root / "public" / "platform" / "index.html").is_file()


def test_pipeline_that_init_writes(root: Path, tmp_path: Path) -> None:
    """The written pipeline for GitLab is valid, and each of its scripts does what it says."""
    gitops_docs("init", str(root), "--ci", "gitlab", "--install", "mkdocs-gitops")
    path = root / ".gitlab-ci.yml"
    valid("vendor.gitlab-ci", path, transform="gitlab-ci")
    pipeline = yaml.safe_load(path.read_text())
    runner = Runner(tmp_path / "machine", root)
    base = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": git(root, "rev-parse", "HEAD~1").strip()}
    jobs = {
        name: job["script"]
        for name, job in pipeline.items()
        if isinstance(job, dict) and "script" in job
    }
    assert set(jobs) == {"check-manifests", "what-changes", "pages"}
    for name, script in {"before": pipeline["default"]["before_script"], **jobs}.items():
        ran = runner.run("\n".join(script), base)
        assert ran.status == 0, f"{name}\n{ran.text}"
    assert "`registry.example.org/web`" in (root / "diff.md").read_text()
    assert (root / "public" / "index.html").is_file()
