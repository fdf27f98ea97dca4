"""The arguments of a container are read as one command line."""

from __future__ import annotations

import random

import pytest

from gitops_docs.redaction import REDACTED
from gitops_docs.redaction.rules import USAGES
from gitops_docs.redaction.values import redacted
from gitops_docs.yaml.nodes import Plain
from tests.support.planted import fill

LINES = [case.split() for rule in USAGES for case in rule.hides[:1] if '"' not in case]


def _leaves(node: Plain) -> list[str]:
    if isinstance(node, dict):
        return [leaf for value in node.values() for leaf in _leaves(value)]
    if isinstance(node, list):
        return [leaf for value in node for leaf in _leaves(value)]
    return [str(node)]


@pytest.mark.parametrize("line", LINES, ids=lambda line: " ".join(line))
def test_a_credential_is_hidden_in_one_list_and_in_two(line: list[str]) -> None:
    """Where the program stands in `command` and the rest in `args`, nothing of the password is
    left."""
    rnd = random.Random(" ".join(line))
    filled = [fill(word, rnd) for word in line]
    words = [text for text, _, _ in filled]
    [credential] = [value for _, values, _ in filled for value in values]
    made: list[Plain] = [
        redacted({"containers": [{"command": [*words]}]}),
        redacted({"containers": [{"args": words[1:], "command": words[:1]}]}),
    ]
    for one in made:
        assert not any(credential in leaf for leaf in _leaves(one)), one


def test_other_arguments_stay() -> None:
    """The same letters behind another program, a script and its flags stay readable."""
    container: Plain = {
        "command": ["tool"],
        "args": ["-phunter22", "config", "set", "--secret", "name", "Subject-c1"],
    }
    assert redacted(container) == {
        "command": ["tool"],
        "args": ["-phunter22", "config", "set", "--secret", "name", "Subject-c1"],
    }
    script: Plain = {
        "command": ["sh", "-c"],
        "args": ["set -e\nmysqldump -uroot -photel4711 --all\necho done\n"],
    }
    assert redacted(script) == {
        "command": ["sh", "-c"],
        "args": [f"set -e\nmysqldump -uroot -p{REDACTED} --all\necho done\n"],
    }
