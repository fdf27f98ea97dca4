"""Pages held against the repository: excerpts, paths, objects, commands, links, freshness."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from gitops_docs.scanner.scanner import scan
from gitops_docs.settings.load import load_settings
from tests.runbooks.helpers import BASE, book, found, joined, places, scanned
from tests.support.counting import lines

HEAD = "---\napplies_to: layer:apps\n---\n"
"""Makes a page a runbook: its head takes three lines."""


def runbook(text: str) -> dict[str, str]:
    """A runbook with that text; its first line is line 4."""
    return {"docs/runbooks/a.md": HEAD + text}


def excerpt(text: str, fence: str = "yaml") -> dict[str, str]:
    """A runbook with a block; the first line of the block is line 5."""
    return runbook(f"```{fence}\n{text}```\n")


LAYER = (
    "# clusters/prod/apps.yaml\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
    "metadata:\n  name: apps\n  namespace: flux-system\nspec:\n  interval: %s\n  path: %s\n"
)


def test_excerpt_that_is_so(tmp_path: Path) -> None:
    """A block that shows a part of a manifest as it is gives nothing."""
    platform = joined(tmp_path, excerpt(LAYER % ("10m", "./apps")))
    assert found(platform, "excerpt-differs") == []


def test_excerpt_that_differs(tmp_path: Path) -> None:
    """A difference names both lines."""
    platform = joined(tmp_path, excerpt(LAYER % ("5m", "./apps")))
    [finding] = found(platform, "excerpt-differs")
    assert (finding.file, finding.line, finding.severity) == ("docs/runbooks/a.md", 12, "warning")
    assert (
        finding.message
        == "Kustomization apps: `spec.interval` is shown as `5m` and is `10m` at clusters/prod/apps.yaml:7"
    )


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            "spec:\n  suspend: true\n",
            "`spec.suspend` is shown as `true`; clusters/prod/apps.yaml:7 has no such value",
        ),
        (
            "spec:\n  dependsOn:\n    - name: infra\n",
            "`spec.dependsOn` is shown as `a list`; clusters/prod/apps.yaml:7 has no such value",
        ),
        ('spec:\n  prune: "true"\n', None),  # quotes are not a difference
        ("spec:\n  path: <path>\n", None),  # a placeholder
        ("spec:\n  interval: 600s\n", None),  # the same duration
        ("spec:\n  # ...\n  prune: true\n", None),
    ],
)
def test_fields(tmp_path: Path, lines: str, said: str | None) -> None:
    """What a page adds is a difference; what it leaves out of a mapping is none."""
    text = (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, "
        "namespace: flux-system}\n" + lines
    )
    messages = [
        finding.message for finding in found(joined(tmp_path, excerpt(text)), "excerpt-differs")
    ]
    assert messages == ([f"Kustomization apps: {said}"] if said else [])


def test_lists(tmp_path: Path) -> None:
    """A list is complete unless the block says otherwise."""
    source = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: web}\nlist:\n  - name: "
        "a\n  - name: b\n"
    )
    shown = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\nlist:\n  - name: b\n"
    platform = joined(tmp_path, {"apps/c.yaml": source}, excerpt(shown))
    [finding] = found(platform, "excerpt-differs")
    assert "`list` also has `a` at apps/c.yaml:5, which this page leaves out" in finding.message
    assert found(joined(tmp_path, excerpt(shown + "  # ...\n")), "excerpt-differs") == []


def test_as_applied_or_as_written(tmp_path: Path) -> None:
    """An excerpt may show the file or what Flux makes of it."""
    source = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: web}\ndata:\n  at: "
        "${REGION}\n"
    )
    layer = "clusters/prod/apps.yaml"
    files = {
        "apps/c.yaml": source,
        "other/c.yaml": source.replace("${REGION}", "south"),
        layer: BASE[layer] + "  postBuild: {substitute: {REGION: north}}\n",
    }
    for value, differences in (("${REGION}", 0), ("north", 0), ("south", 1)):
        text = f"kind: ConfigMap\napiVersion: v1\nmetadata: {{name: c}}\ndata:\n  at: {value}\n"
        assert (
            len(found(joined(tmp_path, files, excerpt(text)), "excerpt-differs")) == differences
        ), value


@pytest.mark.parametrize("fence", ["yaml no-check", "{.yaml .no-check}", "text"])
def test_opt_out(tmp_path: Path, fence: str) -> None:
    """A block may be left alone, and only YAML is compared."""
    assert found(joined(tmp_path, excerpt(LAYER % ("5m", "./x"), fence)), "excerpt-differs") == []


def test_ignoring_one_code(tmp_path: Path) -> None:
    """A comment above a block that names a code and a reason counts for all of the block, and for
    nothing behind it."""
    block = f"```yaml\n{LAYER % ('5m', './apps')}```\n"
    comment = "<!-- gitops-docs: ignore excerpt-differs it shows what was -->\n"
    platform = joined(tmp_path, runbook(f"{comment}{block}\n{block}"))
    assert places(platform, "excerpt-differs") == ["docs/runbooks/a.md:25 warning"]
    assert found(platform, "ignore-unused", "ignore-without-reason") == []


def test_examples_are_no_errors(tmp_path: Path) -> None:
    """An object that does not exist is an example; on a page that is not a runbook a block without
    a path is information."""
    example = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: example}\ndata: {a: b}\n"
    assert found(joined(tmp_path, excerpt(example)), "excerpt-differs") == []
    block = "```yaml\n" + (LAYER % ("5m", "./apps")).partition("\n")[2] + "```\n"
    platform = joined(tmp_path, {"docs/runbooks/a.md": "# A\n", "docs/guide.md": block})
    assert places(platform, "excerpt-differs") == ["docs/guide.md:8 info"]


def test_secrets_are_never_quoted(tmp_path: Path) -> None:
    """A Secret is not compared, so that no finding can hold its value."""
    secret = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: web}\nstringData: {token: "
        "%s}\n"
    )
    platform = joined(tmp_path, {"apps/s.yaml": secret % "CANARY"}, excerpt(secret % "other"))
    assert found(platform, "excerpt-differs") == []
    assert "CANARY" not in repr(platform)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("See `apps/gone.yaml`.\n", ["docs/runbooks/a.md:4 warning"]),
        ("See `./apps/gone/`.\n", ["docs/runbooks/a.md:4 warning"]),
        ("See `apps/podinfo.yaml`, `apps/`, `apps/v1`, `web/podinfo`.\n", []),
        ("See `apps/<name>.yaml`, `apps/*/x.yaml`, `apps/my-app/x.yaml`, `other/gone.yaml`.\n", []),  # placeholders, no place of ours
        ("```bash\nkubectl apply -k apps/gone/\n```\n", ["docs/runbooks/a.md:5 warning"]),
        ("```bash\nmkdir -p apps/new/\ncp a apps/new.yaml\nflux create x > apps/y.yaml\n```\n", []),  # makes them
        ("```bash\nflux bootstrap git --path clusters/new/\n# apps/comment.yaml\n```\n", []),
        ("```\n.\n├── apps/\n│   ├── podinfo.yaml\n│   └── gone.yaml   # why\n```\n", ["docs/runbooks/a.md:8 warning"]),
        ("```\n.\n├── apps/\n└── lost/\n```\n", ["docs/runbooks/a.md:7 warning"]),
        ("```\nsrc\n├── main.py\n└── lib/\n```\n", []),  # another tree
        ("`apps/gone/`, `apps/gone/x.yaml`\n", ["docs/runbooks/a.md:4 warning"]),  # one directory
        ("`.github/dependabot.yml` of yours\n", []),  # most repositories have one
        ("`.github/workflows/gone.yml`\n", ["docs/runbooks/a.md:4 warning"]),
        ("<!-- gitops-docs: ignore -->\n```bash\nkubectl apply -k apps/gone/\n```\n", []),
        ("`apps/gone.yaml` is gone <!-- gitops-docs: ignore -->\n", []),
    ],
)  # fmt: skip
def test_paths(tmp_path: Path, text: str, where: list[str]) -> None:
    """Paths of this repository that do not exist are found; what is an example, or is to be made,
    is not."""
    workflow = {".github/workflows/ci.yml": "on: push\n"}
    assert places(joined(tmp_path, {**workflow, **runbook(text)}), "doc-path-missing") == where


def test_one_finding_for_what_a_page_repeats(tmp_path: Path) -> None:
    """A path, link, anchor or object that a page names again is one finding, at the first line,
    which names the others."""
    body = "`apps/gone.yaml` [x](gone.md) [y](#gone) `flux get hr gone -n web`\n\n"
    platform = joined(tmp_path, runbook(body * 3))
    for code in (
        "doc-path-missing",
        "doc-link-missing",
        "doc-anchor-missing",
        "doc-object-missing",
    ):
        (one,) = found(platform, code)
        assert one.line == 4 and one.message.endswith("(also on lines 6 and 8)"), one


def test_paths_elsewhere_are_information(tmp_path: Path) -> None:
    """A page that is not a runbook may speak of what could be; a file that has moved is a warning
    all the same."""
    platform = joined(
        tmp_path,
        {
            "docs/a.md": "`apps/gone.yaml`\n`clusters/podinfo.yaml`\n",
            "docs/plans/b.md": "`apps/later.yaml`\n",
        },
    )
    assert places(platform, "doc-path-missing") == ["docs/a.md:2 warning", "docs/a.md:1 info"]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("flux get kustomization apps", None),
        ("flux get kustomization apps -n flux-system --watch", None),
        ("flux reconcile ks apps -n flux-system --with-source", None),
        ("flux get helmrelease podinfo -n web", None),
        ("flux get hr -A", None),
        ("flux get kustomizations", None),
        ("flux suspend kustomization --all", None),
        ("flux get kustomization <name>", None),
        ("flux get kustomization ap", "doc-object-missing"),
        ("flux get helmrelease podinfo", "doc-object-missing"),  # it is in another namespace
        ("$ flux describe kustomization apps", "doc-flux-command"),
        ("flux get kustomization apps && flux sync", "doc-flux-command"),
        ("flux operator version", None),  # a plugin
        ("flux --version", None),
    ],
)
def test_commands(tmp_path: Path, command: str, code: str | None) -> None:
    """Commands on a runbook name what exists, with subcommands that exist."""
    platform = joined(tmp_path, runbook(f"```bash\n{command}\n```\n"))
    codes = [finding.code for finding in found(platform, "doc-object-missing", "doc-flux-command")]
    assert codes == ([code] if code else [])
    if code:
        assert places(platform, code) == ["docs/runbooks/a.md:5 warning"]


def test_links(tmp_path: Path) -> None:
    """Links to files and headings that are not there are found; generated pages are not ours to
    check."""
    text = (
        "# Top\n[a](b.md) [c](../index.md#platform) [d](../index.md#nothing-like-it) [e](#top) "
        "[f](../../apps/podinfo.yaml)\n"
        "[g](../platform/alerts/index.md) [h](https://example.com/x.md) [i](mailto:a@b.c) "
        "[j](other/)\n"
    )
    platform = joined(tmp_path, runbook(text))
    assert places(platform, "doc-link-missing") == ["docs/runbooks/a.md:5 warning"]
    assert places(platform, "doc-anchor-missing") == ["docs/runbooks/a.md:5 warning"]


def test_links_of_pages_outside_the_repository(tmp_path: Path) -> None:
    """Pages beside the scan root link to files beside them: one that is there is no finding."""
    joined(tmp_path / "platform")
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "schema.json").write_text("{}")
    (docs / "index.md").write_text("# Top\n[a](schema.json) [b](gone.json)\n")
    settings, _ = load_settings(tmp_path / "platform")
    settings = replace(settings, site=replace(settings.site, docs_dir="../docs"))
    found_there = found(scan(tmp_path / "platform", settings), "doc-link-missing")
    assert [finding.message for finding in found_there] == [
        "the link to `gone.json` leads to no file"
    ]


def test_commits_since_the_review(tmp_path: Path) -> None:
    """Commits that touched what a page applies to are counted from the day of its review."""

    def git(*arguments: str, date: str = "2026-01-01") -> None:
        environment = {
            "GIT_COMMITTER_DATE": f"{date}T12:00:00Z",
            "GIT_AUTHOR_DATE": f"{date}T12:00:00Z",
            "PATH": "/usr/bin:/bin",
        }
        subprocess.run(
            ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments],
            check=True, capture_output=True, env=environment,
        )  # fmt: skip

    front = "---\napplies_to: %s\nlast_reviewed: 2026-02-01\n---\n# A\n"
    joined(
        tmp_path,
        {
            "docs/runbooks/a.md": front % "layer:apps",
            "docs/runbooks/all.md": front % "'kustomization/*/*'",
        },
    )
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-qm", "begin", date="2026-01-01")
    for number, file in enumerate(("apps/podinfo.yaml", "README.md", "apps/podinfo.yaml")):
        with (tmp_path / file).open("a") as stream:
            stream.write(f"# {number}\n")
        git("add", ".")
        git("commit", "-qm", str(number), date="2026-03-01")
    platform = scanned(tmp_path)
    assert book(platform, "runbooks/a.md").commits_since == 2
    assert book(platform, "runbooks/all.md").commits_since is None
    assert places(platform, "runbook-outdated") == ["docs/runbooks/a.md:3 info"]


@pytest.mark.parametrize("line", ["{}x", "│{}", "├── {}x"])
def test_drawn_lines_do_not_hang(tmp_path: Path, line: str) -> None:
    """Blanks in a drawing are read once, however they could be divided into levels."""
    few, many = (
        lines(partial(joined, tmp_path, excerpt(f"{line.format(' ' * size)}\n", fence="")))
        for size in (400, 4000)
    )
    assert many < 2 * few
