"""What differs between two states of an object, where SOPS encrypts it."""

from __future__ import annotations

import base64

import pytest

from gitops_docs.diff.objects import differences
from gitops_docs.yaml.nodes import Map
from gitops_docs.yaml.parse import parse


def secret(data: dict[str, str], key: str = "k1", mac: str = "m1") -> Map:
    """A Secret that SOPS encrypted with the data key `key`."""
    lines = "".join(
        f"  {name}: ENC[AES256_GCM,data:{value},type:str]\n" for name, value in data.items()
    )
    text = (
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData:\n{lines}"
        f"sops:\n  age: [{{recipient: age1x, enc: '{key}'}}]\n  mac: ENC[AES256_GCM,data:{mac}]\n"
        f"  lastmodified: '2026-01-0{mac[-1]}T00:00:00Z'\n"
    )
    return of(text)


def of(text: str) -> Map:
    """The object of a text."""
    root = parse(text, "s.yaml").documents[0].root
    assert type(root) is Map
    return root


@pytest.mark.parametrize(
    ("after", "changed"),
    [
        (secret({"a": "x", "b": "y"}), []),
        (secret({"a": "x2", "b": "y2"}, "k2", "m2"), []),  # `sops rotate`
        (secret({"a": "x", "b": "y"}, "k2"), []),  # `sops updatekeys`
        (secret({"a": "x2", "b": "y"}, "k1", "m2"), ["stringData.a"]),  # `sops edit`
        (secret({"a": "x2", "b": "y", "c": "z"}, "k2", "m2"), ["stringData.c"]),
        (secret({"a": "x2"}, "k2", "m2"), ["stringData.b"]),
    ],
)
def test_encrypted_secret(after: Map, changed: list[str]) -> None:
    """The same values encrypted anew are not a change; an edit, which keeps the data key, is
    one."""
    assert [one.field for one in differences(secret({"a": "x", "b": "y"}), after)] == changed


@pytest.mark.parametrize(("key", "changed"), [("k2", []), ("k1", ["data.file"])])
def test_encrypted_file_in_a_secret(key: str, changed: list[str]) -> None:
    """A generator takes up the file with its own data key."""

    def made(value: str, data_key: str) -> Map:
        text = f"pw: ENC[AES256_GCM,data:{value}]\nsops:\n    age:\n        - enc: {data_key}\n"
        encoded = base64.b64encode(text.encode()).decode()
        return of(f"kind: Secret\nmetadata: {{name: s}}\ndata: {{file: {encoded}}}\n")

    assert [one.field for one in differences(made("x", "k1"), made("y", key))] == changed


def test_values_without_their_data_key() -> None:
    """Of an env file only the values are left: if all differ, it was encrypted anew."""

    def made(*values: str) -> Map:
        lines = "".join(
            f"  k{number}: {base64.b64encode(f'ENC[AES256_GCM,data:{value}]'.encode()).decode()}\n"
            for number, value in enumerate(values)
        )
        return of(f"kind: Secret\nmetadata: {{name: s}}\ndata:\n{lines}")

    assert differences(made("a", "b"), made("c", "d")) == ()
    assert [one.field for one in differences(made("a", "b"), made("a", "d"))] == ["data.k1"]
