"""Take credentials out of files that are known by their names to hold nothing else.

In: the name of a file and its text. Out: the text with a mark for each credential in it.
"""

from __future__ import annotations

from gitops_docs.redaction import measure
from gitops_docs.redaction.matching import REDACTED, Span, replaced
from gitops_docs.redaction.rules import FILES
from gitops_docs.text.memo import memo
from gitops_docs.text.patterns import Pattern, PatternSet

_NAMES = PatternSet((one.name for one in FILES), whole=True)
_FORMS = tuple((Pattern(one.line), one.sure) for one in FILES)
_WITH_PLACE = Pattern(r"(?:[^\s:]+:){4}\S+[ \t]*\z|[\w.\[\]:-]+[ \t]+[^\s:]+:\S+[ \t]*\z")
"""A line of `.pgpass`, or of a relay: a place before name and password."""
_MOST = 500_000
"""Most characters of such a file that are read; no list of users is longer."""


@memo(4096)
def _lines_of(name: str) -> tuple[tuple[Pattern, bool], ...]:
    """Return how a file of a name writes its lines; empty for most."""
    return tuple(_FORMS[number] for number in _NAMES.matches(name.rpartition("/")[2].lower()))


def without_logins(name: str, text: str) -> str | None:
    """Return the text of a file whose every line says where a name and a password are for, without
    the passwords; None for any other text.

    Such a file may be called `pgpass`, as if all of it were a password.
    """
    forms = _lines_of(name)
    if not forms or not all(map(_WITH_PLACE.match, text.splitlines())):
        return None
    made = without_lines(name, text)
    return made if made.count(REDACTED) == len(text.splitlines()) else None


def without_lines(name: str, text: str) -> str:
    """Return the text of a file without the credentials of its lines."""
    for pattern, sure in _lines_of(name):
        if len(text) > _MOST:
            return REDACTED
        found: list[Span] = []
        for match in pattern.finditer(text):
            for group, at in match.re.groupindex.items():
                if group[0] != "v" or match.start(at) < 0:
                    continue
                value = match[at]
                named = not sure and not value.isalnum() and measure.is_name(value)
                if not named and not measure.stands_for_none(value):
                    found.append(match.span(at))
        text = replaced(text, found)
    return text
