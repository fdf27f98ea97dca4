"""What a pulled chart says, on the page of a release and in findings."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest

from gitops_docs.helm import metadata, schema
from gitops_docs.helm.archive import digest, read
from gitops_docs.helm.lock import Locked
from gitops_docs.helm.store import DEFAULT, Store
from gitops_docs.model import Platform, Relation, Release
from gitops_docs.scanner.scanner import Scanner, scan
from gitops_docs.settings.options import Settings
from gitops_docs.yaml.nodes import Map
from gitops_docs.yaml.parse import parse
from tests.helm.charts import archive, chart
from tests.helm.platforms import make, release, source
from tests.support.scanning import flux, write

URL = "https://charts.example.org"
VALUES = """\
# -- How many.
replicas: 1
# About the image,
# in two lines.
image:
  repository: web  # where it is
  tag: "1.0"
# -- Ignored @
# @default -- x
# -- Of the service
service: {type: ClusterIP}
resources: {}
hosts: [a, b]
empty:
password: changeme
# nodePort: 1
"""
TEMPLATES = """\
{{ .Values.replicas }} {{ .Values.image.repository }}:{{ .Values.image.tag }} {{ .Values.service.type }}
{{ toYaml .Values.resources }} {{ .Values.hidden.feature }} {{- with .Values.whole }}{{ end }}
"""


def packed(
    values: str = VALUES,
    templates: str = TEMPLATES,
    meta: str = "",
    more: Mapping[str, str] | None = None,
) -> bytes:
    files = {"values.yaml": values, "templates/all.yaml": templates, **(more or {})}
    return chart("web", "1.2.3", files, meta)


def store(root: Path, content: bytes, asked: str = "1.2.3") -> None:
    """Put a chart into the store of a repository, as a pull does."""
    kept = Store(root / DEFAULT, root)
    entry = Locked(url=URL, name="web", asked=asked, resolved="1.2.3", archive=kept.add(content))
    kept.add_to_record([entry])


def repo(root: Path, values: str = "", more: str = "") -> Path:
    text = (
        release("web", "web", "1.2.3") + (f"  values:\n{indented(values)}" if values else "") + more
    )
    return make(root, source("HelmRepository", "charts", URL), text)


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.strip("\n").split("\n"))


def scanned(root: Path, settings: Settings | None = None) -> tuple[Platform, Release]:
    platform = Scanner(root, settings).scan()
    [found] = platform.releases
    return platform, found


def findings(platform: Platform) -> dict[str, tuple[str, int | None]]:
    return {
        one.code: (one.message, one.line)
        for one in platform.findings
        if one.code.startswith("chart-")
    }


def test_values_beside_defaults(tmp_path: Path) -> None:
    """Each value with the chart's default and comment, and how it stands to it."""
    root = repo(
        tmp_path,
        """
replicas: 1
image: {repository: mine, tag: 1.0}
service: {nodePort: 3, type: NodePort, prot: 1}
resources: {limits: {cpu: 1}}
hosts: [x]
hidden: {feature: true}
whole: {any: 1}
global: {x: 1}
password: S3CRET-value
replicaCuont: 3
""",
    )
    assert scanned(root)[1].chart_absent == "it has not been pulled"
    store(root, packed())
    platform, found = scanned(root)
    assert found.chart_details is not None and found.chart_absent is None
    rows = {
        one.path: (one.relation, one.default, one.summary, one.comment)
        for one in found.chart_details.defaults
    }
    assert rows == {
        "replicas": (Relation.SAME, "1", None, "How many."),
        "image.repository": (Relation.OTHER, "web", None, "where it is"),
        "image.tag": (Relation.OTHER, "1.0", None, "About the image, in two lines."),
        "service.nodePort": (Relation.NONE, None, None, "Of the service"),
        "service.type": (Relation.OTHER, "ClusterIP", None, "Of the service"),
        "service.prot": (Relation.UNKNOWN, None, None, "Of the service"),
        "resources.limits.cpu": (Relation.NONE, None, None, None),
        "hosts[0]": (Relation.OTHER, None, "list of 2", None),
        "hidden.feature": (Relation.NONE, None, None, None),
        "whole.any": (Relation.NONE, None, None, None),
        "global.x": (Relation.NONE, None, None, None),
        "password": (Relation.HIDDEN, None, None, None),
        "replicaCuont": (Relation.UNKNOWN, None, None, None),
    }
    assert [path for path, _ in found.chart_details.unknown] == ["service.prot", "replicaCuont"]
    unknown = [one for one in platform.findings if one.code == "chart-value-unknown"]
    assert [one.line for one in unknown] == [15, 22] and "`replicaCuont`" in unknown[1].message


@pytest.mark.parametrize(
    "templates",
    [
        "{{ toYaml .Values }}",
        '{{ index .Values "a" }}',
        "{{ range $.Values }}",
        "{{ with .Values }}",
        "{{ .Values.replicaCuont.x }}",
    ],
)
def test_what_cannot_be_told(templates: str) -> None:
    """Where templates use all values as one, or name the key, nothing is unknown."""
    found = metadata.read(read(packed(templates=templates)))
    assert not metadata.is_unknown(found, ("replicaCuont",))


def test_dependencies_take_values() -> None:
    """Values of a dependency belong to it; a library in an archive may use all values."""
    meta = "dependencies:\n- {name: db, alias: store}\n- {name: common, condition: extra.enabled}\n"
    common = chart("common", "1.0.0", {"templates/_all.tpl": "{{ .Values.whole }}"})
    content = archive(
        {
            "Chart.yaml": f"apiVersion: v2\nname: web\nversion: 1.2.3\n{meta}",
            "values.yaml": "a: 1\n",
            "charts/common-1.0.0.tgz": common,
        }
    )
    found = metadata.read(read(content))
    assert [(one.name, one.is_here) for one in found.dependencies] == [
        ("db", False),
        ("common", True),
    ]
    for key in ("db", "store", "extra", "common", "whole"):
        assert not metadata.is_unknown(found, (key, "x"))
    assert metadata.is_unknown(found, ("other", "x"))


def test_findings_of_charts(tmp_path: Path) -> None:
    """Deprecated, refused by the version of Kubernetes, without a dependency."""
    root = repo(tmp_path)
    meta = 'deprecated: true\nkubeVersion: ">=1.32.0-0"\ndependencies: [{name: db}]\n'
    store(root, packed(meta=meta))
    assert set(findings(scanned(root)[0])) == {"chart-deprecated", "chart-dependency-missing"}
    old = findings(scanned(root, Settings(kubernetes_version="1.31"))[0])
    assert "is 1.31" in old["chart-kubernetes-refused"][0]
    assert "chart-kubernetes-refused" not in findings(
        scanned(root, Settings(kubernetes_version="v1.32.4"))[0]
    )


SCHEMA = """{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "required": ["name"],
"properties": {"replicas": {"type": "integer", "minimum": 1}, "mode": {"enum": ["a", "b"]}, "name": {"type": "string", "pattern": "^x"},
"password": {"type": "integer"}}}"""


def test_schema(tmp_path: Path) -> None:
    """What the schema refuses is said without the values; a secret and an unknown variable are not
    judged."""
    root = repo(
        tmp_path, "replicas: S3CRET-a\nmode: S3CRET-b\npassword: S3CRET-value\nname: ${name}\n"
    )
    store(root, packed(more={"values.schema.json": SCHEMA}))
    platform, found = scanned(root)
    message, line = findings(platform)["chart-values-refused"]
    assert (
        "`replicas` must be of type integer; `mode` must be one of `a`, `b`" in message
        and line == 13
    )
    assert "S3CRET" not in message and "`password` must" not in message and "`name`" not in message
    text = (
        (root / "apps/apps.yaml")
        .read_text()
        .replace(
            "interval: 1h\n  chart:",
            "interval: 1h\n  install: {disableSchemaValidation: true}\n  upgrade: "
            "{disableSchemaValidation: true}\n  chart:",
        )
    )
    (root / "apps/apps.yaml").write_text(text)
    assert "chart-values-refused" not in findings(scanned(root)[0])


def values(text: str) -> Map:
    root = parse(text, "v.yaml").documents[0].root
    assert type(root) is Map
    return root


@pytest.mark.parametrize(
    ("text", "rule", "sentence"),
    [
        (
            "a: 1",
            {"properties": {"a": {"type": ["string", "null"]}}},
            "`a` must be of type string or null",
        ),
        (
            "a: {b: [1, x]}",
            {"properties": {"a": {"properties": {"b": {"items": {"type": "integer"}}}}}},
            "`a.b[1]` must be of type integer",
        ),
        ("b: 1", {"required": ["a", "b"]}, "the top of the values has no `a`"),
        (
            "a: 1\nb: 1",
            {"properties": {"a": {}}, "additionalProperties": False},
            "the top of the values may not have `b`",
        ),
        (
            "x1: 1",
            {"patternProperties": {"^x[0-9]$": {"type": "string"}}},
            "`x1` must be of type string",
        ),
        (
            "a: 1",
            {"properties": {"a": {"$ref": "#/definitions/t"}}, "definitions": {"t": {"const": 2}}},
            "`a` must be `2`",
        ),
        (
            "a: 5",
            {"$defs": {"t": {"maximum": 3}}, "properties": {"a": {"$ref": "#/$defs/t"}}},
            "`a` breaks the rule `maximum: 3`",
        ),
        ("a: 1", {"not": {}}, "the top of the values breaks the rule `not`"),
    ],
)
def test_sentences(text: str, rule: object, sentence: str) -> None:
    """Each rule as a sentence."""
    assert schema.check(rule, values(text)) == schema.Checked((sentence,))


def test_partly_known() -> None:
    """Where values are missing, only what is there can be refused; a null is not a value."""
    rule = {"required": ["a"], "properties": {"b": {"type": "string"}}}
    assert schema.check(rule, values("b: 1"), partial=True).refused == (
        "`b` must be of type string",
    )
    assert schema.check(rule, values("a: 1\nb: null")).refused == ()


@pytest.fixture
def listener() -> Iterator[tuple[str, list[object]]]:
    """A port on 127.0.0.1 that remembers whoever comes."""
    seen: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                seen.append(connection)
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", seen
        stop.set()
        thread.join()


@pytest.mark.parametrize("where", ["$ref", "$schema", "$id", "$dynamicRef", "allOf"])
def test_nobody_is_asked(listener: tuple[str, list[object]], where: str) -> None:
    """No reference leads out of a schema, to a host or to a file."""
    url, seen = listener
    for target in (f"{url}/x.json", "file:///etc/hostname", "relative.json"):
        rule = (
            {"allOf": [{"$ref": target}]}
            if where == "allOf"
            else {where: target, "properties": {"a": {"$ref": "other.json"}}}
        )
        found = schema.check(rule, values("a: 1"))
        assert found.refused == ()
    assert seen == []


DEEP: dict[str, object] = {"type": "object"}
for _ in range(3000):
    DEEP = {"properties": {"a": DEEP}}
HOSTILE = {
    "circle": {"$ref": "#"},
    "two": {"$ref": "#/a", "a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}},
    "doubling": {
        "allOf": [{"$ref": "#/$defs/0"}],
        "$defs": {str(n): {"allOf": [{"$ref": f"#/$defs/{n + 1}"}] * 2} for n in range(60)}
        | {"60": {}},
    },
    "backtracking": {"properties": {"a": {"pattern": "^(a+)+$"}}},
    "look-around": {"properties": {"a": {"pattern": "(?=a)a"}}},
    "deep": DEEP,
    "list": [1],
    "number": 7,
    "wrong": {"type": 7},
    "odd": {"properties": 7, "required": "x"},
    "patterns": {"patternProperties": {"(": {}}},
    "huge": {"multipleOf": 0},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_schemas(name: str) -> None:
    """A schema that is odd or endless ends, in a bounded number of steps, and refuses nothing that
    it should not."""
    found = schema.check(HOSTILE[name], values(f"a: {'a' * 40}!"))
    assert found.unchecked or name in ("backtracking", "deep", "number")


@pytest.mark.parametrize(
    "files",
    [
        {"values.yaml": "- x\n"},
        {"values.yaml": "a: [\n"},
        {"values.yaml": "a: &a [*a, *a]\n"},
        {"values.yaml": "{{ x }}\n"},
        {"values.yaml": "a: " + "[" * 5000},
        {"values.schema.json": "[" * 99_999},
        {"values.schema.json": "{"},
        {"charts/x/Chart.yaml": "- x\n"},
        {"charts/x.tgz": "no archive"},
        {"templates/x.yaml": "\udcff{{ .Values"},
        {
            "Chart.yaml": "name: web\nversion: 1.2.3\ndependencies: 7\n"
            "maintainers: [7, {name: [x]}]\ndescription: {a: b}\nkubeVersion: '>>'\n"
        },
    ],
    ids=str,
)
def test_odd_charts(tmp_path: Path, files: dict[str, str]) -> None:
    """A chart that is odd costs facts, never the scan."""
    root = repo(tmp_path, "replicas: 2\n")
    base = {"Chart.yaml": "name: web\nversion: 1.2.3\n", "values.yaml": "replicas: 1\n"}
    store(
        root,
        archive({name: text.encode("utf-8", "replace") for name, text in (base | files).items()}),
    )
    _, found = scanned(root, Settings(kubernetes_version="1.31"))
    assert (found.chart_details is None) != (found.chart_absent is None)


def test_values_files(tmp_path: Path) -> None:
    """`valuesFiles` replace the chart's own defaults, in their order."""
    content = read(
        packed(more={"ci/a.yaml": "replicas: 5\nx: 1\n", "ci/b.yaml": "# -- From b.\nx: 2\n"})
    )
    found = metadata.read(content, ["ci/a.yaml", "ci/b.yaml"])
    assert [str(metadata.default_of(found, (key,))) for key in ("replicas", "x", "image")] == [
        "5",
        "2",
        "None",
    ]
    assert found.comments["x",] == "From b."
    assert metadata.read(content, ["gone.yaml"], ignore_missing=True).defaults == {}
    with pytest.raises(metadata.MetadataError):
        metadata.read(content, ["gone.yaml"])


def test_comments_of_examples(tmp_path: Path) -> None:
    """What is commented out below a key is no comment of the next one, and ends that of its own."""
    values = """\
# Of both.
ingress:
  annotations: {}
    # example.org/class: nginx
    # example.org/tls: "true"
  hosts: []
# Who may ask.
#
# names:
#   - somebody
names: []
# Note: of this key.
note: 1
"""
    found = metadata.read(read(packed(more={"values.yaml": values})))
    assert found.comments == {
        ("ingress",): "Of both.",
        ("names",): "Who may ask.",
        ("note",): "Note: of this key.",
    }


def test_pull_is_seen_by_a_live_server(tmp_path: Path) -> None:
    """A scanner that goes on sees a chart that was pulled, and nothing is made anew where nothing
    changed."""
    root = repo(tmp_path)
    scanner = Scanner(root)
    assert scanner.scan().releases[0].chart_details is None
    store(root, packed())
    first = scanner.scan().releases[0]
    assert first.chart_details is not None and scanner.scan().releases[0] is first
    store(root, packed("replicas: 9\n"))
    assert scanner.scan().releases[0].chart_details != first.chart_details


def test_secrets_of_values_stay_hidden(tmp_path: Path) -> None:
    """Whether a secret is the chart's default is not told, and no default under a secret's key is
    shown."""
    root = repo(tmp_path, "password: changeme\n")
    store(root, packed())
    _, found = scanned(root)
    assert "changeme" not in msgspec.json.encode(found).decode()
    assert digest(packed()) == found.chart_details.digest  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("values", "spec", "words"),
    [
        ("{replicas: x, name: xy}", "", "`replicas` must be of type integer"),
        ("{replicas: 2}", "", "has no `name`"),
        ("{name: xy}", "", ""),
        (
            "{}",
            "install: {disableSchemaValidation: true}, upgrade: {disableSchemaValidation: true}",
            "",
        ),
        ("{}", "install: {disableSchemaValidation: true}", "has no `name`"),
    ],
)
def test_schema_of_a_chart_in_the_repository(
    tmp_path: Path, values: str, spec: str, words: str
) -> None:
    """A chart of a GitRepository is held to its schema as a pulled one, with its own defaults."""
    chart_spec = "{chart: ./charts/web, sourceRef: {kind: GitRepository, name: flux-system}}"
    made = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"
        "metadata: {name: web, namespace: flux-system}\n"
        f"spec: {{interval: 1h, chart: {{spec: {chart_spec}}}, values: {values}{', ' if spec else ''}{spec}}}\n"
    )
    found = scan(
        write(
            tmp_path,
            {
                "clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a"),
                "clusters/a/web.yaml": made,
                "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
                "charts/web/values.yaml": "replicas: 1\n",
                "charts/web/values.schema.json": SCHEMA,
            },
        )
    ).findings
    said = [one.message for one in found if one.code == "chart-values-refused"]
    assert [words in one for one in said] == ([True] if words else [])
