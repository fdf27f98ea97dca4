"""What a value looks like, measured on values made by chance and on those that nobody needs to
hide."""

from __future__ import annotations

import random

import pytest

from gitops_docs import redaction
from gitops_docs.redaction import measure
from tests.support.planted import SHAPES, TEMPLATE, credential, plant

TRIES = 300
WORDS_OF_PEOPLE = ("dashed", "words", "digits", "uuid")
"""Shapes that only their key makes a credential."""
WORDS_WITH_NUMBERS = ("weak", "season", "short")
"""Shapes of which some could be names too."""


@pytest.mark.parametrize("shape", SHAPES)
def test_made_by_chance(shape: str) -> None:
    """Nothing that was made stands for none, and nineteen of twenty can be told to be made without
    their key."""
    rnd = random.Random(shape)
    values = [credential(shape, rnd) for _ in range(TRIES)]
    assert [value for value in values if measure.stands_for_none(value)] == []
    made = sum(map(measure.looks_made, values)) / TRIES
    if shape in WORDS_WITH_NUMBERS:
        assert made < 0.93
        return
    assert made == 0 if shape in WORDS_OF_PEOPLE else made > (0.8 if shape == "special" else 0.93)


@pytest.mark.parametrize(
    "key", ["password", "ADMIN_PASSWORD", "db_passwd", "keystorePassword", "passphrase"]
)
def test_behind_a_password(key: str) -> None:
    """Behind the key of a password every value is hidden, as a value and in each way to write it in
    a file."""
    rnd = random.Random(key)
    for shape in SHAPES:
        value = credential(shape, rnd)
        assert redaction.shown([key], value) is None
        for text in (
            f"{key}={value}",
            f"{key}: {value}",
            f'"{key}": "{value}"',
            f"{key} = '{value}'",
            f"a: 1\n{key}: {value}\nb: 2",
        ):
            assert value not in redaction.configuration(text), text


def test_harmless_values_behind_a_key_that_says_nothing() -> None:
    """Names, numbers, digests, addresses, expressions and templates stay as they are."""
    values = [value.value for value in plant(TEMPLATE.read_text(encoding="utf-8"), "any").harmless]
    assert len(values) > 500
    assert [value for value in values if redaction.shown(["note"], value) != value] == []
    assert [value for value in values if redaction.looks_secret(value)] == []


@pytest.mark.parametrize(
    "value",
    [
        "${PASSWORD}", "$(PASSWORD)", "{{ .Values.password }}", "<your-token>", "%(password)s", "%s", "$__file{/etc/a}",
        "op://vault/item/field", "vault:secret/data/a#b", "ref+sops://a.yaml#/b", "****", "xxxxxx", "REPLACE_ME", "your-token-here",
        "/run/secrets/a", "<< inputs.password >>", "~/.ssh/id_ed25519", "true", "", "sha256:4b0f8c1e", "env.TOKEN", "process.env.TOKEN", "@Microsoft.KeyVault(SecretUri=https://a)",
        "__SERVER1_PASS__", "%{env:PG_PASSWORD}%", "%{file:/etc/tls.key}%", "${admin-user-password}",
    ],
)  # fmt: skip
def test_stands_for_none(value: str) -> None:
    """What stands in the place of a password is shown, behind the key of one too."""
    assert redaction.shown(["password"], value) == value


def test_tags_of_images() -> None:
    """A version is none, also behind an image whose name ends like a key."""
    for version in ("1.18.2", "v1.18.2", "v2.0", "v1.20.0-rc.1", "v1.20.0-beta1"):
        text = f"quay.io/jetstack/cert-manager-webhook:{version}"
        assert redaction.shown_field("spec.containers[a].image", text) == text
    for other in ("v8Kd.3d.2", "v1.x8", "v1.2.3-9fQz"):
        assert redaction.shown(["password"], other) is None


def test_a_default_is_a_credential() -> None:
    """`changeme` is what whoever installs it has until it is changed, and so is the default of a
    variable."""
    for value in ("changeme", "admin123", "${PASSWORD:-hunter2hunter2}", "letmein"):
        assert redaction.shown(["password"], value) is None
