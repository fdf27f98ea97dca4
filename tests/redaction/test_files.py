"""Files that hold names and credentials alone are known by their names."""

from __future__ import annotations

import random

import pytest

from gitops_docs import redaction
from gitops_docs.redaction import REDACTED
from gitops_docs.redaction.files import without_lines
from gitops_docs.redaction.rules import FILES, File
from tests.support.planted import fill

TRIES = 12


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.called[0])
def test_hides(file: File) -> None:
    """A value made by chance is hidden in each form and under each name, and the name that stands
    before it stays."""
    rnd = random.Random(file.name)
    for name in file.called:
        for case in file.hides:
            for _ in range(TRIES):
                text, credentials, _ = fill(case, rnd)
                made = redaction.shown(["data", name], text)
                if made is None:  # The name is the key of a credential.
                    continue
                assert REDACTED in made, (name, text)
                assert [value for value in credentials if value in made] == [], made
                assert made[:2] == text[:2]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.called[0])
def test_shows(file: File) -> None:
    """Comments and what is no credential stay."""
    for case in file.shows:
        text, _, harmless = fill(case, random.Random(1))
        made = without_lines(file.called[0], text)
        assert all(value in made for value in harmless), made


@pytest.mark.parametrize("name", ["app.conf", "super.users", "policy.csv", "groups", "README.md"])
def test_other_files(name: str) -> None:
    """The same lines in a file of another name say nothing."""
    assert redaction.shown(["data", name], "ann:harbour\nUser:captain\n") == (
        "ann:harbour\nUser:captain\n"
    )


@pytest.mark.parametrize("key", ["digest", "shadow", "users", "auth", "login", "imageDigest"])
def test_keys_that_are_no_files(key: str) -> None:
    """A key of a manifest that is called as a file might be says nothing of its value."""
    for value in (
        "sha256:4b0f8c1e2d7a9365b8c4f1e0a7d2936c5b8e4f1a0d7c3926b5e8f1a4c0d7b39f",
        "ann:staff",
    ):
        assert redaction.shown(["image", key], value) == value
