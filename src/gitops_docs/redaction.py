"""Which values outside of Secrets look like credentials and are therefore not shown.

In: the key path of a value and its text. Out: whether it may be shown, or the text with the credential taken out.
References (`existingSecret`, `secretName`, `*Ref`, `passwordSecret`) name a secret and hold none: they stay readable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from types import NoneType
from typing import Any, TypeVar

from ahocorasick_rs import AhoCorasick

from gitops_docs.nodes import Map, Sealed, Seq

REDACTED = "**REDACTED**"

_SECRET_KEY = re.compile(
    r"(?:(?<!by)(?<!com)pass(?:word|wd|phrase)?|pwd|secret|token|credential|dsn|bearer|cookie|salt|htpasswd|kubeconfig|webhook|jwt"
    r"|(?:api|access|private|secret|encryption|signing|license|auth|authentication|routing|service|integration|shared|master|session"
    r"|storage|account|instrumentation|hmac|ssh|tls|deploy|webhook)[-_.]?key"
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
_TOKEN = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----(?:.{0,20000}?-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|.{0,20000})"
    r"|\bgh[opsur]_[A-Za-z0-9]{20,255}|\bgithub_pat_[A-Za-z0-9_]{20,255}"
    r"|\bgl(?:pat|dt|rt|ptt|cbt|imt|ft|agent|oas|soat)-[A-Za-z0-9_.-]{16,255}"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,255}|\bxapp-[A-Za-z0-9-]{10,255}"
    r"|\bhooks\.slack\.com/(?:services|workflows|triggers)/[^\s\"'<>]{1,255}"
    r"|\bdiscord(?:app)?\.com/api/(?:v\d+/)?webhooks/[^\s\"'<>]{1,255}|\bapi\.telegram\.org/(?:file/)?bot[^\s\"'<>/]{1,255}"
    r"|\b[\w-]{0,60}\.?webhook\.office\.com/[^\s\"'<>]{1,1000}|\boutlook\.office(?:365)?\.com/webhook/[^\s\"'<>]{1,1000}"
    r"|\b[\w.-]{0,100}\.logic\.azure\.com[^\s\"'<>]{0,20}/workflows/[^\s\"'<>]{1,1000}"
    r"|\b[\w.-]{0,100}\.powerplatform\.com[^\s\"'<>]{0,20}/[^\s\"'<>]{0,300}workflows/[^\s\"'<>]{1,1000}"
    r"|\bevents\.(?:eu\.)?pagerduty\.com/integration/[^\s\"'<>]{1,255}|\bhc-ping\.com/[^\s\"'<>]{1,255}"
    r"|\bchat\.googleapis\.com/v1/spaces/[^\s\"'<>]{1,500}|(?<=/hooks/)[A-Za-z0-9_-]{16,255}"
    r"|\b\d{8,10}:AA[A-Za-z0-9_-]{32,40}"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{35}|\bGOCSPX-[A-Za-z0-9_-]{20,60}|\bya29\.[A-Za-z0-9_-]{20,255}"
    r"|\beyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{0,4000}|\bglsa_[A-Za-z0-9_]{20,80}|\bglc_[A-Za-z0-9+/=]{20,255}"
    r"|\bAGE-SECRET-KEY-1[0-9A-Z]{1,80}|\bENC\[[A-Z0-9_]{1,20},[^\]\s]{0,4000}\]?"
    r"|\b[sr]k_(?:live|test)_[0-9A-Za-z]{16,255}|\bwhsec_[A-Za-z0-9+/=]{16,100}|\bhv[sbr]\.[A-Za-z0-9_-]{20,255}"
    r"|\bSG\.[A-Za-z0-9_-]{16,40}\.[A-Za-z0-9_-]{16,60}|\bnpm_[A-Za-z0-9]{36}|\bpypi-AgE[A-Za-z0-9_-]{20,500}|\bdckr_pat_[A-Za-z0-9_-]{20,60}"
    r"|\bdo[opr]_v1_[0-9a-f]{64}|\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,255}|\bhf_[A-Za-z0-9]{30,60}|\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"
    r"|\btskey-[a-z]+-[A-Za-z0-9-]{10,100}|\bNRAK-[A-Z0-9]{20,40}|\b(?:ops_)?eyJ[A-Za-z0-9_-]{200,4000}\b"
    r"|(?:\A|(?<=[\s:\"']))\$(?:2[aby]|apr1|1|5|6|y|argon2\w{0,2})\$[^\s\"':]{8,255}|\{S?SHA\d{0,3}\}[A-Za-z0-9+/=]{16,200}"
    r"|(?<=[?&;])(?:sig|signature|x-amz-signature|x-amz-credential)=[^\s&\"'<>]{8,500}"
    r"|\b(?:AccountKey|SharedAccessKey|SharedAccessSignature)=[^\s;\"'<>]{8,500}"
    r"|(?i:\b(?:Bearer|Basic)\s{1,3}(?=[^\s\"'<>]*\d)[A-Za-z0-9+/=_.~-]{16,4000})",
    re.DOTALL,
)
"""What is a credential by its look, wherever it stands."""
_TOKEN_HINTS = AhoCorasick([
    "PRIVATE KEY", "gh", "gl", "xox", "xapp-", "hooks", "discord", "telegram", "office", "azure", "powerplatform", "pagerduty", "hc-ping",
    "chat.g", ":AA", "AKIA", "ASIA", "AIza", "GOCSPX", "ya29.", "eyJ", "AGE-", "ENC[", "k_live_", "k_test_", "whsec_", "hv", "SG.", "npm_",
    "pypi-", "dckr_", "_v1_", "sk-", "hf_", "shp", "tskey-", "NRAK-", "$2", "$apr1", "$1$", "$5$", "$6$", "$y$", "$argon2", "SHA", "sig",
    "Sig", "Key=", "earer", "asic", "EARER", "ASIC", "redential=", "SharedAccess",
])  # fmt: skip
"""Most texts hold none of these, and need not be searched by the expression above."""
_USER_INFO = re.compile(
    r"(?P<scheme>\b[A-Za-z][A-Za-z0-9+.-]{0,20}://)"
    r"(?:[^\s/@:\"'<>]{0,255}:(?!\d{1,5}(?:/|\Z))(?:[^\s\"'<>@]{0,255}@){1,5}|(?<=http://)[^\s/@:\"'<>]{1,255}@|(?<=https://)[^\s/@:\"'<>]{1,255}@)"
)
_KEYWORD = re.compile(
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|credential|bearer|cookie|key|dsn|salt)s?\d{0,3}"
    r"(?P<sep>\\?[\"']?\s{0,3}(?::=|[:=])[ \t]{0,4}|[ \t]{1,3}is[ \t]{1,3})"
    r"(?P<value>\"[^\"\n]{1,4000}\"|'[^'\n]{1,4000}'|\\\"[^\"\n]{1,4000}\"|[^\s,;&\"'}\])]{1,4000})",
    re.IGNORECASE,
)
_FLAG = re.compile(
    r"(?P<flag>(?:\A|(?<=[\s\"'\[,]))--?[A-Za-z][\w-]{1,60})(?P<space>[\"']?(?:,?[ \t]{1,3}|,|\n[ \t]{0,60}-[ \t]{1,3})[\"']?)"
    r"(?P<value>[^\s\"',\[\]{}-][^\s\"',\]]{0,1000})"
)
"""A flag and the argument behind it: on a command line, in a list on one line, in one line each."""
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
    if _NOT_A_SECRET.match(text):
        return False
    names = [part for part in path if isinstance(part, str)]
    if not names:
        return False
    if is_secret_key(names[-1]):
        # A list called `secrets` has the names of some.
        return names[-1].lower() != "secrets" or names[-1] == path[-1]
    return any(map(_is_secret_parent, names[:-1])) and not _REFERENCE_KEY.search(names[-1])


@lru_cache(maxsize=8192)
def _is_secret_parent(key: str) -> bool:
    return key.lower() in _SECRET_PARENT


def is_secret_value(name: str, text: str) -> bool:
    """Whether a variable of this name holds a credential: not where the value is a flag, a number or a reference."""
    return is_secret_key(name) and not _NOT_A_SECRET.match(text)


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
    # Names of files that are not UTF-8 hold surrogates, which the automaton does not take.
    if _TOKEN_HINTS.find_matches_as_indexes(text.encode("utf-8", "replace").decode()):
        text = _TOKEN.sub(REDACTED, text)
    return text


def looks_secret(text: str) -> bool:
    """Whether a text holds a credential by its look: a token, a key, a webhook address, user and password in a URL.

    Unlike what `without_credentials` takes out to be safe, ciphertext and what stands for a password are none.
    """
    if without_credentials(text) == text:
        return False
    tokens = (match[0] for match in _TOKEN.finditer(text) if not match[0].startswith("ENC["))
    users = (match[0].rstrip("@").rpartition(":")[2] for match in _USER_INFO.finditer(text))
    return any(tokens) or any(not _STANDS_FOR.match(one) for one in users)


def without_user_info(text: str) -> str:
    """URLs in a text without `user:password@`, and no other credential in it."""
    return without_credentials(text)


@lru_cache(maxsize=16384)
def configuration(text: str) -> str:
    """A value, an argument or a file without credentials: also what is assigned to a secret key in it (`password: x`, `--token=x`)."""
    return _assignments(without_credentials(text), prose=False)


def prose(text: str) -> str:
    """An author's words without credentials. `password: see the wiki` is a sentence, `password: hunter2` none."""
    return _assignments(without_credentials(text), prose=True)


def _assignments(text: str, *, prose: bool) -> str:
    if len(text) < 6:
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

    made = _KEYWORD.sub(assigned, text)
    if "-" in made and not prose:
        made = _FLAG.sub(_flagged, made)
    return made


def _flagged(match: re.Match[str]) -> str:
    if not is_secret_flag(match["flag"]) or _NOT_A_SECRET.match(match["value"]):
        return match[0]
    return f"{match['flag']}{match['space']}{REDACTED}"


def leaves(
    node: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Any, tuple[str | int, ...]]]:
    """Every leaf below a node: its path, itself, and the path by which to judge it.

    The two differ for the `value` of an entry with a `name` (an environment variable, a Helm parameter), which is judged by that name, and
    for an argument behind a flag.
    """
    if isinstance(node, Map | dict):
        names = [node.get(key) for key in ("name", "key") if isinstance(node.get(key), str)]
        # What an ExternalSecret calls `secretKey` is a name.
        named = "secretKey" in node and any(key in node for key in ("remoteRef", "sourceRef", "match"))
        for key, value in node.items():
            inner = (*path, key)
            if isinstance(value, Map | Seq | dict | list):
                yield from leaves(value, inner)
            elif key == "value" and names:
                yield inner, value, (*path, str(names[0]))
            elif key == "secretKey" and named:
                yield inner, value, (*path, "name")
            else:
                yield inner, value, inner
    elif isinstance(node, Seq | list):
        before: Any = None
        for index, value in enumerate(node):
            inner = (*path, index)
            if isinstance(value, Map | Seq | dict | list):
                yield from leaves(value, inner)
            elif isinstance(before, str) and is_secret_flag(before):
                yield inner, value, (*path, before.lstrip("-"))
            else:
                yield inner, value, inner
            before = value
    else:
        yield path, node, path


def redacted(value: Any) -> Any:
    """A JSON value with `**REDACTED**` for each sealed value and each credential; containers are changed in place."""
    if isinstance(value, Sealed):
        return REDACTED
    for path, leaf, judged in list(leaves(value)):
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
    """The fields of a dataclass that may hold free text, and whether that is an author's prose; none of any other type."""
    found = _TEXT_FIELDS.get(kind)
    if found is None:
        names = getattr(kind, "__dataclass_fields__", ())
        found = _TEXT_FIELDS[kind] = tuple((name, name in _PROSE) for name in names if name not in _IDENTITIES)
    return found


_TEXT_FIELDS: dict[type, tuple[tuple[str, bool], ...]] = {}
_NO_TEXT = (bool, int, NoneType)


@lru_cache(maxsize=32768)
def _text(text: str, prose_: bool) -> str:
    made = prose(text) if prose_ else without_credentials(text)
    return text if made == text else made
