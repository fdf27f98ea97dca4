"""Take credentials out of texts, by their look and by what is assigned in them.

In: a text. Out: the text as it may be shown.
"""

from __future__ import annotations

from gitops_docs.redaction.addresses import credentials_in, without_user_info
from gitops_docs.redaction.assignments import without_assignments
from gitops_docs.redaction.embedded import without_embedded
from gitops_docs.redaction.matching import found_rules, spans, without
from gitops_docs.text.memo import memo


@memo(16384)
def without_credentials(text: str) -> str:
    """Return a text without what is a credential by its look: tokens, keys, webhook addresses, user
    and password of URLs."""
    return text if len(text) < 8 else without_credentials_once(text)


def without_credentials_once(text: str) -> str:
    """Like `without_credentials`, for a text that is looked at once."""
    if "://" in text and "@" in text:
        text = without_user_info(text)
    return without(text, by_look=True)


def looks_secret(text: str) -> bool:
    """Return whether a text holds a credential by its look: a token, a key, a webhook address, user
    and password in a URL.

    Unlike what `without_credentials` takes out to be safe, ciphertext is none.
    """
    if len(text) < 8 or without_credentials(text) == text:
        return False
    if "://" in text and "@" in text and credentials_in(text):
        return True
    return any(
        rule.name != "sops" and spans(rule, text) for rule in found_rules(text, by_look=True)
    )


@memo(16384)
def configuration(text: str) -> str:
    """Return a value, an argument or a file without credentials: also what is assigned to a secret
    key in it (`password: x`, `--token=x`)."""
    made, is_read = without_embedded(text)
    return without_assignments(without_credentials(made), prose=False, is_read=is_read)


def prose(text: str) -> str:
    """Return an author's words without credentials. `password: see the wiki` is a sentence,
    `password: hunter2` none."""
    return without_assignments(without_credentials(text), prose=True)
