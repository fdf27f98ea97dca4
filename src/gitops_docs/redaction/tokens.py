"""Tell what is a credential by its look, wherever it stands: tokens, private keys, addresses of
webhooks, password hashes.

In: a text. Out: the text without them, or what was found. Services give their tokens a fixed
beginning so that they can be found. An automaton looks for the words of all rules in one pass, so
that the expressions run only over texts that may have something for them.
"""

from __future__ import annotations


def readable(text: str) -> str:
    """Return the text as an automaton takes it: names of files that are not UTF-8 hold surrogates,
    here replaced one by one."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
