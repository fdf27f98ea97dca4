"""What is fuzzed: functions from bytes to nothing, which raise where the engine does what it never
may.

`yaml` reads bytes as a file, `substitution` fills in variables, `patches` lays patches over
objects, `repository` makes a small hostile repository of the bytes, scans it, and makes everything
of it that a user can see.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import shutil
import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from gitops_docs.flux.output import to_yaml
from gitops_docs.flux.substitution import envsubst
from gitops_docs.flux.substitution.envsubst import SubstitutionError
from gitops_docs.flux.substitution.substitute import substitute_object
from gitops_docs.inventory.codec import dumps
from gitops_docs.kustomize.behaviour import NEWEST
from gitops_docs.kustomize.errors import Refused
from gitops_docs.kustomize.resources.resource import Resource, Resources
from gitops_docs.kustomize.transform import json_patch, replacements, strategic_merge
from gitops_docs.pages import Fence, Options, check_links, render
from gitops_docs.repository import git
from gitops_docs.scanner.scanner import analyse
from gitops_docs.site.leaks import Gate
from gitops_docs.text.escape import lines as printable
from gitops_docs.yaml.nodes import Map, Seq, as_map, plain_value
from gitops_docs.yaml.parse import comments, parse


def fuzz_yaml(data: bytes) -> None:
    """Any bytes are a file: documents and findings, never an exception, and text that can be
    printed."""
    parsed = parse(data, "a.yaml")
    for finding in parsed.findings:
        assert finding.line is not None and finding.line >= 1
        finding.message.encode()
    for document in parsed.documents:
        plain_value(document.root)
        if type(document.root) is Map:
            printable(to_yaml(document.root)).encode()
    comments(data.decode("utf-8", "replace"))


def fuzz_substitution(data: bytes) -> None:
    """Any template with any values becomes text or a SubstitutionError; what is listed stands where
    it says."""
    given = Reader(data)
    variables = {given.word(): given.text(40) for _ in range(given.number(4))}
    template = given.rest()
    for strict in (True, False):
        try:
            envsubst.substitute(template, variables.get, strict=strict)
        except SubstitutionError as error:
            error.message.encode()
    for found in envsubst.expressions(template):
        assert template[found.offset : found.offset + len(found.text)] == found.text
    document = parse(
        json.dumps(
            {"kind": "A", "metadata": {"name": "a"}, "data": {"a": template, template: "b"}}
        ),
        "a.yaml",
    )
    # JSON can write characters that YAML cannot read.
    for held in document.documents:
        with contextlib.suppress(SubstitutionError):
            substitute_object(as_map(held.root), variables, strict=True)


def fuzz_patches(data: bytes) -> None:
    """Any patch over any object gives an object or is refused."""
    given = Reader(data)
    kind = given.number(3)
    size = given.number(200)
    target = as_map(next(iter(_roots(given.bytes(size))), None))
    for patch in _roots(given.rest().encode()):
        try:
            if type(patch) is Seq:
                made: object = json_patch.apply(target, json_patch.read(patch))
            elif type(patch) is Map and kind == 0:
                resources = Resources([Resource(target, target)])
                replacements.apply(resources, patch, NEWEST)
                made = resources.items[0].data
            elif type(patch) is Map:
                made = strategic_merge.merge(target, patch)
            else:
                continue
        except Refused as refused:
            refused.message.encode()
            continue
        if type(made) is Map:
            printable(to_yaml(made)).encode()


def _roots(data: bytes) -> Iterator[object]:
    for document in parse(data, "a.yaml").documents:
        yield document.root


WORDS = (
    "apps", "./apps", "../..", "/", "", ".", "base", "./base", "flux-system", "web", "${a}", "${a:=b}", "$${a}", "${",
    "*", "a*", "(a+)+b", "~", "null", "true", "1.10", "0644", "<script>alert(1)</script>", "\u202e", "\x00", "\ud800",
    "a\nb", "- a", "{a: b}", "[", "x" * 300, "Secret", "ConfigMap", "Kustomization", "HelmRelease", "v1",
    "kustomize.toolkit.fluxcd.io/v1", "helm.toolkit.fluxcd.io/v2", "spec/path", "/spec/path", "/data/a", "replace",
    "add", "metadata.name", "data.a", "GitRepository", "https://u:p@example.org/a", "ENC[AES256_GCM,data:x]",
    "password=x", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: hidden-value}\n",
    "- {op: add, path: /data/a, value: "
    "b}\n", "web.yaml", "kustomization.yaml", "labels", "app=a", "prod", "default",
    "List", "ResourceSet", "ArtifactGenerator", "PrometheusRule",
)  # fmt: skip
FIELDS = (
    "resources", "components", "patches", "patchesStrategicMerge", "patchesJson6902", "namespace", "namePrefix",
    "nameSuffix", "labels", "commonLabels", "commonAnnotations", "images", "replicas", "replacements",
    "configMapGenerator", "secretGenerator", "generatorOptions", "vars", "configurations", "generators",
    "transformers", "buildMetadata", "sortOptions", "target", "patch", "path", "options", "name", "kind",
    "apiVersion", "metadata", "spec", "data", "stringData", "postBuild", "substitute", "substituteFrom", "dependsOn",
    "sourceRef", "healthChecks", "healthCheckExprs", "interval", "prune", "wait", "suspend", "targetNamespace",
    "commonMetadata", "values", "valuesFrom", "chart", "chartRef", "version", "source", "select", "targets",
    "fieldPath", "fieldPaths", "delimiter", "index", "files", "literals", "envs", "behavior", "group", "newName",
    "newTag", "digest", "count", "pairs", "fields", "includeSelectors", "items", "containers", "image", "env",
    "annotations", "op", "value", "from", "inputs", "resourcesTemplate", "sources", "artifacts", "copy", "to",
    "groups", "rules", "alert", "expr", "runbook_url", "eventSources", "providerRef", "sops", "$patch", "<<", "url",
    "ref", "branch", "optional", "secretRef",
)  # fmt: skip
FILES = (
    "apps/web.yaml", "apps/kustomization.yaml", "base/kustomization.yaml", "base/web.yaml", "clusters/prod/more.yaml",
    "docs/runbooks/a.md", "CODEOWNERS", ".sourceignore", "apps/a.env", "apps/Kustomization",
    "components/kustomization.yaml", "flux/instance.yaml",
)  # fmt: skip
ROOT = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {interval: 10m, path: ./apps, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""
WEB = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: b}\n"


def fuzz_repository(data: bytes) -> None:
    """Any repository becomes a model, pages without dead links, JSON and YAML that can be written,
    and no secret in them."""
    given = Reader(data)
    root = _directory()
    try:
        files = {"clusters/prod/apps.yaml": ROOT, "apps/web.yaml": WEB}
        for _ in range(given.number(5) + 1):
            name = FILES[given.number(len(FILES))]
            files[name] = _document(given) if given.number(4) else given.text(400)
        if given.number(2):
            spec = _value(given, 3)
            files["clusters/prod/apps.yaml"] = ROOT.replace(
                "prune: true", f"prune: true, {FIELDS[given.number(len(FIELDS))]}: {spec}"
            )
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8", errors="surrogatepass")
        everything(root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _directory() -> Path:
    """A new directory, by the same name each time where nobody else has it: a fuzzer takes names
    that change for something new."""
    for number in itertools.count():
        with contextlib.suppress(FileExistsError):
            found = SHARED_MEMORY / f"gitops-docs-fuzz-{number}"
            found.mkdir()
            return found
    raise AssertionError


def everything(root: Path) -> None:
    found = analyse(root)
    texts = [dumps(found.platform)]
    options = Options(directory="platform", directory_urls=True, fence=Fence.MATERIAL, templates=())
    rendered = render(found.platform, options)
    assert not check_links(rendered.pages)
    texts += [page.html for page in rendered.pages]
    for layer in found.built.values():
        texts += [printable(to_yaml(item.data)) for item in layer.objects]
    for text in texts:
        text.encode()
        assert "hidden-value" not in text
    json.loads(texts[0])
    Gate(found.checkouts, found.built.values(), found.platform)


def _document(given: Reader) -> str:
    parts = []
    for _ in range(given.number(3) + 1):
        kind = (
            "Kustomization",
            "ConfigMap",
            "Secret",
            "HelmRelease",
            "Deployment",
            "Alert",
            "ResourceSet",
            "List",
        )[given.number(8)]
        group = ("kustomize.config.k8s.io/v1beta1", "v1", "kustomize.toolkit.fluxcd.io/v1", "helm.toolkit.fluxcd.io/v2", "apps/v1",
                 "notification.toolkit.fluxcd.io/v1beta3", "fluxcd.controlplane.io/v1")[given.number(7)]  # fmt: skip
        fields = {
            FIELDS[given.number(len(FIELDS))]: _value(given, 3) for _ in range(given.number(5))
        }
        lines = [
            f"apiVersion: {group}",
            f"kind: {kind}",
            f"metadata: {{name: {json.dumps(_word(given))}, namespace: apps}}",
        ]
        parts.append(
            "\n".join([*lines, *(f"{json.dumps(key)}: {value}" for key, value in fields.items())])
            + "\n"
        )
    return "---\n".join(parts)


def _word(given: Reader) -> str:
    choice = given.number(len(WORDS) + 8)
    return WORDS[choice] if choice < len(WORDS) else given.text(30)


def _value(given: Reader, depth: int) -> str:
    choice = given.number(5) if depth else 0
    if choice <= 1:
        return json.dumps(_word(given))
    if choice == 2:
        return f"[{', '.join(_value(given, depth - 1) for _ in range(given.number(3)))}]"
    entries = (
        f"{json.dumps(FIELDS[given.number(len(FIELDS))])}: {_value(given, depth - 1)}"
        for _ in range(given.number(4))
    )
    return f"{{{', '.join(entries)}}}"


class Reader:
    """Takes numbers, words and texts from bytes; at their end there are zeros and empty texts."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def bytes(self, size: int) -> bytes:
        found = self.data[self.at : self.at + size]
        self.at += size
        return found

    def number(self, below: int) -> int:
        return struct.unpack("<H", self.bytes(2).ljust(2, b"\0"))[0] % below

    def text(self, most: int) -> str:
        return self.bytes(self.number(most)).decode("utf-8", "replace")

    def word(self) -> str:
        return "".join(char for char in self.text(8) if char.isalnum()) or "a"

    def rest(self) -> str:
        return self.bytes(len(self.data)).decode("utf-8", "replace")


SHARED_MEMORY = Path("/dev/shm" if Path("/dev/shm").is_dir() else tempfile.gettempdir())
TARGETS: dict[str, Callable[[bytes], None]] = {
    "yaml": fuzz_yaml,
    "substitution": fuzz_substitution,
    "patches": fuzz_patches,
    "repository": fuzz_repository,
}


def without_git() -> None:
    """Let no process be started: thousands a minute would only measure Git."""
    git.find = lambda root: None
