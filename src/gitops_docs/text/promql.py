"""Read the label matchers of a PromQL expression: one pass over its tokens, whatever it nests.

In: an expression (PromQL, MetricsQL or LogQL, as rules hold them). Out: a `Query`: which series its
result has the labels of. Sources: prometheus.io/docs/prometheus/latest/querying/operators (vector
matching, aggregation, precedence) and querying/basics (selectors, UTF-8 names).

This is not a parser of the whole language: a wrong expression gives what can be read of it. The
parser of the field, promql-parser, recurses and ends the process at deep nesting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from gitops_docs.text.patterns import Pattern

MOST = 16
"""Alternatives of a query, and selectors of one alternative. What is more is left out, and said."""

MOST_CHARACTERS = 1 << 16
"""A longer expression is read up to here."""

_TOKEN = Pattern(
    r"[ \t\n\f\r]+|#[^\n]*"
    r"|\"(?:[^\"\\]|\\(?s:.))*\"|'(?:[^'\\]|\\(?s:.))*'|`[^`]*`"
    r"|[\"'`](?s:.*)"
    r"|[A-Za-z_:$][A-Za-z0-9_:.$]*"
    r"|[0-9][0-9A-Za-z_.]*"
    r"|=~|!~|\|=|\|~|==|!=|>=|<=|(?s:.)"
)
"""Blanks and comments, texts, a text that nothing ends, names, numbers, signs: the first letter tells
which."""
_BLANK = frozenset(" \t\n\f\r#")
_QUOTES = frozenset("\"'`")
_DIGITS = frozenset("0123456789")
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_:$")
_ESCAPED = Pattern(r"\\(.)", dot_all=True)

_AGGREGATORS = frozenset(
    [
        "sum",
        "min",
        "max",
        "avg",
        "group",
        "stddev",
        "stdvar",
        "count",
        "count_values",
        "bottomk",
        "topk",
        "quantile",
        "limitk",
        "limit_ratio",
    ]
)
_CONDITIONS = frozenset(["and", "unless", "if", "ifnot"])
"""Operators whose right side only decides whether there is a result."""
_ALTERNATIVES = frozenset(["or", "default"])
_WORDS = frozenset(
    ["bool", "offset", "ignoring", "inf", "nan", "atan2", "keep_metric_names", "start", "end"]
)
_GROUPINGS = frozenset(["by", "without", "on", "ignoring", "group_left", "group_right"])
_NO_LABELS = frozenset(["scalar", "vector", "time", "pi"])


class Matcher(Struct, frozen=True):
    """A matcher that says what a label is: `operator` is `=` or `=~`."""

    label: str
    operator: str
    value: str

    @property
    def values(self) -> tuple[str, ...]:
        """The values that it allows, where it lists them; empty where only the running system knows
        them."""
        if "${" in self.value or "{{" in self.value or "$" in self.value and self.operator == "=":
            return ()
        if self.operator == "=":
            return (self.value,) if self.value else ()
        inner = self.value
        while inner.startswith("(") and inner.endswith(")") and "(" not in inner[1:]:
            inner = inner[1:-1].removeprefix("?:")
        inner = inner.removeprefix("^").removesuffix("$").replace("\\.", ".").replace("\\-", "-")
        parts = inner.split("|")
        return (
            tuple(parts)
            if len(parts) <= MOST and all(_LITERAL.fullmatch(part) for part in parts)
            else ()
        )


_LITERAL = Pattern(r"[A-Za-z0-9_:/@ -]+(?:\.[A-Za-z0-9_:/@ -]+)*")
"""Text that means itself as an expression; a dot between letters is meant as one."""


class Alternative(Struct, frozen=True):
    """One way to a result: the series whose labels it has."""

    metrics: tuple[str, ...] = ()
    matchers: tuple[Matcher, ...] = ()
    """At most one of each label: what the left side says counts before what the right side says."""
    labels: tuple[str, ...] = ()
    """Labels that the expression itself gives the result: `by`, `on`, `group_left`,
    `label_replace`."""
    closed: bool = False
    """Whether the result has no label but these, as after `by`."""

    def matcher(self, label: str) -> Matcher | None:
        """Return the matcher of a label."""
        for item in self.matchers:
            if item.label == label:
                return item
        return None


class Query(Struct, frozen=True):
    """What an expression selects. `complete` is False where something of it was left out."""

    alternatives: tuple[Alternative, ...] = ()
    complete: bool = True


class _Frame(Struct):
    """What stands between two parentheses, as far as it was read."""

    call: str = ""
    grouping: tuple[bool, tuple[str, ...]] | None = None
    """`by` (True) or `without` before the parenthesis, with its labels."""
    finished: list[Alternative] = []
    current: list[Alternative] | None = None
    condition: bool = False
    """Whether what is read is the right side of `and` or `unless`."""
    right: bool = False
    """Whether the next operand has the labels (`group_right`)."""
    matched: tuple[str, ...] | None = None
    texts: list[str] = []
    pipe: bool = False
    arguments: int = 0


def read(expression: str) -> Query:
    """Return what an expression selects.

    Args:
        expression: As the rule has it.
    """
    return _Reader(expression).query()


class _Reader:
    def __init__(self, expression: str) -> None:
        self._tokens = _tokens(expression[:MOST_CHARACTERS])
        self._next: tuple[str, str] = next(self._tokens)
        self.complete = len(expression) <= MOST_CHARACTERS

    def _take(self) -> tuple[str, str]:
        taken = self._next
        if taken[0] != "end":
            self._next = next(self._tokens)
        return taken

    def query(self) -> Query:
        stack = [_frame()]
        called = ""
        """The name before a parenthesis, if the last token was one."""
        grouping: tuple[bool, tuple[str, ...]] | None = None
        while True:
            kind, text = self._take()
            frame = stack[-1]
            if kind == "end":
                break
            if kind == "name":
                called, grouping = self._name(frame, text, called, grouping)
                continue
            if kind == "text":
                frame.texts.append(text)
            elif text == "(":
                stack.append(_frame(called, grouping))
                called, grouping = "", None
            elif text == ")":
                if len(stack) > 1:
                    stack.pop()
                    self._operand(stack[-1], self._closed(frame))
            elif text == "{":
                self._operand(frame, self._selector(""))
            elif text == "[":
                frame.pipe = False
            elif text == "|":
                frame.pipe = True
        while len(stack) > 1:
            frame = stack.pop()
            self._operand(stack[-1], self._closed(frame))
        return Query(tuple(self._all(stack[0])), self.complete)

    def _name(
        self, frame: _Frame, text: str, called: str, grouping: tuple[bool, tuple[str, ...]] | None
    ) -> tuple[str, tuple[bool, tuple[str, ...]] | None]:
        """Read on after a word; the call that it begins, and its grouping."""
        low, following = text.lower(), self._next[1] if self._next[0] == "sign" else ""
        if low in _GROUPINGS and (following == "(" or low.startswith("group_")):
            labels = self._labels() if following == "(" else ()
            if low in ("by", "without"):
                given = (low == "by", labels)
                if called:
                    return called, given
                if frame.current:
                    # `sum(x) by (a)`: the operand before is the whole of what is on this side.
                    frame.current = [_grouped(item, given) for item in frame.current]
            elif low == "on":
                frame.matched = labels
            elif low != "ignoring":
                frame.right = low == "group_right"
                frame.matched = None
                frame.current = [_with(item, labels) for item in frame.current or [Alternative()]]
        elif low in _CONDITIONS:
            frame.condition = True
        elif low in _ALTERNATIVES:
            self._finish(frame)
        elif following == "(" or low in _AGGREGATORS and self._next[1].lower() in ("by", "without"):
            return low, None
        elif following == "{":
            self._take()
            self._operand(frame, self._selector(text))
        elif not (low in _WORDS or text.startswith("$") or frame.pipe):
            self._operand(frame, [Alternative((text,))])
        return "", None

    def _labels(self) -> tuple[str, ...]:
        """Return the labels of a list in parentheses."""
        self._take()
        found = []
        while self._next[0] != "end":
            kind, text = self._take()
            if kind in ("name", "text"):
                found.append(text)
            elif text == ")":
                break
        return tuple(dict.fromkeys(found))

    def _selector(self, metric: str) -> list[Alternative]:
        """Return what stands in braces; MetricsQL allows `or` between sets of matchers."""
        sets: list[tuple[str, dict[str, Matcher]]] = [(metric, {})]
        label, operator = "", ""
        while self._next[0] != "end":
            kind, text = self._take()
            name, matchers = sets[-1]
            if text == "}" and kind == "sign":
                break
            if kind == "name" and text == "or" and not label:
                sets.append((metric, {}))
                continue
            if kind == "sign":
                if text == "," and label and not operator:
                    sets[-1] = (label, matchers)
                    label = ""
                elif text in ("=", "=~", "!=", "!~", "=="):
                    operator = text
                elif text == ",":
                    label = operator = ""
                continue
            if not operator:
                label = text
                continue
            if label == "__name__" and operator in ("=", "=~"):
                sets[-1] = (name or _start(text), matchers)
            elif operator in ("=", "=~", "=="):
                matchers.setdefault(
                    label, Matcher(label, operator[:1] if operator == "==" else operator, text)
                )
            label = operator = ""
        if label and not operator:
            sets[-1] = (label, sets[-1][1])
        return [
            Alternative((name,) if name else (), tuple(matchers.values()))
            for name, matchers in sets
        ]

    def _operand(self, frame: _Frame, found: list[Alternative]) -> None:
        """Take an operand, or the next argument of a call, into what stands on its side."""
        if frame.condition or frame.pipe:
            return
        matched, frame.matched = frame.matched, None
        if frame.current is None:
            frame.current = self._cut(found)
            return
        left, right = (found, frame.current) if frame.right else (frame.current, found)
        frame.right = False
        if len(left) > 1 and len(right) > 1:
            right = []
            self.complete = False
        joined = [self._joined(one, other) for one in left for other in right] if right else left
        if matched is not None:
            joined = [_grouped(item, (True, matched)) for item in joined]
        frame.current = self._cut(joined)

    def _joined(self, one: Alternative, other: Alternative) -> Alternative:
        known = {item.label for item in one.matchers}
        metrics = tuple(dict.fromkeys((*one.metrics, *other.metrics)))
        matchers = (*one.matchers, *(item for item in other.matchers if item.label not in known))
        if len(metrics) > MOST or len(matchers) > 4 * MOST:
            self.complete = False
        labels = tuple(dict.fromkeys((*one.labels, *other.labels)))[: 4 * MOST]
        # A number has no labels: it closes nothing.
        closed = one.closed if one.metrics or one.closed or one.matchers else other.closed
        return Alternative(metrics[:MOST], matchers[: 4 * MOST], labels, closed)

    def _cut(self, found: list[Alternative]) -> list[Alternative]:
        if len(found) > MOST:
            self.complete = False
        return found[:MOST]

    def _finish(self, frame: _Frame) -> None:
        frame.finished = self._cut([*frame.finished, *(frame.current or ())])
        frame.current, frame.condition, frame.matched, frame.right = None, False, None, False

    def _all(self, frame: _Frame) -> list[Alternative]:
        self._finish(frame)
        return frame.finished

    def _closed(self, frame: _Frame) -> list[Alternative]:
        """Return what a parenthesis gives, with what the call before it does to labels."""
        found = self._all(frame)
        if frame.call in _NO_LABELS:
            return [Alternative()]
        if frame.call == "label_replace" and len(frame.texts) == 4:
            target, replacement, source, pattern = frame.texts
            return [_replaced(item, target, replacement, source, pattern) for item in found]
        if (
            frame.call in ("label_join", "label_set", "label_copy", "label_move", "alias")
            and frame.texts
        ):
            return [_without(_with(item, frame.texts[:1]), frame.texts[0]) for item in found]
        if frame.call == "count_values" and frame.texts:
            found = [_with(item, frame.texts[:1]) for item in found]
        if frame.call in _AGGREGATORS and frame.call not in (
            "topk",
            "bottomk",
            "limitk",
            "limit_ratio",
        ):
            found = [_grouped(item, frame.grouping or (True, ())) for item in found]
        return found or [Alternative()]


def _frame(call: str = "", grouping: tuple[bool, tuple[str, ...]] | None = None) -> _Frame:
    return _Frame(call, grouping, [], texts=[])


def _grouped(item: Alternative, grouping: tuple[bool, tuple[str, ...]]) -> Alternative:
    """Return the labels that an aggregation leaves. What a matcher says of the series stays
    true."""
    by, labels = grouping
    if by:
        # `sum(x) by (a)` comes here twice, the first time as `sum(x)`.
        return replace(item, labels=labels, closed=True)
    kept = tuple(label for label in item.labels if label not in labels)
    return replace(item, labels=kept, closed=False)


def _with(item: Alternative, labels: Iterable[str]) -> Alternative:
    return replace(item, labels=tuple(dict.fromkeys((*item.labels, *labels)))[: 4 * MOST])


def _without(item: Alternative, label: str) -> Alternative:
    return replace(
        item, matchers=tuple(matcher for matcher in item.matchers if matcher.label != label)
    )


def _replaced(
    item: Alternative, target: str, replacement: str, source: str, pattern: str
) -> Alternative:
    """Return what `label_replace` makes of the labels."""
    before = item.matcher(source)
    item = _without(_with(item, (target,)), target)
    whole = replacement in ("$1", "${1}") and pattern in ("(.*)", "(.+)", "^(.*)$", "^(.+)$")
    if whole and before is not None:
        return replace(item, matchers=(*item.matchers, replace(before, label=target)))
    if "$" not in replacement and pattern in ("", ".*", "(.*)"):
        return replace(item, matchers=(*item.matchers, Matcher(target, "=", replacement)))
    return item


def _start(pattern: str) -> str:
    """Return what every text begins with that a pattern matches."""
    found = _PLAIN_START.match(pattern)
    return found[0] if found else ""


_PLAIN_START = Pattern(r"[A-Za-z_:][A-Za-z0-9_:]*")


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    for token in _TOKEN.findall(expression):
        first = token[0]
        if first in _LETTERS:
            yield "name", token
        elif first in _DIGITS:
            yield "number", token
        elif first in _QUOTES:
            inner = token[1:-1]
            if first == "`" or "\\" not in inner:
                if len(token) > 1 and token[-1] == first:
                    yield "text", inner
            elif token[-1] == first and (len(inner) - len(inner.rstrip("\\"))) % 2 == 0:
                yield "text", _ESCAPED.sub(lambda found: _unescaped(found[1]), inner)
        elif first not in _BLANK:
            yield "sign", token
    yield "end", ""


def _unescaped(letter: str) -> str:
    return {"n": "\n", "t": "\t", "r": "\r"}.get(letter, letter)
