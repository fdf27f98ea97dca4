"""A text loses what is a credential by its look."""

from __future__ import annotations

import pytest

from gitops_docs import redaction
from gitops_docs.redaction import REDACTED

TOKENS = {
    "github": "ghp_" + "a1" * 18,
    "gitlab": "glpat-" + "a1b2" * 5,
    "aws": "AKIA" + "A1B2" * 4,
    "google": "AIza" + "a1b2c" * 7,
    "slack": "xoxb-123456789012-abcdefghij",
    "slack hook": "https://hooks.slack.com/services/T000/B000/canary",
    "discord": "https://discord.com/api/webhooks/123/canary",
    "teams": "https://contoso.webhook.office.com/webhookb2/canary@x/IncomingWebhook/a/b",
    "teams "
    "workflow": "https://prod-1.westus.logic.azure.com:443/workflows/canary/triggers/manual?sig=canarycanary",
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
        ("https://user:canary@example.org/a", "https://user:**REDACTED**@example.org/a"),
        ("https://user:can@ary/x@example.org/a", "https://user:**REDACTED**@example.org/a"),
        ("postgres://app:canary@db:5432/app", "postgres://app:**REDACTED**@db:5432/app"),
        (
            "https://0123456789abcdef@sentry.example.org/1",
            "https://**REDACTED**@sentry.example.org/1",
        ),
        ("ssh://git@example.org/a.git", "ssh://git@example.org/a.git"),
        (
            "http://example.org:8080/?mail=a@example.org",
            "http://example.org:8080/?mail=a@example.org",
        ),
    ],
)
def test_user_info(text: str, made: str) -> None:
    """The password of an address goes, its user stays, but for one that is a token."""
    assert redaction.without_credentials(text) == made


def test_items_below_another_key() -> None:
    """Items of a list belong to its own key, not to one further up that names a program."""
    text = "ltb-passwd:\n  ingress:\n    hosts:\n      - words.example.org\n"
    assert redaction.configuration(text) == text
    text = "passwords:\n  - hunter22\n"
    assert "hunter22" not in redaction.configuration(text)
