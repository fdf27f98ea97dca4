"""Say why a text in YAML is not read further, in words that say what to do.

In: what libyaml raised, or what the reader met, with the text. Out: a `Refused`, whose message
never quotes the text: it may be secret.
"""

from __future__ import annotations

import yaml

from gitops_docs.model import Finding, Location, Rule
from gitops_docs.text import patterns
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml import rules
from gitops_docs.yaml.limits import MAX_DEPTH

_CONFLICT = Pattern(r"^(<{7}|={7}|>{7}|\|{7})(?: |$)", multiline=True)
_TEMPLATE = Pattern(r"\{\{|\{%")
_LEADING_TAB = Pattern(r"^ *\t")
_REMEDIES = {
    "mapping values are not "
    "allowed": "quote a text that has `: ` in it, or correct the indentation",
    "did not find expected key": "indent the line like those that it belongs to",
    "did not find expected '-' indicator": "indent the line like those that it belongs to",
    "did not find expected node content": "a value or a closing bracket is missing",
    "did not find expected ','": "close the bracket, or put a comma between the items",
    "could not find expected ':'": "put a colon behind the key, or indent the rest of a text",
    "unexpected end of stream": "close the quotes or the bracket that stand open",
    "cannot start any token": "quote a text that begins with this character",
    "unexpected document indicator": "close the quotes or the bracket that stand open",
    "block sequence entries are not allowed": "put the list on lines of its own",
    "incompatible YAML document": "remove the `%YAML` line",
    "unknown directive": "remove the line, or quote a text that begins with `%`",
    "undefined tag handle": "declare it with `%TAG`, or remove the tag",
    "unknown escape character": "use single quotes, or write the backslash twice",
}
"""What libyaml says, and what to do."""


class Refused(Exception):
    """A document that is not read further."""

    def __init__(self, rule: type[Rule], message: str, line: int) -> None:
        super().__init__(rule.code)
        self.rule = rule
        self.message = message
        self.line = line

    def finding(self, file: str, first_line: int) -> Finding:
        """Return the same as a finding in a file where the text begins on `first_line`."""
        return self.rule.at(Location(file, self.line + first_line), self.message)


def explain(error: Exception, text: str) -> Refused:
    """Return the error for what libyaml raised. The message never quotes the text, which may hold a
    secret."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line if mark is not None else 0
    column = mark.column + 1 if mark is not None else 1
    conflict = _CONFLICT.search(text)
    if conflict is not None and "<<<<<<<" in text:
        return Refused(
            rules.YamlParse,
            "merge conflict markers: resolve the conflict and commit again",
            text.count("\n", 0, conflict.start()),
        )
    lines = text.split("\n")
    near = lines[line] if line < len(lines) else ""
    for number in (line, line - 1):
        if 0 <= number < len(lines) and _LEADING_TAB.match(lines[number]):
            tab = lines[number].index("\t") + 1
            return Refused(
                rules.YamlParse,
                f"a tab indents this line (column {tab}); YAML takes spaces only",
                number,
            )
    if is_template(near) or (line and line - 1 < len(lines) and is_template(lines[line - 1])):
        where = line if is_template(near) else line - 1
        return template(where)
    if isinstance(error, yaml.reader.ReaderError):
        position = error.position if isinstance(error.position, int) else 0
        line = text.encode("utf-8", "replace")[:position].count(b"\n")
        if "\0" in text:
            return Refused(
                rules.YamlParse,
                "a NUL byte: the file is binary, or UTF-16 without a byte-order mark; save it as "
                "UTF-8 or take it out",
                line,
            )
        return Refused(
            rules.YamlParse, "a control character that YAML does not allow; remove it", line
        )
    if "nesting depth" in str(getattr(error, "problem", "")):
        return too_deep(line)
    problem = _harmless(getattr(error, "problem", None))
    remedy = next(
        (found for words, found in _REMEDIES.items() if words in problem),
        "check indentation, quotes and colons",
    )
    return Refused(rules.YamlParse, f"not valid YAML (column {column}): {problem}; {remedy}", line)


def is_template(line: str) -> bool:
    """Return whether a line is one of a template of Helm or Jinja."""
    return _TEMPLATE.search(line) is not None


def template(line: int) -> Refused:
    """Return the error for a file that is a template of Helm or Jinja, not YAML."""
    return Refused(
        rules.YamlTemplate,
        "looks like a Helm or Jinja template, not a manifest; keep templates out of directories "
        "that Flux applies",
        line,
    )


def complex_key(text: str, line: int) -> Refused:
    """Return the error for a mapping or list used as a key, which mostly is an unquoted `{{ x }}`."""
    lines = text.split("\n")
    if line < len(lines) and is_template(lines[line]):
        return template(line)
    return Refused(
        rules.YamlComplexKey,
        "a mapping or list is used as a key; Kubernetes takes text keys only",
        line,
    )


def too_deep(line: int) -> Refused:
    """Return the error for mappings and lists that are nested deeper than `limits.MAX_DEPTH`."""
    return Refused(
        rules.YamlTooDeep, f"nested more than {MAX_DEPTH} levels deep; no manifest needs that", line
    )


def _harmless(problem: str | None) -> str:
    """libyaml's problem text, which names tokens and never quotes the source; anything else is left
    out."""
    if problem and patterns.fullmatch(r"[a-zA-Z ,.'`:<>{}\[\]\-%#]{1,80}", problem):
        return problem
    return "it cannot be understood"
