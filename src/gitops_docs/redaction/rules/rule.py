"""Say what a rule is, and how keys and values are written in texts."""

from __future__ import annotations

from enum import Enum, IntEnum

from msgspec import Struct


class Class(IntEnum):
    """What may stand behind a key, from what is never a credential to what always is."""

    NONE = 0
    """No credential."""
    PAIR = 1
    """A credential if it is `user:password`."""
    AUTH = 2
    """A credential if it is `user:password` or looks like one."""
    MADE = 3
    """A credential if it looks like one: the key says little."""
    OTHER_KEY = 4
    """A credential if it looks like one or is a UUID: a key of something unknown."""
    KEY = 5
    """A credential unless it is a word: mostly a name."""
    TOKEN = 6
    """A credential unless it is a name of several words, which a machine that makes tokens would
    not make."""
    VARIABLE = 7
    """A credential unless it says itself that it names something: a variable of an environment that
    holds a token."""
    PASSWORD = 8
    """A credential whatever it is; people make passwords of words."""


class Judge(Enum):
    """Which of the values that a rule finds are credentials."""

    ALL = "every one but a placeholder"
    PASSWORD = "what is no placeholder, number, path or address"
    UNNAMED = "what is no name either"
    MADE_KEY = "what looks as if it was made, behind the key of a credential"
    MADE = "what looks as if it was made to be hard to guess"
    KEY = "what the key before it says"
    TOKEN = "what is no name of several words, and has a digit or no word in it"
    BASE64 = "what is a credential once it is decoded"


class Rule(Struct, frozen=True):
    """One form of credentials in a text."""

    name: str
    hints: tuple[str, ...]
    """Parts of every text in which the rule finds something, in lower case. One pass looks for
    those of all rules."""
    expression: str
    """Of RE2. The groups `v`, `v1`, `v2` … are credentials, `key` is the key of them; the whole
    match is one where it has none."""
    judge: Judge = Judge.ALL
    by_look: bool = False
    """Whether the form alone makes it a credential, in any text."""
    signs: str = ""
    """Signs that a text needs besides, each as often as it stands here."""
    least: int = 0
    """How long a text is at least in which the rule finds something."""
    hides: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()


def rule(
    name: str,
    hints: str,
    expression: str,
    judge: Judge = Judge.ALL,
    *,
    by_look: bool = False,
    signs: str = "",
    least: int = 0,
    hides: tuple[str, ...] = (),
    shows: tuple[str, ...] = (),
) -> Rule:
    """Make a row of the table; `hints` are joined by `|`."""
    return Rule(
        name, tuple(hints.split("|")), expression, judge, by_look, signs, least, hides, shows
    )


def token(
    name: str,
    hints: str,
    expression: str,
    *hides: str,
    shows: tuple[str, ...] = (),
    least: int = 0,
) -> Rule:
    """Make a row of what is a credential wherever it stands, with the texts that it hides."""
    return rule(name, hints, expression, by_look=True, hides=hides, shows=shows, least=least)


# What stands behind a key: a placeholder as a whole, quoted, or up to the next sign.
PLACEHOLDER = (
    r"\$?\{\{[^{}\n]*\}\}|\$\([^()\n]*\)|\$?\$\{[^{}\n]*(?:\$\{[^{}\n]*\}[^{}\n]*)*\}"
    r"|\$__\w+\{[^{}\n]*\}|%\{[^{}\n]*\}|<[^<>\n]*>"
)
QUOTED = (
    r"""\\+"(?P<v1>[^"\\\n]+)\\+"|"{3}(?P<v8>[^"]+)"{3}|'''(?P<v9>[^']+)'''"""
    r"""|"(?P<v2>(?:[^"\\\n]|\\.)+)"|N?'(?P<v3>(?:[^'\\\n]|''|\\.)+)'|`(?P<v4>[^`\n]+)`"""
)
BARE = r"""[^\s,;&"'`}\])<>{\[(|\\][^\s,;&"'`}\])<>\\]*"""
KEY_HINTS = (
    "pass|pwd|pw|secret|token|cred|dsn|bearer|cookie|salt|pepper|kubeconfig|hook|jwt|key|psk|pin|"
    "mnemonic|seed|license|community|otp|auth|fernet|sig"
    "|connectionstring|kennwort|slack|discord|teams|ident|inline_string|encrypt|hmac|private"
)
KEYWORDS = KEY_HINTS + "|pat"
