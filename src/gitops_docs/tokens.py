"""What is a credential by its look, wherever it stands: tokens, private keys, addresses of webhooks, password hashes.

In: a text. Out: the text without them, or what was found. Services give their tokens a fixed beginning so that they can be found; each
form here is such a token with the words that every one of its kind holds. An automaton looks for all words in one pass, so that the
expressions run only over texts that may have something for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick


class _Form(NamedTuple):
    hints: tuple[str, ...]
    expression: str


def _form(hints: str, expression: str) -> _Form:
    """A kind of token; `hints` are joined by `|`, each a part of a token as it is written."""
    return _Form(tuple(hints.split("|")), expression)


_FORMS = (
    _form(
        "PRIVATE KEY",
        r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----(?:.{0,20000}?-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|.{0,20000})",
    ),
    _form("gho_|ghp_|ghs_|ghu_|ghr_", r"\bgh[opsur]_[A-Za-z0-9]{20,255}"),
    _form("github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{20,255}"),
    _form(
        "glpat-|gldt-|glrt-|glptt-|glcbt-|glimt-|glft-|glagent-|gloas-|glsoat-",
        r"\bgl(?:pat|dt|rt|ptt|cbt|imt|ft|agent|oas|soat)-[A-Za-z0-9_.-]{16,255}",
    ),
    _form("xox", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,255}"),
    _form("xapp-", r"\bxapp-[A-Za-z0-9-]{10,255}"),
    _form("hooks.slack.com/", r"\bhooks\.slack\.com/(?:services|workflows|triggers)/[^\s\"'<>]{1,255}"),
    _form("discord.com/api/|discordapp.com/api/", r"\bdiscord(?:app)?\.com/api/(?:v\d+/)?webhooks/[^\s\"'<>]{1,255}"),
    _form("api.telegram.org/", r"\bapi\.telegram\.org/(?:file/)?bot[^\s\"'<>/]{1,255}"),
    _form("webhook.office.com/", r"\b[\w-]{0,60}\.?webhook\.office\.com/[^\s\"'<>]{1,1000}"),
    _form("outlook.office", r"\boutlook\.office(?:365)?\.com/webhook/[^\s\"'<>]{1,1000}"),
    _form(".logic.azure.com", r"\b[\w.-]{0,100}\.logic\.azure\.com[^\s\"'<>]{0,20}/workflows/[^\s\"'<>]{1,1000}"),
    _form(
        ".powerplatform.com",
        r"\b[\w.-]{0,100}\.powerplatform\.com[^\s\"'<>]{0,20}/[^\s\"'<>]{0,300}workflows/[^\s\"'<>]{1,1000}",
    ),
    _form("pagerduty.com/integration/", r"\bevents\.(?:eu\.)?pagerduty\.com/integration/[^\s\"'<>]{1,255}"),
    _form("hc-ping.com/", r"\bhc-ping\.com/[^\s\"'<>]{1,255}"),
    _form("chat.googleapis.com/", r"\bchat\.googleapis\.com/v1/spaces/[^\s\"'<>]{1,500}"),
    _form("/hooks/", r"(?<=/hooks/)[A-Za-z0-9_-]{16,255}"),
    _form(":AA", r"\b\d{8,10}:AA[A-Za-z0-9_-]{32,40}"),
    _form("AKIA|ASIA", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    _form("AIza", r"\bAIza[0-9A-Za-z_-]{35}"),
    _form("GOCSPX-", r"\bGOCSPX-[A-Za-z0-9_-]{20,60}"),
    _form("ya29.", r"\bya29\.[A-Za-z0-9_-]{20,255}"),
    _form(
        "eyJ",
        r"\beyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{0,4000}|\b(?:ops_)?eyJ[A-Za-z0-9_-]{200,4000}\b",
    ),
    _form("glsa_", r"\bglsa_[A-Za-z0-9_]{20,80}"),
    _form("glc_", r"\bglc_[A-Za-z0-9+/=]{20,255}"),
    _form("AGE-SECRET-KEY-1", r"\bAGE-SECRET-KEY-1[0-9A-Z]{1,80}"),
    _form("ENC[", r"\bENC\[[A-Z0-9_]{1,20},[^\]\s]{0,4000}\]?"),
    _form("sk_live_|sk_test_|rk_live_|rk_test_", r"\b[sr]k_(?:live|test)_[0-9A-Za-z]{16,255}"),
    _form("whsec_", r"\bwhsec_[A-Za-z0-9+/=]{16,100}"),
    _form("hvs.|hvb.|hvr.", r"\bhv[sbr]\.[A-Za-z0-9_-]{20,255}"),
    _form("SG.", r"\bSG\.[A-Za-z0-9_-]{16,40}\.[A-Za-z0-9_-]{16,60}"),
    _form("npm_", r"\bnpm_[A-Za-z0-9]{36}"),
    _form("pypi-AgE", r"\bpypi-AgE[A-Za-z0-9_-]{20,500}"),
    _form("dckr_pat_", r"\bdckr_pat_[A-Za-z0-9_-]{20,60}"),
    _form("doo_v1_|dop_v1_|dor_v1_", r"\bdo[opr]_v1_[0-9a-f]{64}"),
    _form("sk-", r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,255}"),
    _form("hf_", r"\bhf_[A-Za-z0-9]{30,60}"),
    _form("shpat_|shpca_|shppa_|shpss_", r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    _form("tskey-", r"\btskey-[a-z]+-[A-Za-z0-9-]{10,100}"),
    _form("NRAK-", r"\bNRAK-[A-Z0-9]{20,40}"),
    _form(
        "$2a$|$2b$|$2y$|$apr1$|$1$|$5$|$6$|$y$|$argon2",
        r"(?:\A|(?<=[\s:\"']))\$(?:2[aby]|apr1|1|5|6|y|argon2\w{0,2})\$[^\s\"':]{8,255}",
    ),
    _form("{SHA|{SSHA", r"\{S?SHA\d{0,3}\}[A-Za-z0-9+/=]{16,200}"),
    _form(
        "sig=|Sig=|SIG=|ignature=|IGNATURE=|redential=|REDENTIAL=",
        r"(?<=[?&;])(?i:sig|signature|x-amz-signature|x-amz-credential|x-goog-signature|x-goog-credential)=[^\s&\"'<>]{8,500}",
    ),
    _form(
        "AccountKey=|SharedAccessKey=|SharedAccessSignature=",
        r"\b(?:AccountKey|SharedAccessKey|SharedAccessSignature)=[^\s;\"'<>]{8,500}",
    ),
    _form("earer|EARER|asic|ASIC", r"(?i:\b(?:Bearer|Basic)\s{1,3}(?=[^\s\"'<>]*\d)[A-Za-z0-9+/=_.~-]{16,4000})"),
)
_OF_HINT = tuple(chain.from_iterable([number] * len(form.hints) for number, form in enumerate(_FORMS)))
_HINTS = AhoCorasick(list(chain.from_iterable(form.hints for form in _FORMS)))


def without_tokens(text: str, instead: str) -> str:
    """The text with `instead` in the place of each token."""
    for expression in _expressions(text):
        text = expression.sub(instead, text)
    return text


def tokens(text: str) -> Iterator[str]:
    """Every token in a text."""
    for expression in _expressions(text):
        for match in expression.finditer(text):
            yield match[0]


def _expressions(text: str) -> list[re.Pattern[str]]:
    """What to look for in a text."""
    found = _HINTS.find_matches_as_indexes(readable(text), overlapping=True)
    return [_compiled(number) for number in sorted({_OF_HINT[hint] for hint, _, _ in found})] if found else []


@cache
def _compiled(number: int) -> re.Pattern[str]:
    """The expression of a form; most are never needed."""
    return re.compile(_FORMS[number].expression, re.DOTALL)


def readable(text: str) -> str:
    """The text as an automaton takes it: names of files that are not UTF-8 hold surrogates, here replaced one by one."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
