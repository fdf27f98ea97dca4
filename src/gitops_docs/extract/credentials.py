"""Find credentials that stand where none belong: in ConfigMaps, values of charts, environment
variables, arguments.

In: a rendered object that is not a Secret. Out: findings that name the key and never the value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gitops_docs import redaction
from gitops_docs.extract import comments as remarks
from gitops_docs.flux import rules
from gitops_docs.kubernetes import objects
from gitops_docs.model import Finding, Location, Ref, cluster_of
from gitops_docs.text.memo import memo
from gitops_docs.text.patterns import Match, Pattern
from gitops_docs.yaml.comments import Comment
from gitops_docs.yaml.nodes import FOLDED, LITERAL, Map, Scalar

_NOT_LOOKED_AT = frozenset({"Secret", "SealedSecret", "ExternalSecret", "CustomResourceDefinition"})
_PARTS = ("data", "spec")
_SHORT = 8
"""Shorter values under a key such as `password` are taken for examples or defaults of a chart."""
_MOST = 50
"""Lines of one object that get findings of their own."""
_ASSIGNED = Pattern(
    r"(?P<key>[A-Za-z][\w.-]*)[\"']?\s*[:=]\s*[\"']?(?P<value>[A-Za-z0-9+_!@#%^&*.-]{8,200}={0,2})[\"']?\s*,?\s*$"
)
"""A line of a file in a ConfigMap that sets a key to one word."""
_QUERY = Pattern(r"Q-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-\d+\z")
"""The `key` of a query in a dashboard of Grafana."""
_BLOCKS = (LITERAL, FOLDED)
_TEXT_PARTS = frozenset({"description", "expr", "query", "current", "failed", "inProgress"})


def in_comments(
    data: Map,
    file: str,
    line: int,
    layer: str | None,
    comments: Mapping[int, Comment],
    *,
    by_look: bool = False,
) -> Iterator[Finding]:
    """Yield one finding for each line with a comment, above an object or in it, that holds what
    looks like a credential; with `by_look` a token and its like."""
    for number in remarks.lines_with_credentials(data, line, file, comments, by_look=by_look):
        message = (
            f"a comment on {objects.kind(data)} {objects.name(data)} holds what looks like a "
            f"credential; remove it, and change "
            "it if the repository was ever shared"
        )
        place, about = Location(file, number), _about(data, layer)
        yield rules.SecretSuspected.at(
            place, message, layers=[layer], about=about, cause="in a comment"
        )


def likely_credentials(data: Map, layer: str | None) -> Iterator[Finding]:
    """Yield one finding for each line that holds what looks like a credential; the last one stands
    for all that follow."""
    kind = objects.kind(data)
    if kind in _NOT_LOOKED_AT:
        return
    seen: set[tuple[str, int]] = set()
    for part in _PARTS:
        for path, leaf, judged in (
            redaction.leaves(data[part], (part,), kind) if part in data else ()
        ):
            if type(leaf) is not Scalar or len(leaf) < _SHORT or not leaf.file:
                continue
            for line, why in _whys(judged, leaf):
                if (leaf.file, line) in seen:
                    continue
                seen.add((leaf.file, line))
                where = "".join(
                    f"[{step}]" if isinstance(step, int) else f".{step}" for step in path
                ).lstrip(".")
                more = ", and more from here on" if len(seen) == _MOST else ""
                message = (
                    f"{kind} {objects.name(data)} holds {why} in {where[:80]}{more}; move it to a "
                    f"Secret, and change it if the repository "
                    "was ever shared"
                )
                yield rules.SecretSuspected.at(
                    Location(leaf.file, line),
                    message,
                    layers=[layer],
                    about=_about(data, layer),
                    cause=f"{why} in {where[:80]}",
                )
                if more:
                    return


def _about(data: Map, layer: str | None) -> tuple[Ref, ...]:
    return (objects.ref(data, cluster_of(layer)),) if layer is not None else ()


def _whys(path: tuple[str | int, ...], leaf: Scalar) -> Sequence[tuple[int, str]]:
    """Yield lines of the file and the likely credential on each; a block scalar is read line by
    line."""
    text = str(leaf)
    if leaf.style not in _BLOCKS or "\n" not in text:
        why = _why(path, text)
        return () if why is None else ((leaf.line, why),)
    return [(leaf.line + number, why) for number, why in _in_lines(text)]


@memo(4096)
def _in_lines(text: str) -> tuple[tuple[int, str], ...]:
    """Return the likely credentials in the lines of a text, 1-based; 0 stands for the text as a
    whole: a private key has more than one line."""
    found = {
        number: f"a value for `{key}`"
        for number, line in redaction.lines_with_keys(text)
        if (key := _assigned(line)) is not None
    }
    if redaction.looks_secret(text):
        told = [
            number
            for number, line in enumerate(text.split("\n"), 1)
            if redaction.looks_secret(line)
        ]
        examples = {
            number
            for number, line in enumerate(text.split("\n"), 1)
            if number in told and _is_example(line)
        }
        if not examples or len(examples) < len(told):
            told = [number for number in told if number not in examples]
            found |= dict.fromkeys(told or [0], "what looks like a credential")
    return tuple(sorted(found.items()))


_COMMENT = Pattern(r"\s*(?:#|//|;|--)")
_ADDRESS = Pattern(
    r"(?i)://(?P<user>[^\s:/@]*):(?P<password>[^\s/@]*)@(?P<host>[a-z0-9.-]+|\[::1\])"
)
_WORDS = frozenset({"pass", "password", "passwd", "secret", "changeme"})
"""What a manual writes for a password."""
_NOBODYS = Pattern(
    r"(?i)(?:localhost|127\.0\.0\.1|\[::1\]|host|hostname|(?:[a-z0-9-]+\.)*example(?:\.(?:com|org|net))?)\z"
)
"""Hosts that a manual writes."""


def _is_example(line: str) -> bool:
    """Return whether a comment of a file shows an address with user and password as a manual does,
    and holds nothing else that looks like a credential."""
    return _COMMENT.match(line) is not None and not redaction.looks_secret(
        _ADDRESS.sub(_without_example, line)
    )


def _without_example(match: Match) -> str:
    user, password = match["user"].lower(), match["password"].lower()
    is_example = (
        password == user
        or password in _WORDS
        or _NOBODYS.match(match["host"]) is not None
        and not redaction.looks_made(match["password"])
    )
    return f"://{match['host']}" if is_example else match[0]


def _assigned(line: str) -> str | None:
    """Return the key of a credential that a line of a file sets."""
    match = _ASSIGNED.search(line)
    if (
        match is None
        or not redaction.is_secret_value(match["key"], match["value"])
        or _is_word(match["value"])
        or _QUERY.match(match["value"]) is not None
    ):
        return None
    return str(match["key"]) if any(map(str.isdigit, match["value"])) else None


def _why(path: tuple[str | int, ...], text: str) -> str | None:
    if redaction.looks_secret(text):
        return "what looks like a credential"
    if not redaction.is_secret(path, text):
        return None
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    if key not in _TEXT_PARTS and not _is_word(text) and not _names(key, text):
        return f"a value for `{key}`"
    return None


def _names(key: str, text: str) -> bool:
    """Return whether a value is the name of where the value is: it holds the whole key, which has
    several words, as `beta_codecov_token` for `CODECOV_TOKEN`."""
    words = key.lower().replace("_", "-").split("-")
    parts = text.lower().replace("_", "-").replace("/", "-").replace(".", "-").split("-")
    return len(words) > 1 and any(
        parts[at : at + len(words)] == words for at in range(len(parts) - len(words) + 1)
    )


def _is_word(text: str) -> bool:
    """Return words of lower-case letters, joined, are names and defaults of a chart more often than
    credentials."""
    parts = text.replace("_", "-").replace(".", "-").replace("/", "-").split("-")
    return all(
        part.isalpha() and (part.islower() or part.isupper()) for part in parts if part
    ) and redaction.is_name(text)
