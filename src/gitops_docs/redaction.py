"""Which values outside of Secrets look like credentials and are therefore not shown.

In: the key path of a value and its text. Out: whether it may be shown, or the text with the credential taken out.
References (`existingSecret`, `secretName`, `*Ref`, `passwordSecret`) name a secret and hold none: they stay readable.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import is_dataclass
from functools import lru_cache
from types import NoneType
from typing import Any, TypeAlias, TypeVar

from ahocorasick_rs import AhoCorasick
from msgspec import Struct
from msgspec.structs import replace

from gitops_docs.model import ChartValue, FieldChange
from gitops_docs.nodes import Sealed
from gitops_docs.tokens import readable, tokens, without_tokens

REDACTED = "**REDACTED**"

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
    r"|(?:pass(?:word|wd)?|tokens?|existing|user(?:name)?|name)[-_.]?secret[-_.]?key\Z|(?:max|min|total|limit|per)[-_.]?tokens?\Z",
    re.IGNORECASE,
)
"""A key that ends like one of a credential and holds the name of a Secret."""
_SECRET_PARENT = frozenset({"stringdata", "secretdata", "secretenv", "secretenvs", "envsecrets", "secretstringdata"})
"""Keys whose whole content is secret."""
_USER_INFO = re.compile(
    r"(?P<scheme>\b[A-Za-z][A-Za-z0-9+.-]{0,20}://)"
    r"(?:[^\s/@:\"'<>]{0,255}:(?!\d{1,5}(?:/|\Z))(?:[^\s\"'<>@]{0,255}@){1,5}|(?<=http://)[^\s/@:\"'<>]{1,255}@|(?<=https://)[^\s/@:\"'<>]{1,255}@)"
)
_KEYWORD = re.compile(
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|credential|bearer|cookie|key(?:-data)?|dsn|salt|psk|bind_?pw)s?\d{0,3}"
    r"(?P<sep>\\?[\"']?\s{0,3}(?::=|[:=])[ \t]{0,4}|[ \t]{1,3}is[ \t]{1,3})"
    r"(?P<value>\"[^\"\n]{1,4000}\"|'[^'\n]{1,4000}'|\\\"[^\"\n]{1,4000}\"|[^\s,;&\"'}\])]{1,4000})",
    re.IGNORECASE,
)
_FLAG = re.compile(
    r"(?P<flag>(?:\A|(?<=[\s\"'\[,]))--?[A-Za-z][\w-]{1,60})(?P<space>[\"']?(?:,?[ \t]{1,3}|,|\n[ \t]{0,60}-[ \t]{1,3})[\"']?)"
    r"(?P<value>[^\s\"',\[\]{}-][^\s\"',\]]{0,1000})"
)
"""A flag and the argument behind it: on a command line, in a list on one line, in one line each."""
_KEY_HINTS = AhoCorasick([
    "pass", "pwd", "secret", "token", "credential", "dsn", "bearer", "cookie", "salt", "kubeconfig", "hook", "jwt", "key", "slack", "teams",
    "discord", "auth", "docker", "connection", "psk", "bind", "code=", "sig=", "curl", "mysql", "mariadb", "redis-cli", "login ",
])  # fmt: skip
"""One of these, in lower case, is in every key of a credential: most texts hold none, and need not be searched by expressions."""
_KEY_BEFORE = re.compile(r"[\w.-]{0,60}\Z")
_NOT_A_SECRET = re.compile(
    r"\A(?:|true|false|null|none|yes|no|~|\d{1,4}|\$\{?[A-Za-z0-9_]+\}?|\$\{[A-Za-z0-9_]+:?[-=]\}|\$\(.*|%\(?\w+\)?s?"
    r"|<[^>]*>|\{\{.*|\*|\[|\{|(?:op|vault|ref\+\w+|secretref|awssm|env)(?:://|:).*|(?:/[a-z0-9._-]+){2,}|\*+REDACTED\*+"
    r"|https?://[\w.${}-]+(?::\d{1,5})?/?|(?-i:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:SECRET|PASSWORD|TOKEN|KEY)))\Z",
    re.DOTALL | re.IGNORECASE,
)
_STANDS_FOR = re.compile(
    r"(?:\$?\{+[^{}]*\}+|\$\(?\w+\)?|<[^<>]*>|%\w|\*+|x+|\.+|password|pass|secret|)\Z", re.IGNORECASE
)
"""What is written in the place of a password in an example or a template."""
_WORDS = re.compile(r"[A-Za-z][A-Za-z'-]*[.,;:!?]?\Z")
_ENVIRONMENT = re.compile(r"\[(?:name|key)=([^\]]*)\]\.value\Z")
_IDENTITIES = frozenset(
    [
        "id",
        "cluster",
        "layer",
        "kind",
        "namespace",
        "name",
        "api_version",
        "file",
        "code",
        "parent",
        "status",
        "severity",
        "keys",
    ]
)
"""Fields of the model that name things or places: changing one would break what refers to it."""
_PROSE = frozenset(["description", "text", "reason", "summary", "subject", "author", "title"])
"""Fields of the model that hold an author's own words."""

T = TypeVar("T")


def is_secret(path: Sequence[str | int], text: str) -> bool:
    """Whether a value must not be shown at all, by the names of its keys."""
    if path and path[-1] == "auth" and len(path) > 2 and path[-3] == "auths":
        return True  # User and password in base64, as Docker keeps them.
    return _names_secret(tuple(path)) and not _NOT_A_SECRET.match(text)


@lru_cache(maxsize=16384)
def _names_secret(path: tuple[str | int, ...]) -> bool:
    names = [part for part in path if isinstance(part, str)]
    if not names:
        return False
    if is_secret_key(names[-1]):
        # A list called `secrets` has the names of some.
        return names[-1].lower() != "secrets" or names[-1] == path[-1]
    return any(name.lower() in _SECRET_PARENT for name in names[:-1]) and not _REFERENCE_KEY.search(names[-1])


def is_secret_value(name: str, text: str) -> bool:
    """Whether a variable of this name holds a credential: not where the value is a flag, a number or a reference."""
    return is_secret_key(name) and not _NOT_A_SECRET.match(text)


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
    return _SECRET_KEY.search(key) is not None and _REFERENCE_KEY.search(key) is None


def shown(path: Sequence[str | int], text: str) -> str | None:
    """The text as it may be shown, credentials in it taken out; None where all of it is secret."""
    if is_secret(path, text):
        return None
    return configuration(text)


def shown_field(field: str, text: str) -> str | None:
    """Like `shown`, for a dotted path such as `spec.containers[name=web].env[name=PASSWORD].value`."""
    named = _ENVIRONMENT.search(field)
    return shown([named[1]] if named else field.split("."), text)


def is_secret_flag(text: str) -> bool:
    """Whether an argument is a flag that takes a credential as the next one."""
    return text.startswith("-") and "=" not in text and len(text) < 64 and is_secret_key(text.lstrip("-"))


@lru_cache(maxsize=16384)
def without_credentials(text: str) -> str:
    """A text without what is a credential by its look: tokens, keys, webhook addresses, user and password of URLs."""
    if len(text) < 8:
        return text
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


def without_user_info(text: str) -> str:
    """URLs in a text without `user:password@`, and no other credential in it."""
    return without_credentials(text)


@lru_cache(maxsize=16384)
def configuration(text: str) -> str:
    """A value, an argument or a file without credentials: also what is assigned to a secret key in it (`password: x`, `--token=x`)."""
    return _assignments(without_credentials(text), prose=False)


def may_name_credential(text: str) -> bool:
    """Whether the key of a credential may stand in a text: only then are `is_secret_key` and the like worth asking."""
    return bool(_KEY_HINTS.find_matches_as_indexes(readable(text.lower())))


def prose(text: str) -> str:
    """An author's words without credentials. `password: see the wiki` is a sentence, `password: hunter2` none."""
    return _assignments(without_credentials(text), prose=True)


def _assignments(text: str, *, prose: bool) -> str:
    if len(text) < 6 or not may_name_credential(text):
        return text

    def assigned(match: re.Match[str]) -> str:
        separator, value = match["sep"], match["value"]
        if "is" in separator and not prose:
            return match[0]
        word = match[0][: match.start("sep") - match.start()]
        begin = _KEY_BEFORE.search(match.string, max(0, match.start() - 60), match.start())
        key = (begin[0] if begin else "") + word
        inner = value.strip("\\\"'")
        # `${KEY:?message}` says what is missing.
        if not is_secret_key(key) or _NOT_A_SECRET.match(inner) or inner.startswith("?"):
            return match[0]
        if prose and "=" not in separator and value[:1] not in "\"'" and _WORDS.match(value):
            rest = match.string[match.end() :].split("\n", 1)[0]
            if rest.strip() or value[-1:] in ".,;:!?":
                return match[0]
        return f"{word}{separator}{REDACTED}"

    made = text if prose else _lines(text)
    made = _KEYWORD.sub(assigned, made)
    if not prose:
        if "-" in made:
            made = _FLAG.sub(_flagged, made)
        made = _SPOKEN.sub(_behind, made)
        made = _DOCKER.sub(_behind, made)
    return made


_ENTRY = re.compile(
    r"(?P<before>\s*(?:- +)?)(?P<quote>[\"']?)(?P<key>[\w./-]{1,80})(?P=quote) *:(?: +(?P<value>.*\S))? *\Z"
)
_LOGIN = re.compile(r"(?P<before>\s*(?:- +)?[A-Za-z_][\w-]*:)[^\s:]\S*\Z")


def _lines(text: str) -> str:
    """A file in YAML without credentials of several words, in blocks and in lists, which an expression for one value does not see."""
    if "\n" not in text and not _ENTRY.match(text):
        return text
    lines = text.split("\n")
    inside, block = -1, False
    """How far the key of a credential is indented that the lines below belong to; whether they are one text."""
    accounts = "chpasswd" in text
    for number, line in enumerate(lines):
        if accounts and (login := _LOGIN.match(line)) is not None:
            lines[number] = f"{login['before']}{REDACTED}"
            continue
        indent = len(line) - len(line.lstrip())
        if inside >= 0 and line.strip():
            item = line.lstrip().startswith("- ")
            if indent > inside or (item and not block and indent == inside):
                if block:
                    lines[number] = f"{line[:indent]}{REDACTED}"
                elif item and not _NOT_A_SECRET.match(line.strip()[2:].strip("\"' ")) and ": " not in line:
                    lines[number] = f"{line[:indent]}- {REDACTED}"
                continue
            inside = -1
        entry = _ENTRY.match(line)
        if entry is None or not is_secret_key(entry["key"]):
            continue
        value = (entry["value"] or "").strip()
        if value[:1] in ("|", ">") or not value:
            inside, block = len(entry["before"]), bool(value)
        elif value[0] not in "\"'{[&*!#" and not _NOT_A_SECRET.match(value.split(" #")[0].strip()):
            lines[number] = f"{line[: entry.start('value')]}{REDACTED}"
    return "\n".join(lines)


_SPOKEN = re.compile(
    r"(?P<before>\bcurl\b[^\n|;]{0,300}?\s(?:-u|--user|--proxy-user)[ =][\"']?[^\s:\"']{0,100}:"
    r"|\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)\b[^\n|;]{0,300}?\s-p"
    r"|\bredis-cli\b[^\n|;]{0,300}?\s-a[ =]|\bsshpass\s+-p\s*|\b(?:requirepass|masterauth)\s+"
    r"|\blogin\s+\S{1,200}\s+password\s+|(?i:\bauthorization[\"']?\s*[:=]\s*[\"']?basic\s+)"
    r"|(?<=[?&])(?:key|code|sig|auth)=)(?P<value>[^\s\"';|&]{3,500})"
)
"""Arguments whose flag does not name a credential, and lines of Redis and netrc."""
_DOCKER = re.compile(r"(?P<before>\\?\"auth\\?\"\s*:\s*\\?\")(?P<value>[A-Za-z0-9+/]{8,4000}={0,2})")
"""User and password in base64, as Docker keeps them."""


def _behind(match: re.Match[str]) -> str:
    return match[0] if _NOT_A_SECRET.match(match["value"]) else f"{match['before']}{REDACTED}"


def _flagged(match: re.Match[str]) -> str:
    if not is_secret_flag(match["flag"]) or _NOT_A_SECRET.match(match["value"]):
        return match[0]
    return f"{match['flag']}{match['space']}{REDACTED}"


_CONTAINERS = (dict, list)
Leaf: TypeAlias = tuple[tuple[str | int, ...], Any, tuple[str | int, ...]]


def leaves(node: Any, path: tuple[str | int, ...] = ()) -> list[Leaf]:
    """Every leaf below a node: its path, itself, and the path by which to judge it.

    The two differ for the `value` of an entry with a `name` (an environment variable, a Helm parameter), which is judged by that name, and
    for an argument behind a flag.
    """
    found: list[Leaf] = []
    if isinstance(node, _CONTAINERS):
        _add_leaves(found, node, path)
    else:
        found.append((path, node, path))
    return found


def _add_leaves(found: list[Leaf], node: Any, path: tuple[str | int, ...]) -> None:
    if isinstance(node, dict):
        name = next((node[key] for key in ("name", "key") if isinstance(node.get(key), str)), None)
        # What an ExternalSecret calls `secretKey` is a name.
        named = "secretKey" in node and ("remoteRef" in node or "sourceRef" in node or "match" in node)
        for key, value in node.items():
            inner = (*path, key)
            if isinstance(value, _CONTAINERS):
                _add_leaves(found, value, inner)
            elif key == "value" and name is not None:
                found.append((inner, value, (*path, str(name))))
            elif key == "secretKey" and named:
                found.append((inner, value, (*path, "name")))
            else:
                found.append((inner, value, inner))
        return
    before: Any = None
    for index, value in enumerate(node):
        inner = (*path, index)
        if isinstance(value, _CONTAINERS):
            _add_leaves(found, value, inner)
        elif isinstance(before, str) and is_secret_flag(before):
            found.append((inner, value, (*path, before.lstrip("-"))))
        else:
            found.append((inner, value, inner))
        before = value


def redacted(value: Any) -> Any:
    """A JSON value with `**REDACTED**` for each sealed value and each credential; containers are changed in place."""
    if isinstance(value, Sealed):
        return REDACTED
    for path, leaf, judged in leaves(value):
        made = _leaf(judged, leaf)
        if made is not leaf and path:
            holder = value
            for part in path[:-1]:
                holder = holder[part]
            holder[path[-1]] = made
    return value


def _leaf(path: tuple[str | int, ...], leaf: Any) -> Any:
    if isinstance(leaf, Sealed):
        return REDACTED
    if leaf is None or isinstance(leaf, bool):
        return leaf
    text = leaf if isinstance(leaf, str) else str(leaf)
    made = shown(path, text)
    return REDACTED if made is None else leaf if made == text else made


def scrubbed(value: T) -> T:
    """A part of the model without credentials in any of its texts; the same one where there is none.

    This is the last look at whatever the rooms before put into the model: comments, reasons, expressions, addresses, subjects of commits.
    Names of objects and files stay as they are.
    """
    made: T = _scrubbed(value, prose=False)
    return made


def _scrubbed(value: Any, *, prose: bool) -> Any:
    kind = type(value)
    if kind is str:
        return _text(value, prose)
    if kind is tuple:
        for index, item in enumerate(value):
            new = _scrubbed(item, prose=prose)
            if new is not item:
                rest = (_scrubbed(other, prose=prose) for other in value[index + 1 :])
                return (*value[:index], new, *rest)
        return value
    changed = {}
    for name, is_prose in _texts_of(kind):
        old = getattr(value, name)
        # Most fields are empty, a number or a flag.
        if old and type(old) not in _NO_TEXT:
            new = _scrubbed(old, prose=is_prose)
            if new is not old:
                changed[name] = new
    return replace(value, **changed) if changed else value


def _texts_of(kind: type) -> tuple[tuple[str, bool], ...]:
    """The fields of a struct that may hold free text, and whether that is an author's prose; none of any other type."""
    found = _TEXT_FIELDS.get(kind)
    if found is None:
        assert not is_dataclass(kind), f"{kind.__name__} is no struct, so nobody looks into it"
        types = kind.__annotations__ if issubclass(kind, Struct) else {}
        names = (name for name, written in types.items() if name not in _IDENTITIES and written not in _NUMBERS)
        found = _TEXT_FIELDS[kind] = tuple((name, name in _PROSE) for name in names)
    return found


_TEXT_FIELDS: dict[type, tuple[tuple[str, bool], ...]] = {
    # Their values are what `shown` made of them.
    FieldChange: (("field", False),),
    ChartValue: (("path", False),),
}
_NUMBERS = frozenset(["int", "int | None", "bool", "bool | None"])
"""Types, as they are written in the model, of fields without text."""
_NO_TEXT = (bool, int, NoneType)


@lru_cache(maxsize=32768)
def _text(text: str, prose_: bool) -> str:
    made = prose(text) if prose_ else without_credentials(text)
    return text if made == text else made
