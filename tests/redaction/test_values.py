"""Values of manifests are judged by their keys, texts of the model one by one."""

from __future__ import annotations

from msgspec import Struct

from gitops_docs import redaction
from gitops_docs.redaction import REDACTED


def test_structures() -> None:
    """An environment variable is judged by its name, an argument by the flag before it."""
    value = {
        "env": [{"name": "DB_PASSWORD", "value": "canary"}, {"name": "DB_HOST", "value": "db"}],
        "args": ["--token", "canary", "--port", "8080"],
        "data": [{"secretKey": "password", "remoteRef": {"key": "db"}}],
    }
    assert redaction.redacted(value) == {
        "env": [{"name": "DB_PASSWORD", "value": REDACTED}, {"name": "DB_HOST", "value": "db"}],
        "args": ["--token", REDACTED, "--port", "8080"],
        "data": [{"secretKey": "password", "remoteRef": {"key": "db"}}],
    }


def test_model() -> None:
    """Every text of the model is looked at, names are left alone, and what holds nothing stays the same object."""

    class Part(Struct, frozen=True):
        name: str
        description: str
        parts: tuple[Part, ...] = ()

    clean = Part("token", "none here")
    assert redaction.scrubbed(clean) is clean
    made = redaction.scrubbed(Part("ghp_" + "a" * 36, "x", (Part("a", "password=canary1"),)))
    assert made.name.startswith("ghp_") and "canary" not in made.parts[0].description
