"""Looking for credentials takes time in proportion to the text, whatever stands in it."""

from __future__ import annotations

import time

import pytest

from gitops_docs.redaction import embedded, matching, texts
from gitops_docs.redaction.addresses import without_user_info
from gitops_docs.redaction.rules import FORMATS, TOKENS
from gitops_docs.text import memo

UNITS = {
    "blanks behind a key": "password: {}",
    "keys": "password",
    "assignments that are open": "password='",
    "assignments with blanks": "password = ",
    "words": "pass word ",
    "keys of flags": "--token ",
    "open blocks": "-----BEGIN PRIVATE KEY-----",
    "addresses": "https://a:b@",
    "at signs": "https://a:@b",
    "commands": "curl mysql redis-cli ",
    "colons": "a:1:b:c ",
    "elements": "<password>",
    "quotes": '"password\\":\\"',
    "definitions": "define('password', ",
    "variables": 'variable "password" { ',
    "base64": "QUJDREVGR0hJSktMTU5P",
    "placeholders": "password: ${",
    "templates": "token: {{ ",
    "lines": "password: |\n  a\n",
    "items": "tokens:\n- a\n",
    "users": "user app on >",
}
"""What is repeated; `{}` in a unit stands for the whole length in blanks."""
CHARACTERS = 5_000


def _text(unit: str, length: int) -> str:
    return unit.replace("{}", " " * length) + "\n" if "{}" in unit else unit * (length // len(unit))


def _seconds(text: str) -> float:
    best = 1e9
    for _ in range(2):
        with memo.scope():
            started = time.process_time()
            texts.configuration(text)
            texts.prose(text)
            best = min(best, time.process_time() - started)
    return best


@pytest.mark.parametrize("unit", UNITS.values(), ids=list(UNITS))
def test_time_grows_with_the_text(unit: str) -> None:
    """Four times the text takes no more than some eight times as long, and what ordinary text of
    four times the length takes."""
    ordinary = _seconds(_text("name: harbour of the north\n", 4 * CHARACTERS))
    small, large = _seconds(_text(unit, CHARACTERS)), _seconds(_text(unit, 4 * CHARACTERS))
    assert large < 8 * small + 4 * ordinary


def test_a_rule_is_tried_where_its_words_are() -> None:
    """Texts without any sign of a credential meet no expression, and each rule is found by its
    hints."""
    for text in (
        "replicas",
        "nginx:1.27",
        "10m",
        "https://example.org/a/b",
        "node.kubernetes.io/exclude",
        "Always",
    ):
        assert matching.found_rules(text) == []
    assert all(rule.hints for rule in (*TOKENS, *FORMATS))
    assert embedded.without_embedded("replicas: 3") == ("replicas: 3", False)
    assert without_user_info("https://example.org") == "https://example.org"
