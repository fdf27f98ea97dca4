"""Tell by the name of a key whether a credential stands behind it, and how sure that is.

A key is read as words (`secretAccessKey`, `SECRET_ACCESS_KEY` and `secret-access-key` are the same
three). The last word says what the value is: `passwordPolicy` is a policy, `tokenUrl` an address,
`secretName` a name. The words before it say how sure that is: a `clientSecret` is a credential, a
`secret` may be the name of a Secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ahocorasick_rs import AhoCorasick, Implementation

from gitops_docs.redaction import measure
from gitops_docs.redaction.measure import stands_for_none
from gitops_docs.redaction.rules import KEYS, PLACES, Class
from gitops_docs.redaction.tokens import readable
from gitops_docs.text.base64 import readable_text
from gitops_docs.text.memo import memo
from gitops_docs.text.patterns import Pattern

__all__ = [
    "Class",
    "class_of",
    "is_secret",
    "is_secret_flag",
    "is_secret_key",
    "is_secret_parent",
    "is_secret_value",
    "lines_with_keys",
    "may_name_credential",
    "stands_for_none",
]


_PASSWORD = KEYS["password"].words
_TOKEN = KEYS["token"].words
_ODD = KEYS["odd"].words
_PAIR = KEYS["pair"].words
_AUTH = KEYS["auth"].words
_MADE = KEYS["made"].words
_SURE_KEYS = KEYS["sure-key"].words
_NAMED_KEYS = KEYS["named-key"].words
_PUBLIC_KEYS = KEYS["public-key"].words
_PLAIN_KEYS = KEYS["plain-key"].words
_SURE_SECRETS = KEYS["sure-secret"].words
_REFERENCES = KEYS["reference"].words
_DIGESTS = KEYS["digest"].words
_FACTS = KEYS["fact"].words
_NEUTRAL = KEYS["neutral"].words
_TOLD = KEYS["told"].words
_COUNTS = KEYS["count"].words
_CODES = KEYS["code"].words
_PLURALS = {
    word: rule.kind
    for name in ["passwords", "tokens", "plurals"]
    for rule in [KEYS[name]]
    for word in rule.words
}
_PARENT_CLASS = {
    word: rule.kind
    for name in ["secret-values", "secret-settings", "secret-templates"]
    for rule in [KEYS[name]]
    for word in rule.words
}
_SECRET_VALUES = KEYS["secret-values"].words
_EXISTING = frozenset(("existing", "ref"))
_MAIN = frozenset(("password", "passwd", "secret", "token", "key", "apikey", "jwt", "psk", "auth"))
_OF_REFERENCES = frozenset(
    (
        *("existing", "password", "custom", "user", "token", "pass", "username", "name"),
        *("from", "connection"),
    )
)
"""What begins the name of a key in a Secret: `tokenSecretKey`, `fromConnectionSecretKey`."""
_SWITCHES = frozenset(
    (
        *("allow", "allows", "enable", "enabled", "disable", "disabled", "require", "requires"),
        *("use", "show", "hide", "force", "generate", "validate", "prompt", "ask", "skip", "has"),
        *("is", "needs", "should", "random", "auto", "permit", "requested", "remember"),
    )
)
"""What begins the key of a choice about a credential: `allowEmptyPassword`."""
_IDS = (("id",), ("ids",), ("uid",), ("uuid",), ("guid",))
_IDS_OF_KEYS = frozenset(
    ("encrypt-key", "sign-key", "encrypt-sign-key", "hidden-encrypt-key", "default-key")
)
"""Flags that take the id of a public key."""
_VALUES = frozenset(("value", "exact", "plaintext", "plain", "literal", "inline", "default"))
"""Keys of what a mapping below the key of a credential holds, beside references to it."""
_UPPER_CASE = Pattern(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
"""How variables of an environment are mostly called."""
_ENVIRONMENTS = Pattern(r"(?i).*env(?:s|vars?|ironment(?:variables|vars)?|variables)?")
"""Keys of variables of an environment, which some charts take in any case."""
_TOKENS_OF_VARIABLES = frozenset(
    ("token", "jwt", "apikey", "secretkey", "authkey", "privatekey", "masterkey")
)
_SECRETS_OF_VARIABLES = frozenset(
    ("client", "session", "jwt", "signing", "hmac", "shared", "consumer", "webhook", "api")
)
_NAMING_WORDS = frozenset(
    (
        *("secret", "secrets", "token", "tokens", "key", "keys", "apikey", "credential", "auth"),
        *("credentials", "creds", "cred", "login", "password", "env", "config", "object", "only"),
    )
)
"""Words in the name of what holds a token, such as `grafana-api-token`."""
_FLAGS = frozenset("pPwakxtTs")
"""Flags of one letter that take a password in some program."""
_HOOKS = frozenset(("hook", "webhook", "hooks", "webhooks", "slack", "discord", "teams"))
"""Words in the key of an address that grants access to everybody who knows it."""
SECRET_VALUES, SECRET_TEMPLATE = "stringData", "secretTemplate"
"""Keys under which a value in a place of secrets is judged: all of them, or what looks like one."""

_WORD = Pattern(r"([A-Z]*)([a-z]*)|\d+")
_SQUASHED = Pattern(
    r"(?:^|.*?[a-z0-9])(password|passwd|passphrase|passcode|kubeconfig|htpasswd|credentials?|apik"
    r"ey|authkey|secretkey|accesskey|privatekey|accountkey|masterkey"
    r"|secretid|bindpw|rootpw|adminpw|userpw|dbpw|sslpw|dbpass|smtppass|mailpass|userpass|rootpas"
    r"s|adminpass|storepass|keypass|sshpass|authpass|ftppass|sqlpass"
    r"|secret|token|cookie|salt|psk|pepper|hmackey|signingkey|authtok|community|hmac)s?(?:encoded|"
    r"hash|value|string|text|main|read|write)?"
)
"""Words that are written as one: `dbpassword`, `bottoken`."""
_AS_ONE = {
    "bindpw": "pw", "rootpw": "pw", "adminpw": "pw", "userpw": "pw", "dbpw": "pw", "sslpw": "pw", "dbpass": "pass", "smtppass": "pass",
    "mailpass": "pass", "userpass": "pass", "rootpass": "pass", "adminpass": "pass", "sshpass": "pass", "authpass": "pass",
    "ftppass": "pass", "sqlpass": "pass",
}  # fmt: skip
_ENDS_AS_PASSWORD = Pattern(r"[a-z]{2,}pass|[a-z]{2,}(?:pw|pwd)")
_NO_PASSWORDS = frozenset(
    ["bypass", "compass", "trespass", "surpass", "overpass", "underpass", "encompass", "proxypass"]
)
"""Other words that end so."""
_HINTS = (
    "pass", "pwd", "pw", "secret", "token", "cred", "dsn", "bearer", "cookie", "salt", "pepper", "kubeconfig", "hook", "jwt", "key", "auth",
    "docker", "connection", "psk", "pin", "mnemonic", "seed", "license", "licence", "community", "otp", "user", "login", "pat", "fernet",
    "encrypt", "sig", "hmac", "header", "claim", "kennwort", "basic", "ident", "eap", "inline", "cipher",
    "private", "code",
    "slack", "teams", "discord", "apihash", "api_hash", "api-hash", "shared",
)  # fmt: skip
_KEY_HINTS = AhoCorasick(list(_HINTS), implementation=Implementation.ContiguousNFA)
"""One of these, in lower case, is in every key of a credential: other keys need not be read as
words."""


@memo(16384)
def words(key: str) -> tuple[str, ...]:
    """Return the words of a key, in lower case, without numbers."""
    found: list[str] = []
    for match in _WORD.finditer(key):
        upper, lower = match[1] or "", match[2] or ""
        if len(upper) > 1 and lower and lower != "s":
            # `DBPassword`: the last capital begins the next word.
            found.append(upper[:-1].lower())
            upper = upper[-1]
        if upper or lower:
            found.append(upper.lower() + lower)
    return tuple(found)


@memo(16384)
def class_of(key: str) -> Class:
    """Return what stands behind a key."""
    if key.startswith(("helm.sh/", "argocd.argoproj.io/")):  # When a hook runs, and its like.
        return Class.NONE
    is_variable = key.startswith("--") or _UPPER_CASE.fullmatch(key) is not None
    if key.startswith("-"):
        key = key.lstrip("-")
        if key in _IDS_OF_KEYS:
            return Class.NONE
        if len(key) == 1:
            return Class.MADE if key in _FLAGS else Class.PAIR if key == "u" else Class.NONE
    if (
        len(key) > 100
        or key.count(" ") > 3
        or not _KEY_HINTS.find_matches_as_indexes(readable(key.lower()))
    ):
        return Class.NONE
    if key == "KEY":
        return Class.OTHER_KEY
    parts = list(words(key))
    if not _DIGESTS.isdisjoint(parts):
        return Class.NONE
    if parts[-1] == "claim" and parts[:-1] not in ([], ["plex"]):
        return Class.NONE  # Of a volume, or of an identity token.
    kind = _ended(parts)
    if kind > Class.MADE and len(parts) > 1 and parts[0] in _SWITCHES:
        return Class.MADE
    if is_variable and kind in (Class.KEY, Class.TOKEN):
        kind = _of_variable(kind, key)
    if kind > Class.MADE and not _EXISTING.isdisjoint(parts):
        return Class.MADE
    if (
        kind is Class.NONE
        and parts[-1] not in _TOLD
        and not _MAIN.isdisjoint(parts)
        and _PUBLIC_KEYS.isdisjoint(parts)
        and _PLAIN_KEYS.isdisjoint(parts)
    ):
        return Class.MADE
    return kind


def _of_variable(kind: Class, key: str) -> Class:
    """Return what stands in a variable of an environment, or behind a flag: it holds the token
    itself, where a value of a chart may name what holds it."""
    parts = list(words(key))
    while len(parts) > 1 and parts[-1] in _NEUTRAL:
        parts.pop()
    if parts[-1] in _TOKENS_OF_VARIABLES:
        return Class.VARIABLE
    told = parts[-2:-1]
    if parts[-1] == "key" and (told == ["secret"] or kind is Class.TOKEN and told != ["access"]):
        return Class.VARIABLE
    if parts[-3:] == ["secret", "access", "key"]:
        return Class.VARIABLE
    if parts[-1] == "secret" and not _SECRETS_OF_VARIABLES.isdisjoint(told):
        return Class.VARIABLE
    return kind


def _ended(parts: list[str]) -> Class:
    """Return what a key is by its end."""
    if parts[-1] in ("url", "uri", "urls") and not _HOOKS.isdisjoint(parts):
        return Class.TOKEN
    if parts[-2:] == ["inline", "string"]:
        return Class.MADE
    if parts[-2:] == ["api", "hash"]:
        return Class.TOKEN
    while len(parts) > 1 and parts[-1] in _NEUTRAL:
        if parts[-1] in ("string", "strings") and parts[-2] in ("connection", "connections"):
            break
        if parts[-1] in ("url", "uri", "urls", "connection"):
            break
        parts.pop()
    return _class(parts) if parts else Class.NONE


def _class(parts: list[str]) -> Class:
    last = parts[-1]
    before = parts[:-1]
    singular = last[:-1] if last.endswith("s") and not last.endswith("ss") else last
    if last in ("url", "uri", "urls", "connection"):
        return Class.NONE
    if (
        len(parts) > 1
        and last in ("string", "strings")
        and before[-1] in ("connection", "connections")
        or last in ("connectionstring", "connectionuri")
    ):
        return Class.TOKEN
    if singular == "key":
        return _class_of_key(before)
    if singular == "secret":
        return _class_of_secret(before)
    if last == "in" and before[-1:] == ["password"]:
        return Class.PASSWORD  # Of the other side, in iSCSI.
    if singular in _PASSWORD:
        if (
            singular == "pass"
            and before
            and before[-1] in ("proxy", "fastcgi", "grpc", "scgi", "uwsgi", "by")
        ):
            return Class.NONE
        return Class.PASSWORD
    if singular in _TOKEN or last in _TOKEN:
        counted = singular in ("token", "credential", "cred") and before and before[-1] in _COUNTS
        return Class.MADE if counted else Class.KEY if singular in _ODD else Class.TOKEN
    if last in _PAIR:
        return Class.PAIR
    if last == "auth" and before[-1:] == ["rediscli"]:
        return Class.PASSWORD
    if last in _AUTH or last == "info" and before[-1:] == ["user"]:
        return Class.AUTH
    if last == "config" and before[-1:] == ["docker"]:
        return Class.TOKEN
    if last == "code" and before and before[-1] in _CODES:
        return Class.PASSWORD
    if len(parts) == 1 and last in _SECRET_VALUES or _as_one("".join(parts)) in _SECRET_VALUES:
        return Class.PASSWORD
    if last in _MADE:
        return Class.MADE
    if _ENDS_AS_PASSWORD.fullmatch(last) is not None and last not in _NO_PASSWORDS:
        return Class.PASSWORD
    squashed = _SQUASHED.fullmatch(last)
    if squashed is not None:
        inner = squashed[1]
        rest = last[: squashed.start(1)]
        if rest == "no":  # `NOPASSWD`
            return Class.NONE
        told = _AS_ONE.get(inner, inner)
        return _class([*before, *([rest] if rest else []), told]) if told != last else Class.TOKEN
    if last.endswith("key") and last[:-3] in _SURE_KEYS:
        return Class.TOKEN
    if last == "id" and before[-2:] == ["root", "token"]:
        return Class.TOKEN  # A development server takes it as it is.
    if before and last == "id" and before[-1] == "secret":
        return Class.KEY
    if before and last == "id" and before[-1] == "key" and "access" in before:
        return Class.KEY
    return Class.NONE


def _class_of_key(before: list[str]) -> Class:
    if not before:
        return Class.OTHER_KEY
    if not _PUBLIC_KEYS.isdisjoint(before):
        return Class.NONE
    if before[-1] in _PLAIN_KEYS:
        return Class.MADE
    if before[-1] in _NAMED_KEYS and not (
        before[-1] == "secret" and len(before) > 1 and before[0] not in _OF_REFERENCES
    ):
        return Class.KEY if before[-1] == "secret" else Class.MADE
    if (
        "existing" in before
        or "ref" in before
        or "secret" in before[:-1]
        and before[-1] in _NAMED_KEYS
    ):
        return Class.MADE
    return Class.TOKEN if before[-1] in _SURE_KEYS else Class.OTHER_KEY


def _class_of_secret(before: list[str]) -> Class:
    if not before:
        return Class.KEY
    if not _REFERENCES.isdisjoint(before):
        return Class.NONE
    return Class.TOKEN if before[-1] in _SURE_SECRETS else Class.KEY


def is_credential(kind: Class, text: str) -> bool:
    """Return whether a value is a credential behind a key of a class."""
    if kind is Class.NONE:
        return False
    value = text.strip()
    if (
        kind in (Class.TOKEN, Class.VARIABLE)
        and measure.is_address(value)
        and not measure.is_reference(value)
        and measure.has_odd_path(value)
    ):
        return True
    if not value or stands_for_none(value):
        return False
    if kind is Class.PASSWORD:
        return True
    if kind is Class.PAIR and len(value) >= 20 and value.isalnum() and measure.looks_made(value):
        return True
    if kind in (Class.PAIR, Class.AUTH):
        if value[0] in "{[" or " " in value:
            return False
        text = readable_text(value) or value
        user, colon, rest = text.partition(":")
        if colon:
            return looks_like_password(rest) and "/" not in user
        rest = (text.partition("/")[2] or text).rstrip("!?*#")
        return kind is Class.AUTH and (
            measure.looks_made(rest) or measure.is_word_with_number(rest)
        )
    if kind >= Class.KEY and _COOKIE.fullmatch(value) is not None:
        return measure.looks_made(value.partition("=")[2].partition(";")[0])
    if value[0] in "{[" or "\n" in value or ";" in value and "=" in value or "@tcp(" in value:
        # A text, which is looked into.
        return False
    if measure.is_address(value):
        return measure.is_secret_address(value)
    if _KEY_ID.fullmatch(value) is not None and not value.isdigit() and not value.isalpha():
        return False
    if (
        " " in value
        and len(value.split()) > 2
        and not value.startswith(("Bearer ", "Basic ", "Token "))
        and measure.wordiness(value) > 0.4
    ):
        return False
    if kind is not Class.MADE and measure.is_amount(value):
        return False
    if kind is Class.VARIABLE:
        return not names_holder(value)
    if kind >= Class.KEY and (
        measure.is_word_with_number(value)
        or kind is Class.TOKEN
        and _WORDS_AND_NUMBER.fullmatch(value) is not None
    ):
        return True
    if _USER_AND_PASSWORD.fullmatch(value) is not None and looks_like_password(
        value.partition(":")[2]
    ):
        return True
    if kind is Class.TOKEN:
        return not (
            measure.is_name(value)
            and not value.isalnum()
            and (
                _DOMAIN.fullmatch(value) is not None
                or value.count("-") + value.count("_") + value.count(".") + value.count("/") < 4
            )
        )
    if kind is Class.KEY:
        return (
            measure.looks_made(value)
            or measure.is_uuid(value)
            or len(value) >= 6
            and not measure.is_name(value)
        )
    return measure.looks_made(value) or kind is Class.OTHER_KEY and measure.is_uuid(value)


def names_holder(value: str) -> bool:
    """Return whether a value says itself that it is the name of something: a constant, a domain, or
    the name of an object with a word for what it holds."""
    if not measure.is_name(value) or value.isalnum():
        return False
    if _DOMAIN.fullmatch(value) is not None or _UPPER_CASE.fullmatch(value) is not None:
        return True
    if "/" in value or " " in value or measure.is_place(value):
        return True
    parts = value.replace(".", "-").replace("_", "-").split("-")
    return value.islower() and not _NAMING_WORDS.isdisjoint(parts[1:])


_WORDS_AND_NUMBER = Pattern(
    r"[a-z]{3,}(?:_[a-z]{3,}){1,5}\d{2,6}|[a-z]{3,}(?:-[a-z]{3,}){2,5}\d{2,6}"
)
"""A token that a person made up, such as `velvet_harbor_raven02`; no name of an object ends so."""
_KEY_ID = Pattern(r"(?:0x)?[0-9A-F]{16}")
"""The id of a public key, as OpenPGP writes it."""
_DOMAIN = Pattern(r"(?:[a-z0-9-]+\.){2,}[a-z]{2,}\.?")
_USER_AND_PASSWORD = Pattern(r"[A-Za-z][\w.-]*:[^\s:/]+")
_COOKIE = Pattern(r"[\w.-]+=[^\s;=]+(?:;[^\n]*)?")
"""A cookie as a header has it."""


def is_password(text: str) -> bool:
    """Return whether what stands in the place of a password is one."""
    return len(text) >= 3 and not stands_for_none(text) and not measure.is_amount(text)


def looks_like_password(text: str) -> bool:
    """Return whether what stands where names stand too is a password."""
    return is_password(text) and (not measure.is_name(text) or measure.is_word_with_number(text))


_RANDOM = Pattern(r"[A-Za-z0-9_-]*")


def is_random(value: str) -> bool:
    """Return whether a value is so clearly made by a machine that it is a credential behind any key
    that does not say what else it is."""
    return (
        16 <= len(value) <= 64
        and _RANDOM.fullmatch(value) is not None
        and not value.startswith(("AAAA", "MII", "LS0t"))
        and sum(map(str.islower, value)) > 2
        and sum(map(str.isupper, value)) > 2
        and measure.is_of_all_signs(value)
        and measure.has_long_run(value)
        and measure.wordiness(value) < (0.5 if len(value) >= 20 else 0.4)
        and measure.looks_made(value)
        and readable_text(value) is None
    )


@memo(4096)
def tells_no_credential(key: str) -> bool:
    """Return whether a key says that a value is something else: an id, a digest, a public key."""
    parts = words(key)
    return bool(parts) and not (
        _TOLD.isdisjoint(parts[-1:])
        and _FACTS.isdisjoint((parts[-1], key.lower()))
        and _DIGESTS.isdisjoint(parts)
        and _PUBLIC_KEYS.isdisjoint(parts)
    )


def is_secret(path: Sequence[str | int], text: str) -> bool:
    """Return whether a value must not be shown at all, by the names of its keys."""
    kind = _class_of_path(tuple(path))
    if kind is Class.NONE:
        return is_random(text) and not any(
            tells_no_credential(part) for part in path[-2:] if isinstance(part, str)
        )
    return is_credential(kind, text)


def name_of_pair(path: Sequence[str | int], text: str) -> str | None:
    """Return the name in a value that is a name and its password, such as `user: ann:hunter22`;
    None for others."""
    name, colon, _ = text.partition(":")
    if not colon or _class_of_path(tuple(path)) not in (Class.PAIR, Class.AUTH):
        return None
    return name if _LOGIN.fullmatch(name) is not None and not measure.looks_made(name) else None


_LOGIN = Pattern(r"[A-Za-z_][\w.@-]*")


@memo(16384)
def _class_of_path(path: tuple[str | int, ...]) -> Class:
    names = [part for part in path if isinstance(part, str)]
    if not names:
        return Class.NONE
    name = names.pop()
    if names and name in _VALUES and _as_one(names[-1]) not in _PARENT_CLASS:
        # `password: {value: x}` is `password: x`.
        name = names.pop()
    kind = class_of(name)
    if name in ("id", "uuid") and names and _is_proxy(names):
        return Class.OTHER_KEY
    if name == "auth" and len(path) > 2 and path[-3] == "auths":
        return Class.PASSWORD
    if name == "key" and names and (names[-1] == "extract" or names[-1].endswith("Ref")):
        return Class.NONE  # The name of what is referred to.
    if names:
        held = max(map(_class_of_parent, names))
        if held is not Class.NONE:
            return max(kind, held)
        parent = _as_one(names[-1])
        if names[-1] == "data" and not _SECRETS.isdisjoint(names[-3:-1]):
            return max(kind, Class.TOKEN)
        if kind < Class.KEY and parent in _PLURALS and _PUBLIC_KEYS.isdisjoint(words(name)):
            if kind is Class.NONE and words(name)[-1:] in _IDS:
                return kind
            return _PLURALS[parent] if _TOLD.isdisjoint(words(name)) else Class.MADE
        if kind > Class.MADE and words(names[-1])[-1:] in (("secret",), ("keys",), ("ref",)):
            # What stands beside the name of a Secret are mostly names of its keys.
            return Class.KEY if words(name)[-1:] != ("key",) else Class.OTHER_KEY
        if kind is Class.NONE and parent.endswith(
            ("headers", "requestheaders", "setheaders", "authentication")
        ):
            return Class.MADE
    if (
        kind in (Class.KEY, Class.TOKEN)
        and name[:1].islower()
        and name.isalnum()
        and any(_ENVIRONMENTS.fullmatch(one) is not None for one in names[-2:])
    ):
        return _of_variable(kind, name)
    if kind > Class.MADE and name.lower() == "secrets" and name != path[-1]:
        # A list called `secrets` has the names of some.
        return Class.MADE
    return kind


_SECRETS = frozenset(("secret", "secrets"))
"""Keys of a chart below which `data` holds the values of a Secret."""


@memo(4096)
def _class_of_parent(key: str) -> Class:
    """Return what stands below a key, whatever it is called."""
    return _PARENT_CLASS.get(_as_one(key), Class.NONE)


def _is_proxy(names: list[str]) -> bool:
    """Return whether a mapping is a client of a proxy such as VLESS, which is let in by its id."""
    return names[-1] == "proxies" or (
        names[-1] in ("clients", "users") and not _ENDS_OF_PROXIES.isdisjoint(names)
    )


_ENDS_OF_PROXIES = frozenset(("inbounds", "outbounds", "vnext"))


def is_secret_parent(key: str) -> bool:
    """Return whether everything below a key is secret."""
    return _as_one(key) in _PARENT_CLASS


def _as_one(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "")


def is_secret_value(name: str, text: str) -> bool:
    """Return whether a variable of this name holds a credential: not where the value is a flag, a
    number or a reference."""
    return is_credential(class_of(name), text)


def is_secret_key(key: str) -> bool:
    """Return whether a key names a credential, not a reference to one."""
    return class_of(key) >= Class.KEY


def is_secret_flag(text: str) -> bool:
    """Return whether an argument is a flag that takes a credential as the next one."""
    return (
        text.startswith("-")
        and not text.startswith(("--no-", "--without-", "--disable-"))
        and "=" not in text
        and len(text) < 64
        and class_of(text) is not Class.NONE
    )


def may_name_credential(text: str) -> bool:
    """Return whether the key of a credential may stand in a text: only then are `is_secret_key` and
    the like worth asking."""
    return bool(_KEY_HINTS.find_matches_as_indexes(readable(text.lower())))


def lines_with_keys(text: str) -> list[tuple[int, str]]:
    """Return the lines of a text in which the key of a credential may stand, each with its number,
    1-based."""
    if not text.isascii():
        return [
            (number, line)
            for number, line in enumerate(text.split("\n"), 1)
            if may_name_credential(line)
        ]
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


_CONTAINERS = (dict, list)
_JUDGED_KEYS = frozenset({"value", "default", "secretKey", "secretName", "envName", "key"})
"""Keys of which what stands beside them says what their value is."""
_NAMING = ("type", "setting", "variable", "parameter", "option", "property", "env", "field")
"""Keys of the name of a setting, beside `name` and `key`."""
Leaf: TypeAlias = tuple[tuple[str | int, ...], object, tuple[str | int, ...]]


def leaves(node: object, path: tuple[str | int, ...] = (), kind: str = "") -> list[Leaf]:
    """Return every leaf below a node: its path, itself, and the path by which to judge it.

    The two differ for the `value` of an entry with a `name` (an environment variable, a Helm
    parameter, a header), which is judged by that name, for an argument behind a flag, and where an
    object of its kind holds secrets.

    Args:
        node: Any value.
        path: Keys that lead to it.
        kind: Kind of the object that it is a part of; that of the object itself is read from it.
    """
    found: list[Leaf] = []
    if isinstance(node, _CONTAINERS):
        _add_leaves(found, node, path, _kind(node, kind), path)
    else:
        found.append((path, node, path))
    return found


def _kind(node: object, outer: str) -> str:
    if isinstance(node, dict) and "kind" in node:
        kind = node["kind"]
        if isinstance(kind, str) and (
            "apiVersion" in node
            or "metadata" in node
            or "spec" in node
            or "data" in node
            or "stringData" in node
        ):
            return str(kind)
    return outer


def _add_leaves(
    found: list[Leaf],
    node: dict[str, object] | list[object],
    path: tuple[str | int, ...],
    kind: str,
    judged: tuple[str | int, ...],
) -> None:
    if isinstance(node, dict):
        name = None
        if "value" in node or "default" in node:
            name = node.get("name")
            if not isinstance(name, str):
                name = node.get("key")
            if not isinstance(name, str):
                # What else a list of settings calls the name of one.
                others = (node.get(word) for word in _NAMING)
                name = next(
                    (one for one in others if isinstance(one, str) and class_of(one) >= Class.KEY),
                    None,
                )
        # What an ExternalSecret calls `secretKey` is a name; so is what stands beside the name of
        # a Secret in values of charts, even where the list is called after secrets.
        named = "secretKey" in node and (
            "remoteRef" in node or "sourceRef" in node or "match" in node or "secretName" in node
        )
        for key, value in node.items():
            inner = (*path, key)
            by = inner if judged is path else (*judged, key)
            if isinstance(value, _CONTAINERS):
                # A policy that generates a Secret has the whole of it under `data`.
                whole = kind == "Secret" and isinstance(value, dict) and _holds_more(value)
                placed = _placed(by, kind) if key in _OF_LAST and not whole else by
                _add_leaves(found, value, inner, _kind(value, kind), placed)
            elif key not in _JUDGED_KEYS:
                found.append((inner, value, by))
            elif (
                key in ("value", "default")
                and isinstance(name, str)
                and judged[-1:] not in ((SECRET_VALUES,), (SECRET_TEMPLATE,))
            ):
                found.append((inner, value, (*judged, str(name))))
            elif (
                named
                and key in ("secretKey", "secretName", "envName")
                or key == "key"
                and judged[-1:] == (SECRET_VALUES,)
            ):
                found.append((inner, value, ("name",)))
            else:
                found.append((inner, value, by))
        return
    before: object = None
    for index, value in enumerate(node):
        inner = (*path, index)
        by = inner if judged is path else (*judged, index)
        if isinstance(value, _CONTAINERS):
            # The place of secrets is that of the list; its items only have a number.
            held = judged[-1:] in ((SECRET_VALUES,), (SECRET_TEMPLATE,))
            _add_leaves(found, value, inner, _kind(value, kind), judged if held else by)
        elif isinstance(before, str) and is_secret_flag(before):
            found.append((inner, value, (*judged, str(before))))
        else:
            found.append((inner, value, by))
        before = value


def _holds_more(node: dict[str, object]) -> bool:
    return any(isinstance(value, _CONTAINERS) for value in node.values())


def _placed(path: tuple[str | int, ...], kind: str) -> tuple[str | int, ...]:
    """Return the path by which to judge what stands in a place that holds secrets in objects of a
    kind."""
    last = path[-1]
    for place in _OF_LAST.get(last, ()) if isinstance(last, str) else ():
        if place.kind in ("*", kind) and _ends(path, place.path):
            return (*path, SECRET_VALUES if place.sure else SECRET_TEMPLATE)
    return path


_OF_LAST = {
    last: tuple(place for place in PLACES if place.path[-1] == last)
    for last in {place.path[-1] for place in PLACES}
}


def judged(path: tuple[str | int, ...], kind: str) -> tuple[str | int, ...]:
    """Return the path by which to judge a leaf of an object of a kind, from its path alone."""
    for length in range(len(path) - 1, 0, -1):
        placed = _placed(path[:length], kind)
        if len(placed) > length:
            return (*placed, *path[length:])
    return path


def _ends(path: tuple[str | int, ...], end: tuple[str, ...]) -> bool:
    names = tuple(part for part in path if isinstance(part, str))
    return names[-len(end) :] == end
