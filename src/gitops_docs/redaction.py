"""Which values outside of Secrets look like credentials and are therefore not shown.

In: the key path of a value and its text. Out: whether it may be shown, or the text with the credential taken out.
References (`existingSecret`, `secretName`, `*Ref`, `*SecretKey`) name a secret and hold none: they stay readable.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

REDACTED = "**REDACTED**"

_SECRET_KEY = re.compile(
    r"(?:pass(?:word|wd|phrase)?|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|client[-_]?secret|credentials?|auth(?:entication)?key"
    r"|encryption[-_]?key|signing[-_]?key|webhook[-_]?url|dsn|connection[-_]?string|license[-_]?key|bearer|cookie)s?\d*\Z",
    re.IGNORECASE,
)
_REFERENCE_KEY = re.compile(
    r"(?:existing|ref\Z|refs\Z|name\Z|names\Z|namespace\Z|secretkey\Z|keyref|path\Z|file\Z|enabled?\Z|create\Z|store\Z|ttl\Z|duration\Z|kind\Z"
    r"|lifetime\Z|expir|rotat|length\Z|from\Z|type\Z|selector|labels?\Z|annotations?\Z|mount|volume|provider|policy|automount|issuer)",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_-]{16,}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10,}|hooks\.slack\.com/services/\S+|discord(?:app)?\.com/api/webhooks/\S+|api\.telegram\.org/bot\S+"
    r"|\bAKIA[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{35}\b|\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*"
    r"|\bAGE-SECRET-KEY-1[0-9A-Z]+|\bENC\[[A-Z0-9]+,|\bsk_live_[0-9A-Za-z]{16,}|\bhvs\.[A-Za-z0-9_-]{20,}"
)
_USER_INFO = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)[^\s/@:]*:[^\s/@]+@")
_NOT_A_SECRET = re.compile(r"\A(?:|true|false|null|~|\d{1,4}|\$\{[^}]*\}|<[^>]*>|\{\{.*\}\})\Z", re.DOTALL)


def is_secret(path: Sequence[str | int], text: str) -> bool:
    """Whether a value must not be shown, by the name of its key or the look of its text."""
    if _SECRET_VALUE.search(text):
        return True
    if _NOT_A_SECRET.match(text):
        return False
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    return bool(_SECRET_KEY.search(key)) and not _REFERENCE_KEY.search(key)


def shown(path: Sequence[str | int], text: str) -> str | None:
    """The text as it may be shown: user info of URLs taken out; None where all of it is secret."""
    if is_secret(path, text):
        return None
    return without_user_info(text)


def without_user_info(text: str) -> str:
    """URLs in a text without `user:password@`."""
    return _USER_INFO.sub(lambda match: match["scheme"], text) if "@" in text else text
