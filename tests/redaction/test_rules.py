"""Every rule of the table hides values made by chance in each of its cases, and leaves its harmless
ones as they are."""

from __future__ import annotations

import random

import pytest

from gitops_docs import redaction
from gitops_docs.redaction import REDACTED, matching
from gitops_docs.redaction.rules import FORMATS, KEYS, PLACES, TOKENS, Rule
from gitops_docs.redaction.values import redacted
from tests.support.planted import fill

TRIES = 12
"""How often each case is filled anew."""
RULES = (*TOKENS, *FORMATS)
HIDES = [
    pytest.param(rule, case, id=f"{rule.name}-{at}")
    for rule in RULES
    for at, case in enumerate(rule.hides)
]
SHOWS = [
    pytest.param(case, id=f"{rule.name}-{at}")
    for rule in RULES
    for at, case in enumerate(rule.shows)
]
KEY_HIDES = [(rule.name, case) for rule in KEYS.values() for case in rule.hides]
KEY_SHOWS = [(rule.name, case) for rule in KEYS.values() for case in rule.shows]


def test_every_rule_has_cases() -> None:
    """No row of the table is there for nothing."""
    without = [rule.name for rule in RULES if not rule.hides and rule.name != "aws-access-key"]
    without += [
        rule.name
        for rule in KEYS.values()
        if not rule.hides and not rule.shows and rule.name != "neutral"
    ]
    assert without == []
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize(("rule", "case"), HIDES)
def test_hides(rule: Rule, case: str) -> None:
    """The rule itself finds the value, and nothing of it is left in the text."""
    rnd = random.Random(case)
    for _ in range(TRIES):
        text, credentials, _ = fill(case, rnd)
        assert rule in matching.found_rules(text, by_look=rule.by_look), text
        assert matching.spans(rule, text), text
        made = redaction.configuration(text)
        assert REDACTED in made, text
        assert [value for value in credentials if _stands_in(value, made)] == [], made
        if rule.by_look:
            made = redaction.without_credentials(text)
            assert [value for value in credentials if _stands_in(value, made)] == [], made


def _stands_in(value: str, text: str) -> bool:
    half = max(8, len(value) // 2)
    return value in text or len(value) >= 16 and (value[:half] in text or value[-half:] in text)


@pytest.mark.parametrize("case", SHOWS)
def test_shows(case: str) -> None:
    """What is none stays, as a value, as a comment, and in the middle of a file."""
    text, _, harmless = fill(case, random.Random(1))
    assert harmless
    for made in (
        redaction.configuration(text),
        redaction.prose(text),
        redaction.configuration(f"a: b\n{text}\nc: d\n"),
    ):
        assert [value for value in harmless if value not in made] == [], made


@pytest.mark.parametrize(("name", "case"), KEY_HIDES)
def test_key_hides(name: str, case: str) -> None:
    """A value made by chance behind the key is hidden as a whole, or but for the name of a user."""
    rnd = random.Random(case)
    for _ in range(TRIES):
        text, credentials, _ = fill(case, rnd)
        key, _, value = text.partition(": ")
        made = redaction.shown(key.split(".") if key != "tls.key" else [key], value)
        if name in ("pair", "auth") and made is not None:
            user, _, rest = made.partition(":")
            assert rest == REDACTED and value.startswith(f"{user}:"), text
        else:
            assert made is None, text


@pytest.mark.parametrize("key", ["user", "login", "AUTH_BASIC", "basicAuth"])
def test_the_name_of_a_user_is_shown(key: str) -> None:
    """What stands before a password is a name, and stays where it looks like one."""
    rnd = random.Random(key)
    for shape in ("pw:12", "human", "special", "season", "hex:24"):
        text, [value], _ = fill(f"ops.harbour:«{shape}»", rnd)
        assert redaction.shown(["a", key], text) == f"ops.harbour:{REDACTED}"
        assert redaction.shown(["a", key], f"{value}:{value}") is None or shape == "season"


@pytest.mark.parametrize(("name", "case"), KEY_SHOWS)
def test_key_shows(name: str, case: str) -> None:
    """A name, a number, a reference behind the key stays readable."""
    text, _, _ = fill(case, random.Random(1))
    key, _, value = text.partition(": ")
    assert redaction.shown(key.split("."), value) == value


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.kind}-{'.'.join(place.path)}")
def test_places(place: object) -> None:
    """What stands in the place is hidden under a key that says nothing, and the same elsewhere is
    not where it is a name."""
    kind, path, sure = place.kind, place.path, place.sure  # type: ignore[attr-defined]
    rnd = random.Random(kind)
    value, _, _ = fill("«lower:10»" if sure else "«pw:20»", rnd)
    data: object = {"anything": value, "about": "of-the-harbour"}
    for key in reversed(path):
        data = {key: data}
    made = redacted(
        {
            "apiVersion": "v1",
            "kind": kind if kind != "*" else "Any",
            "metadata": {"name": "a"},
            **data,
        }
    )  # type: ignore[dict-item]
    assert value not in str(made)
    assert ("of-the-harbour" in str(made)) is not sure


def test_what_is_hidden_is_marked() -> None:
    """No text gets shorter without a mark in its place: what stands before and behind a credential
    stays."""
    rnd = random.Random("marks")
    for rule in RULES:
        for case in rule.hides:
            text, _, _ = fill(f"start-of-it\n{case}\nend-of-it", rnd)
            made = redaction.configuration(text)
            assert (
                made.startswith("start-of-it\n")
                and made.endswith("\nend-of-it")
                or rule.name == "private-key"
            ), made


@pytest.mark.parametrize(
    "text",
    [
        "https://x-access-token:%s@git.example.net",
        "postgres://${DB_USER}:${DB_PASS}@${DB_HOST}/orders",
        "mysql://admin:$__file{/var/run/word}@db.example.net/logs",
        "https://$(USER):$(PASS)@a.example.net",
        "https://{{ .user }}:{{ .password }}@a.example.net",
        "https://<user>:<password>@a.example.net",
        "https://user:****@a.example.net",
        "postgresql://user:password@db.example.net/name",
        "postgres://$${DB_USER}:$${DB_PASS}@$${DB_HOST}/orders",
        "ssh://git@example.org/a.git",
    ],
)
def test_addresses_with_placeholders(text: str) -> None:
    """What stands for a password stays, in an address of its own and in a script."""
    for written in (text, f"printf '{text}' > a", f'url = "{text}"'):
        assert redaction.configuration(written) == written
        assert not redaction.looks_secret(written)
