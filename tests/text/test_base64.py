"""Base64 is read as manifests hold it."""

from __future__ import annotations

import pytest

from gitops_docs.text.base64 import decoded, decoded_text


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("YQ==", b"a"),
        # A block scalar breaks long values, and an editor indents them.
        ("aGVs\n  bG8=\n", b"hello"),
        ("", b""),
        ("/w==", b"\xff"),
    ],
)
def test_decodes(text: str, held: bytes) -> None:
    """White space counts for nothing, and bytes need not be text."""
    assert decoded(text) == held


@pytest.mark.parametrize("text", ["YQ", "YQ=", "Y", "a-_=", "*", "ä"])
def test_is_not_base64(text: str) -> None:
    """Missing padding, the alphabet of URLs and other signs are no base64."""
    assert decoded(text) is None
    assert decoded_text(text) is None


def test_text_is_utf_8() -> None:
    """Bytes that are not UTF-8 are no text."""
    assert decoded_text("w6Q=") == "ä"
    assert decoded_text("/w==") is None
