"""What a text assigns to the key of a credential: in files of settings, on command lines, in sentences.

In: a text. Out: the text with `**REDACTED**` for what stands behind such a key, a flag, or the word of a command that takes one.
"""

from __future__ import annotations

import re

from ahocorasick_rs import AhoCorasick

from gitops_docs.redaction.keys import is_secret_flag, is_secret_key, may_name_credential, stands_for_none
from gitops_docs.tokens import readable

REDACTED = "**REDACTED**"

_KEYWORD = re.compile(
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|credential|bearer|cookie|key(?:-data)?|dsn|salt|psk|bind_?pw)s?\d{0,3}"
    r"(?P<sep>\\?[\"']?\s{0,3}(?::=|=>|[:=])[ \t]{0,4}|[ \t]{1,3}is[ \t]{1,3})"
    r"(?P<value>\"(?:[^\"\\\n]|\\.){1,4000}\"|'(?:[^'\n]|''){1,4000}'|\\\"[^\"\n]{1,4000}\"|\[[^\]\n]{1,4000}\]|[\"'][^\n\"']{2,4000}"
    r"|[^\s,;&\"'}\])]{1,4000})",
    re.IGNORECASE,
)
_FLAG = re.compile(
    r"(?P<flag>(?:\A|(?<=[\s\"'\[,]))--?[A-Za-z][\w-]{1,60})(?P<space>[\"']?(?:,?[ \t]{1,3}|,|\n[ \t]{0,60}-[ \t]{1,3})[\"']?)"
    r"(?P<value>(?<=')[^'\n-][^'\n]{0,1000}(?=')|(?<=\")[^\"\n-][^\"\n]{0,1000}(?=\")|[^\s\"',\[\]{}-][^\s\"',\]]{0,1000})"
)
"""A flag and the argument behind it: on a command line, in a list on one line, in one line each."""
_KEY_BEFORE = re.compile(r"[\w.-]{0,60}\Z")
_WORDS = re.compile(r"[A-Za-z][A-Za-z'-]*[.,;:!?]?\Z")


def without_assignments(text: str, *, prose: bool, is_read: bool = False) -> str:
    """A text without what is assigned to secret keys in it.

    Args:
        text: Any text.
        prose: Whether it is an author's words: sentences behind the key of a credential stay.
        is_read: Whether it was read as YAML, so that nothing is left to be found in its mappings and lists.
    """
    if len(text) < 6 or not may_name_credential(text):
        return text

    def assigned(match: re.Match[str]) -> str:
        separator, value = match["sep"], match["value"]
        if "is" in separator and not prose:
            return match[0]
        word = match[0][: match.start("sep") - match.start()]
        begin = _KEY_BEFORE.search(match.string, max(0, match.start() - 60), match.start())
        key = (begin[0] if begin else "") + word
        if is_read and value[0] in "[{":
            return match[0]
        inner = value.strip("\\\"'")
        # `${KEY:?message}` says what is missing.
        if not is_secret_key(key) or stands_for_none(inner) or inner.startswith("?"):
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
        if _SPOKEN_HINTS.find_matches_as_indexes(readable(made.lower())):
            made = _SPOKEN.sub(_behind, made)
            made = _DOCKER.sub(_behind, made)
        if "</" in made:
            made = _ELEMENT.sub(_element, made)
    return made


_ENTRY = re.compile(
    r"(?P<before>\s*(?:- +|export +)?)(?P<quote>[\"']?)(?P<key>[\w./-]{1,80})(?P=quote)\s*"
    r"(?::(?:\s+(?P<value>.*\S))?|(?::=|=>?)\s*(?P<rest>[^;&]*[^;&\s]))\s*\Z"
)
"""A line of a file of settings: `key: value`, `key = value`. Behind `=` a command may follow, or the next part of a connection string."""
_PAIR = re.compile(r"(?P<before>\s*(?P<key>[\w./-]{1,80})[ \t]+)(?P<value>(?=\S*\d)\S{4,})\s*\Z")
"""A line of a file of settings that needs no sign between key and value."""
_ELEMENT = re.compile(r"<(?P<key>[A-Za-z][\w.-]{1,60})>(?P<value>[^<>]{1,4000})</(?P=key)>")
"""An element of XML, as Maven and Jenkins have them."""
_LOGIN = re.compile(r"(?P<before>\s*(?:- +)?[A-Za-z_][\w-]*:)[^\s:]\S*\Z")


def _lines(text: str) -> str:
    """A file in YAML without credentials of several words, in blocks and in lists, which an expression for one value does not see."""
    if "\n" not in text and not _ENTRY.match(text) and not _PAIR.match(text):
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
                elif item and not stands_for_none(line.strip()[2:].strip("\"' ")) and ": " not in line:
                    lines[number] = f"{line[:indent]}- {REDACTED}"
                continue
            inside = -1
        entry = _ENTRY.match(line)
        if entry is None:
            pair = _PAIR.match(line)
            if pair is not None and is_secret_key(pair["key"]) and not stands_for_none(pair["value"]):
                lines[number] = f"{pair['before']}{REDACTED}"
            continue
        if not is_secret_key(entry["key"]):
            continue
        if entry["rest"] is not None:
            rest = entry["rest"].strip()
            if (
                entry["key"][0] != "-"
                and rest[:1] not in "\"'[{"
                and not stands_for_none(rest)
                and not rest.startswith("?")
            ):
                lines[number] = f"{line[: entry.start('rest')]}{REDACTED}"
            continue
        value = (entry["value"] or "").strip()
        if value[:1] in ("|", ">") or not value:
            inside, block = len(entry["before"]), bool(value)
        elif value[0] not in "\"'{[&*!#" and not stands_for_none(value.split(" #")[0].strip()):
            lines[number] = f"{line[: entry.start('value')]}{REDACTED}"
    return "\n".join(lines)


_SPOKEN = re.compile(
    r"(?P<before>\bcurl\b[^\n|;]{0,300}?\s(?:-u|--user|--proxy-user)[ =][\"']?[^\s:\"']{0,100}:"
    r"|\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)\b[^\n|;]{0,300}?\s-p"
    r"|\bredis-cli\b[^\n|;]{0,300}?\s-a[ =]|\bsshpass\s+-p\s*|\b(?:password|passwd|pwd)[ \t]+[\"']|\b(?:requirepass|masterauth)\s+"
    r"|\blogin\s+\S{1,200}\s+password\s+|(?i:\bauthorization[\"']?\s*[:=]\s*[\"']?basic\s+)"
    r"|(?<=[?&])(?:key|code|sig|auth)=)(?P<value>[^\s\"';|&]{3,500})"
)
"""Arguments whose flag does not name a credential, and lines of Redis and netrc."""
_SPOKEN_HINTS = AhoCorasick([
    "curl", "mysql", "mariadb", "redis-cli", "sshpass", "password", "passwd", "pwd", "requirepass", "masterauth", "login", "authorization",
    "key=", "code=", "sig=", "auth=", 'auth"', "auth\\\"",
])  # fmt: skip
"""One of these, in lower case, is in whatever these two expressions match."""
_DOCKER = re.compile(r"(?P<before>\\?\"auth\\?\"\s*:\s*\\?\")(?P<value>[A-Za-z0-9+/]{8,4000}={0,2})")
"""User and password in base64, as Docker keeps them."""


def _behind(match: re.Match[str]) -> str:
    return match[0] if stands_for_none(match["value"]) else f"{match['before']}{REDACTED}"


def _element(match: re.Match[str]) -> str:
    key = match["key"]
    if not is_secret_key(key) or stands_for_none(match["value"].strip()):
        return match[0]
    return f"<{key}>{REDACTED}</{key}>"


def _flagged(match: re.Match[str]) -> str:
    if not is_secret_flag(match["flag"]) or stands_for_none(match["value"]):
        return match[0]
    return f"{match['flag']}{match['space']}{REDACTED}"
