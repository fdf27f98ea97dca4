"""The key of a credential hides what stands behind it; what names a Secret stays readable."""

from __future__ import annotations

import pytest

from gitops_docs import redaction
from gitops_docs.redaction import REDACTED

HIDDEN = [
    # by key
    (["auth", "password"], "hunter2hunter2"),
    (["auth", "adminPassword"], "hunter2hunter2"),
    (["token"], "abcdef"),
    (["s3", "secretKey"], "Xb4k9fTq"),
    (["api-key"], "abcdef"),
    (["PGPASSWORD"], "abcdef"),
    (["oauth", "clientSecret"], "abcdef"),
    (["pagerduty", "routing_key"], "3f9c01d2b7a84e5f96c0a1b2d3e4f506"),
    (["secrets", "app", "stringData", "anything"], "abcdef"),
    (["tls.key"], "abcdef"),
    (["DATABASE_CONNECTION_STRING"], "abcdef"),
    (["password"], "${PASSWORD:=hunter2}"),
    (["WEBHOOK_URL"], "https://example.org/hooks/1f0c"),
    (["CLIENT_SECRET"], "abc4k9fTq_SECRET"),
]
READABLE = [
    (["existingSecret"], "db-credentials"),
    (["existingSecretPasswordKey"], "password"),
    (["secretName"], "web-tls"),
    (["valueFrom", "secretKeyRef", "name"], "db"),
    (["passwordSecret"], "db-credentials"),
    (["tokenSecretKey"], "token"),
    (["tlsSecret"], "web-tls"),
    (["imagePullSecrets", 0], "registry"),
    (["automountServiceAccountToken"], "false"),
    (["password"], "${PASSWORD}"),
    (["password"], "{{ .Values.password }}"),
    (["tokenPath"], "abcdef"),
    (["token"], "/var/run/secrets/token"),
    (["bypass"], "localhost"),
    (["passwordPolicy"], "strict"),
    (["spec", "secrets", 0], "alertmanager"),
    (["auth-hostname"], "a9b2b535325d5460c9f570fc46ae4fa0-8d7aff11f725d75c.elb.example.org"),
    (["password"], "random_password.main.result"),
    (["headers", "Cookie"], "_oauth2_proxy="),
    (["envFromSecret"], "grafana-env"),
    (["serverSslCrtSecret"], "zitadel-tls"),
    (["max_tokens"], "32000"),
    (["input_cost_per_token"], "1.25e-07"),
    (["CLIENT_SECRET_KEY"], "OAUTH2_CLIENT_SECRET"),
    (["WEBHOOK_URL"], "https://n8n.${DOMAIN}/"),
    (["metadata", "annotations", "argocd.argoproj.io/hook"], "PreSync"),
    (["dataFrom", 0, "extract", "key"], "zigbee2mqtt"),
    (["connectionSecretKeys", 0], "kubeconfig"),
    (["fromConnectionSecretKey"], "kubeconfig"),
    (["keys", 0], "DA8002060402EC39B195451D5CED80362B5A4EF2"),
    (["shared_secret"], "generate"),
    (["ZOT_HTPASSWD"], "op://Services/Zot/htpasswd"),
]


KEYS = [
    *(
        "adminPassword",
        "PGPASSWD",
        "passphrase",
        "pwd",
        "clientSecret",
        "TOKENS",
        "credentials",
        "SENTRY_DSN",
        "bearer",
        "cookie",
        "salt",
    ),
    *(
        "htpasswd",
        "kubeconfig",
        "webhook",
        "jwt",
        "api-key",
        "hmac_key",
        "psk",
        "bindpw",
        "bind-pw",
        "bind.pw",
        "bind_pw",
        "bindPW",
    ),
    *(
        "client-key-data",
        "keydata",
        "recovery_key",
        "wg.key",
        "secret_base",
        "hook-url",
        "slack_api_url",
        "teams_url",
        "discordUrl",
    ),
    *(
        "docker-config",
        "dockerconfigjson",
        "connectionString",
        "remotepass",
        "sftppwd",
    ),
]


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_looked_for(key: str) -> None:
    """No word that such a key has is left out of what is looked for first, so that every text with
    one is searched."""
    assert redaction.is_secret_key(key)
    assert redaction.configuration(f"{key}: hunter2hunter2") == f"{key}: {REDACTED}"
    assert redaction.lines_with_keys(f"a: b\n{key}: c") == [(2, f"{key}: c")]


@pytest.mark.parametrize(("path", "text"), HIDDEN)
def test_hidden_by_key(path: list[str | int], text: str) -> None:
    """A value below the key of a credential is hidden, and so is the default of a variable
    there."""
    assert redaction.shown(path, text) is None


@pytest.mark.parametrize(("path", "text"), READABLE)
def test_references_are_readable(path: list[str | int], text: str) -> None:
    """The name of a Secret, of a key in one, and a placeholder stay."""
    assert redaction.shown(path, text) == text


def test_the_name_of_a_model_is_shown() -> None:
    """A value of many short parts is a name, behind a key that says nothing; a long run is not."""
    assert not redaction.is_secret(("TEXTUAL",), "ViT-SO400M-16-SigLIP2-384__webli")
    assert redaction.is_secret(("TEXTUAL",), "Xk39fQz7LmB2vT8pR4wA")
