"""What `render` prints: the values that kustomize makes of an object, before and after
substitution."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from gitops_docs.flux.output import to_yaml
from gitops_docs.flux.substitution.substitute import substitute_object
from gitops_docs.scanner.scanner import analyse
from gitops_docs.yaml.nodes import Map
from gitops_docs.yaml.parse import parse
from tests.support.scanning import write

TEXT = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: x}
data:
  folded: >
    one
      two
    ${V}
  day: 2020-01-01
  braces: {empty: }
  octal: 0644
  quoted: "1"
  sha: "12345e6"
  huge: 1e400
"""


def _printed(**variables: str) -> object:
    (document,) = parse(TEXT, "x.yaml").documents
    assert isinstance(document.root, Map)
    made = substitute_object(document.root, variables) if variables else document.root
    return yaml.safe_load(to_yaml(made))["data"]


def test_values_are_kustomizes() -> None:
    """A folded text, a date and an empty value in braces are printed as `kubectl kustomize` prints
    them."""
    assert _printed() == {
        "folded": "one\n\n  two\n${V}\n",
        "day": "2020-01-01T00:00:00Z",
        "braces": {"empty": ""},
        "octal": 420,
        "quoted": "1",
        "sha": "12345e6",
        "huge": "1e400",
    }


def test_text_stays_text_for_every_reader() -> None:
    """A text that YAML 1.2 takes for a number is printed in quotes, though YAML 1.1 does not need
    them."""
    (document,) = parse(TEXT, "x.yaml").documents
    assert isinstance(document.root, Map)
    assert 'sha: "12345e6"' in to_yaml(document.root)


def test_folded_text_is_substituted_as_it_is_printed() -> None:
    """Flux substitutes in what kustomize prints, so a folded text has its additional line then
    too."""
    found = _printed(V="three")
    assert isinstance(found, dict)
    assert found["folded"] == "one\n\n  two\nthree\n"
    assert found["day"] == "2020-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("decryption", "annotation", "keys"),
    [
        ("decryption: {provider: sops}", "a: b", ["apiVersion", "kind", "metadata", "data"]),
        ("suspend: false", "a: b", ["apiVersion", "kind", "metadata", "data", "sops"]),
        (
            "decryption: {provider: sops}",
            "kustomize.toolkit.fluxcd.io/decrypt: disabled",
            ["apiVersion", "kind", "metadata", "data", "sops"],
        ),
    ],
)
@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
def test_object_behind_decryption(
    tmp_path: Path, decryption: str, annotation: str, keys: list[str], kind: str
) -> None:
    """What SOPS writes beside the values is gone where Flux decrypts the object."""
    files = {
        "clusters/a/apps.yaml": "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        "metadata: {name: apps, namespace: flux-system}\nspec: {interval: 10m, path: ./apps, prune: true, "
        f"{decryption}, sourceRef: {{kind: GitRepository, name: flux-system}}}}\n",
        "apps/s.yaml": f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: s, namespace: x, annotations: "
        f"{{{annotation}}}}}\ndata: {{a: 'ENC[AES256_GCM,data:x,iv:a,tag:b,type:str]'}}\nsops: {{mac: "
        "'ENC[AES256_GCM,data:x,iv:a,tag:b,type:str]', version: 3.9.0}\n",
    }
    layer = analyse(write(tmp_path, files)).built["a/flux-system/apps"]
    assert [list(layer.applied(item)) for item in layer.objects] == [keys]
