"""Decode base64 as it stands in manifests: in one line or broken into several."""

from __future__ import annotations

from base64 import b64decode


def decoded(text: str) -> bytes | None:
    """Return the bytes that base64 of the standard alphabet stands for, white space ignored; None
    where the text is not base64, or its padding is missing."""
    try:
        return b64decode("".join(text.split()), validate=True)
    except ValueError:  # `binascii.Error`, or a sign that is not ASCII
        return None


def readable_text(text: str) -> str | None:
    """Return the text that base64 in one line stands for, its padding completed; None where it is
    not base64, or no text that people read."""
    try:
        # The beginning tells most names and tokens from a text.
        if not b64decode(text[:12]).isascii():
            return None
        found = b64decode(text + "=" * (-len(text) % 4), validate=True).decode()
    except ValueError:  # `binascii.Error` and `UnicodeDecodeError` are
        return None
    return found if all(char.isprintable() or char in "\r\n\t" for char in found) else None


def decoded_text(text: str) -> str | None:
    """Return the UTF-8 text that base64 stands for; None where it is not base64, or no text."""
    found = decoded(text)
    try:
        return None if found is None else found.decode()
    except UnicodeDecodeError:
        return None
