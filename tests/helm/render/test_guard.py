"""The worker: what it gives, where it is ended, and what it cannot reach."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_docs.helm.archive import read
from gitops_docs.helm.render import guard, package
from gitops_docs.helm.render.guard import Answer, Engine, Request, Worker
from tests.helm.charts import archive

LOOP = "{{ range $i := until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}"


@pytest.fixture
def worker(helm: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A worker that may take one second of CPU time for a render."""
    monkeypatch.setattr(guard, "MAX_SECONDS", 1)
    made = Worker(Engine(str(helm)))
    yield made
    made.close()


def render(worker: Worker, files: dict[str, str], values: object = None) -> Answer:
    """What a chart of some files renders to."""
    whole = {"Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.2.3\n"} | files
    content = package.pack(read(archive(whole)))
    return worker.render(
        Request(
            chart=package.digest(repr(sorted(whole.items()))),
            load=lambda: content,
            name="web",
            namespace="apps",
            kubernetes="1.31.0",
            apis=("example.com/v1",),
            values=json.dumps(values or {}).encode(),
        )
    )


def test_version(worker: Worker) -> None:
    """The worker says which Helm it is."""
    assert worker.version() == "v4.1.4"


def test_manifests(worker: Worker) -> None:
    """Name, namespace, versions and values arrive in the templates."""
    text = (
        "kind: A\nb: {{ .Values.b }}\nc: {{ .Release.Name }}.{{ .Release.Namespace }}\n"
        'd: {{ .Capabilities.KubeVersion.Minor }}{{ .Capabilities.APIVersions.Has "example.com/v1" }}'
    )
    found = render(worker, {"templates/a.yaml": text}, {"b": 7})
    assert found.state == "rendered"
    assert b"b: 7\nc: web.apps\nd: 31true" in found.manifests


@pytest.mark.parametrize(
    ("template", "state"),
    [
        (LOOP, "time"),
        ('{{ define "a" }}{{ include "a" . }}{{ include "a" . }}{{ end }}{{ include "a" . }}', ""),
        ('{{ range until 30000 }}{{ repeat 2000 "x" }}{{ end }}', ""),
        (
            '{{ $a := repeat 100000000 "x" }}{{ range until 40 }}{{ $a = printf "%s%s" $a $a }}{{ end }}',
            "",
        ),
        ('{{ fail "no" }}', "failed"),
        ("{{ .Values.a.b.c }}", "failed"),
    ],
    ids=["loop", "recursion", "output", "memory", "fail", "nil"],
)
def test_ends(worker: Worker, template: str, state: str) -> None:
    """A chart without an end is ended, and the next one is rendered."""
    answer = render(worker, {"templates/a.yaml": f"a: {template}"})
    ends = {"time", "memory", "output", "crashed", "failed"}
    assert answer.state in ({state} if state else ends)
    assert not answer.manifests
    assert render(worker, {"templates/a.yaml": "kind: A"}).state == "rendered"


def test_survives_its_thread(worker: Worker) -> None:
    """A worker that a thread has started serves other threads."""
    found: list[Answer] = []
    for _ in range(2):
        thread = threading.Thread(
            target=lambda: found.append(render(worker, {"templates/a.yaml": "kind: A"}))
        )
        thread.start()
        thread.join()
    assert [one.state for one in found] == ["rendered", "rendered"]


def test_time_in_the_worker_is_up(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the worker itself does not answer, it is killed and the next render has a new one."""
    assert render(worker, {"templates/a.yaml": "kind: A"}).state == "rendered"
    first = worker._process
    assert first is not None
    os.kill(first.pid, 9)
    first.wait()
    assert render(worker, {"templates/a.yaml": "kind: A"}).state == "crashed"
    assert render(worker, {"templates/a.yaml": "kind: A"}).state == "rendered"
    assert worker._process is not first


def test_asks_nobody(worker: Worker, listener: tuple[int, list[bytes]], tmp_path: Path) -> None:
    """References of a schema, at any depth, lead nowhere, and no name is resolved."""
    port, asked = listener
    (tmp_path / "canary").write_text('{"type": "object", "description": "CANARY"}')
    schema = json.dumps(
        {
            "properties": {
                "a": {"$ref": f"http://127.0.0.1:{port}/a.json"},
                "b": {"$ref": f"file://{tmp_path}/canary"},
            }
        }
    )
    inner = archive(
        {
            "Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
            "values.schema.json": schema,
            "templates/b.yaml": "kind: B",
        },
        top="sub",
    )
    files = {
        "values.schema.json": schema,
        "charts/inner/Chart.yaml": "apiVersion: v2\nname: inner\nversion: 1.0.0\n",
        "charts/inner/values.schema.json": schema,
        "templates/a.yaml": 'kind: A\na: {{ getHostByName "localhost" | quote }}\n'
        'b: {{ (lookup "v1" "Secret" "kube-system" "") | toJson }}',
    }
    whole = {"Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.2.3\n"} | files
    content = package.pack(read(archive({**whole, "charts/sub-1.0.0.tgz": inner})))
    answer = worker.render(
        Request(
            chart="ab",
            load=lambda: content,
            name="web",
            namespace="apps",
            kubernetes="",
            apis=(),
            values=b'{"a": 1, "b": "x"}',
        )
    )
    assert answer.state == "rendered", answer.error
    assert b'a: ""' in answer.manifests
    assert b"b: {}" in answer.manifests
    assert b"CANARY" not in answer.manifests
    assert b"kind: B" in answer.manifests
    assert not asked
    assert b"values.schema.json" not in content


@pytest.mark.parametrize("function", ['env "HOME"', 'expandenv "$HOME"'])
def test_no_environment(worker: Worker, function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates see no variable of this process."""
    monkeypatch.setenv("SECRET_TOKEN", "S3CRET")
    answer = render(worker, {"templates/a.yaml": f"a: {{{{ {function} }}}}"})
    assert answer.state == "failed"


@pytest.mark.parametrize("descriptor", [1, 2])
def test_endless_output(tmp_path: Path, descriptor: int) -> None:
    """Output has a limit; of errors the first part is kept."""
    program = tmp_path / "helm"
    lines = "yes" if descriptor == 1 else "head -c 9000000 /dev/zero"
    program.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin; {lines} >&{descriptor}; exit 1\n")
    program.chmod(0o755)
    one = Worker(Engine(str(program)))
    answer = render(one, {"templates/a.yaml": "kind: A"})
    one.close()
    assert answer.state == ("output" if descriptor == 1 else "failed")
    assert not answer.manifests
    assert len(answer.error) <= 65536


def test_empty_environment(tmp_path: Path) -> None:
    """The program gets an environment of its own, and neither arguments nor files of the user."""
    program = tmp_path / "helm"
    program.write_text("#!/bin/sh\n/usr/bin/env >&2; echo $HOME $PWD >&2; exit 1\n")
    program.chmod(0o755)
    os.environ["SECRET_TOKEN"] = "S3CRET"
    try:
        one = Worker(Engine(str(program)))
        answer = render(one, {"templates/a.yaml": "kind: A"})
        one.close()
    finally:
        del os.environ["SECRET_TOKEN"]
    assert answer.state == "failed"
    assert "S3CRET" not in answer.error
    assert str(Path.home()) + " " not in answer.error


@pytest.mark.parametrize("place", ["", ".", "bin", "{root}/bin"])
def test_no_program_of_a_repository(tmp_path: Path, place: str) -> None:
    """A relative directory in PATH, and one below the repository, name no program."""
    program = tmp_path / "bin" / "helm"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert guard.find({"PATH": place.format(root=tmp_path)}, tmp_path) is None
    assert guard.find({"PATH": str(program.parent)}) == Engine(str(program))


def test_link_into_a_repository(tmp_path: Path) -> None:
    """A link that leads below the repository is not followed either."""
    (tmp_path / "repo").mkdir()
    program = tmp_path / "repo" / "helm"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "helm").symlink_to(program)
    assert guard.find({"PATH": str(tmp_path / "bin")}, tmp_path / "repo") is None


@pytest.mark.parametrize(
    ("version", "is_new"), [("v3.13.9", False), ("v3.14.0", True), ("v4.1.4", True), ("", False)]
)
def test_oldest(version: str, is_new: bool) -> None:
    """Helm 3.14 is the oldest that is used."""
    assert guard.is_supported(version) == is_new
