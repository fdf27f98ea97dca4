"""Values of manifests are judged by their keys, texts of the model one by one."""

from __future__ import annotations

import pytest
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


def test_names_that_stand_beside_the_name_of_a_secret() -> None:
    """What a chart takes out of a Secret is told by names, and a flag that says "without" takes no
    value."""
    value = {
        "extraSecretEnvironmentVars": [
            {"envName": "UNSEAL_KEY_0", "secretName": "vault", "secretKey": "UNSEAL_KEY_0"}
        ],
        "args": ["--without-password", "--config=/config/x9f8a7s6.json", "--no-token", "x9f8a7s6"],
        "clientSecret": "urn:k8s:secret:sso:CLIENT_SECRET",
    }
    assert redaction.redacted(value) == value


def test_model() -> None:
    """Every text of the model is looked at, names are left alone, and what holds nothing stays the
    same object."""

    class Part(Struct, frozen=True):
        name: str
        description: str
        parts: tuple[Part, ...] = ()

    clean = Part("token", "none here")
    assert redaction.redact_struct(clean) is clean
    made = redaction.redact_struct(Part("ghp_" + "a" * 36, "x", (Part("a", "password=canary1"),)))
    assert made.name.startswith("ghp_") and "canary" not in made.parts[0].description


@pytest.mark.parametrize(
    ("field", "hidden"),
    [
        ("spec.values.token", True),
        ("spec.values.tokens[0]", True),
        ("spec.values.passwords.admin", True),
        ("data.tls\\.key", True),
        ("data.tls.key", True),
        ("spec.containers[name=web].env[name=DB_PASSWORD].value", True),
        ("spec.containers[web].env[DB_PASSWORD].value", True),
        ("spec.parameters[key=api-key].value", True),
        ("spec.values.tokens.ttl.hours", False),
        ("spec.values.existingSecret", False),
        ("spec.containers[name=password].image", False),
    ],
)
def test_fields(field: str, hidden: bool) -> None:
    """A path that is written as text says as much as one in parts."""
    assert (redaction.shown_field(field, "hunter22") is None) is hidden


@pytest.mark.parametrize(
    ("kind", "field", "hidden"),
    [
        ("Fake", "spec.data.login", True),
        ("Other", "spec.data.login", False),
        ("SecretStore", "spec.provider.fake.data[0].value", True),
        ("ExternalSecret", "spec.target.template.data.fixed", True),
        ("ConfigMap", "data.login", False),
    ],
)
def test_fields_of_a_kind(kind: str, field: str, hidden: bool) -> None:
    """Where an object of a kind holds secrets, a path that is written as text says so too."""
    value = "Xk29vTq81LmzR4w7"
    assert (redaction.shown_field(field, value, kind) is None) is hidden
