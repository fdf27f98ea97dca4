"""`gitops-docs diff`: what a change does, from two commits, with the working tree left alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gitops_docs.diff.markdown import MARK, code
from gitops_docs.diff.objects import differences
from gitops_docs.kubernetes.versions import step
from gitops_docs.yaml.nodes import as_map
from gitops_docs.yaml.parse import parse
from tests.support.commands import gitops_docs
from tests.support.history import commit, git
from tests.support.small import FILES, RELEASE, WEB, layer

SECRET = (
    "apiVersion: v1\nkind: Secret\nmetadata: {name: login, namespace: shop}\nstringData: "
    "{password: %s}\n"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one commit."""
    commit(tmp_path / "platform", {**FILES, "apps/secret.yaml": SECRET % "first-canary-value"})
    return tmp_path / "platform"


def changes(root: Path, base: str = "HEAD~1", *arguments: str) -> dict[str, Any]:
    """The comparison with the commit before."""
    found: dict[str, Any] = json.loads(
        gitops_docs("diff", str(root), base, "--format", "json", *arguments).stdout
    )
    return found


def test_nothing_changes(root: Path) -> None:
    """A change of a README does nothing, in words and in JSON."""
    commit(root, {"README.md": "# hello\n"})
    assert (
        "no change to what Flux applies"
        in gitops_docs("diff", str(root), "HEAD~1", "--exit-code").stdout
    )
    assert changes(root)["objects"] == []


def test_versions_images_and_blast_radius(root: Path) -> None:
    """A new chart version and a new image are named with their step; what waits for the layer is
    counted."""
    commit(
        root,
        {
            "infra/release.yaml": RELEASE.replace("1.2.3", "2.0.0"),
            "apps/web.yaml": WEB.replace("web:1.0.0", "web:1.1.0"),
        },
    )
    found = changes(root)
    [release] = found["releases"]
    assert (release["name"], release["was"], release["becomes"], release["step"]) == (
        "flux-system/ingress", "1.2.3", "2.0.0", "major",
    )  # fmt: skip
    [image] = found["images"]
    assert (image["image"], image["was"], image["becomes"]) == (
        "registry.example.org/web",
        ["1.0.0"],
        ["1.1.0"],
    )
    reach = {item["layer"]: item["dependents"] for item in found["reach"]}
    assert reach["prod/flux-system/infra"] == ["prod/flux-system/apps", "prod/flux-system/extras"]
    fields = {
        field["field"]: field["becomes"] for item in found["objects"] for field in item["fields"]
    }
    assert fields["spec.template.spec.containers[web].image"] == "registry.example.org/web:1.1.0"
    text = gitops_docs("diff", str(root), "HEAD~1").stdout
    assert (
        text.startswith(MARK)
        and "major version change" in text
        and "| `flux-system/ingress` |" in text
    )


def test_removals_say_what_is_lost(root: Path) -> None:
    """A namespace that goes is a warning; an object that moves to another layer is none; a layer
    that does not prune leaves things."""
    commit(
        root,
        {
            "infra/namespace.yaml": None,
            "extras/config.yaml": None,
            "apps/config.yaml": FILES["extras/config.yaml"],
            "extras/other.yaml": FILES["extras/config.yaml"].replace("extra", "other"),
        },
    )
    gone = {item["label"]: item for item in changes(root)["objects"] if item["how"] == "removed"}
    assert (
        gone["Namespace shop"]["consequence"] == "is deleted from the cluster"
        and gone["Namespace shop"]["loses"]
    )
    assert (
        gone["ConfigMap shop/extra"]["consequence"] == "is applied by prod/flux-system/apps instead"
    )
    assert (
        "`Namespace shop` is deleted from the cluster"
        in gitops_docs("diff", str(root), "HEAD~1").stdout
    )
    commit(
        root,
        {
            "clusters/prod/apps.yaml": layer("apps", "infra").replace(
                "prune: true", "prune: false"
            ),
            "apps/config.yaml": None,
        },
    )
    [kept] = [item for item in changes(root)["objects"] if item["how"] == "removed"]
    assert (
        kept["consequence"] == "stays in the cluster: the layer does not prune"
        and not kept["loses"]
    )


def test_what_cannot_be_applied_deletes_nothing(root: Path) -> None:
    """A layer that Flux would refuse, or whose source is elsewhere, keeps its objects; that it
    fails is a warning."""
    commit(root, {"infra/kustomization.yaml": "resources: [gone.yaml]\n"})
    gone = [item for item in changes(root)["objects"] if item["how"] == "removed"]
    assert {item["consequence"] for item in gone} == {
        "stays in the cluster: Flux rejects the layer"
    }
    assert not any(item["loses"] for item in gone)
    assert (
        "`prod/flux-system/infra` would be rejected"
        in gitops_docs("diff", str(root), "HEAD~1").stdout
    )
    elsewhere = layer("infra").replace("name: flux-system}", "name: other}")
    source = FILES["clusters/prod/flux-system/gotk-sync.yaml"].partition("---")[0]
    other = source.replace("{name: flux-system,", "{name: other,").replace(
        "team/platform", "team/other"
    )
    commit(
        root,
        {"infra/kustomization.yaml": None, "clusters/prod/infra.yaml": f"{other}---\n{elsewhere}"},
    )
    gone = [
        item
        for item in changes(root, "HEAD~2")["objects"]
        if item["layer"] == "prod/flux-system/infra"
    ]
    assert {item["consequence"] for item in gone} == {
        "is not known any more: the layer's source is elsewhere"
    }


def test_layers_come_go_and_move(root: Path) -> None:
    """A new layer, a removed one, and one that waits for less, with its wave before and after."""
    commit(
        root,
        {
            "clusters/prod/extras.yaml": None,
            "clusters/prod/more.yaml": layer("more"),
            "more/config.yaml": FILES["extras/config.yaml"],
            "clusters/prod/apps.yaml": layer("apps"),
        },
    )
    found = {item["layer"].rpartition("/")[2]: item for item in changes(root)["layers"]}
    assert {name: item["how"] for name, item in found.items()} == {
        "apps": "changed", "extras": "removed", "flux-system": "changed", "more": "added",
    }  # fmt: skip
    facts = {field["name"]: (field["was"], field["becomes"]) for field in found["apps"]["fields"]}
    assert facts == {"dependsOn": ("flux-system/infra", "nothing"), "wave": ("2", "1")}


def test_secret_values_are_compared_and_not_shown(root: Path) -> None:
    """That a Secret changed is said; neither value stands anywhere."""
    commit(root, {"apps/secret.yaml": SECRET % "second-canary-value"})
    for form in ("json", "markdown"):
        text = gitops_docs("diff", str(root), "HEAD~1", "--format", form).stdout
        assert "Secret shop/login" in text and "canary" not in text
    [item] = changes(root)["objects"]
    assert [field["field"] for field in item["fields"]] == ["stringData.password"]


def test_working_tree_is_left_alone(root: Path) -> None:
    """Commits are read although files lie there uncommitted; with --working-tree these are what is
    compared."""
    (root / "apps" / "web.yaml").write_text(WEB.replace("replicas: 1", "replicas: 3"))
    (root / "staged.txt").write_text("x")
    git(root, "add", "staged.txt")
    before = git(root, "status", "--porcelain")
    assert changes(root, "HEAD")["objects"] == []
    [item] = changes(root, "HEAD", "--working-tree")["objects"]
    assert item["fields"] == [{"field": "spec.replicas", "was": "1", "becomes": "3"}]
    assert git(root, "status", "--porcelain") == before


def test_repository_below_the_toplevel(root: Path, tmp_path: Path) -> None:
    """REPO may be a directory of a bigger repository; links and submodules of a commit are left
    out."""
    outer = tmp_path / "outer"
    commit(outer, {f"k8s/{name}": text for name, text in FILES.items()})
    (outer / "k8s" / "apps" / "link.yaml").symlink_to("/etc/hostname")
    commit(outer, {"k8s/apps/web.yaml": WEB.replace("replicas: 1", "replicas: 2")})
    [item] = changes(outer / "k8s")["objects"]
    assert item["file"] == "apps/web.yaml" and item["fields"][0]["becomes"] == "2"


@pytest.mark.parametrize("revision", ["no-such-branch", "--output=x", "HEAD:apps"])
def test_unknown_commits(root: Path, revision: str) -> None:
    """Status 2 and the name; nothing that Git takes for an option passes."""
    said = gitops_docs("diff", "--", str(root), revision, status=2).stderr
    assert f"no commit `{revision}`" in said


def test_no_git(tmp_path: Path) -> None:
    """Without Git there is nothing to compare, and that is said."""
    assert "not in a Git repository" in gitops_docs("diff", str(tmp_path), "HEAD", status=2).stderr


def test_findings_that_are_new(root: Path) -> None:
    """A dependency on nothing is a new finding; putting it right is one fewer."""
    commit(root, {"clusters/prod/apps.yaml": layer("apps", "infrastructure")})
    [finding] = [item for item in changes(root)["findings_new"] if item["severity"] == "error"]
    assert "infrastructure" in finding["message"]
    assert (
        gitops_docs("diff", str(root), "HEAD~1", "--exit-code", status=1).stdout.count(
            "### Findings"
        )
        == 1
    )
    commit(root, {"clusters/prod/apps.yaml": layer("apps", "infra")})
    assert finding in changes(root)["findings_gone"]


def test_runbooks_to_have_at_hand(root: Path) -> None:
    """A page that applies to a layer which changes is named; one for another layer is not."""
    page = "---\napplies_to: [kustomization/flux-system/%s]\n---\n# When %s fails\n"
    commit(root, {f"docs/runbooks/{name}.md": page % (name, name) for name in ("apps", "infra")})
    commit(root, {"apps/web.yaml": WEB.replace("replicas: 1", "replicas: 2")})
    [hint] = changes(root)["runbooks"]
    assert (hint["target"], hint["title"], hint["layers"]) == (
        "docs/runbooks/apps.md",
        "When apps fails",
        ["prod/flux-system/apps"],
    )
    assert "`docs/runbooks/apps.md` for `apps`" in gitops_docs("diff", str(root), "HEAD~1").stdout


def test_limit(root: Path) -> None:
    """A long comparison is cut where a comment would be refused, and says so; its folds are
    closed."""
    many = "---\n".join(
        FILES["extras/config.yaml"].replace("extra", f"extra-{number}") for number in range(200)
    )
    commit(root, {"extras/many.yaml": many})
    text = gitops_docs("diff", str(root), "HEAD~1", "--limit", "4000").stdout
    assert len(text) <= 4000 and "Truncated. Run" in text
    assert text.count("<details>") == text.count("</details>") == 1


def test_bars_in_tables(root: Path) -> None:
    """A value with a bar does not end the cell of its table."""
    commit(root, {"infra/release.yaml": RELEASE.replace("1.2.3", "'>=1.0 || >=2.0'")})
    text = gitops_docs("diff", str(root), "HEAD~1").stdout
    assert r"| `1.2.3` | `>=1.0 \|\| >=2.0` |" in text


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("plain", "`plain`"),
        ("a`b``c", "```a`b``c```"),
        ("`x`", "`` `x` ``"),
        ("a|b", "`a|b`"),
        ("a\n\x1b[31m<!-- @team", "`a [31m<!-- @team`"),
        ("", "` `"),
    ],
)
def test_code_spans_hold_anything(text: str, span: str) -> None:
    """Text of a repository cannot leave its code span."""
    assert code(text) == span


@pytest.mark.parametrize(
    ("was", "becomes", "expected"),
    [
        ("1.2.3", "2.0.0", "major"), ("v1.2.3", "v1.3.0", "minor"), ("1.2.3", "1.2.4", "patch"), ("1.2", "1.1", "down"),
        ("1.2.3", "1.2.3+b1", ""), (">=1.0.0", "1.2.3", ""), (None, "1.0.0", ""), ("latest", "1.0", ""),
    ],
)  # fmt: skip
def test_step(was: str | None, becomes: str | None, expected: str) -> None:
    """How far versions are apart; ranges and words are not versions."""
    assert step(was, becomes) == expected


def test_lists_are_matched_by_name() -> None:
    """An item that is put before others is one difference; items without names are matched by
    position; keys with dots are quoted."""
    before = as_map(
        parse(b"l: [{name: a, v: 1}, {name: b, v: 2}]\np: [1, 2]\nx.y: {}\n", "f").documents[0].root
    )
    after = as_map(
        parse(b"l: [{name: c, v: 0}, {name: a, v: 1}, {name: b, v: 3}]\np: [2]\nx.y: []\n", "f")
        .documents[0]
        .root
    )
    assert [(d.field, d.was, d.becomes) for d in differences(before, after)] == [
        ("l[c].name", None, "c"), ("l[c].v", None, "0"), ("l[b].v", "2", "3"), ("p[0]", "1", "2"), ('["x.y"]', "{}", "[]"),
        ("p[1]", "2", None),
    ]  # fmt: skip


def on_two_clusters(root: Path) -> None:
    """Give the platform a second cluster with the same layers, that is promoted to last."""
    sync = FILES["clusters/prod/flux-system/gotk-sync.yaml"]
    names = ("infra", "apps", "extras")
    commit(
        root,
        {
            "clusters/staging/flux-system/gotk-sync.yaml": sync.replace("clusters/prod", "clusters/staging"),
            **{f"clusters/staging/{name}.yaml": FILES[f"clusters/prod/{name}.yaml"] for name in names},
            ".gitops-docs.yaml": "repository_url: https://git.example.org/team/platform\n",
        },
    )  # fmt: skip


def test_names_of_clusters_with_slashes(root: Path) -> None:
    """A cluster that the settings call `eu/prod` is one cluster, in a comparison and in `render`."""
    on_two_clusters(root)
    commit(
        root,
        {
            ".gitops-docs.yaml": "clusters:\n"
            "  - {name: eu/prod, path: clusters/prod}\n  - {name: us/prod, path: clusters/staging}\n"
        },
    )
    commit(root, {"apps/web.yaml": WEB.replace("web:1.0.0", "web:1.1.0")})
    text = gitops_docs("diff", str(root), "HEAD~1").stdout
    assert "1 layer, 1 object, 1 image on 2 clusters differ" in text
    assert "- `flux-system/apps` on 2 clusters (`eu/prod`, `us/prod`) changed" in text
    shown = gitops_docs("render", str(root), "apps", "--cluster", "us/prod")
    assert "web:1.1.0" in shown.stdout


def test_said_once(root: Path) -> None:
    """What several clusters have in common is one line of each part; a place is a link to the
    forge at the commit; what concerns the last environment says so."""
    on_two_clusters(root)
    commit(
        root,
        {
            "infra/release.yaml": RELEASE.replace("1.2.3", "2.0.0"),
            "infra/namespace.yaml": None,
            "apps/web.yaml": WEB.replace("web:1.0.0", "web:1.1.0"),
        },
    )
    text = gitops_docs("diff", str(root), "HEAD~1").stdout
    for once in (
        "major version change",
        "`Namespace shop` is deleted",
        "| `flux-system/ingress` |",
        "| `registry.example.org/web` |",
        "`Deployment shop/web` changed",
        "- `flux-system/infra` on 2 clusters (`prod`, `staging`) changed",
        "2 layers, 3 objects, 1 Helm release, 1 image on 2 clusters differ",
    ):
        assert text.count(once) == 1, once
    head, base = (git(root, "rev-parse", name).strip() for name in ("HEAD", "HEAD~1"))
    forge = "https://git.example.org/team/platform/blob"
    assert f"](${forge}/{head}/apps/web.yaml#L1)".replace("$", "") in text
    assert f"]({forge}/{base}/infra/namespace.yaml#L1)" in text
    warnings = [line for line in text.splitlines() if line.startswith("> - ")]
    assert "is deleted" in warnings[0] and "major" in warnings[1]


def test_risks_come_first(root: Path) -> None:
    """Pruning that begins and a file that changes several layers are said first."""
    commit(
        root,
        {"clusters/prod/apps.yaml": layer("apps", "infra").replace("prune: true", "prune: false")},
    )
    commit(root, {"clusters/prod/apps.yaml": layer("apps", "infra")})
    text = gitops_docs("diff", str(root), "HEAD~1").stdout
    assert "> - Layer `prod/flux-system/apps` prunes from now on" in text


def test_notes_are_asked_for(root: Path) -> None:
    """Findings of the severity info are counted; `--info` lists them."""
    commit(root, {"clusters/prod/apps.yaml": layer("apps", "infra", "infra")})
    new = changes(root)["findings_new"]
    notes = [item for item in new if item["severity"] == "info"]
    text = gitops_docs("diff", str(root), "HEAD~1").stdout
    listed = gitops_docs("diff", str(root), "HEAD~1", "--info").stdout
    assert notes
    assert "**info**" not in text and "not listed; `--info`" in text
    assert listed.count("**info**") == len(notes)


def test_baseline_has_no_say(root: Path) -> None:
    """What a baseline knows is neither new nor fixed, whichever commit has the baseline."""
    commit(root, {"clusters/prod/apps.yaml": layer("apps", "nobody")})
    gitops_docs("check", str(root), "--baseline", "known.json", "--write-baseline", cwd=root)
    known = (root / "known.json").read_text()
    commit(root, {"known.json": known, ".gitops-docs.yaml": "baseline: known.json\n"})
    found = changes(root)
    assert found["findings_gone"] == [] and found["findings_new"] == []


def test_lists_are_bounded(root: Path) -> None:
    """A month of changes stays short: long lists end with how many more there are."""
    images = "".join(
        f"      - name: c{number}\n        image: registry.example.org/i{number}:1\n"
        for number in range(120)
    )
    commit(root, {"apps/web.yaml": WEB + images})
    text = gitops_docs("diff", str(root), "HEAD~1").stdout
    assert text.count("| image |") < 45 and "more, see the objects" in text


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("1.1.0", "1.2.0", "| `1.1.0` | `1.2.0` | minor |"),
        ("1.1.0@sha256:" + "a" * 64, "1.1.0@sha256:" + "b" * 64, f"`1.1.0@sha256:{'b' * 12}…` | digest |"),
        ("latest", "1.2.0", "| `latest` | `1.2.0` |  |"),
    ],
)  # fmt: skip
def test_step_of_an_image(root: Path, before: str, after: str, shown: str) -> None:
    """A row of an image says how far its tags are apart; a digest is cut, the objects have all of
    it."""
    container = "      - name: other\n        image: registry.example.org/other:{}\n"
    commit(root, {"apps/web.yaml": WEB + container.format(before)})
    commit(root, {"apps/web.yaml": WEB + container.format(after)})
    text = gitops_docs("diff", str(root), "HEAD~1").stdout
    assert shown in text
    assert f"registry.example.org/other:{after}" in text
