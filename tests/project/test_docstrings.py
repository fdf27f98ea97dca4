"""The docstring of a module says what the module does, in a sentence that begins with a verb.

No list of verbs is complete; the words below begin a name or a question instead. Of functions, ruff
holds the same (D401).
"""

from __future__ import annotations

import ast

import pytest

from tests.support import PROJECT

PACKAGES = ("src/gitops_docs", "plugins/mkdocs_gitops", "bench", "tools")
NO_VERBS = frozenset(
    {
        *("A", "All", "An", "Any", "Each", "Every", "Everything", "From", "It", "Many", "One"),
        *("How", "What", "When", "Where", "Whether", "Which", "Who", "Why"),
        *("Some", "That", "The", "These", "This"),
    }
)
MODULES = [path for name in PACKAGES for path in sorted((PROJECT / name).rglob("*.py"))]


def first_word(source: str) -> str:
    """The first word of a module's docstring."""
    words = (ast.get_docstring(ast.parse(source)) or "").split(maxsplit=1)
    return words[0] if words else ""


def is_verb(word: str) -> bool:
    """Whether a sentence that begins so may say what something does."""
    return word[:1].isupper() and word not in NO_VERBS and not word.endswith(":")


def test_modules_begin_with_verbs() -> None:
    """Each module has a docstring, and none begins with a name or a question."""
    assert not [
        (path.relative_to(PROJECT).as_posix(), word)
        for path in MODULES
        for word in [first_word(path.read_text())]
        if not is_verb(word)
    ]


@pytest.mark.parametrize("text", ["What it does.", "Secrets: where they are.", "`x` is read.", ""])
def test_other_beginnings_are_found(text: str) -> None:
    """What begins otherwise is seen."""
    assert not is_verb(first_word(f'"""{text}"""'))
