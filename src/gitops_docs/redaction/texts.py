"""Texts without credentials, by their look and by what is assigned in them.

In: a text. Out: the text as it may be shown.
"""

from __future__ import annotations

import re
from functools import lru_cache

from gitops_docs.redaction.assignments import REDACTED, without_assignments
from gitops_docs.redaction.embedded import without_embedded
from gitops_docs.tokens import tokens, without_tokens

_USER_INFO = re.compile(
    r"(?P<scheme>\b[A-Za-z][A-Za-z0-9+.-]{0,20}://)"
    r"(?:[^\s/@:\"'<>]{0,255}:(?!\d{1,5}(?:/|\Z))(?:[^\s\"'<>@]{0,255}@){1,5}|(?<=http://)[^\s/@:\"'<>]{1,255}@|(?<=https://)[^\s/@:\"'<>]{1,255}@)"
)
_STANDS_FOR = re.compile(
    r"(?:\$?\{+[^{}]*\}+|\$\(?\w+\)?|<[^<>]*>|%\w|\*+|x+|\.+|password|pass|secret|)\Z", re.IGNORECASE
)
"""What is written in the place of a password in an example or a template."""


@lru_cache(maxsize=16384)
def without_credentials(text: str) -> str:
    """A text without what is a credential by its look: tokens, keys, webhook addresses, user and password of URLs."""
    return text if len(text) < 8 else without_credentials_once(text)


def without_credentials_once(text: str) -> str:
    """Like `without_credentials`, for a text that is looked at once."""
    if "://" in text and "@" in text:
        text = _USER_INFO.sub(lambda match: match["scheme"], text)
    return without_tokens(text, REDACTED)


def looks_secret(text: str) -> bool:
    """Whether a text holds a credential by its look: a token, a key, a webhook address, user and password in a URL.

    Unlike what `without_credentials` takes out to be safe, ciphertext and what stands for a password are none.
    """
    if without_credentials(text) == text:
        return False
    users = (match[0].rstrip("@").rpartition(":")[2] for match in _USER_INFO.finditer(text))
    return any(not token.startswith("ENC[") for token in tokens(text)) or any(
        not _STANDS_FOR.match(one) for one in users
    )


@lru_cache(maxsize=16384)
def configuration(text: str) -> str:
    """A value, an argument or a file without credentials: also what is assigned to a secret key in it (`password: x`, `--token=x`)."""
    made, is_read = without_embedded(text)
    return without_assignments(without_credentials(made), prose=False, is_read=is_read)


def prose(text: str) -> str:
    """An author's words without credentials. `password: see the wiki` is a sentence, `password: hunter2` none."""
    return without_assignments(without_credentials(text), prose=True)
