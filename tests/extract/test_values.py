"""What a HelmRelease gives its chart; the expectations are those of helm-controller's own
`ChartValuesFromReferences`, which shares mappings and lists instead of copying them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gitops_docs.model import ValuesState
from tests.support import manifests
from tests.support.scanning import flux, scanned


@pytest.mark.parametrize(
    ("own", "references", "expected"),
    [
        # a target below a mapping of the release itself is set in that mapping
        ("{a: {b: own}}", "[{name: c, valuesKey: x, targetPath: a.b}]", {"a.b": "x"}),
        # once the mapping was merged with another one, the release has the last word
        (
            "{a: {b: own}}",
            "[{name: c}, {name: c, valuesKey: x, targetPath: a.b}]",
            {"a.b": "own", "a.c": "1"},
        ),
        ("{a: own}", "[{name: c, valuesKey: x, targetPath: a}]", {"a": "own"}),
        # lists are shared, as long as they are long enough
        (
            "{a: [1, 2]}",
            "[{name: c, valuesKey: x, targetPath: 'a[0]'}]",
            {"a[0]": "x", "a[1]": "2"},
        ),
        ("{a: [1]}", "[{name: c, valuesKey: x, targetPath: 'a[1]'}]", {"a[0]": "1"}),
        # a later reference without a target wins over an earlier target
        (
            "{}",
            "[{name: c, valuesKey: x, targetPath: a.c}, {name: c}]",
            {"a.c": "1"},
        ),
    ],
)
def test_order(tmp_path: Path, own: str, references: str, expected: dict[str, str]) -> None:
    """References count in their order, and the values of the release before each target and at the
    end."""
    named = references.replace("{name", "{kind: ConfigMap, name")
    files = {
        manifests.LAYERS: flux("apps", "./apps"),
        "apps/web.yaml": manifests.namespace()
        + manifests.release("web", f"values: {own}, valuesFrom: {named}"),
        "apps/cm.yaml": manifests.document(
            "v1", "ConfigMap", "c", "data: {values.yaml: 'a: {c: 1}', x: x}\n"
        ),
    }
    [release] = scanned(tmp_path, manifests.repository(files)).releases
    assert {value.path: value.value for value in release.values} == expected
    assert {one.state for one in release.values_references} == {ValuesState.FOUND}


def test_words_of_yaml_1_1(tmp_path: Path) -> None:
    """Helm reads the text of a ConfigMap as YAML 1.1; the values of a release are read by kustomize,
    which writes dates in full and folded texts anew."""
    text = 'on1: yes\non2: "yes"\noff: [n, Off]\ndate: 2026-01-02\n'
    own = "    own: yes\n    time: 2026-01-02\n    folded: >\n      a\n        b\n"
    release = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"
        "metadata: {name: web, namespace: apps}\nspec:\n  interval: 1h\n"
        "  chartRef: {kind: OCIRepository, name: web}\n"
        f"  valuesFrom: [{{kind: ConfigMap, name: c}}]\n  values:\n{own}"
    )
    files = {
        manifests.LAYERS: flux("apps", "./apps"),
        "apps/web.yaml": f"{manifests.namespace()}---\n{release}",
        "apps/cm.yaml": manifests.document(
            "v1", "ConfigMap", "c", f"data: {{values.yaml: {json.dumps(text)}}}\n"
        ),
    }
    [made] = scanned(tmp_path, manifests.repository(files)).releases
    assert {value.path: value.value for value in made.values} == {
        "on1": "true",
        "on2": "yes",
        "off[0]": "false",
        "off[1]": "false",
        "date": "2026-01-02",
        "own": "yes",
        "time": "2026-01-02T00:00:00Z",
        "folded": "a\n\n  b\n",
    }
