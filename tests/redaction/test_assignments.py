"""What is assigned to the key of a credential is taken out of texts: files, command lines,
sentences."""

from __future__ import annotations

import pytest

from gitops_docs import redaction
from gitops_docs.redaction import REDACTED


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("--password=canary --user=a", f"--password={REDACTED} --user=a"),
        ("--token canary run", f"--token {REDACTED} run"),
        ("db:\n  password: canary\n  host: a\n", f"db:\n  password: {REDACTED}\n  host: a\n"),
        ('{"apiKey": "canary", "b": 1}', f'{{"apiKey": "{REDACTED}", "b": 1}}'),
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
            "password: **REDACTED**\nnext: 1",
        ),
        ("tokens:\n- abcdef12\n- ${X}\nb: 1", "tokens:\n- **REDACTED**\n- ${X}\nb: 1"),
        ("secret:\n  name: web\n  key: tls", None),
        # Cloud-init, Docker, kubeconfig, WireGuard, netrc, Redis.
        (
            "chpasswd:\n  list: |\n    root:hunter22\n",
            "chpasswd:\n  list: |\n    root:**REDACTED**\n",
        ),
        (
            '{"auths": {"a": {"auth": "dXNlcjpodW50ZXIy"}}}',
            '{"auths": {"a": {"auth": "**REDACTED**"}}}',
        ),
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
        # Files in which several words are one value, and such as are not YAML.
        ("a = b\npassword = my hunter22 thing\nx=1", "a = b\npassword = **REDACTED**\nx=1"),
        ("export PASSWORD=my hunter22\n", "export PASSWORD=**REDACTED**\n"),
        ("PASSWORD='my hunter22'", "PASSWORD='**REDACTED**'"),
        ('password = "a \\" hunter22"', 'password = "**REDACTED**"'),
        ('password = "open hunter22\nx', 'password = "**REDACTED**\nx'),
        ("tokens=[a1, b1]", "tokens=[**REDACTED**]"),
        ("password => hunter22", "password => **REDACTED**"),
        ("password\thunter22\nx y\n", "password\t**REDACTED**\nx y\n"),
        ("<password>hunter 22</password><a>b</a>", "<password>**REDACTED**</password><a>b</a>"),
        ("run --password 'a hunter22' x", "run --password '**REDACTED**' x"),
        ('set password "hunter22"', 'set password "**REDACTED**"'),
        ("token endpoint\nsecret store", None),
        ("proxy_pass http://127.0.0.1:8082;", None),
        ("password \"#{ENV['A_PASSWORD'] || default}\"", None),
        ('loglevel.webhook: "info"', None),
        ("<token>${TOKEN}</token>", None),
        ("curl -u ${USER}:${PASSWORD} https://a", None),
        ("mysql -p ${PASSWORD}", None),
    ],
)
def test_files_and_command_lines(text: str, expected: str | None) -> None:
    """Credentials in files of settings and on command lines are taken out, placeholders and names
    stay."""
    assert redaction.configuration(text) == (text if expected is None else expected)
