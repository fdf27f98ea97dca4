"""Which keys name a credential, and which values behind such a key are none.

References (`existingSecret`, `secretName`, `*Ref`, `passwordSecret`) name a secret and hold none: they stay readable.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ahocorasick_rs import AhoCorasick

from gitops_docs.tokens import readable

_SECRET_KEY = re.compile(
    r"(?:(?<!by)(?<!com)pass(?:word|wd|phrase)?|pwd|secret|token|credential|dsn|bearer|cookie|salt|htpasswd|kubeconfig|webhook|jwt"
    r"|(?:api|access|private|secret|encryption|signing|license|auth|authentication|routing|service|integration|shared|master|session"
    r"|storage|account|instrumentation|hmac|ssh|tls|deploy|webhook)[-_.]?key"
    r"|psk|bind[-_.]?pw|key[-_.]?data|(?:enc|recovery|unseal|crypto|wireguard|wg|restic|age|join)[-_.]?key"
    r"|(?:secret|key)[-_]?base|(?:webhook|hook|slack|slack[-_]?api|teams|discord)[-_]?url|basic[-_]?auth|docker[-_]?config(?:json)?"
    r"|connection[-_]?(?:string|uri|url))s?\d*\Z",
    re.IGNORECASE,
)
"""How the key of a credential ends."""
_REFERENCE_KEY = re.compile(
    r"\Aexisting|(?:\A|[-_.])(?:existing|from|use|create)[-_.]?secret|pull[-_]?secrets?\Z"
    r"|(?:pass(?:word|wd)?|tokens?|credentials?|creds?|tls|ssl|cert(?:ificate)?s?|crt|ca|key|user(?:name)?|external|values|config|env|vars?|from)[-_.]?secrets?\Z"
    r"|(?:pass(?:word|wd)?|tokens?|existing|user(?:name)?|name)[-_.]?secret[-_.]?key\Z|(?:max|min|total|limit|per)[-_.]?tokens?\Z"
    r"|\A(?:proxy|fastcgi|grpc|scgi|uwsgi)_pass\Z",
    re.IGNORECASE,
)
"""A key that ends like one of a credential and holds the name of a Secret."""
_SECRET_PARENT = frozenset({"stringdata", "secretdata", "secretenv", "secretenvs", "envsecrets", "secretstringdata"})
"""Keys whose whole content is secret."""
_PLURALS = frozenset(
    {"passwords", "passphrases", "tokens", "apikeys", "api_keys", "api-keys", "apitokens", "api_tokens", "api-tokens"}
)
"""Keys of mappings from a name to a credential."""
_KEY_HINTS = AhoCorasick([
    "pass", "pwd", "secret", "token", "credential", "dsn", "bearer", "cookie", "salt", "kubeconfig", "hook", "jwt", "key", "slack", "teams",
    "discord", "auth", "docker", "connection", "psk", "bind", "code=", "sig=", "curl", "mysql", "mariadb", "redis-cli", "login ",
])  # fmt: skip
"""One of these, in lower case, is in every key of a credential: most texts hold none, and need not be searched by expressions."""
_NOT_A_SECRET = re.compile(
    r"\A(?:|true|false|null|none|yes|no|~|info|debug|warn(?:ing)?|error|#\{.*|\d{1,4}|\$\{?[A-Za-z0-9_]+\}?|\$\{[A-Za-z0-9_]+:?[-=]\}|\$\(.*|%\(?\w+\)?s?"
    r"|<[^>]*>|\{\{.*|\*|\[|\{|(?:op|vault|ref\+\w+|secretref|awssm|env)(?:://|:).*|(?:/[a-z0-9._-]+){2,}|\*+REDACTED\*+"
    r"|https?://[\w.${}-]+(?::\d{1,5})?/?|(?-i:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:SECRET|PASSWORD|TOKEN|KEY)))\Z",
    re.DOTALL | re.IGNORECASE,
)


def is_secret(path: Sequence[str | int], text: str) -> bool:
    """Whether a value must not be shown at all, by the names of its keys."""
    if path and path[-1] == "auth" and len(path) > 2 and path[-3] == "auths":
        return True  # User and password in base64, as Docker keeps them.
    return _names_secret(tuple(path)) and not stands_for_none(text)


@lru_cache(maxsize=16384)
def _names_secret(path: tuple[str | int, ...]) -> bool:
    names = [part for part in path if isinstance(part, str)]
    if not names:
        return False
    name = names.pop()
    if is_secret_key(name):
        # A list called `secrets` has the names of some.
        return name.lower() != "secrets" or name == path[-1]
    if names and names[-1].lower() in _PLURALS and path[-1] == name:
        return _REFERENCE_KEY.search(name) is None
    return not _SECRET_PARENT.isdisjoint(map(str.lower, names)) and not _REFERENCE_KEY.search(name)


def is_secret_parent(key: str) -> bool:
    """Whether everything below a key is secret."""
    return key.lower() in _SECRET_PARENT


def is_secret_value(name: str, text: str) -> bool:
    """Whether a variable of this name holds a credential: not where the value is a flag, a number or a reference."""
    return is_secret_key(name) and not stands_for_none(text)


def lines_with_keys(text: str) -> list[tuple[int, str]]:
    """The lines of a text in which the key of a credential may stand, each with its number, 1-based."""
    if not text.isascii():
        return [(number, line) for number, line in enumerate(text.split("\n"), 1) if may_name_credential(line)]
    found: list[tuple[int, str]] = []
    number, counted, end = 1, 0, -1
    for _, at, _ in _KEY_HINTS.find_matches_as_indexes(text.lower()):
        if at < end:
            continue
        begin = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        number += text.count("\n", counted, begin)
        counted = begin
        found.append((number, text[begin:end]))
    return found


@lru_cache(maxsize=8192)
def is_secret_key(key: str) -> bool:
    """Whether a key names a credential, not a reference to one."""
    return may_name_credential(key) and _SECRET_KEY.search(key) is not None and _REFERENCE_KEY.search(key) is None


def is_secret_flag(text: str) -> bool:
    """Whether an argument is a flag that takes a credential as the next one."""
    return text.startswith("-") and "=" not in text and len(text) < 64 and is_secret_key(text.lstrip("-"))


def may_name_credential(text: str) -> bool:
    """Whether the key of a credential may stand in a text: only then are `is_secret_key` and the like worth asking."""
    return bool(_KEY_HINTS.find_matches_as_indexes(readable(text.lower())))


def stands_for_none(value: str) -> bool:
    """Whether a value behind the key of a credential is a flag, a number, a placeholder or a reference."""
    return _NOT_A_SECRET.match(value) is not None
