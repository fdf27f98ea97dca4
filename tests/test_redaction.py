"""What looks like a credential outside of Secrets is not shown; what names one is."""

from __future__ import annotations

import pytest
from msgspec import Struct

from gitops_docs import redaction
from gitops_docs.redaction import REDACTED

HIDDEN = [
    # by key
    (["auth", "password"], "hunter2hunter2"),
    (["auth", "adminPassword"], "hunter2hunter2"),
    (["token"], "abcdef"),
    (["s3", "secretKey"], "abcdef"),
    (["api-key"], "abcdef"),
    (["PGPASSWORD"], "abcdef"),
    (["oauth", "clientSecret"], "abcdef"),
    (["pagerduty", "routing_key"], "abcdef"),
    (["secrets", "app", "stringData", "anything"], "abcdef"),
    (["tls.key"], "abcdef"),
    (["DATABASE_CONNECTION_STRING"], "abcdef"),
    (["password"], "${PASSWORD:=hunter2}"),
    (["WEBHOOK_URL"], "https://example.org/hooks/1f0c"),
    (["WEBHOOK_URL"], "https://user@example.org"),
    (["CLIENT_SECRET"], "abc_SECRET"),
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
    (["envFromSecret"], "grafana-env"),
    (["serverSslCrtSecret"], "zitadel-tls"),
    (["max_tokens"], "32000"),
    (["input_cost_per_token"], "1.25e-07"),
    (["CLIENT_SECRET_KEY"], "OAUTH2_CLIENT_SECRET"),
    (["WEBHOOK_URL"], "https://n8n.${DOMAIN}/"),
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
        "keybase",
        "hook-url",
        "slack_api_url",
        "teams_url",
        "discordUrl",
    ),
    *(
        "basicAuth",
        "basic-auth",
        "docker-config",
        "dockerconfigjson",
        "connectionString",
        "connection_uri",
        "connection-url",
    ),
]


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_looked_for(key: str) -> None:
    """No word that such a key has is left out of what is looked for first, so that every text with one is searched."""
    assert redaction.is_secret_key(key)
    assert redaction.configuration(f"{key}: hunter2hunter2") == f"{key}: {REDACTED}"
    assert redaction.lines_with_keys(f"a: b\n{key}: c") == [(2, f"{key}: c")]


@pytest.mark.parametrize(("path", "text"), HIDDEN)
def test_hidden_by_key(path: list[str | int], text: str) -> None:
    """A value below the key of a credential is hidden, and so is the default of a variable there."""
    assert redaction.shown(path, text) is None


@pytest.mark.parametrize(("path", "text"), READABLE)
def test_references_are_readable(path: list[str | int], text: str) -> None:
    """The name of a Secret, of a key in one, and a placeholder stay."""
    assert redaction.shown(path, text) == text


TOKENS = {
    "github": "ghp_" + "a1" * 18,
    "gitlab": "glpat-" + "a1b2" * 5,
    "aws": "AKIA" + "A1B2" * 4,
    "google": "AIza" + "a1b2c" * 7,
    "slack": "xoxb-123456789012-abcdefghij",
    "slack hook": "https://hooks.slack.com/services/T000/B000/canary",
    "discord": "https://discord.com/api/webhooks/123/canary",
    "teams": "https://contoso.webhook.office.com/webhookb2/canary@x/IncomingWebhook/a/b",
    "teams workflow": "https://prod-1.westus.logic.azure.com:443/workflows/canary/triggers/manual?sig=canarycanary",
    "pagerduty": "https://events.pagerduty.com/integration/0123456789abcdef0123456789abcdef/enqueue",
    "telegram": "https://api.telegram.org/bot123456789:canary/sendMessage",
    "mattermost": "https://chat.example.org/hooks/abcdefghijklmnopqrstuvwxyz",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl",
    "age": "AGE-SECRET-KEY-1QQQQQQ",
    "stripe": "sk_live_" + "a1" * 12,
    "vault": "hvs." + "a1" * 15,
    "bcrypt": "admin:$2y$10$canarycanarycanarycanary",
    "sops": "ENC[AES256_GCM,data:canary,iv:x,tag:y,type:str]",
    "header": "Authorization: Bearer canary0canary0canary0",
    "signature": "https://blob.example.org/a?x=1&sig=canarycanary",
    "pem": "-----BEGIN RSA PRIVATE KEY-----\ncanary\ncanary\n-----END RSA PRIVATE KEY-----",
}


@pytest.mark.parametrize("text", TOKENS.values(), ids=TOKENS)
def test_hidden_by_look(text: str) -> None:
    """A credential is taken out of any text, and what stands around it stays."""
    made = redaction.without_credentials(f"before {text} after")
    assert made.startswith("before ") and made.endswith(" after") and REDACTED in made
    assert "canary" not in made
    # Long enough to be more than a word of the address.
    assert not any(part in made for part in text.split("/") if len(part) > 16 and "." not in part)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("https://user:canary@example.org/a", "https://example.org/a"),
        ("https://user:can@ary/x@example.org/a", "https://example.org/a"),
        ("postgres://app:canary@db:5432/app", "postgres://db:5432/app"),
        ("https://0123456789abcdef@sentry.example.org/1", "https://sentry.example.org/1"),
        ("ssh://git@example.org/a.git", "ssh://git@example.org/a.git"),
        ("http://example.org:8080/?mail=a@example.org", "http://example.org:8080/?mail=a@example.org"),
    ],
)
def test_user_info(text: str, made: str) -> None:
    """User and password of an address go, the user of Git over ssh stays."""
    assert redaction.without_credentials(text) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("--password=canary --user=a", f"--password={REDACTED} --user=a"),
        ("--token canary run", f"--token {REDACTED} run"),
        ("db:\n  password: canary\n  host: a\n", f"db:\n  password: {REDACTED}\n  host: a\n"),
        ('{"apiKey": "canary", "b": 1}', f'{{"apiKey": {REDACTED}, "b": 1}}'),
        ("DB_PASSWORD=canary;HOST=a", f"DB_PASSWORD={REDACTED};HOST=a"),
        ("existingSecret: db", "existingSecret: db"),
        ("password: ${DB_PASSWORD}", "password: ${DB_PASSWORD}"),
        ("token: $(cat /token)", "token: $(cat /token)"),
        ("${API_KEY:?the key is missing}", "${API_KEY:?the key is missing}"),
        ("${TOKEN:=canary}", f"${{TOKEN:={REDACTED}}}"),
    ],
)
def test_assignments(text: str, made: str) -> None:
    """What a file or an argument assigns to a secret key goes, the rest of it stays."""
    assert redaction.configuration(text) == made


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("the old password: canary1", True),
        ("password is canary1 since May", True),
        ("password=canary", True),
        ("password: canary", True),
        ("password: see the wiki", False),
        ("Secret: made by hand.", False),
        ("the token is made by Vault", False),
    ],
)
def test_comments(text: str, hidden: bool) -> None:
    """A comment loses a password and keeps its sentences."""
    made = redaction.prose(text)
    assert (made != text) is hidden
    assert "canary" not in made


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


def test_no_hang() -> None:
    """Long texts without an end take linear time."""
    for text in (
        "password" * 50000,
        "a." * 100000,
        "-----BEGIN PRIVATE KEY-----" * 5000,
        "https://a:" * 20000,
        "--a" * 100000,
    ):
        redaction.configuration(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # What an expression for one value does not see: several words, blocks, lists.
        ("a: b\npassword: correct horse battery\nc: d", "a: b\npassword: **REDACTED**\nc: d"),
        (
            "password: |\n  one two\n  three\nnext: 1",
            "password: **REDACTED**\n  **REDACTED**\n  **REDACTED**\nnext: 1",
        ),
        ("tokens:\n- abcdef12\n- ${X}\nb: 1", "tokens:\n- **REDACTED**\n- ${X}\nb: 1"),
        ("secret:\n  name: web\n  key: tls", None),
        # Cloud-init, Docker, kubeconfig, WireGuard, netrc, Redis.
        ("chpasswd:\n  list: |\n    root:hunter22\n", "chpasswd:\n  list: |\n    root:**REDACTED**\n"),
        ('{"auths": {"a": {"auth": "dXNlcjpodW50ZXIy"}}}', '{"auths": {"a": {"auth": "**REDACTED**"}}}'),
        ("client-key-data: LS0tLS1CRUdJTg==", "client-key-data: **REDACTED**"),
        ("PresharedKey = aGVsbG9oZWxsbw==", "PresharedKey = **REDACTED**"),
        ("psk=hunter22", "psk=**REDACTED**"),
        ("machine a login b password hunter22", "machine a login b password **REDACTED**"),
        ("requirepass hunter22", "requirepass **REDACTED**"),
        # Command lines whose flag says nothing.
        ("curl -s -u user:hunter22 https://a", "curl -s -u user:**REDACTED** https://a"),
        ("mysql -u root -phunter22 db", "mysql -u root -p**REDACTED** db"),
        ("redis-cli -h a -a hunter22", "redis-cli -h a -a **REDACTED**"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic **REDACTED**"),
        ("https://a.example.org/hook?key=hunter22", "https://a.example.org/hook?key=**REDACTED**"),
        ("curl -u ${USER}:${PASSWORD} https://a", None),
        ("mysql -p ${PASSWORD}", None),
    ],
)
def test_files_and_command_lines(text: str, expected: str | None) -> None:
    """Credentials in files of settings and on command lines are taken out, placeholders and names stay."""
    assert redaction.configuration(text) == (text if expected is None else expected)
