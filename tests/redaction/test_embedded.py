"""A text that is YAML or JSON itself is read, and every value of a secret key in it is taken out as
a whole."""

from __future__ import annotations

import pytest

from gitops_docs import redaction
from gitops_docs.redaction import REDACTED


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("{password: a b, x: y}", f"{{password: {REDACTED}, x: y}}"),
        (
            "a: {password: 'it''s b', token: \"a1 \\\" b2c3d4e5\"}",
            f"a: {{password: '{REDACTED}', token: \"{REDACTED}\"}}",
        ),
        ("[{name: a, password: x y}]", f"[{{name: a, password: {REDACTED}}}]"),
        ('{"password":["abc","def"]}', f'{{"password":["{REDACTED}","{REDACTED}"]}}'),
        (
            "passwords: {admin: abc, root: def}",
            f"passwords: {{admin: {REDACTED}, root: {REDACTED}}}",
        ),
        (
            "tokens:\n  github: abc\n  ttl: {hours: 24}",
            f"tokens:\n  github: {REDACTED}\n  ttl: {{hours: 24}}",
        ),
        ("tokens: [a,\n  b]\nc: d", f"tokens: [{REDACTED},\n  {REDACTED}]\nc: d"),
        ("password: a\n  b c\nd: e", f"password: {REDACTED}\nd: e"),
        ("password:\n  a b\nd: e", f"password:\n  {REDACTED}\nd: e"),
        ("password: >-\n  a\n  b\n\nd: e", f"password: {REDACTED}\n\nd: e"),
        ("? password\n: a b\n", f"? password\n: {REDACTED}\n"),
        ("x: &a abc\npassword: *a", f"x: {REDACTED}\npassword: {REDACTED}"),
        ("password: &a abc d\nb: c", f"password: {REDACTED}\nb: c"),
        ("password: abc\npassword: def\n", f"password: {REDACTED}\npassword: {REDACTED}\n"),
        (
            "env: [{name: DB_PASSWORD, value: a b}]",
            f"env: [{{name: DB_PASSWORD, value: {REDACTED}}}]",
        ),
        ("args: [--token, a1 b2c3d4e5f6]", f"args: [--token, {REDACTED}]"),
        ("ä: ü\n{}password: a b", None),
        ("ä: ü\npassword: 'a b'", f"ä: ü\npassword: '{REDACTED}'"),
        ("a: b\n---\npassword: c d", f"a: b\n---\npassword: {REDACTED}"),
        ("secret: {name: web, key: tls}", None),
        ("password: ${PASSWORD}\npasswordSecret: x", None),
    ],
)
def test_values(text: str, made: str | None) -> None:
    """However a value is written, the whole of it goes, and nothing else."""
    shown = redaction.configuration(text)
    if made is None and "{}" in text:  # No YAML: then lines are looked at.
        assert "a b" not in shown
        return
    assert shown == (text if made is None else made)


def test_nested_too_deeply() -> None:
    """A text that nobody can look into is not shown."""
    assert redaction.configuration(f"x: {'[' * 500}password{']' * 500}") == REDACTED
