"""Find what the rules of the table find in a text.

In: a text. Out: the spans of credentials in it. One automaton looks for the hints of all rules, so
that most texts meet no expression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain

from ahocorasick_rs import AhoCorasick, Implementation

from gitops_docs.redaction import measure
from gitops_docs.redaction.keys import (
    Class,
    class_of,
    is_credential,
    is_password,
    is_random,
    looks_like_password,
    tells_no_credential,
)
from gitops_docs.redaction.rules import FORMATS, TOKENS, Judge, Rule
from gitops_docs.redaction.tokens import readable
from gitops_docs.text.base64 import readable_text
from gitops_docs.text.memo import memo
from gitops_docs.text.patterns import Match, Pattern

REDACTED = "**REDACTED**"
Span = tuple[int, int]

_RULES = (*TOKENS, *FORMATS)
_PATTERNS = {rule.name: Pattern(rule.expression) for rule in _RULES}
_OF_HINT: dict[str, list[int]] = {}
for _number, _rule in enumerate(_RULES):
    for _hint in filter(None, _rule.hints):
        _OF_HINT.setdefault(_hint, []).append(_number)
_NUMBERS = tuple(_OF_HINT.values())
_HINTS = AhoCorasick(list(_OF_HINT), implementation=Implementation.ContiguousNFA)
_OF_LONG_RUNS = tuple(
    number for number, rule in enumerate(_RULES) if rule.name in ("base64", "random")
)
_MAX_DEPTH = 4
"""How deep base64 in base64 and quoted texts in others are looked into."""
_WORDS = Pattern(r"[A-Za-z][A-Za-z'-]*[.,;:!?]?")
_LONG_RUN = Pattern(r"[A-Za-z0-9+/_-]{16}")


def found_rules(text: str, *, by_look: bool = False) -> list[Rule]:
    """Return the rules that may find something in a text, in the order of the table."""
    lower = text.lower()
    # The blank is for words that begin a text and are looked for with what stands before them.
    hints = {
        hint
        for hint, _, _ in _HINTS.find_matches_as_indexes(readable(f" {lower}"), overlapping=True)
    }
    found = set(chain.from_iterable(_NUMBERS[hint] for hint in hints))
    # A text in base64, and what a machine makes, has letters of both cases.
    if not by_look and len(text) >= 16 and lower != text and _LONG_RUN.contains(text):
        found.update(_OF_LONG_RUNS)
    if not found:
        return []
    rules = (_RULES[number] for number in sorted(found))
    return [
        rule
        for rule in rules
        if (rule.by_look or not by_look)
        and len(text) >= rule.least
        and (
            not rule.signs or all(text.count(sign) >= rule.signs.count(sign) for sign in rule.signs)
        )
    ]


def without(
    text: str, *, by_look: bool = False, prose: bool = False, is_read: bool = False, depth: int = 0
) -> str:
    """Return a text with a mark in the place of each credential.

    Args:
        text: Any text.
        by_look: Whether only what is a credential by its look is looked for.
        prose: Whether it is an author's words: sentences behind the key of a credential stay.
        is_read: Whether it was read as YAML, so that nothing is left to be found in its mappings
            and lists.
        depth: How deep in other texts this one was found.
    """
    for rule in found_rules(text, by_look=by_look):
        text = replaced(text, spans(rule, text, prose=prose, is_read=is_read, depth=depth))
    return text


def replaced(text: str, found: list[Span]) -> str:
    """Return a text with a mark in the place of each span; spans may overlap."""
    if not found:
        return text
    parts, at = [], 0
    for start, end in sorted(found):
        if start < at:
            if end > at:
                at = end
            continue
        parts += [text[at:start], REDACTED]
        at = end
    return "".join([*parts, text[at:]])


def spans(
    rule: Rule, text: str, *, prose: bool = False, is_read: bool = False, depth: int = 0
) -> list[Span]:
    """Return where a rule finds credentials in a text."""
    pattern = _PATTERNS[rule.name]
    judge = _JUDGES.get(rule.name)
    found: list[Span] = []
    for match in pattern.finditer(text):
        if judge is not None:
            found += judge(match, prose, is_read, depth)
        else:
            found += _judged(rule, match, depth)
    return found


def _values(match: Match) -> Iterator[int]:
    taken = [number for number in _value_groups(match.re) if match.start(number) >= 0]
    yield from taken or [0]


@cache
def _value_groups(pattern: Pattern) -> tuple[int, ...]:
    return tuple(
        number
        for name, number in pattern.groupindex.items()
        if name == "v" or name[0] == "v" and name[1:].isdigit()
    )


@cache
def _group(pattern: Pattern, name: str) -> int:
    return pattern.groupindex.get(name, -1)


def _took(match: Match, name: str) -> bool:
    """Return whether a group takes part in a match."""
    group = _group(match.re, name)
    return group > 0 and match.start(group) >= 0


def _text(match: Match, name: str) -> str:
    """Return the text of a group; empty where it takes no part."""
    group = _group(match.re, name)
    return match[group] if group > 0 else ""


def _judged(rule: Rule, match: Match, depth: int) -> list[Span]:
    kind = class_of(_text(match, "key"))
    found = []
    for name in _values(match):
        value = match[name]
        if value.startswith(REDACTED):
            continue
        if _is_credential(rule.judge, kind, value, depth):
            found.append(match.span(name))
    return found


def _is_credential(judge: Judge, kind: Class, value: str, depth: int) -> bool:
    if judge is Judge.KEY:
        return is_credential(kind, value)
    if judge is Judge.MADE_KEY:
        odd = measure.looks_made(value) or measure.is_word_with_number(value)
        return odd and kind >= Class.KEY and is_credential(kind, value)
    if judge is Judge.TOKEN:
        odd = (
            any(map(str.isdigit, value))
            or measure.looks_made(value)
            or ":" in (_decoded(value) or "")
        )
        return odd and is_credential(Class.TOKEN, value)
    if judge is Judge.ALL:
        return not measure.stands_for_none(value)
    if judge is Judge.PASSWORD:
        return is_password(value)
    if judge is Judge.UNNAMED:
        return looks_like_password(value)
    if judge is Judge.MADE:
        return is_credential(kind, value) or measure.looks_made(value) or measure.is_uuid(value)
    return _holds_credential(value, depth)


_decoded = memo(1024)(readable_text)


def _holds_credential(value: str, depth: int) -> bool:
    """Return whether base64 holds a credential."""
    if depth >= _MAX_DEPTH:
        return True
    text = _decoded(value)
    return text is not None and without(text, depth=depth + 1) != text


def _assigned(match: Match, prose: bool, is_read: bool, depth: int) -> list[Span]:
    """Return what is assigned to a key; what is quoted behind another key is looked into."""
    if _took(match, "none"):
        return []
    name = next(iter(_values(match)))
    value = match[name]
    if value.startswith((REDACTED, "?")) or is_read and _took(match, "v5"):
        return []
    if _is_quoted(match) or _is_of_variable(match):
        return []
    kind = class_of(_key_of(match))
    if kind is Class.NONE:
        return _inside(match, name, prose, is_read, depth)
    if _took(match, "v5"):
        items = [item.strip().strip("\"'") for item in value.split(",")]
        return [match.span(name)] if any(is_credential(kind, item) for item in items) else []
    if _took(match, "v7") and (
        match.string[match.end() : match.end() + 1] == "(" or _CALL.match(value) is not None
    ):
        # A call in code: what it is given has a rule of its own.
        return []
    separator = _text(match, "sep")
    if (
        kind in (Class.KEY, Class.OTHER_KEY)
        and "=" in separator
        and value.isalnum()
        and len(value) >= 8
        and is_password(value)
        and _SURE_IN_SETTINGS.fullmatch(_text(match, "key")) is not None
    ):
        return [match.span(name)]
    if separator == ":" and value.startswith("//"):
        # The scheme of a URL.
        return _inside(match, name, prose, is_read, depth)
    if (
        prose
        and "=" not in separator
        and _took(match, "v7")
        and _WORDS.fullmatch(value) is not None
    ):
        rest = match.string[match.end() :].split("\n", 1)[0]
        if rest.strip() or value[-1:] in ".,;:!?":
            return []
    return (
        [match.span(name)]
        if is_credential(kind, value)
        else _inside(match, name, prose, is_read, depth)
    )


_SURE_IN_SETTINGS = Pattern(r"(?i)(?:secret|community|req\.http\.[\w-]+(?:secret|token|key|auth))")
"""Keys that name an object in a manifest, but not in the settings of a program."""
_WORD_BEFORE = Pattern(r"(?:^|[^\w.-])([A-Za-z]+)[ \t]$")


def _key_of(match: Match) -> str:
    """Return the key of an assignment; some are of two words, such as `api key = x`."""
    key = _text(match, "key")
    if match.string[max(match.start() - 2, 0) : match.start()] == "--":
        return f"--{key}"
    if key.lower() != "key" or match.start() < 2 or ":" in _text(match, "sep"):
        return key
    before = _WORD_BEFORE.search(match.string[max(match.start() - 20, 0) : match.start()])
    return f"{before[1]}_{key}" if before is not None else key


_CALL = Pattern(r"[A-Za-z_][\w.]*\(")


def _is_quoted(match: Match) -> bool:
    """Return whether the quote behind the sign of an assignment ends what began before the key, as
    in `print("password:", x)` and `expect "Password:"; send "x"`."""
    before = match.string[max(match.start() - 1, 0) : match.start()]
    start = match.start(next(iter(_values(match))))
    return (
        before in ('"', "'")
        and match.string[start - 1 : start] == before
        and _text(match, "sep").strip() in (":", "=")
    )


def _is_of_variable(match: Match) -> bool:
    """Return whether what follows is no default of a variable of a shell, as in `${PASSWORD:+set}`
    and `${PASSWORD:-}`."""
    before = match.string[max(match.start() - 2, 0) : match.start()]
    value = match[next(iter(_values(match)))]
    return before == "${" and _text(match, "sep") == ":" and (value[0] == "+" or value == "-")


def _inside(match: Match, name: int, prose: bool, is_read: bool, depth: int) -> list[Span]:
    """Return what is assigned inside of a value."""
    if _took(match, "v7") and "=" not in match[name] or depth >= _MAX_DEPTH:
        return []
    start = match.start(name)
    inner = spans(_ASSIGNMENT, match[name], prose=prose, is_read=is_read, depth=depth + 1)
    return [(start + begin, start + end) for begin, end in inner]


_TOOLS = frozenset(
    (
        *("wpa_passphrase", "mosquitto_passwd", "htpasswd", "vncpasswd", "smbpasswd", "chpasswd"),
        *("ldappasswd", "slappasswd", "mkpasswd", "gpasswd", "systemd-ask-password"),
    )
)
"""Programs that are called as a key might be."""
_SPOKEN = frozenset(("password", "passwd", "pass", "passphrase", "passcode", "Password", "Pass"))
"""Words for a password that stand in titles and sentences too."""
_BEFORE_COMMAND = Pattern(r"(?:[|;&]|sudo)[ \t]*$")
_LABEL = Pattern(r"[\"'][ \t]*\{")


def _spaced(match: Match, prose: bool, is_read: bool, depth: int) -> list[Span]:
    """Return what stands behind the word for a credential without a sign between: in files of
    settings, in sentences."""
    name = next(iter(_values(match)))
    value = match[name]
    key = _text(match, "key")
    at = match.start(_group(match.re, "key"))
    kind = class_of(f"--{key}" if match.string[max(at - 2, 0) : at] == "--" else key)
    if value.startswith((REDACTED, "REDACTED**")) or key in _TOOLS and not _took(match, "end"):
        return []
    if value.startswith("--") and _took(match, "v7"):
        return []  # A flag of a program that is called as a key might be.
    start, end = match.span(name)
    if _text(match, "key") == "passwd" and _BEFORE_COMMAND.search(
        match.string[max(match.start() - 9, 0) : match.start()]
    ):
        return []
    if not _took(match, "v7") and (
        _LABEL.match(match.string[end : end + 20]) is not None
        or _text(match, "key").lower() == "pass"
        and measure.is_name(value)
        and not measure.is_word_with_number(value)
    ):
        # The name of a block, as in `data "auth_token" "main" {`, and a verb.
        return []
    if (
        _took(match, "v7")
        and not measure.looks_made(value)
        and depth < _MAX_DEPTH
        and class_of(value) is not Class.NONE
        and not _took(match, "end")
    ):
        # The value is the next key, as in `auth_type PASS auth_pass x`.
        first = next(_PATTERNS["spaced"].finditer(match.string[start : start + 200]), None)
        inner = _spaced(first, prose, is_read, _MAX_DEPTH) if first is not None else []
        return [(start + begin, start + stop) for begin, stop in inner]
    if kind is Class.NONE:
        return []
    if not _took(match, "v7"):
        wanted = is_credential(kind, value) and not (prose and measure.is_name(value))
        return [(start, end)] if wanted else []
    bare = value.rstrip(".?:")
    end -= len(value) - len(bare)
    alone = (
        not prose
        and _took(match, "start")
        and _took(match, "end")
        and " is " not in _text(match, "sep")
    )
    if measure.looks_made(bare) or measure.is_uuid(bare) and kind >= Class.KEY:
        return [(start, end)]
    if (
        any(char.isdigit() for char in bare)
        and any(char.isalpha() for char in bare)
        and not measure.is_name(bare)
    ):
        return [(start, end)] if is_credential(kind, bare) else []
    if alone and key.isupper() and kind >= Class.KEY:
        return [(start, end)] if is_credential(kind, bare) else []
    # At the end of a line: `requirepass x`, `auth_pass x }`, but not "the traffic to pass through".
    begins = (
        alone
        and (
            not measure.is_name(bare)
            or key not in _SPOKEN
            or key.islower()
            and "\n" in match.string.strip()
        )
        or "_" in key
        and not prose
    )
    if kind is Class.PASSWORD and _took(match, "end") and begins and is_password(bare):
        return [(start, end)]
    mixed = any(char.isdigit() for char in bare) and any(char.isalpha() for char in bare)
    told = (
        alone
        or len(bare) >= 7
        and (bare.isalnum() or measure.is_word_with_number(bare) or " is " in _text(match, "sep"))
    )
    if kind is Class.PASSWORD and mixed and is_password(bare) and told:
        return [(start, end)]
    return []


def _of_element(match: Match, prose: bool, is_read: bool, depth: int) -> list[Span]:
    """Return the text of an element; `<secret>` names no object in the settings of a program."""
    if prose:
        return []
    kind = class_of(_text(match, "key"))
    name = next(iter(_values(match)))
    value = match[name]
    sure = kind is Class.KEY and value.isalnum() and len(value) >= 8 and is_password(value)
    if sure and _SURE_IN_SETTINGS.fullmatch(_text(match, "key")) is not None:
        return [match.span(name)]
    return _judged(_ELEMENT, match, depth)


def _of_header(match: Match, prose: bool, is_read: bool, depth: int) -> list[Span]:
    """Return the value of a header that a server sets; no name of a Secret stands there."""
    found = []
    kind = class_of(_text(match, "key"))
    for name in _values(match):
        value = match[name]
        if (
            is_credential(kind, value)
            or measure.looks_made(value)
            or measure.is_uuid(value)
            or kind >= Class.KEY
            and value.isalnum()
            and is_password(value)
        ):
            found.append(match.span(name))
    return found


def _flagged(match: Match, prose: bool, is_read: bool, depth: int) -> list[Span]:
    """Return what stands behind a flag."""
    if _took(match, "none") or prose:
        return []
    kind, value = class_of(_text(match, "key")), _text(match, "v7")
    if not is_credential(kind, value):
        return []
    start, end = match.span(_group(match.re, "v7"))
    return [(start + (value.find(":") + 1 if kind is Class.PAIR else 0), end)]


def _authorized(match: Match, prose: bool, is_read: bool, depth: int) -> list[Span]:
    """Return what stands behind the scheme of an Authorization header; a short one is user and
    password in base64."""
    value = _text(match, "v")
    is_pair = ":" in (_decoded(value) or "")
    wanted = is_pair or len(value) >= 16 and _is_credential(Judge.TOKEN, Class.TOKEN, value, depth)
    return [match.span(_group(match.re, "v"))] if wanted else []


_IN_BLOCK = Pattern(r"(?P<key>[\w.-]+)[ \t]*=>?[ \t]*\"(?P<v>[^\"\n]+)\"")


def _in_block(match: Match, prose: bool, is_read: bool, depth: int) -> list[Span]:
    """Return the values of a block that holds credentials under keys of any name, such as users of
    JAAS."""
    of_users = _took(match, "jaas")
    group = _group(match.re, "jaas" if of_users else "hcl")
    start = match.start(group)
    found = []
    for entry in _IN_BLOCK.finditer(match[group]):
        key, value = _text(entry, "key"), _text(entry, "v")
        wanted = (
            key.startswith("user_") and is_password(value)
            if of_users
            else is_credential(Class.KEY, value)
        )
        if wanted:
            begin, end = entry.span(_group(entry.re, "v"))
            found.append((start + begin, start + end))
    return found


_KEY_BEFORE = Pattern(r"([\w.-]{1,80})[\"'\]]{0,2}[ \t]{0,20}(?::=|=>|[:=])[ \t]{0,20}[\[\"'`]?$")


def _random(match: Match, prose: bool, is_read: bool, depth: int) -> list[Span]:
    """Return what a machine made, behind a key that says nothing or none at all; no part of an
    address, of base64 or of a certificate."""
    text, group = match.string, _group(match.re, "v")
    start, end = match.span(group)
    if prose or depth or not is_random(match[group]) or text[end : end + 1] in tuple("+/=.@%:"):
        return []
    line = text[max(text.rfind("\n", 0, start) + 1, start - 120) : start]
    if not line.strip() and text[end : end + 1] in ("", "\n"):
        return []
    if "base64," in line or line.endswith("=") and ("?" in line or "&" in line):
        return []
    key = _KEY_BEFORE.search(line)
    return [] if key is not None and tells_no_credential(key[1]) else [(start, end)]


def _not_in_prose(rule: Rule) -> Callable[[Match, bool, bool, int], list[Span]]:
    return lambda match, prose, is_read, depth: [] if prose else _judged(rule, match, depth)


_ELEMENT = next(rule for rule in FORMATS if rule.name == "xml-element")
_ASSIGNMENT = next(rule for rule in FORMATS if rule.name == "assignment")
_JUDGES: dict[str, Callable[[Match, bool, bool, int], list[Span]]] = {
    "assignment": _assigned,
    "spaced": _spaced,
    "flag": _flagged,
    "header-line": _of_header,
    "xml-element": _of_element,
    "authorization": _authorized,
    "block": _in_block,
    "random": _random,
    **{
        rule.name: _not_in_prose(rule)
        for rule in FORMATS
        if rule.name
        in (
            *("pgpass", "pgbouncer-users", "sasl-map", "xml-named", "call"),
            *("router", "two-arguments", "piped", "piped-password"),
        )
    },
}
