"""Hostile charts, and secrets that must not come out of any output."""

from __future__ import annotations

import base64
import gzip
import json
import tarfile
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from gitops_docs.cli.main import main
from gitops_docs.helm.render import guard, manifests
from gitops_docs.inventory.codec import dumps
from gitops_docs.pages import check_links, render
from gitops_docs.scanner.scanner import Scanner, scan
from gitops_docs.settings.options import Settings
from gitops_docs.yaml.nodes import plain_value
from tests.helm.charts import add, archive
from tests.helm.platforms import make, release, source
from tests.helm.render.test_scan import only, platform
from tests.helm.test_inspect import URL, indented, packed, store
from tests.pages.platforms import PAYLOADS
from tests.pages.test_pages import Reading

CANARIES = {
    "plain": "Pl41n/canary+77x",
    "sops": "ENC[AES256_GCM,data:c0DDcanary==,iv:abc=,tag:def=,type:str]",
    "text": "t3xtCanary!99zz",
}
VALUES = f"""\
auth: {{password: "{CANARIES["plain"]}"}}
sopsed: "{CANARIES["sops"]}"
config: |
  user: app
  password: {CANARIES["text"]}
"""
LEAKS = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: leaks-{{ .Values.auth.password | sha1sum | trunc 8 }}
  labels: {p: {{ .Values.auth.password | b64enc | trimSuffix "=" | quote }}}
data:
  {{ .Values.auth.password | lower | nospace | trunc 9 | quote }}: x
  plain: {{ .Values.auth.password | quote }}
  joined: "postgres://app:{{ .Values.auth.password }}@db"
  coded: {{ printf "u:%s" .Values.auth.password | b64enc }}
  twice: {{ .Values.auth.password | b64enc | b64enc }}
  asked: {{ .Values.auth.password | urlquery }}
  reversed: {{ .Values.auth.password | splitList "" | reverse | join "" | quote }}
  json: {{ .Values.auth | toJson | quote }}
  hash: {{ .Values.auth.password | sha256sum }}
  sopsed: {{ .Values.sopsed | quote }}
  config: {{ .Values.config | quote }}
  user: {{ (.Values.config | fromYaml).user }}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          image: "example.org/web:{{ .Values.auth.password | sha256sum | trunc 7 }}"
          args: ["--x={{ .Values.auth.password }}"]
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: web}
spec:
  groups:
    - name: a
      rules:
        - alert: A
          expr: "up{p='{{ .Values.auth.password }}'}"
          annotations: {summary: {{ .Values.auth.password | quote }}}
"""


def forms(secret: str) -> set[str]:
    """A secret in the forms in which it could come out."""
    coded = base64.b64encode(secret.encode()).decode()
    return {
        secret,
        secret.lower(),
        secret[::-1],
        quote(secret, safe=""),
        coded.rstrip("="),
        base64.b64encode(coded.encode()).decode().rstrip("="),
        json.dumps(secret)[1:-1],
    }


def leaky(root: Path) -> Path:
    text = release("web", "web", "1.2.3") + f"  values:\n{indented(VALUES)}"
    make(root, source("HelmRepository", "charts", URL), text)
    store(
        root, packed(templates=LEAKS, more={"templates/NOTES.txt": "{{ .Values.auth.password }}"})
    )
    return root


def test_secrets_in_no_output(tmp_path: Path, with_helm: None) -> None:
    """Whatever a chart does with a secret, no output and no kept file has it."""
    root = leaky(tmp_path)
    run = CliRunner()
    texts = [
        run.invoke(main, [*command, str(root), *more]).output
        for command, more in (
            (["inventory"], []),
            (["check"], []),
            (["render"], ["apps", "--charts"]),
            (["charts", "list"], []),
        )
    ]
    scanner = Scanner(root)
    found = scanner.scan()
    assert only(found).is_rendered, only(found).rendering
    texts += [page.html for page in render(found).pages]
    texts += [
        path.read_bytes().decode("latin-1")
        for path in (root / ".cache").rglob("*")
        if path.is_file()
    ]
    leaked = [
        (name, form)
        for name, secret in CANARIES.items()
        for form in forms(secret)
        for text in texts
        if form in text
    ]
    assert not leaked
    rendered = texts[2]
    assert "user: app" in rendered
    assert "hiddena" not in rendered
    assert rendered.count("**REDACTED**") >= 10


@pytest.mark.parametrize("payload", PAYLOADS)
def test_names_and_texts(tmp_path: Path, with_helm: None, payload: str) -> None:
    """Names, labels and texts that a chart makes are text on every page."""
    quoted = json.dumps(payload)
    template = (
        (
            f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {quoted}, namespace: {quoted}}}\n"
            f"---\napiVersion: example.com/v1\nkind: {quoted}\nmetadata: {{name: a}}\n"
            "---\napiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: r}\n"
            f"spec: {{groups: [{{name: {quoted}, rules: [{{alert: {quoted}, expr: {quoted}, "
            f"annotations: {{summary: {quoted}, runbook_url: {quoted}}}}}]}}]}}\n"
        )
        .replace("{{", "{ {")
        .replace("}}", "} }")
    )
    make(tmp_path, source("HelmRepository", "charts", URL), release("web", "web", "1.2.3"))
    store(tmp_path, packed(templates=template))
    for page in render(scan(tmp_path)).pages:
        seen = Reading(page.html)
        assert not {name for name, _ in seen.elements} & {"script", "img", "h9"}
        for _, attributes in seen.elements:
            assert not any(name.startswith("on") for name in attributes)
            assert "javascript:" not in (attributes.get("href") or "")


def test_links_in_a_directory(tmp_path: Path, with_helm: None) -> None:
    """A link in the directory of a chart leads nowhere."""
    root = platform(tmp_path / "repo")
    canary = tmp_path / "canary"
    canary.write_text("kind: ConfigMap\nmetadata: {name: canary}\ndata: {a: CANARY}\n")
    (root / "charts/web/templates/link.yaml").symlink_to(canary)
    (root / "charts/web/files/link.ini").symlink_to("/etc/hostname")
    one = only(scan(root, Settings(sources={"own": "."})))
    assert one.is_rendered
    assert not [item for item in one.objects if item.name == "canary"]


CM = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in pairwise("abcdefghij")
)
BOMB = gzip.compress(bytes(200 << 20), 1)
META = "apiVersion: v2\nname: web\nversion: 1.2.3\n"
LIMIT = "it takes more than"


def hostile(template: str | bytes, *, values: str | bytes = "a: 1\n", **more: str | bytes) -> bytes:
    """A chart; names of further files have `__` for a slash."""
    named = {name.replace("__", "/"): text for name, text in more.items()}
    base = {"Chart.yaml": META, "values.yaml": values, "templates/a.yaml": template}
    return archive({**base, **named})


def entry(name: str, **fields: object) -> bytes:
    """A chart with an entry that no chart has."""
    files = {"Chart.yaml": META, "templates/a.yaml": CM}
    return archive(files, more=lambda tar: add(tar, name, **fields))


POWERS = {
    "definitions": {
        f"d{number}": {"allOf": [{"$ref": f"#/definitions/d{number + 1}"}] * 2}
        for number in range(40)
    },
    "$ref": "#/definitions/d0",
}
"""A schema that asks for a trillion comparisons."""


HOSTILE: dict[str, tuple[bytes, str | int]] = {
    "loop": (hostile("{{ range until 99999 }}{{ range until 99999 }}{{ end }}{{ end }}"), LIMIT),
    "list": (hostile("{{ range until 1000000000 }}{{ end }}"), LIMIT),
    "tpl": (hostile("{{ tpl .Values.t . }}", values='t: "{{ tpl .Values.t . }}"'), ""),
    "include": (hostile('{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}'), "Helm"),
    "output": (hostile('{{ range until 30000 }}{{ repeat 3000 "x" }}{{ end }}'), LIMIT),
    "laughs": (hostile(CM + LAUGHS), "excessive aliasing"),
    "laughing values": (hostile(CM, values=LAUGHS), "excessive aliasing"),
    "anchor in itself": (hostile(f"{CM}data: &a {{b: *a}}"), "Helm"),
    "nul": (hostile(f'{CM}data: {{a: "x\0"}}'), "control characters"),
    "made nul": (hostile(f'{CM}data: {{a: "{{{{ "\\x00" }}}}"}}'), "control characters"),
    "no utf-8": (hostile(CM.encode() + b"data: {a: \xff\xe9}"), "UTF-8"),
    "values of no utf-8": (hostile(CM, values=b"a: \xff"), "UTF-8"),
    "key twice": (hostile(f"{CM}data: {{a: b, a: c}}"), 1),
    "no objects": (hostile("a: b\n---\n[1]\n---\na text\n---\nkind: Foo\nmetadata: b\n"), "Helm"),
    "tag": (hostile(f"{CM}data: {{a: !!python/object/apply:os.abort []}}"), 1),
    "depth": (hostile('kind: A\na: {{ repeat 5000 "[" }}{{ repeat 5000 "]" }}'), "YAML"),
    "many": (hostile(f"{{{{ range until 50000 }}}}---\n{CM}{{{{ end }}}}"), 50_000),
    "definitions": (
        hostile(CM, **{"crds__a.yaml": "{{ no yaml", "crds__b.yaml": "kind: C"}),
        "YAML",
    ),
    "files": (hostile(f'{CM}data: {{a: {{{{ .Files.Get "../../../etc/hostname" | quote }}}}}}'), 1),
    "lookup": (
        hostile(f'{CM}data: {{a: {{{{ lookup "v1" "Secret" "" "" | toJson | quote }}}}}}'),
        1,
    ),
    "name": (hostile(f'{CM}data: {{a: {{{{ getHostByName "localhost" | quote }}}}}}'), 1),
    "environment": (hostile(f'{CM}data: {{a: {{{{ env "CANARY" }}}}}}'), "not defined"),
    "bomb": (BOMB, "unpacks to more"),
    "bomb inside": (hostile(CM, **{"charts__a.tgz": BOMB}), "unpacks to more"),
    "no archive inside": (hostile(CM, **{"charts__a.tgz": b"text"}), "not a gzip archive"),
    "link": (entry("web/templates/b", type=tarfile.SYMTYPE, linkname="/etc/hostname"), "a link"),
    "device": (entry("web/templates/b", type=tarfile.CHRTYPE, devmajor=1, devminor=5), "a device"),
    "way out": (entry("web/../../b"), "leads out"),
    "no chart": (archive({"values.yaml": "a: 1"}), "no Chart.yaml"),
    "itself": (
        hostile('{{ $d := dict }}{{ $_ := set $d "a" $d }}' + CM + "data: {a: {{ toYaml $d | quote }}}"),
        1,
    ),
    "break in a name": (archive({"Chart.yaml": META, "templates/a.yaml\n---\nkind: B\n#.yaml": CM}, top="web"), 1),
    "source in output": (hostile(f"{CM}---\n# Source: web/../../<script>\nkind: B\nmetadata: {{name: b}}\n"), 2),
    "random name": (hostile(CM.replace("name: a", 'name: "a-{{ randAlphaNum 5 }}"')), 1),
    "random number": (hostile(f"{{{{ range until (int (randNumeric 3)) }}}}---\n{CM}{{{{ end }}}}"), "other objects"),
    "long name": (hostile(CM.replace("name: a", 'name: {{ repeat 300000 "x" }}')), "more than 253"),
    "keys": (hostile("{{ range until 2000 }}{{ $x := genPrivateKey \"rsa\" }}{{ end }}" + CM), LIMIT),
    "hook of noise": (hostile(CM.replace("name: a", 'name: a, annotations: {"helm.sh/hook": "<script>,{{ repeat 900 "x," }}"}')), 0),
    "schema of powers": (hostile(CM, **{"values.schema.json": json.dumps(POWERS)}), 1),
    "library": (archive({"Chart.yaml": f"{META}type: library\n", "templates/a": CM}), "library"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_held(
    tmp_path: Path,
    with_helm: None,
    monkeypatch: pytest.MonkeyPatch,
    listener: tuple[int, list[bytes]],
    name: str,
) -> None:
    """Each is rendered, or is a finding that says what to do; nobody is asked, nothing comes out."""
    monkeypatch.setenv("CANARY", "C4NARY77")
    monkeypatch.setattr(guard, "MAX_SECONDS", 2)
    content, expected = HOSTILE[name]
    make(tmp_path, source("HelmRepository", "charts", URL), release("web", "web", "1.2.3"))
    store(tmp_path, content)
    found = Scanner(tmp_path).scan()
    findings = [one for one in found.findings if one.code == "chart-not-rendered"]
    one = only(found)
    if isinstance(expected, int):
        assert not findings
        assert len(one.objects) == expected
    else:
        [finding] = findings
        assert expected in finding.message
        assert finding.message.endswith(one.rendering.remedy)
        assert one.rendering.remedy
    text = dumps(found)
    assert "C4NARY77" not in text
    assert str(tmp_path) not in text
    assert not listener[1]


def test_many_that_never_end(
    tmp_path: Path, with_helm: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository of charts without an end is given up after some, always the same ones."""
    from gitops_docs.helm.render import renderer
    from gitops_docs.helm.render.guard import Answer

    monkeypatch.setattr(
        renderer.guard, "render_all", lambda _, wanted: [Answer("time") for _ in wanted]
    )
    monkeypatch.setattr(renderer, "_BATCH", 2)
    monkeypatch.setattr(renderer, "_MOST_CUT", 4)
    releases = [release(f"web{number}", "web", "1.2.3") for number in range(10)]
    make(tmp_path, source("HelmRepository", "charts", URL), *releases)
    store(tmp_path, packed(templates="kind: A\n"))
    first, second = (
        [one.rendering.absent for one in Scanner(tmp_path).scan().releases] for _ in range(2)
    )
    assert first == second
    assert sum(one == renderer._LIMITS["time"] for one in first) == 4
    assert len(set(first)) == 2


def test_much_output(tmp_path: Path, with_helm: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What all charts make together has a limit, from the cache too."""
    from gitops_docs.helm.render import renderer

    monkeypatch.setattr(renderer, "_MOST_TOTAL", 3000)
    releases = [release(f"web{number}", "web", "1.2.3") for number in range(3)]
    make(tmp_path, source("HelmRepository", "charts", URL), *releases)
    text = 'kind: ConfigMap\nmetadata: {name: a}\ndata: {a: {{ repeat 1200 "x" }}}\n'
    store(tmp_path, packed(templates=text))
    for _ in range(2):
        absent = [one.rendering.absent for one in Scanner(tmp_path).scan().releases]
        assert absent[:2] == [None, None]
        assert "more than" in (absent[2] or "")


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ("---\n# Source: w/templates/a.yaml\nkind: A\n---# comment\nkind: B\n", ["A", "B"]),
        (
            "---\n# Source: w/templates/a.yaml\nkind: List\nitems: [{kind: A}, {kind: B}]\n",
            ["A", "B"],
        ),
        ("---\n# Source: w/crds/a.yaml\n---\nkind: A\n---\nkind: B\n", ["A", "B"]),
        ("---kind: A\n--- \n# nothing\n---\n", ["A"]),
        ("", []),
    ],
)
def test_documents(output: str, found: list[str]) -> None:
    """Documents are split as Helm does it."""
    made = manifests.read(output.encode())
    assert [one.data["kind"][1:] for one in made if isinstance(one.data, dict)] == found


def test_words_of_yaml_1_1() -> None:
    """Helm reads what it renders as YAML 1.1: a plain `yes` is true, a date is a text."""
    text = '---\nkind: A\na: yes\nb: "yes"\nc: [Off, 1.10, 2024-01-02]\nd: {e: on}\n'
    [made] = manifests.read(text.encode())
    data = plain_value(manifests.node(made.data, "", 0))
    assert data == {
        "kind": "A",
        "a": True,
        "b": "yes",
        "c": [False, 1.1, "2024-01-02"],
        "d": {"e": True},
    }


def test_random_and_secret() -> None:
    """What differs between renders is random, or depends on a secret; the rest stays."""

    def read(a: str, b: str) -> list[manifests.Document]:
        text = f"---\n# Source: w/templates/a.yaml\nkind: A\na: {a}\nb: {b}\nc: 1\n"
        return manifests.read(text.encode())

    [one] = manifests.combine(read("r1", "s1"), read("r2", "s2"), read("r3", "s1"))
    assert one.data == {"kind": "pA", "a": "?", "b": "!", "c": "p1"}
    with pytest.raises(manifests.ManifestError):
        manifests.combine(read("r1", "s1"), [], None)


def test_bombs_together(tmp_path: Path, with_helm: None) -> None:
    """Archives in `charts/` that are small enough one by one, and not together."""
    inner = archive({"Chart.yaml": META, "big": bytes(30 << 20)})
    content = hostile(CM, **{f"charts__a{number}.tgz": inner for number in range(40)})
    assert len(content) < 4 << 20
    make(tmp_path, source("HelmRepository", "charts", URL), release("web", "web", "1.2.3"))
    store(tmp_path, content)
    absent = only(Scanner(tmp_path).scan()).rendering.absent
    assert absent == "its archive unpacks to more than 134,217,728 bytes"


def test_many_alerts(tmp_path: Path, with_helm: None) -> None:
    """Thousands of alerts of one chart are divided by group and first letters; no page is too large,
    and each alert has its address."""
    rules = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: a}
spec:
  groups:
    - name: small
      rules: [{alert: One, expr: up}]
    - name: large
      rules:
{{- range until 700 }}
        - {alert: "Tally{{ . }}", expr: "up{job=\\"x{{ . }}\\"} == 0"}
{{- end }}
"""
    make(tmp_path, source("HelmRepository", "charts", URL), release("web", "web", "1.2.3"))
    store(tmp_path, hostile(rules))
    made = render(scan(tmp_path))
    pages = {page.uri: page for page in made.pages}
    found = {uri: page for uri, page in pages.items() if "/alerts/from/" in uri}
    assert len(found) > 10
    assert max(len(page.html) for page in pages.values()) < 150_000
    for number in range(700):
        uri, _, anchor = made.redirects[f"platform/alerts/tally{number}/"].partition("/#")
        assert f'<dt id="{anchor}"><code>Tally{number}</code>' in found[f"{uri}.md"].html
    assert list(check_links(made.pages)) == []
    index = found["platform/alerts/from/web.md"].html
    assert "small" in index and "large tally1" in index
