"""Releases with rendered charts, from the repository to the model."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from gitops_docs.flux.output import without_secrets
from gitops_docs.helm.render.after import Made
from gitops_docs.helm.render.cache import Record
from gitops_docs.helm.render.manifests import Document, split
from gitops_docs.inventory.codec import dumps
from gitops_docs.model import Platform, Protection, Release
from gitops_docs.scanner.scanner import Scanner
from gitops_docs.settings.options import Settings
from tests.helm.platforms import make, release, source
from tests.helm.render import features
from tests.helm.test_inspect import URL, indented, packed, store

SECRET = "S3CRETcanary77"
VALUES = f"""\
replicas: 3
dropped: {{a: null}}
second: {{enabled: false}}
auth: {{password: {SECRET}}}
"""


def platform(root: Path, values: str = VALUES, more: str = "") -> Path:
    """A repository with the chart in its own directory."""
    own = source("GitRepository", "own", "https://git.example.org/own")
    text = release("web", "./charts/web", source="own").replace("HelmRepository", "GitRepository")
    make(root, own, f"{text}{more}  values:\n{indented(values)}")
    for name, content in features.files().items():
        path = root / "charts/web" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


@pytest.fixture
def scanner(tmp_path: Path, with_helm: None) -> Iterator[Scanner]:
    """A scanner of that repository."""
    yield Scanner(platform(tmp_path), Settings(sources={"own": "."}))


def only(found: Platform) -> Release:
    [one] = found.releases
    return one


def identities(one: Release) -> set[tuple[str, str, str]]:
    return {(item.kind, item.namespace or "", item.name) for item in one.rendering.objects}


def test_objects(scanner: Scanner) -> None:
    """Each object has its kind, namespace, name and template; hooks and tests are told apart."""
    one = only(scanner.scan())
    assert one.is_rendered
    assert one.rendering.engine == "helm v4.1.4"
    made = {
        (item.kind, item.namespace, item.name, item.origin.template)
        for item in one.objects
        if item.origin
    }
    assert made == {
        ("ClusterRole", None, "web", "templates/rules.yaml"),
        ("ConfigMap", "apps", "web", "templates/web.yaml"),
        ("ConfigMap", "apps", "web-first", "charts/first/templates/part.yaml"),
        ("CustomResourceDefinition", None, "parts.example.com", "crds/things.yaml"),
        ("CustomResourceDefinition", None, "things.example.com", "crds/things.yaml"),
        ("Deployment", "apps", "web-web", "templates/web.yaml"),
        ("Ingress", "apps", "web", "templates/rules.yaml"),
        ("PrometheusRule", "apps", "web", "templates/rules.yaml"),
        ("Secret", "apps", "web", "templates/web.yaml"),
        ("Service", "elsewhere", "web", "templates/web.yaml"),
        ("ServiceAccount", "apps", "one", "templates/rules.yaml"),
        ("ServiceAccount", "apps", "two", "templates/rules.yaml"),
        ("Thing", None, "web", "templates/rules.yaml"),
    }
    hooks = {(item.name, item.hooks) for item in one.rendering.objects if item.hooks}
    assert hooks == {("migrate", ("pre-install", "pre-upgrade")), ("test", ("test",))}


def test_same_as_helm(scanner: Scanner, helm: Path, tmp_path: Path) -> None:
    """Every object is the one that `helm template` gives, but for secrets and what is random."""
    mine = {}
    for made in scanner.analyse().chart_objects("prod/flux-system/apps"):
        for item in made.objects:
            mine[item.rendered.key] = without_secrets(made.written(item))
    values = tmp_path / "values.yaml"
    values.write_text(VALUES)
    command = [
        helm,
        "template",
        "web",
        tmp_path / "charts/web",
        "--namespace=apps",
        "--include-crds",
    ]
    command += [
        "--kube-version=1.35.0",
        "--api-versions=example.com/v1/Thing",
        f"--values={values}",
    ]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    theirs = [
        item
        for _, text in split(done.stdout)
        for data in yaml.safe_load_all(text)
        if data
        for item in (data["items"] if data["kind"] == "List" else [data])
    ]
    assert len(theirs) == len(mine)
    for data in theirs:
        name = data["metadata"]["name"]
        [own] = [one for key, one in mine.items() if (key[0], key[2]) == (data["kind"], name)]
        if data["kind"] == "Secret":
            assert own["stringData"] == dict.fromkeys(data["stringData"], "**REDACTED**")
        elif data["kind"] == "Deployment":
            env = own["spec"]["template"]["spec"]["containers"][0].pop("env")
            assert {item["name"] for item in env} == {"DSN", "TOKEN", "UPPER", "ASKED"}
            assert all("**REDACTED**" in item["value"] for item in env)
            assert own["metadata"]["annotations"].pop("checksum/secret") == "**REDACTED**"
            del data["spec"]["template"]["spec"]["containers"][0]["env"]
            del data["metadata"]["annotations"]["checksum/secret"]
            assert own == data
        elif (data["kind"], name) == ("ConfigMap", "web"):
            assert own["data"].pop("random") == "<random>"
            del data["data"]["random"]
            assert own == data
        else:
            assert own == data


def test_block_at_the_end(tmp_path: Path, with_helm: None) -> None:
    """A block scalar that ends a document keeps its last line break, as in what Helm installs."""
    make(tmp_path, source("HelmRepository", "charts", URL), release("web", "web", "1.2.3"))
    one = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\ndata:\n  a: |\n    b\n    c"
    store(tmp_path, packed(templates=f"{one}\n\n---\n{one}\n".replace("NAME", "x", 1)))
    [made] = Scanner(tmp_path).analyse().chart_objects("prod/flux-system/apps")
    maps = [item.rendered.data for item in made.objects if item.rendered.key[0] == "ConfigMap"]
    texts = [data["data"]["a"] for data in maps]
    assert texts == ["b\nc\n", "b\nc\n"]


def rendered_from(root: Path, templates: str, more: str = "") -> tuple[Scanner, list[Made]]:
    """What the release of a chart with one template makes."""
    make(root, source("HelmRepository", "charts", URL), release("web", "web", "1.2.3"), more)
    store(root, packed(templates=templates))
    scanner = Scanner(root)
    [one] = scanner.analyse().chart_objects("prod/flux-system/apps")
    return scanner, [item for item in one.objects if item.rendered.key[0] == "ConfigMap"]


def test_order_of_keys(tmp_path: Path, with_helm: None) -> None:
    """Objects that a template makes in another order each time are told by their names."""
    names = [f"n{number}" for number in range(8)]
    text = f"""{{{{- $all := dict {" ".join(f'"{one}" "of {one}"' for one in names)} }}}}
{{{{- range $name := keys $all }}}}
---
kind: ConfigMap
metadata: {{name: {{{{ $name }}}}}}
data: {{a: {{{{ get $all $name }}}}}}
{{{{- end }}}}
"""
    scanner, found = rendered_from(tmp_path, text)
    assert scanner.rendered_count == 2
    texts = {item.rendered.key[2]: item.rendered.data["data"]["a"] for item in found}
    assert texts == {one: f"of {one}" for one in names}


@pytest.mark.parametrize(
    ("action", "number"),
    [
        ("1", 1),
        ("keys .Values | sortAlpha | first", 1),
        ('has "a" (keys .Values)', 1),
        ('printf "values of keys"', 1),
        ("keys .Values | first", 2),
        ("now | unixEpoch", 2),
        ("tpl `{{ randAlphaNum 5 }}` .", 2),
        ('.Capabilities.APIVersions.Has "example.com/v1"', 1),
        ("len .Capabilities.APIVersions", 2),
    ],
)
def test_number_of_renders(tmp_path: Path, with_helm: None, action: str, number: int) -> None:
    """Helm is started a second time only where templates may vary, or ask for any API version and
    a chart brings some."""
    definition = """---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: as.example.org}
spec: {group: example.org, scope: Cluster, names: {kind: A, plural: as}, versions: [{name: v1, served: true}]}
"""
    text = f"kind: ConfigMap\nmetadata: {{name: a}}\ndata: {{a: {{{{ {action} | quote }}}}}}\n{definition}"
    scanner, found = rendered_from(tmp_path, text)
    assert len(found) == 1
    assert scanner.rendered_count == number


@pytest.mark.parametrize(
    ("action", "seen"),
    [
        ('.Capabilities.APIVersions.Has "example.com/v1"', "true"),
        ('.Capabilities.APIVersions.Has "example.com/v1/Thing"', "true"),
        ('.Capabilities.APIVersions.Has "example.com/v2"', "false"),
        ('has "example.com/v1" .Capabilities.APIVersions', "true"),
        ('.Capabilities.APIVersions.Has (printf "example.com/v1/%s" "Thing")', "true"),
        (".Capabilities.APIVersions.Has `example.com/v1`", "true"),
        ('.Capabilities.APIVersions.Has (printf "%s/v1" "example.com")', "true"),
        ('(index . "Capabilities").APIVersions.Has "example.com/v1"', "true"),
    ],
)
def test_asks_for_versions(tmp_path: Path, with_helm: None, action: str, seen: str) -> None:
    """However a template asks, it learns of the definitions of the cluster."""
    definition = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec: {group: example.com, scope: Cluster, names: {kind: Thing, plural: things}, versions: [{name: v1, served: true}]}
"""
    text = f"kind: ConfigMap\nmetadata: {{name: a}}\ndata: {{a: {{{{ {action} | quote }}}}}}\n"
    _, [made] = rendered_from(tmp_path, text, definition)
    assert made.rendered.data["data"]["a"] == seen


def test_everywhere(scanner: Scanner) -> None:
    """Images, alerts, routes, workloads, roles and Secrets of the chart are those of the platform."""
    found = scanner.scan()
    images = {image.image: image.origin.template for image in found.images if image.origin}
    assert images == {
        "example.org/web:7": "templates/web.yaml",
        "example.org/migrate:1": "templates/hooks.yaml",
    }
    [alert] = found.alerts
    assert (alert.name, alert.severity, alert.runbook_url) == (
        "WebDown",
        "critical",
        "https://runbooks.example.org/web",
    )
    assert alert.origin is not None and alert.origin.label == "web 1.2.3"
    assert [one.name for one in found.routes] == ["web"]
    assert [(one.name, one.replicas) for one in found.workloads] == [("web-web", 3)]
    assert [one.rules[0].verbs for one in found.roles] == [("*",)]
    assert [(one.name, one.protection) for one in found.secrets] == [("web", Protection.GENERATED)]
    codes = {finding.code for finding in found.findings}
    assert not codes & {"secret-plaintext", "alert-without-runbook", "crd-late"}


def test_second_scan_renders_nothing(scanner: Scanner, tmp_path: Path) -> None:
    """Neither the same scanner nor a new one renders again, and all give the same."""
    first = scanner.scan()
    assert (
        scanner.rendered_count == 3
    )  # With each of two secrets, and once more for what is random.
    second = scanner.scan()
    assert (
        scanner.rendered_count == 3
    )  # With each of two secrets, and once more for what is random.
    again = Scanner(tmp_path, scanner.settings)
    assert again.scan() == second == first
    assert again.rendered_count == 0


def test_second_scan_reads_no_objects(
    scanner: Scanner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What objects say is kept beside them, so that a new scanner reads that alone; with patches of
    the release nothing is kept."""
    first = scanner.scan()

    def refuse(_: Record) -> list[Document]:
        raise AssertionError("objects are read")

    with monkeypatch.context() as patch:
        patch.setattr(Record, "objects", refuse)
        assert Scanner(tmp_path, scanner.settings).scan() == first
    path = tmp_path / "apps/apps.yaml"
    patched = "  postRenderers: [{kustomize: {images: [{name: a, newTag: b}]}}]\n  values:\n"
    path.write_text(path.read_text().replace("  values:\n", patched))
    kept = sorted((tmp_path / ".cache").rglob("parts/*"))
    assert only(Scanner(tmp_path, scanner.settings).scan()).objects == only(first).objects
    assert sorted((tmp_path / ".cache").rglob("parts/*")) == kept


@pytest.mark.parametrize("change", [lambda text: text[:-9], lambda text: text[:-40] + b"x" * 40])
def test_damaged_record(scanner: Scanner, tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    """What is not whole in the store is made again."""
    first = scanner.scan()
    for path in (tmp_path / ".cache").rglob("*"):
        if path.is_file() and ("rendered" in path.parts or "parts" in path.parts):
            path.write_bytes(change(path.read_bytes()))
    again = Scanner(tmp_path, scanner.settings)
    assert again.scan() == first
    assert again.rendered_count == 3


def test_edit_renders_one(scanner: Scanner, tmp_path: Path) -> None:
    """An edited value renders the release with it, and no other one."""
    scanner.scan()
    before = scanner.rendered_count
    path = tmp_path / "apps/apps.yaml"
    path.write_text(path.read_text().replace("replicas: 3", "replicas: 4"))
    assert only(scanner.scan()).is_rendered
    assert scanner.rendered_count - before == 3


def test_edit_of_what_may_vary(tmp_path: Path, with_helm: None) -> None:
    """An edit of a release that may vary and did not is rendered once; another process renders it
    anew, so that what varies now is found."""
    text = "kind: ConfigMap\nmetadata: {name: a}\ndata: {a: {{ if .Values.b }}{{ randAlphaNum 9 }}{{ end }}}\n"
    make(tmp_path, source("HelmRepository", "charts", URL), release("web", "web", "1.2.3"))
    store(tmp_path, packed(templates=text))
    scanner = Scanner(tmp_path)
    scanner.scan()
    assert scanner.rendered_count == 2
    path = tmp_path / "apps/apps.yaml"
    before = path.read_text()
    path.write_text(f"{before}  values: {{c: 1}}\n")
    assert only(scanner.scan()).is_rendered
    assert scanner.rendered_count == 3
    path.write_text(f"{before}  values: {{b: 1}}\n")
    scanner.scan()
    again = Scanner(tmp_path)
    [one] = again.analyse().chart_objects("prod/flux-system/apps")
    assert again.rendered_count == 2
    assert "<random>" in [
        item.rendered.data["data"]["a"] for item in one.objects if "data" in item.rendered.data
    ]


def test_no_secret_anywhere(scanner: Scanner, tmp_path: Path) -> None:
    """The secret is in no text of the model, the inventory or the cache, in no form."""
    import base64
    import zlib

    import msgspec

    found = scanner.scan()
    texts = [repr(found), dumps(found)]
    for path in (tmp_path / ".cache").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            texts.append(content.decode("latin-1"))
            if path.parent.parent.name == "rendered" and path.parent.name != "facts":
                packed = msgspec.msgpack.decode(content, type=Record).packed
                texts.append(zlib.decompress(packed).decode("latin-1"))
    assert any("kind: ConfigMap" in text or "pConfigMap" in text for text in texts[2:])
    forms = [SECRET, SECRET.upper(), base64.b64encode(SECRET.encode()).decode().rstrip("=")]
    assert not [form for form in forms for text in texts if form in text]
    # Nor what stood in its place.
    assert "aGlkZGVu" not in texts[0] + texts[1]


def test_without_helm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Helm the platform is as it was, and the release says what is missing."""
    monkeypatch.setenv("PATH", "/nowhere")
    one = only(Scanner(platform(tmp_path), Settings(sources={"own": "."})).scan())
    assert one.rendering.absent == "Helm is not installed here"
    assert not one.objects
    assert not (tmp_path / ".cache").exists()


def test_without_a_chart(tmp_path: Path, with_helm: None) -> None:
    """Without its chart the release says which command fetches it."""
    make(tmp_path, source("HelmRepository", "charts", URL), release("web", "web", "1.2.3"))
    one = only(Scanner(tmp_path).scan())
    assert one.rendering.absent == "it has not been pulled"
    assert one.rendering.help == "gitops-docs charts pull ."


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ('a: {{ fail (printf "bad password %s" .Values.password) }}', "bad password **REDACTED**"),
        ("a: {{ .Values.x.y.z }}", "nil pointer"),
        ("a: [", "YAML"),
    ],
)
def test_refused(tmp_path: Path, with_helm: None, template: str, reason: str) -> None:
    """A chart that Helm refuses says why, without a secret and without a path."""
    text = release("web", "web", "1.2.3") + f"  values: {{password: {SECRET}}}\n"
    make(tmp_path, source("HelmRepository", "charts", URL), text)
    store(tmp_path, packed(templates=template))
    one = only(Scanner(tmp_path).scan())
    assert one.rendering.absent is not None
    assert reason in one.rendering.absent
    assert SECRET not in one.rendering.absent
    assert "/tmp" not in one.rendering.absent


def versions(root: Path, settings: Settings, more: str = "") -> str:
    """What a chart sees of the versions of its cluster."""
    make(root, source("HelmRepository", "charts", URL), release("web", "web", "1.2.3"), more)
    text = (
        "kind: ConfigMap\nmetadata: {name: a}\n"
        'data: {v: "{{ .Capabilities.KubeVersion.Version }}", '
        """a: '{{ .Capabilities.APIVersions.Has "example.com/v1" }}'}"""
    )
    store(root, packed(templates=text))
    [one] = Scanner(root, settings).analyse().chart_objects("prod/flux-system/apps")
    [made] = [item for item in one.objects if item.rendered.key[0] == "ConfigMap"]
    return " ".join(made.rendered.data["data"].values())


PLAN = "apiVersion: upgrade.cattle.io/v1\nkind: Plan\nmetadata: {name: a}\nspec: {version: v1.32.7+k3s1}\n"


@pytest.mark.parametrize(
    ("settings", "more", "seen"),
    [
        (Settings(), "", "v1.35.0 false"),
        (Settings(kubernetes_version="1.31"), "", "v1.31 false"),
        (Settings(kubernetes_versions={"prod": "1.30.4", "dev": "1.29"}), PLAN, "v1.30.4 false"),
        (Settings(), PLAN, "v1.32.7 false"),
        (Settings(api_versions={"*": "example.com/v1"}), "", "v1.35.0 true"),
        (Settings(api_versions={"dev": "example.com/v1"}), "", "v1.35.0 false"),
    ],
)
def test_versions(
    tmp_path: Path, with_helm: None, settings: Settings, more: str, seen: str
) -> None:
    """Versions are those of the settings, of the manifests, or the default."""
    assert versions(tmp_path, settings, more) == seen


def test_json(scanner: Scanner) -> None:
    """The inventory has the objects with their origin."""
    found = json.loads(dumps(scanner.scan()))
    [one] = found["helm_releases"]
    assert one["rendering"]["engine"] == "helm v4.1.4"
    role = next(item for item in one["objects"] if item["kind"] == "ClusterRole")
    assert role["origin"] == {
        "namespace": "apps",
        "release": "web",
        "chart": "web",
        "version": "1.2.3",
        "template": "templates/rules.yaml",
    }
