"""The page that undoes a change, on a repository with a history: what it offers is run there."""

from __future__ import annotations

import html
import os
import re
import subprocess
from pathlib import Path

import pytest

from gitops_docs.index.history import Readers, quoted, revert_command, undo_command
from gitops_docs.model import Commit, LayerStatus, Resource, ValueChange
from gitops_docs.repository import history, patches
from tests.inventory.test_inventories import text
from tests.pages.platforms import layer, platform, release
from tests.pages.test_runbook_pages import CHAIN, LAYER, pages
from tests.runbooks.helpers import BASE, joined, scanned

PVC = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: archive
  namespace: web
spec: {resources: {requests: {storage: 1Gi}}}
"""


def git(root: Path, *arguments: str) -> str:
    """Run git with an identity of its own."""
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)
    return done.stdout.decode("utf-8", "replace").strip()


def commit(root: Path, subject: str) -> None:
    """Commit everything."""
    git(root, "add", "-A")
    git(root, "commit", "-qm", subject)


def change(root: Path, name: str, old: str, new: str) -> None:
    """Replace a text in a file, which has it."""
    before = (root / name).read_text()
    assert old in before
    (root / name).write_text(before.replace(old, new))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A first commit; one that upgrades a chart, adds a claim and changes another layer too; a
    later one to the same file."""
    joined(tmp_path, CHAIN)
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, "Begin")
    change(tmp_path, "apps/podinfo.yaml", "6.7.1", "7.0.0")
    (tmp_path / "apps/claim.yaml").write_text(PVC)
    change(tmp_path, "infra/namespace.yaml", "name: web", "name: web, labels: {a: b}")
    commit(tmp_path, "Upgrade everything")
    change(tmp_path, "apps/podinfo.yaml", "interval: 10m", "interval: 20m")
    commit(tmp_path, "Wait longer")
    return tmp_path


def commands(page: str, word: str) -> list[str]:
    """The commands of a page with a word in them."""
    plain = [
        html.unescape(re.sub("<[^>]+>", "", found))
        for found in re.findall(r"<dd><code>(.*?)</code>", page, re.S)
    ]
    return [command for command in plain if word in command]


def run(root: Path, command: str) -> None:
    """Run a command as a reader pastes it."""
    subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], cwd=root, check=True, capture_output=True
    )


def test_smallest_step_first(repository: Path) -> None:
    """A version comes before a commit, and a commit that reaches other layers is never offered as a
    whole."""
    page = pages(scanned(repository))[f"{LAYER}/apps/rollback"].html
    value, undo, changes = (page.index(f'id="{anchor}"') for anchor in ("value", "undo", "changes"))
    assert value < undo < changes
    plain = text(page)
    assert "podinfo.yaml:11 7.0.0 6.7.1" in plain
    assert "goes down a major version. The chart does not promise this." in plain
    assert "2 layers on prod" in plain
    assert "Do not revert the whole commit." in plain
    assert "PersistentVolumeClaim web/archive would be deleted" in plain
    newest, upgrade = (git(repository, "rev-parse", name)[:12] for name in ("HEAD", "HEAD~1"))
    assert commands(page, "git revert") == [f"git revert {newest} --no-edit"]
    assert upgrade in "".join(commands(page, "git diff --binary"))
    # Prune is off where a layer says so: nothing is deleted, and nothing is said to be.
    change(repository, "clusters/prod/apps.yaml", "prune: true", "prune: false")
    assert "would be deleted" not in pages(scanned(repository))[f"{LAYER}/apps/rollback"].html


def test_undo_keeps_later_changes_and_other_files(repository: Path) -> None:
    """The command of the page takes back one commit in the files of one layer, and nothing else."""
    page = pages(scanned(repository))[f"{LAYER}/apps/rollback"].html
    upgrade = git(repository, "rev-parse", "HEAD~1")[:12]
    [command] = [item for item in commands(page, "git diff --binary") if upgrade in item]
    run(repository, command)
    release = (repository / "apps/podinfo.yaml").read_text()
    assert "version: 6.7.1" in release
    assert "interval: 20m" in release
    assert not (repository / "apps/claim.yaml").exists()
    assert "labels" in (repository / "infra/namespace.yaml").read_text()
    assert git(repository, "diff", "--cached", "--name-only").splitlines() == [
        "apps/claim.yaml",
        "apps/podinfo.yaml",
    ]


def test_undo_of_a_merge(repository: Path) -> None:
    """A merge is undone as what it brought to the branch, also where the scan root is not the
    top."""
    git(repository, "checkout", "-qb", "topic")
    change(repository, "apps/podinfo.yaml", "chart: podinfo", "chart: other")
    commit(repository, "Another chart")
    git(repository, "checkout", "-q", "main")
    git(repository, "merge", "-q", "--no-ff", "-m", "Merge topic", "topic")
    [merge, *_] = scanned(repository).commits
    assert merge.merge
    assert merge.files == ("apps/podinfo.yaml",)
    run(repository, undo_command(merge, merge.files))
    assert "chart: podinfo" in (repository / "apps/podinfo.yaml").read_text()
    below = history.read(repository / "apps", {"podinfo.yaml"})[0]
    assert undo_command(below, below.files, "apps/").endswith(
        "-- apps/podinfo.yaml | git apply --reverse --index --3way"
    )
    assert revert_command(merge) == f"git revert -m 1 {merge.revision[:12]}"


def test_first_commit_is_not_undone(tmp_path: Path) -> None:
    """Before the first commit there is nothing; the page says so and still tells how to find
    one."""
    joined(tmp_path, CHAIN)
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, "Begin with infra")
    found = pages(scanned(tmp_path))
    page = found[f"{LAYER}/infra/rollback"].html
    assert "Begin with infra" in page
    assert "is not known, so Git cannot undo it here" in page
    assert "git log --oneline -- infra" in page
    assert not commands(page, "git revert")
    assert "1 layer waits until this one is ready" in page
    assert "Resume applies what is in Git." in page
    assert "helm rollback podinfo" in found[f"{LAYER}/apps/rollback"].html


def test_without_git(tmp_path: Path) -> None:
    """Without history the page says that it knows none, and keeps the commands."""
    page = pages(joined(tmp_path, CHAIN))[f"{LAYER}/infra/rollback"].html
    assert "Which commits changed this layer is not known here." in page
    assert "git diff --binary &lt;commit&gt;~1 &lt;commit&gt; -- infra" in page


def test_older_commit_is_no_default(repository: Path) -> None:
    """Where the newest commit changed shared files only, these and their readers are named, and no
    older commit takes its place."""
    own = (repository / "clusters/prod/apps.yaml").read_text()
    (repository / "clusters/prod/twin.yaml").write_text(own.replace("name: apps", "name: twin"))
    commit(repository, "Apply it twice")
    change(repository, "apps/podinfo.yaml", "interval: 20m", "interval: 30m")
    commit(repository, "Wait longer again")
    page = pages(scanned(repository))[f"{LAYER}/twin/rollback"].html
    box = page.partition('id="undo"')[2].partition("</section>")[0]
    plain = text(box)
    assert (
        "changed only files that other layers read too: apps/podinfo.yaml (read by apps )" in plain
    )
    assert "git" not in plain
    assert commands(page, "git revert") == []


def test_no_revert_elsewhere(repository: Path) -> None:
    """Only the page that says what a revert reaches has its command."""
    found = pages(scanned(repository))
    assert [
        uri
        for uri, page in found.items()
        if "git revert" in page.html and not uri.endswith("/rollback")
    ] == []


HOSTILE = [
    "plain.yaml",
    "a b.yaml",
    "a'; touch pwned; '.yaml",
    "$(touch pwned).yaml",
    "`touch pwned`.yaml",
    "*.yaml",
    "[ab].yaml",
    ":top.yaml",
    "-rf",
    "line\nbreak.yaml",
    "\x1b[31mred.yaml",
    "\u202egnp.yaml",
    "é\\back.yaml",
    "\x01a1.yaml",
    os.fsdecode(b"\xff\xfea.yaml"),
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_are_quoted(name: str) -> None:
    """The shell gives back the name byte by byte, and what is shown has no control character and no
    line break."""
    command = quoted(name)
    done = subprocess.run(["bash", "-c", f"printf %s {command}"], capture_output=True, check=True)
    assert done.stdout == os.fsencode(name)
    assert command.isprintable()


def test_undo_of_hostile_names(tmp_path: Path) -> None:
    """The whole command does what it says with names that mean something to a shell or to Git."""
    git(tmp_path, "init", "-q", "-b", "main")
    for name in (*HOSTILE, "other.yaml"):
        (tmp_path / name).write_text("a: 1\n")
    commit(tmp_path, "One")
    for name in (*HOSTILE, "other.yaml"):
        (tmp_path / name).write_text("a: 2\n")
    commit(tmp_path, "Two")
    [two, _] = history.read(tmp_path, {*HOSTILE, "other.yaml"})
    run(tmp_path, undo_command(two, HOSTILE))
    assert {(tmp_path / name).read_text() for name in HOSTILE} == {"a: 1\n"}
    assert (tmp_path / "other.yaml").read_text() == "a: 2\n"
    assert not (tmp_path / "pwned").exists()


def test_reach() -> None:
    """Files are sole, shared or unread; what is gone counts for the layer of its directory, and so
    does a layer that is not fully rendered."""
    readers = Readers(
        (
            layer("a", files=("a/x.yaml", "base/y.yaml")),
            layer("b", files=("b/z.yaml", "base/y.yaml")),
            layer("c", files=(), status=LayerStatus.FAILED),
        )
    )
    reach = readers.reach(
        Commit(
            "1" * 40,
            "",
            "",
            "",
            ("README.md", "a/x.yaml", "base/y.yaml", "c/unknown.yaml"),
            ("b/gone.yaml",),
            removed=("b/gone.yaml",),
        )
    )
    assert reach.layers == ("prod/flux-system/a", "prod/flux-system/b", "prod/flux-system/c")
    assert reach.sole == {
        "prod/flux-system/a": ("a/x.yaml",),
        "prod/flux-system/b": ("b/gone.yaml",),
        "prod/flux-system/c": ("c/unknown.yaml",),
    }
    assert reach.shared["prod/flux-system/a"] == ("base/y.yaml",)
    assert reach.unread == 1


def test_what_goes_with_a_definition() -> None:
    """Undoing what added a CRD deletes the custom resources of other layers, and the page counts
    them."""
    crd = Resource(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition", None, "things.example.org", "a/crd.yaml", 1,
        cluster_scoped=True, defines=(("example.org", "Thing", ("v1",)),),
    )  # fmt: skip
    kept = Resource(
        "v1",
        "PersistentVolumeClaim",
        "x",
        "kept",
        "a/crd.yaml",
        9,
        policies=(("prune", "disabled"),),
    )
    thing = Resource("example.org/v1", "Thing", "x", "one", "b/thing.yaml", 1)
    found = platform(
        layer("a", files=("a/crd.yaml",), prune=True, resources=(crd, kept)),
        layer("b", files=("b/thing.yaml",), resources=(thing,)),
        commits=(
            Commit(
                "1" * 40, "2026-11-24", "Ann", "Add things", ("a/crd.yaml",), added=("a/crd.yaml",)
            ),
        ),
    )
    plain = text(pages(found)[f"{LAYER}/a/rollback"].html)
    assert (
        "Kubernetes deletes every custom resource of that kind: 1 object of other layers here"
        in plain
    )
    assert "kept" not in plain


def test_value_that_automation_writes() -> None:
    """A tag that an ImagePolicy sets is set again: what to suspend stands before the rest."""
    automation = Resource(
        "image.toolkit.fluxcd.io/v1",
        "ImageUpdateAutomation",
        "flux-system",
        "all",
        "a/auto.yaml",
        1,
    )
    tag = ValueChange("a/web.yaml", 8, "image", "web:2", "web:1", "flux-system:web")
    found = platform(
        layer("a", files=("a/web.yaml",), resources=(automation,)),
        layer("b", files=("a/web.yaml",)),
        releases=(release("web", "a", "1"),),
        commits=(Commit("1" * 40, "2026-11-24", "Bot", "Set tag", ("a/web.yaml",), values=(tag,)),),
    )
    plain = text(pages(found)[f"{LAYER}/a/rollback"].html)
    assert "image web a/web.yaml:8 2 1 2026-11-24 also read by b" in plain
    assert "Image automation writes this value again by ImagePolicy flux-system/web ." in plain
    assert "flux suspend image update all -n flux-system" in plain


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("      version: 6.7.1", ("version", "6.7.1")),
        ('  - tag: "v1.2.3" # {"$imagepolicy": "flux-system:web:tag"}', ("tag", "v1.2.3")),
        (
            "    image: ghcr.io/a/web:2026.11.28-5badb8c",
            ("image", "ghcr.io/a/web:2026.11.28-5badb8c"),
        ),
        ("    newTag: 1.0", ("newTag", "1.0")),
        ('  WEB_TAG: "1.0"', ("WEB_TAG", "1.0")),
        ("  stage: s1", None),
        ("  kubernetesVersion: 1.31.0", ("kubernetesVersion", "1.31.0")),
        ("apiVersion: apps/v1", None),
        ("    image: web", None),
        ("    password: hunter22", None),
        ("    version: latest", None),
        ("version: a b 1", None),
    ],
)
def test_lines_with_versions(line: str, found: tuple[str, str] | None) -> None:
    """Only versions, tags and images are read from a patch."""
    read = patches.value_of(line)
    assert (None if read is None else (read.key, read.value)) == found


def test_secrets_of_the_history_stay_there(tmp_path: Path) -> None:
    """A value of a Secret is not a version, whatever its key is called, nor is one that is a
    credential by its look."""
    joined(
        tmp_path,
        {
            "apps/secret.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: web}\nstringData:\n  version: canary1111\n"
        },
    )
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, "One")
    change(tmp_path, "apps/secret.yaml", "canary1111", "canary2222")
    change(tmp_path, "apps/podinfo.yaml", "6.7.1", "6.7.2")
    commit(tmp_path, "Two")
    found = scanned(tmp_path)
    assert [value.file for item in found.commits for value in item.values] == ["apps/podinfo.yaml"]
    assert "canary" not in repr(found.commits)
    assert BASE["apps/podinfo.yaml"].splitlines()[10].strip() == "version: 6.7.1"


def test_values_that_no_longer_stand(repository: Path) -> None:
    """Only the newest change of a line counts, at its present line; one that was overwritten is not
    offered."""
    change(repository, "apps/podinfo.yaml", "7.0.0", "7.1.0")
    commit(repository, "Again")
    change(repository, "apps/podinfo.yaml", "apiVersion", "# moved\napiVersion")
    commit(repository, "Move")
    [value] = [value for item in scanned(repository).commits for value in item.values]
    assert (value.line, value.now, value.before) == (12, "7.1.0", "7.0.0")


def test_moved_objects_are_not_deleted(repository: Path) -> None:
    """A commit that moves an object to another file made nothing: undoing it deletes nothing. What
    it writes besides is still its own."""
    git(repository, "mv", "apps/claim.yaml", "apps/volume.yaml")
    change(repository, "apps/volume.yaml", "1Gi", "2Gi")
    commit(repository, "Move the claim")
    rows = pages(scanned(repository))[f"{LAYER}/apps/rollback"].html
    [moved] = re.findall(r"<tr>.*?Move the claim.*?</tr>", rows, re.DOTALL)[:1]
    assert "PersistentVolumeClaim" not in moved.rpartition("<tr>")[2]
    (repository / "apps/volume.yaml").rename(repository / "apps/both.yaml")
    with (repository / "apps/both.yaml").open("a") as file:
        file.write(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: fresh, namespace: web}\n"
        )
    commit(repository, "Move and add")
    [newest, before, *_] = scanned(repository).commits
    assert newest.objects == (("apps/both.yaml", "ConfigMap", "fresh"),)
    assert newest.added == ("apps/both.yaml",) and before.added == ()


def test_versions_of_variables_are_offered(tmp_path: Path) -> None:
    """A version that lies in a ConfigMap of another layer is put back there, with all that it is
    substituted in."""
    settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: pins, namespace: flux-system}\ndata:\n  podinfo_version: 6.7.0\n"
    chain = CHAIN | {
        "infra/pins.yaml": settings,
        "clusters/prod/apps.yaml": BASE["clusters/prod/apps.yaml"]
        + "  dependsOn: [{name: infra}]\n  postBuild: {substituteFrom: [{kind: ConfigMap, name: pins}]}\n",
        "apps/podinfo.yaml": BASE["apps/podinfo.yaml"].replace("6.7.1", "${podinfo_version}"),
    }
    joined(tmp_path, chain)
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, "Begin")
    change(tmp_path, "infra/pins.yaml", "6.7.0", "6.8.0")
    commit(tmp_path, "Upgrade")
    plain = text(pages(scanned(tmp_path))[f"{LAYER}/apps/rollback"].html)
    assert "podinfo_version infra/pins.yaml:5 6.8.0 6.7.0" in plain
    assert "also read by infra" in plain
