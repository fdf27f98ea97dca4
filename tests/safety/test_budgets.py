"""Repositories of many files, each just below what one file may hold: they end with a finding,
within the calls and memory of any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gitops_docs.model import LayerStatus, Platform
from gitops_docs.scanner.scanner import Scanner, scan
from gitops_docs.yaml import limits
from gitops_docs.yaml.rules import RepositoryTooLarge
from tests.safety.measuring import CHECK, MOST_CALLS, PART, inventory

MANY = 1500 if CHECK else 500
"""How many objects meet how many entries: a ninth of the work, for a fortieth of the budget."""

Write = Callable[[Mapping[str, str]], Path]


def layer(name: str, path: str, more: str = "") -> str:
    return f"""\
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {name}, namespace: flux-system}}
spec: {{interval: 10m, path: {path}, prune: true, sourceRef: {{kind: GitRepository, name: flux-system}}{more}}}
"""


def config(name: str, data: str = "a: b") -> str:
    return (
        f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: x}}\ndata: "
        f"{{{data}}}\n"
    )


def many_values() -> dict[str, str]:
    """Files of twenty thousand values."""
    data = ", ".join(f"k{number}: v" for number in range(20_000))
    return {f"apps/{number}.yaml": config(f"c{number}", data) for number in range(150)}


def many_aliases() -> dict[str, str]:
    """Files whose aliases expand to nearly what one may hold."""
    body = f"x: &x [{'a, ' * 1000}]\ny: [{'*x, ' * 190}]\n"
    return {f"apps/{number}.yaml": config(f"c{number}") + body for number in range(300)}


def many_comments() -> dict[str, str]:
    """Files of nothing but comments."""
    return {f"apps/{number}.yaml": config(f"c{number}") + "# x\n" * 500_000 for number in range(60)}


def many_broken() -> dict[str, str]:
    """Files that cannot be read, found out at their end only."""
    return {f"apps/{number}.yaml": f"[{'a, ' * 200_000}" for number in range(100)}


def bases() -> dict[str, str]:
    """A base that includes one ten times, and so on, seven levels deep."""
    files = {"l0/kustomization.yaml": "resources: [web.yaml]\n", "l0/web.yaml": config("w")}
    for level in range(1, 8):
        files[f"l{level}/kustomization.yaml"] = (
            f"resources: [{', '.join(f's{number}' for number in range(10))}]\n"
        )
        for number in range(10):
            files[f"l{level}/s{number}/kustomization.yaml"] = (
                f"resources: [../../l{level - 1}]\nnameSuffix: -s{number}\n"
            )
    return {**files, "apps/kustomization.yaml": "resources: [../l7]\n"}


def copies() -> dict[str, str]:
    """Patches that copy an object into itself, each nearly as often as one may."""
    operations = "".join(
        f"      - {{op: copy, from: /data, path: /data/a{number}}}\n" for number in range(16)
    )
    patch = (
        f"resources: [web.yaml]\npatches:\n  - target: {{kind: ConfigMap}}\n    patch: "
        f"|\n{operations}"
    )
    files = {
        "clusters/prod/more.yaml": "".join(
            layer(f"a{number}", f"./a/{number}") for number in range(100)
        )
    }
    for number in range(100):
        files |= {
            f"a/{number}/web.yaml": config(f"w{number}"),
            f"a/{number}/kustomization.yaml": patch,
        }
    return files


def patches() -> dict[str, str]:
    """Many patches, each over many objects."""
    entries = "".join(
        f'- {{target: {{kind: ConfigMap}}, patch: \'[{{"op": "add", "path": "/data/k{number}", '
        f'"value": "x"}}]\'}}\n'
        for number in range(MANY)
    )
    return {
        "apps/web.yaml": "".join(config(f"w{number}") for number in range(MANY)),
        "apps/kustomization.yaml": f"resources: [web.yaml]\npatches:\n{entries}",
    }


def generators() -> dict[str, str]:
    """A big file that a thousand ConfigMaps take in."""
    entries = "".join(f"- {{name: g{number}, files: [big.txt]}}\n" for number in range(1000))
    return {
        "apps/big.txt": "x" * (15 << 20),
        "apps/kustomization.yaml": f"configMapGenerator:\n{entries}",
    }


def layers() -> dict[str, str]:
    """Many layers that apply many objects."""
    return {
        "clusters/prod/more.yaml": "".join(
            layer(f"a{number}", "./apps", f", postBuild: {{substitute: {{v: x{number}}}}}")
            for number in range(1000)
        ),
        "apps/web.yaml": "".join(config(f"w{number}", "a: '${v}'") for number in range(1000)),
    }


def spawning() -> dict[str, str]:
    """Layers that apply themselves twice under other names."""
    more = ", namePrefix: '{0}${{n}}', postBuild: {{substitute: {{n: '{0}${{n}}'}}}}"
    return {
        "apps/more.yaml": layer("x", "./apps", more.format("a"))
        + layer("y", "./apps", more.format("b"))
    }


def strategic() -> dict[str, str]:
    """Many patches, each laid over many objects."""
    entries = "".join(
        f"- {{target: {{kind: ConfigMap}}, patch: '{{apiVersion: v1, kind: ConfigMap, metadata: "
        f"{{name: x}}, data: {{k{number}: x}}}}'}}\n"
        for number in range(MANY)
    )
    return {
        "apps/web.yaml": "".join(config(f"w{number}") for number in range(MANY)),
        "apps/kustomization.yaml": f"resources: [web.yaml]\npatches:\n{entries}",
    }


def expressions() -> dict[str, str]:
    """Many selectors that are long expressions, each compared with many objects."""
    name = "|".join(f"[a-z]+{number}.*[0-9]{{1,9}}" for number in range(60))
    entries = "".join(
        f'- {{target: {{kind: ConfigMap, name: "{name}{number}"}}, patch: \'[{{"op": "add", '
        f'"path": "/data/k", "value": "x"}}]\'}}\n'
        for number in range(MANY)
    )
    return {
        "apps/web.yaml": "".join(config(f"w{number}") for number in range(MANY)),
        "apps/kustomization.yaml": f"resources: [web.yaml]\npatches:\n{entries}",
    }


def pods() -> str:
    containers = ", ".join(f"{{name: c{number}, image: i{number}}}" for number in range(10))
    return "".join(
        f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: w{number}}}\nspec: {{containers: "
        f"[{containers}]}}\n"
        for number in range(MANY)
    )


def images() -> dict[str, str]:
    """Many entries for images, which every container is compared with."""
    entries = "".join(f"- {{name: i{number}, newTag: x}}\n" for number in range(MANY))
    return {
        "apps/web.yaml": pods(),
        "apps/kustomization.yaml": f"resources: [web.yaml]\nimages:\n{entries}",
    }


def labels() -> dict[str, str]:
    """Many labels for many objects, one entry each."""
    entries = "".join(f"- {{pairs: {{l{number}: x}}}}\n" for number in range(MANY))
    return {
        "apps/web.yaml": pods(),
        "apps/kustomization.yaml": f"resources: [web.yaml]\nlabels:\n{entries}",
    }


def merging() -> dict[str, str]:
    """Many generators that merge into one object, which is looked for among many."""
    entries = "".join(
        f"- {{name: g, behavior: merge, literals: [k{number}=x]}}\n" for number in range(3 * MANY)
    )
    return {
        "apps/web.yaml": "".join(config(f"w{number}") for number in range(MANY)),
        "apps/kustomization.yaml": f"resources: [web.yaml]\nconfigMapGenerator:\n- {{name: g, literals: [a=b]}}\n{entries}",
    }


@pytest.mark.parametrize(
    "make",
    [
        *(
            many_values,
            many_aliases,
            many_comments,
            many_broken,
            bases,
            copies,
            generators,
            merging,
        ),
        *(patches, strategic, expressions, images, labels, layers, spawning),
    ],
    ids=lambda make: make.__name__,
)
def test_many_files_just_below_the_limits(
    repository: Write, make: Callable[[], dict[str, str]]
) -> None:
    """Calls and memory hold, the finding names the place, and a layer that is small is shown as
    ever.

    The budgets are a fortieth of what they are, so that fewer and smaller files exceed them; `make
    budgets` has them whole.
    """
    small = {
        "clusters/prod/a.yaml": layer("a", "./small"),
        "clusters/prod/apps.yaml": layer("apps", "./apps"),
        "small/web.yaml": config("small"),
    }
    found = inventory(
        repository({**make(), **small}), calls=5_000_000 + 100_000_000 // PART, part=PART
    )
    told = [item for item in found["findings"] if item["code"] == RepositoryTooLarge.code]
    assert 1 <= len(told) <= 2 and all(
        item["severity"] == "warning" and item["file"] for item in told
    )
    assert "scan a part of the repository" in str(told[0]["message"])
    own = next(item for item in found["layers"] if item["name"] == "a")
    assert own["status"] == "rendered" and len(own["resources"]) == 1


def test_text_of_many_credentials(repository: Write) -> None:
    """A file in the values of a chart that sets one key as often as an object of 1 MiB can hold is
    looked through once, and shown without."""
    part = 1 if CHECK else 6
    text = "      password: hunter22\n" * (42_000 // part)
    release = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, "
        "namespace: x}\nspec:\n"
        f"  interval: 1h\n  chart: {{spec: {{chart: web}}}}\n  values:\n    file: |\n{text}"
    )
    found = inventory(
        repository({"clusters/prod/apps.yaml": layer("apps", "./apps"), "apps/web.yaml": release}),
        calls=MOST_CALLS // part,
    )
    told = [item for item in found["findings"] if item["code"] == "secret-suspected"]
    assert len(told) == 50 and ", and more from here on" in told[-1]["message"]
    assert [release["name"] for release in found["helm_releases"]] == [
        "web"
    ] and "hunter22" not in str(found)


def chain(number: int, count: int) -> list[int]:
    """What the layer of a number waits for: the next one."""
    return [number + 1] if number + 1 < count else []


def dense(number: int, count: int) -> list[int]:
    """All layers of its quarter that come before it."""
    return list(range(number - number % (count // 4), number))


def circles(number: int, count: int) -> list[int]:
    """Nineteen others of all, in cycles without number."""
    return [(number + other) % count for other in range(1, 20)]


@pytest.mark.parametrize(
    ("count", "waits"),
    [(5000, chain), (1200, dense), (3000, circles)],
    ids=["chain", "dense", "circles"],
)
def test_many_edges(repository: Write, count: int, waits: Callable[[int, int], list[int]]) -> None:
    """Layers that wait for each other cost no more than they are, in time and in memory: thousands
    in `make budgets`, else hundreds."""
    part = 1 if CHECK else 5
    count //= part
    text = [
        layer(
            f"a{number}",
            "./apps",
            f", dependsOn: [{', '.join(f'{{name: a{other}}}' for other in waits(number, count))}]",
        )
        for number in range(count)
    ]
    files = {
        f"clusters/prod/{start}.yaml": "".join(text[start : start + 200])
        for start in range(0, count, 200)
    }
    found = inventory(
        repository({**files, "apps/web.yaml": config("web")}), calls=MOST_CALLS // part
    )
    assert len(found["layers"]) == count
    assert all((item["wave"] is None) == (waits is circles) for item in found["layers"])


def names(platform: Platform) -> dict[str, int]:
    return {item.name: len(item.resources) for item in platform.layers}


FILES = {
    "clusters/prod/all.yaml": "".join(layer(name, f"./{name}") for name in ("one", "three", "two")),
    "one/a.yaml": config("a"),
    "three/c.yaml": "".join(config(f"c{number}") for number in range(60)),
    "two/b.yaml": config("b"),
}


def test_files_beyond_the_budget(repository: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """The largest files are left out first; their layers say so, and one finding names how many
    there are."""
    monkeypatch.setattr(limits, "MAX_READ", 250)
    platform = scan(
        repository({**FILES, "three/d.yaml": "".join(config(f"d{number}") for number in range(70))})
    )
    assert names(platform) == {"one": 1, "three": 60, "two": 1}
    three = next(item for item in platform.layers if item.name == "three")
    assert three.status is LayerStatus.PARTIAL and "three/d.yaml" in (three.reason or "")
    told = [item for item in platform.findings if item.code == RepositoryTooLarge.code]
    assert [(item.file, item.line) for item in told] == [("three/d.yaml", 1)] and told[
        0
    ].message.startswith("1 file not")


def test_layers_beyond_the_budget(repository: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first layer that does not fit on, layers are listed without their objects."""
    monkeypatch.setattr(limits, "MAX_APPLIED", 4 * limits.OF_LAYER)
    platform = scan(repository(FILES))
    assert names(platform) == {"one": 1, "three": 0, "two": 0}
    assert [item.status for item in platform.layers if not item.resources] == [
        LayerStatus.PARTIAL
    ] * 2
    assert [item.line for item in platform.findings if item.code == RepositoryTooLarge.code] == [7]


def test_budgets_are_whole_again(repository: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scanner that scans again and again, as a live server does, never runs out."""
    monkeypatch.setattr(limits, "MAX_READ", 2000)
    monkeypatch.setattr(limits, "MAX_APPLIED", 8000)
    root = repository(FILES)
    scanner = Scanner(root)
    for number in range(5):
        (root / "three/c.yaml").write_text(FILES["three/c.yaml"] + f"# {number}\n")
        platform = scanner.scan()
        assert names(platform) == {"one": 1, "three": 60, "two": 1}
        assert RepositoryTooLarge.code not in {item.code for item in platform.findings}


def test_a_large_platform_is_within_the_budgets(repository: Write) -> None:
    """A tenth of a monorepo of ten thousand manifests costs less than a tenth of each budget."""
    release = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: NAME, namespace: apps}
spec:
  interval: 1h
  chart: {spec: {chart: app, version: 1.2.3, sourceRef: {kind: HelmRepository, name: charts, namespace: flux-system}}}
  values:
    image: {repository: registry.example.org/NAME, tag: 1.2.3}
    resources: {requests: {cpu: 10m, memory: 64Mi}, limits: {memory: 128Mi}}
    ingress: {enabled: true, host: "NAME.${domain}", annotations: {a: b, c: d, e: f}}
    env: [{name: A, value: b}, {name: C, value: d}]
"""
    patch = """\
patches:
  - target: {kind: HelmRelease}
    patch: |
      apiVersion: helm.toolkit.fluxcd.io/v2
      kind: HelmRelease
      metadata: {name: all}
      spec: {install: {remediation: {retries: 3}}, upgrade: {remediation: {retries: 3}}}
"""
    files = {}
    for number in range(330):
        name = f"app-{number}"
        files[f"clusters/prod/{name}.yaml"] = layer(
            name, f"./apps/{name}", ", postBuild: {substitute: {domain: x}}"
        )
        files[f"apps/{name}/kustomization.yaml"] = (
            f"namespace: apps\nresources: [release.yaml]\n{patch}"
        )
        files[f"apps/{name}/release.yaml"] = release.replace("NAME", name)
    scanner = Scanner(repository(files))
    platform = scanner.scan()
    assert len(platform.layers) == len(platform.releases) == 330
    checkout, walker = scanner._checkout, scanner._walker
    assert checkout is not None and walker is not None
    assert limits.MAX_READ - checkout._values.left < limits.MAX_READ / 10
    assert limits.MAX_APPLIED - walker.builds.applied.left < limits.MAX_APPLIED / 10
    assert limits.MAX_WORK - walker.builds.work.left < limits.MAX_WORK / 10
