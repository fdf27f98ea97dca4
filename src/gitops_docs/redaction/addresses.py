"""Take user and password out of addresses.

In: a text. Out: the text with a mark in the place of the password, and of a user that is none but a
token. What stands for a password (`%s`, `${PASSWORD}`) stays, and nothing is cut out.
"""

from __future__ import annotations

from gitops_docs.redaction import measure
from gitops_docs.redaction.matching import Span, replaced
from gitops_docs.text.patterns import Match, Pattern

_ADDRESS = Pattern(
    r"\b([A-Za-z][A-Za-z0-9+.-]*://)((?:\$(?:__\w+)?\{[^{}\s]*\}|\{\{[^{}\n]*\}\}|<[^<>\s]*>|[^\s"
    r"\"'<>`|\\,])*)"
)
_MOST = 5
"""At signs of one address, from the last, that are tried; with more of them, what stands before the
next one is hidden."""
_PORT = Pattern(r"\d{1,5}(?:/|$)")
_REFERENCE = Pattern(
    r"(?:\$?\$(?:__\w+)?\{[^{}\s]*\}|\{\{[^{}\n]*\}\}|\$\([^()]*\)|\$\w+|%\w|<[^<>]*>|\*+|x+|\.+|)"
)
_HOST = Pattern(
    r"(?:\[[0-9a-fA-F:.]+\]|[\w.${}()%*<>-]+)(?::[\d${}\w]+)?(?:[,/?#].*|)", dot_all=True
)
_USERS = frozenset(
    {
        "git",
        "oauth2",
        "x-access-token",
        "x-token-auth",
        "token",
        "anonymous",
        "user",
        "username",
        "root",
        "admin",
    }
)
"""What stands before the host where there is no password."""
_NAMES_OF_BOTH = frozenset(
    (user, password)
    for user in ("user", "username", "login")
    for password in ("pass", "password", "passwd")
)
"""What a manual writes for a user and a password."""
_NO_PASSWORD = frozenset({"x-oauth-basic", "x-access-token", ""})


def without_user_info(text: str) -> str:
    """Return the text with marks in its addresses."""
    return replaced(text, list(_spans(text)))


def credentials_in(text: str) -> bool:
    """Return whether an address in the text has a password."""
    return bool(_spans(text))


def _spans(text: str) -> list[Span]:
    found: list[Span] = []
    for match in _ADDRESS.finditer(text):
        found += _of(match)
    return found


def _of(match: Match) -> list[Span]:
    rest = match[2]
    at = _end(rest)
    if at < 0:
        return []
    start = match.start(2)
    user, colon, password = rest[:at].partition(":")
    if not colon and "{" in user and not _REFERENCE.fullmatch(user):
        return []
    if colon and password not in _NO_PASSWORD:
        if (
            (user.lower(), password.lower()) in _NAMES_OF_BOTH
            or _REFERENCE.fullmatch(password) is not None
            or measure.stands_for_none(password)
            and password[:1] not in "./~"
        ):
            return [(start, start + len(user))] if measure.looks_made(user) else []
        found = [(start + len(user) + 1, start + at)]
        return [(start, start + len(user)), *found] if measure.looks_made(user) else found
    if (
        not match[1].lower().startswith(("http", "nats", "redis"))
        or user.lower() in _USERS
        or _REFERENCE.fullmatch(user) is not None
    ):
        return [(start, start + len(user))] if measure.looks_made(user) else []
    return [(start, start + len(user))] if user else []


def _end(rest: str) -> int:
    """Return where the part before the host ends; -1 where there is none. Passwords may hold `/`
    and `@` as they are."""
    outside = _REFERENCE_INSIDE.sub(lambda match: "x" * len(match[0]), rest)
    authority = len(outside)
    for sign in "/?#":
        found = outside.find(sign)
        if 0 <= found < authority:
            authority = found
    first = outside.rfind("@", 0, authority)
    colon = outside.find(":")
    if (
        colon < 0
        or first < 0
        and (colon > authority or _PORT.match(outside[colon + 1 :]) is not None)
    ):
        return first
    last = outside.rfind("@")
    for _ in range(_MOST):
        if last <= first:
            return first
        if _HOST.fullmatch(outside[last + 1 :]) is not None and "?" not in outside[:last]:
            return last
        last = outside.rfind("@", 0, last)
    return last


_REFERENCE_INSIDE = Pattern(r"\$(?:__\w+)?\{[^{}\s]*\}|\{\{[^{}\n]*\}\}|<[^<>\s]*>|\$\([^()]*\)")
