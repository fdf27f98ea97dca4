"""Files that mean harm: links, loops, pipes, devices, names and sizes. Nothing outside of the root
is opened or written."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gitops_docs.model import Platform
from gitops_docs.scanner.scanner import scan
from tests.safety.measuring import inventory
from tests.support.commands import gitops_docs
from tests.text.test_addresses import BROKEN

ROOT = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {interval: 10m, path: ./apps, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""
WEB = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"
FILES = {"clusters/prod/apps.yaml": ROOT, "apps/web.yaml": WEB}
RULE = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: rules}
spec: {groups: [{name: a, rules: [{alert: Down, expr: up == 0, annotations: {runbook_url: "{url}"}}]}]}
"""
Write = Callable[[Mapping[str, str]], Path]


def codes(platform: Platform) -> set[str]:
    return {finding.code for finding in platform.findings}


def names(platform: Platform) -> set[str]:
    return {resource.name for layer in platform.layers for resource in layer.resources}


def commit(root: Path) -> None:
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *command], cwd=root, check=True)


TRACE = """\
import json, os, sys
from pathlib import Path
root, empty = Path(sys.argv[1]), Path(sys.argv[2])
from gitops_docs.scanner.scanner import analyse
from gitops_docs.site.leaks import Gate
from gitops_docs.flux.output import to_yaml
from gitops_docs.inventory.codec import dumps
from gitops_docs.pages import Fence, Options, render
def all_of(root):
    found = analyse(root)
    dumps(found.platform)
    render(found.platform, Options(directory="platform", directory_urls=True, fence=Fence.MATERIAL, templates=()))
    for layer in found.built.values():
        for item in layer.objects:
            to_yaml(item.data)
    Gate(found.checkouts, found.built.values(), found.platform)
all_of(empty)  # Modules and templates are loaded.
opened = []
def hook(event, arguments):
    names = ("open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename")
    if event in names and isinstance(arguments[0], (str, bytes, os.PathLike)):
        opened.append(os.path.realpath(os.fsdecode(arguments[0])))
sys.addaudithook(hook)
all_of(root)
print(json.dumps(sorted(set(opened))))
"""


def opened(root: Path, empty: Path) -> list[str]:
    """The files and directories that a whole run opens in Python, links followed."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", TRACE, str(root), str(empty)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    packages = (
        sys.prefix,
        sys.base_prefix,
        str(Path(__file__).parent.parent.parent / "src"),
        "/dev/null",
    )
    return [path for path in found if not path.startswith(packages)]


@pytest.mark.parametrize("with_git", [True, False])
def test_nothing_outside_is_opened(tmp_path: Path, repository: Write, with_git: bool) -> None:
    """Links, paths and generators that lead out of the root open nothing there; what is inside is
    still rendered."""
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("secret.yaml", "kustomization.yaml", "CODEOWNERS", "page.md"):
        (outside / name).write_text(WEB.replace("web", "canary"))
    up = "../" * 12
    there = str(outside).lstrip("/")
    root = repository(
        {
            "clusters/prod/all.yaml": ROOT
            + "".join(
                f"---\n{ROOT.replace('name: apps', f'name: out{number}').replace('./apps', path)}"
                for number, path in enumerate(
                    [f"{up}{there}", str(outside), "./apps/link", "./linked", f"./apps/{up}{there}"]
                )
            ),
            "apps/web.yaml": WEB,
            "apps/kustomization.yaml": f"""\
resources: [web.yaml, {outside}/secret.yaml, {up}{there}/secret.yaml, link.yaml, link, "file://{outside}/secret.yaml", fifo.yaml]
components: [{up}{there}]
configurations: [{outside}/secret.yaml]
crds: [{outside}/secret.yaml]
openapi: {{path: {outside}/secret.yaml}}
generators: [{outside}/secret.yaml]
transformers: [{up}{there}]
patches: [{{path: {up}{there}/secret.yaml}}, {{path: {outside}/secret.yaml, target: {{kind: ConfigMap}}}}]
patchesStrategicMerge: [{outside}/secret.yaml]
replacements: [{{path: {outside}/secret.yaml}}]
configMapGenerator:
  - {{name: a, files: [{outside}/secret.yaml, "x={up}{there}/secret.yaml", link.yaml], envs: [{outside}/secret.yaml]}}
secretGenerator:
  - {{name: b, files: [{outside}/secret.yaml], env: {up}{there}/secret.yaml}}
helmCharts: [{{name: x, valuesFile: {outside}/secret.yaml}}]
""",
            "docs/index.md": "# Home\n",
        }
    )
    (root / "apps" / "link.yaml").symlink_to(outside / "secret.yaml")
    (root / "apps" / "link").symlink_to(outside)
    (root / "linked").symlink_to(outside)
    (root / "CODEOWNERS").symlink_to(outside / "CODEOWNERS")
    (root / ".sourceignore").symlink_to(outside / "secret.yaml")
    (root / ".gitops-docs.yaml").symlink_to(outside / "secret.yaml")
    (root / "docs" / "runbooks").symlink_to(outside)
    (root / "apps" / "loop").symlink_to(root / "apps")
    (root / "apps" / "self").symlink_to("self")
    (root / "apps" / "dangling.yaml").symlink_to("nowhere.yaml")
    if with_git:
        commit(root)
    os.mkfifo(root / "apps" / "fifo.yaml")
    empty = tmp_path / "empty"
    empty.mkdir()
    inside = (str(root), str(empty))
    assert [path for path in opened(root, empty) if not path.startswith(inside)] == []
    platform = scan(root)
    assert "web" in names(platform) and "canary" not in names(platform)


def test_tracked_directory_that_became_a_link(tmp_path: Path, repository: Write) -> None:
    """Git lists what it tracks although a link stands there now."""
    root = repository({**FILES, "apps/more/more.yaml": WEB.replace("web", "more")})
    commit(root)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "more.yaml").write_text(WEB.replace("web", "canary"))
    (root / "apps/more/more.yaml").unlink()
    (root / "apps/more").rmdir()
    (root / "apps/more").symlink_to(outside)
    assert names(scan(root)) == {"web"}


def test_pipes_sockets_and_devices(repository: Write) -> None:
    """What is no file is passed by, and nothing waits for it."""
    root = repository(FILES)
    os.mkfifo(root / "apps" / "kustomization.yaml")
    os.mkfifo(root / "clusters" / "prod" / "pipe.yaml")
    here = Path.cwd()
    os.chdir(root / "apps")  # The path of a socket is short.
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("socket.yaml")
    finally:
        os.chdir(here)
    if os.geteuid() == 0:
        with contextlib.suppress(PermissionError):
            os.mknod(root / "apps" / "zero.yaml", 0o666 | 0o020000, os.makedev(1, 5))
    assert names(scan(root)) == {"web"}


def test_settings_that_are_a_link(tmp_path: Path, repository: Write) -> None:
    """Settings that are a link out of the repository are refused by name, and nothing of them is
    printed."""
    root = repository(FILES)
    (tmp_path / "other.yaml").write_text("canary: 1\n")
    (root / ".gitops-docs.yaml").symlink_to(tmp_path / "other.yaml")
    done = gitops_docs("inventory", str(root), status=2)
    assert (
        ".gitops-docs.yaml" in done.stderr and "link" in done.stderr and "canary" not in done.stderr
    )


@pytest.mark.parametrize(
    ("size", "code"),
    [(50 * 1024 * 1024, "file-too-large"), (15 * 1024 * 1024, "yaml-too-large")],
)
def test_large_files(repository: Write, size: int, code: str) -> None:
    """A file of 50 MB, or of more values than any manifest has, is a finding; the rest goes on."""
    root = repository(FILES)
    (root / "clusters" / "prod" / "huge.yaml").write_bytes(b"- a\n" * (size // 4))
    found = inventory(root)
    assert code in {finding["code"] for finding in found["findings"]}
    assert [resource["name"] for layer in found["layers"] for resource in layer["resources"]] == [
        "web"
    ]


def test_large_files_in_a_layer(repository: Write) -> None:
    """A layer that includes such a file fails with its reason."""
    root = repository({**FILES, "apps/kustomization.yaml": "resources: [web.yaml, huge.yaml]\n"})
    (root / "apps" / "huge.yaml").write_bytes(b"#" * (50 * 1024 * 1024))
    layer = inventory(root)["layers"][0]
    assert "MB" in layer["reason"] and [resource["name"] for resource in layer["resources"]] == [
        "web"
    ]


NESTED = "".join(
    f"a{level}: &a{level} {'[' * 150}{f'*a{level - 1}' if level else 'x'}{']' * 150}\n"
    for level in range(50)
)
DEEPER = "".join(
    f"      - {{op: add, path: /data/{'a/' * (level * 90)}a, value: {'{a: ' * 90}x{'}' * 90}}}\n"
    for level in range(40)
)


@pytest.mark.parametrize(
    "files",
    [
        # Aliases that nest instead of repeating.
        {
            "apps/nested.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: nested}}\n{NESTED}"
        },
        # Merge keys that take each other in.
        {
            "apps/merges.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: merges}\nm0: &m0 {a: 1}\n"
            + "".join(
                f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 50)}], k{n}: *m{n - 1}}}\n"
                for n in range(1, 60)
            )
        },
        # A patch that deepens what the one before has set.
        {
            "apps/kustomization.yaml": f"resources: [web.yaml]\npatches:\n  - target: {{kind: ConfigMap}}\n    patch: |\n{DEEPER}",
        },
        # An ever longer path.
        {
            "apps/kustomization.yaml": "resources: [web.yaml]\npatches:\n  - target: {kind: ConfigMap}\n    patch: |\n"
            f"      - {{op: add, path: '/data{'/a' * 50000}', value: x}}\n",
        },
        # Brackets in every place where a text is read once more.
        {
            "apps/kustomization.yaml": "resources: [web.yaml]\npatches:\n  - target: {kind: ConfigMap}\n    patch: |\n"
            f"      {'[' * 100000}\n",
        },
        # Kustomizations that include each other.
        {
            "apps/kustomization.yaml": "resources: [web.yaml, ../other]\n",
            "other/kustomization.yaml": "resources: [../apps]\n",
        },
        # A path of many parts, a long name.
        {
            "apps/kustomization.yaml": f"resources: [web.yaml, {'a/' * 5000}b]\nnamePrefix: {'x' * 100000}\n"
        },
        # A pattern that backtracks.
        {
            "apps/kustomization.yaml": "resources: [web.yaml, long.yaml]\npatches:\n  - target: {name: '(a+)+b'}\n    patch: |\n"
            "      - {op: remove, path: /data}\n",
            "apps/long.yaml": WEB.replace("web", "a" * 250),
        },
        # A list of which every element has moved.
        {
            "apps/kustomization.yaml": "resources: [web.yaml, list.yaml]\npatches:\n  - target: {kind: Thing}\n    patch: |\n"
            "      - {op: add, path: /spec/0, value: x}\n",
            "apps/list.yaml": "apiVersion: a.example.org/v1\nkind: Thing\nmetadata: {name: a}\n"
            f"spec: [{', '.join(map(str, range(40_000)))}]\n",
        },
        # Values that multiply in substitution.
        {
            "clusters/prod/apps.yaml": ROOT.replace(
                "path: ./apps,",
                f"path: ./apps, postBuild: {{substitute: {{a: {'x' * 50000}}}}},",
            ),
            "apps/big.yaml": WEB.replace("web", "big") + f"data: {{a: '{'${a}' * 2000}'}}\n",
        },
    ],
    ids=[
        "aliases",
        "merges",
        "patches",
        "path",
        "brackets",
        "circle",
        "names",
        "pattern",
        "moved",
        "values",
    ],
)
def test_bombs(repository: Write, files: Mapping[str, str]) -> None:
    """A bomb ends in a finding or in nothing, and the rest is still there."""
    found = inventory(repository({**FILES, **files}))
    assert [layer["name"] for layer in found["layers"]] == ["apps"]


@pytest.fixture
def odd(repository: Write) -> Path:
    """A repository whose names cannot all be addresses: too long, alike but for case, not UTF-8,
    devices, and dots."""
    many = [
        "A" * 300,
        "web",
        "Web",
        "WEB",
        "con",
        "nul.yaml",
        "..",
        ".",
        "a/b",
        "index",
        "README",
        "a b",
        "ü" * 200,
        "ﬁ",
        "FI",
        "İ",
        "x.",
    ]
    root = repository(
        {
            "clusters/prod/apps.yaml": "---\n".join(
                ROOT.replace("name: apps", f"name: {json.dumps(name, ensure_ascii=False)}")
                for name in many
            ),
            "apps/web.yaml": WEB,
            "apps/release.yaml": "---\n".join(
                "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"
                f"metadata: {{name: {json.dumps(name)}, namespace: {json.dumps(name)}}}\nspec: "
                f"{{chart: {{spec: {{chart: x}}}}}}\n"
                for name in many
            ),
        }
    )
    directory = os.fsencode(root / "apps")
    for name in (b"caf\xe9.yaml", b"\xff\xfe.yaml"):
        with open(os.path.join(directory, name), "wb") as stream:
            stream.write(WEB.replace("web", f"odd{len(name)}").encode())
    return root


@pytest.mark.parametrize("with_git", [True, False])
def test_names(odd: Path, tmp_path: Path, with_git: bool) -> None:
    """Each thing has a page of its own, on a file system that knows no case too, and no part of an
    address is longer than 255 bytes."""
    if with_git:
        commit(odd)
        subprocess.run(
            ["git", "remote", "add", "origin", "https://git.example.org/a/b.git"],
            cwd=odd,
            check=True,
        )
    site = tmp_path / "site"
    gitops_docs("build", str(odd), "--site-dir", str(site))
    inventory = json.loads((site / "gitops" / "inventory.json").read_text(encoding="utf-8"))
    assert {"odd9", "odd7"} <= {item["name"] for item in inventory["layers"][0]["resources"]}
    pages = [
        path.relative_to(site).as_posix()
        for path in (site / "platform" / "clusters").rglob("index.html")
    ]
    assert len({page.casefold() for page in pages}) == len(pages)
    assert max(len(part.encode()) for page in pages for part in page.split("/")) <= 200
    assert (
        len([page for page in pages if "/layers/" in page and page.count("/") == 6])
        == len(inventory["layers"])
        == 17
    )
    for command in (["check"], ["tree"], ["render", "prod/flux-system/web"]):
        gitops_docs(command[0], str(odd), *command[1:], status=None)


SITE = "site_name: A\ntheme: {name: material, font: false}\nplugins: [search, gitops]\n"


def test_hand_written_files_win(repository: Write) -> None:
    """Pages and files of an author stay, whatever the case of their names, and the log says whose
    address it is."""
    root = repository(
        {
            **FILES,
            "mkdocs.yml": SITE,
            "docs/index.md": "# Home\n",
            "docs/platform/index.md": "# By hand 1\n",
            "docs/Platform/Findings/index.md": "# By hand 2\n",
            "docs/gitops/inventory.json": '{"by": "hand 3"}',
            "docs/gitops/gitops.css": "/* by hand 4 */",
        }
    )
    done = gitops_docs("build", str(root), "--site-dir", str(root / "site"))
    assert "By hand 1" in (root / "site/platform/index.html").read_text()
    assert "By hand 2" in (root / "site/Platform/Findings/index.html").read_text()
    assert "hand 3" in (root / "site/gitops/inventory.json").read_text()
    assert "hand 4" in (root / "site/gitops/gitops.css").read_text()
    assert done.stderr.count("page-collision") == 4


def test_links_in_docs(tmp_path: Path, repository: Write) -> None:
    """A page that is a link out of the repository is not published; one that is a link inside it
    is."""
    (tmp_path / "canary.md").write_text("# Canary\n")
    (tmp_path / "canaries").mkdir()
    (tmp_path / "canaries" / "more.md").write_text("# Canary\n")
    root = repository({**FILES, "README.md": "# Readme\n", "docs/index.md": "# Home\n"})
    (root / "docs" / "leak.md").symlink_to(tmp_path / "canary.md")
    (root / "docs" / "leaks").symlink_to(tmp_path / "canaries")
    (root / "docs" / "readme2.md").symlink_to("../README.md")
    site = tmp_path / "site"
    done = gitops_docs("build", str(root), "--site-dir", str(site))
    assert (site / "readme2" / "index.html").is_file()
    assert not (site / "leak").exists() and not (site / "leaks").exists()
    assert done.stderr.count("is a link that leaves the repository") == 2


def test_docs_that_are_no_files(repository: Write) -> None:
    """A pipe and a link that leads nowhere are named and left out; the other pages are
    published."""
    root = repository({**FILES, "docs/index.md": "# Home\n", "docs/sub/a.md": "# A\n"})
    os.mkfifo(root / "docs" / "pipe.md")
    (root / "docs" / "gone.md").symlink_to("nowhere.md")
    (root / "docs" / "same").symlink_to("sub")
    site = root.parent / "site"
    done = gitops_docs("build", str(root), "--site-dir", str(site))
    assert done.stderr.count("is not a file and is not published") == 2
    assert (site / "sub/a/index.html").is_file() and (site / "same/a/index.html").is_file()
    assert not (site / "pipe").exists()


TENFOLD = ", ".join(["*a{0}"] * 10)
ENDLESS_FRONT_MATTER = {
    "itself": "a: &a [*a]\n",
    "itself-in-a-mapping": "a: &a {b: *a}\n",
    "later": "a: &a [b]\nb: &a {c: [*a]}\n",
    "lists": "a0: &a0 [x]\n"
    + "".join(f"a{n}: &a{n} [{TENFOLD.format(n - 1)}]\n" for n in range(1, 9)),
    "keys": "a0: &a0 {x: y}\n"
    + "".join(f"a{n}: &a{n} {{k: *a{n - 1}, l: *a{n - 1}}}\n" for n in range(1, 40)),
    "merges": "a0: &a0 {x: y}\n"
    + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], k{n}: v}}\n" for n in range(1, 40)),
    "texts": f"a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 3000)}]\n",
    "deep": f"a: {'[' * 500}{']' * 500}\n",
    "deep-by-aliases": "a0: &a0 [x]\n"
    + "".join(f"a{n}: &a{n} [{'[' * 50}*a{n - 1}{']' * 50}]\n" for n in range(1, 30)),
}


def test_front_matter_without_end(repository: Write) -> None:
    """Front matter whose aliases repeat it without end is left out with a word; the page and all
    others are published."""
    pages = {
        f"docs/{place}/{name}.md": f"---\ntitle: Given\n{text}---\n# By hand\n"
        for name, text in ENDLESS_FRONT_MATTER.items()
        for place in ("notes", "runbooks")
    }
    shared = "---\na: &a [x, y]\nb: [*a, *a]\ntitle: Shared\n---\n# By hand\n"
    root = repository({**FILES, "docs/index.md": "# Home\n", "docs/shared.md": shared, **pages})
    site = root.parent / "site"
    done = gitops_docs("build", str(root), "--site-dir", str(site))
    for file in pages:
        name = file.removeprefix("docs/").removesuffix(".md")
        assert f"{name}.md: its front matter holds" in done.stderr
        assert "By hand" in (site / name / "index.html").read_text()
    assert "<title>Shared" in (site / "shared/index.html").read_text()
    assert "shared.md: its front matter" not in done.stderr


@pytest.mark.parametrize("name", [b"docs/\xff\xfe.md", b"docs/\xfe/a.md", b"docs/a/\xe9.png"])
def test_names_that_are_not_utf8_in_docs(repository: Write, name: bytes) -> None:
    """A name that no address can have is said, whatever the file is."""
    root = repository({**FILES, "docs/index.md": "# Home\n", "docs/a/b.md": "# B\n"})
    path = os.path.join(os.fsencode(root), name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(b"# A\n")
    done = gitops_docs("build", str(root), "--site-dir", str(root.parent / "site"), status=2)
    assert "has a name that is not UTF-8" in done.stderr


BROKEN_LINKS = "".join(
    f'<a href="{url}">a</a> <img src="{url}">\n\n<div><a href="{url}">b</a></div>\n\n'
    for url in BROKEN
)


@pytest.mark.parametrize("settings", [None, SITE], ids=["without", "with"])
@pytest.mark.parametrize("remote", ["https://git.example.org/a/b", *BROKEN[:3]])
def test_broken_addresses(repository: Write, settings: str | None, remote: str) -> None:
    """An address that cannot be taken apart, in a page that a generated one shows or as the remote
    of the repository, ends no command."""
    rule = RULE.replace("{url}", "https://git.example.org/a/b/blob/main/docs/runbooks/down.md")
    runbook = f"---\nalerts: [Down]\n---\n# Down\n\n{BROKEN_LINKS}"
    files = {**FILES, "apps/rule.yaml": rule, "docs/index.md": "# Home\n"}
    files |= {"docs/runbooks/down.md": runbook, "docs/page.md": f"# Page\n\n{BROKEN_LINKS}"}
    root = repository(files | ({"mkdocs.yml": settings} if settings else {}))
    commit(root)
    subprocess.run(["git", "config", "remote.origin.url", remote], cwd=root, check=True)
    site = root.parent / "site"
    gitops_docs("check", str(root), status=1)
    gitops_docs("build", str(root), "--site-dir", str(site))
    gitops_docs("init", str(root), "--dry-run")
    [page] = site.glob("platform/alerts/**/down/index.html")
    assert page.read_text().count(">b</a>") == len(BROKEN)


@pytest.mark.parametrize(
    "links",
    [{"loop": "."}, {"sub/loop": ".."}, {"sub/a": "../other", "other/b": "../sub"}],
    ids=lambda links: "-".join(links),
)
def test_circles_in_docs(repository: Write, links: Mapping[str, str]) -> None:
    """Links that lead round are named before MkDocs follows them."""
    root = repository(
        {**FILES, "docs/index.md": "# Home\n", "docs/sub/a.md": "# A\n", "docs/other/b.md": "# B\n"}
    )
    for name, target in links.items():
        (root / "docs" / name).symlink_to(target)
    done = gitops_docs("build", str(root), "--site-dir", str(root.parent / "site"), status=2)
    assert "leads back to a directory that it lies in" in done.stderr


@pytest.mark.parametrize(
    "place",
    [".cache", ".cache/gitops", ".cache/gitops/platform", ".cache/gitops/platform/index.md"],
)
def test_cache_that_is_a_link(tmp_path: Path, repository: Write, place: str) -> None:
    """A repository that brings a cache of links makes nothing be written or removed where they
    lead."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keep.md").write_text("keep")
    (outside / "index.md").write_text("keep")
    root = repository({**FILES, "mkdocs.yml": SITE, "docs/index.md": "# Home\n"})
    (root / place).parent.mkdir(parents=True, exist_ok=True)
    (root / place).symlink_to(outside / "index.md" if place.endswith(".md") else outside)
    site = tmp_path / "site"
    gitops_docs("build", str(root), "--site-dir", str(site))
    assert (site / "platform" / "index.html").is_file()
    assert {path.name: path.read_text() for path in outside.rglob("*")} == {
        "keep.md": "keep",
        "index.md": "keep",
    }


def test_nothing_else_is_written(tmp_path: Path, repository: Write) -> None:
    """A build writes the site and the cache, and nothing in the repository or beside it."""
    root = repository({**FILES, "docs/index.md": "# Home\n", "mkdocs.yml": SITE})
    commit(root)

    def state() -> dict[str, tuple[int, int]]:
        return {
            str(path): (path.lstat().st_mtime_ns, path.lstat().st_size)
            for path in tmp_path.rglob("*")
            if not path.is_dir() and ".cache" not in path.parts and "site" not in path.parts
        }

    before = state()
    gitops_docs("build", str(root), "--site-dir", str(tmp_path / "site"))
    for command in ("inventory", "check", "tree"):
        gitops_docs(command, str(root), status=None)
    assert state() == before
