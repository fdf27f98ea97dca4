"""Directories and the first sentences of their READMEs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gitops_docs.repository.checkout import Checkout
from gitops_docs.repository.directories import directories, first_sentence

SENTENCES = [
    ("# Title\n\nWhat it is. More of it.", "What it is."),
    ("Title\n=====\n\nOver two\nlines, e.g. this. End.", "Over two lines, e.g. this."),
    ("---\ntitle: x\n---\n[![badge](a.svg)](b)\n\nA [link](https://x) and **bold** `a_b`.", "A link and bold `a_b`."),
    ("<!-- hidden. -->\n<h1>Name</h1>\n\n- a list\n\nText!", "Name"),
    ("```bash\ncode. Here\n```\n\nAfter the code.", "After the code."),
    ("# Only a heading\n", None),
    ("", None),
    ("| a | b |\n|---|---|\n\n> quoted\n\nThe text.", "The text."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), SENTENCES)
def test_first_sentence(text: str, sentence: str | None) -> None:
    """Headings, badges, lists, tables and code are passed over."""
    assert first_sentence(text) == sentence


def test_directories(repository: Callable[[Mapping[str, str]], Path]) -> None:
    """Every directory on the way to a file is there, with its own files counted."""
    root = repository(
        {
            "README.md": "# A\n\nThe platform.",
            "apps/base/a.yaml": "",
            "apps/base/b.yaml": "",
            "apps/readme.txt": "Apps.",
        }
    )
    found = {
        item.path: (item.files, item.readme, item.summary) for item in directories(Checkout(root))
    }
    assert found == {
        "": (1, "README.md", "The platform."),
        "apps": (1, "apps/readme.txt", "Apps."),
        "apps/base": (2, None, None),
    }
