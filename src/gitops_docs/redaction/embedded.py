"""Look into texts that are YAML or JSON themselves, such as a file in a ConfigMap.

In: a text. Out: the text with `**REDACTED**` for every value that is a credential by its keys,
however it is quoted, wrapped or nested.
"""

from __future__ import annotations

import json
from typing import TypeAlias

import yaml
from yaml import events

from gitops_docs.redaction.keys import (
    Class,
    class_of,
    is_secret,
    is_secret_parent,
    leaves,
    lines_with_keys,
)
from gitops_docs.redaction.matching import REDACTED, without
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.events import parse_events

MAX_DEPTH = 100
"""Deepest nesting that is looked into; no file of settings needs more."""
MAX_TEXT = 500_000
"""Most characters of a text that is read, which takes 130 bytes for each; longer ones are looked
through line by line."""
_WORD = Pattern(r"[\w.-]{2,80}")


class _Leaf(str):
    """A scalar, and from where to where it stands in the text."""

    __slots__ = ("end", "start")

    start: int
    end: int


_Tree: TypeAlias = "_Leaf | list[_Tree] | dict[str, _Tree] | None"


def without_embedded(text: str) -> tuple[str, bool]:
    """Return the text without credentials in its values, and whether it was read: not where it is
    not YAML, too long, or no key names one."""
    if len(text) > MAX_TEXT or ":" not in text and "--" not in text or not _names_credential(text):
        return text, False
    try:
        roots = _read(text)
    except (yaml.YAMLError, ValueError):
        return text, False
    except RecursionError:
        return REDACTED, True
    judged = (judged for root in roots for judged in leaves(root))
    spans = {}
    for _, leaf, path in judged:
        if not path or not isinstance(leaf, _Leaf) or _ends_within_quotes(path[-1]):
            continue
        if is_secret(path, leaf):
            spans[leaf.start, leaf.end] = REDACTED
        elif (
            "\\" in text[leaf.start : leaf.end]
            and text[leaf.start] == '"'
            and (made := _inner(str(leaf))) != leaf
        ):
            spans[leaf.start, leaf.end] = json.dumps(made, ensure_ascii=False)[1:-1]
    parts, at = [], 0
    for (start, end), made in sorted(spans.items()):
        written = text[start:end]
        quote = written[0] if written[0] in "\"'" and written[-1] == written[0] else ""
        parts += [text[at:start], quote, made, quote, written[len(written.rstrip()) :]]
        at = end
    return "".join([*parts, text[at:]]), True


def _ends_within_quotes(key: str | int) -> bool:
    """Return whether a key is the first half of what a command quotes, such as `curl -H "X-Token:
    a" b`."""
    return isinstance(key, str) and (key.count('"') % 2 == 1 or key.count("'") % 2 == 1)


def _inner(text: str) -> str:
    """Return a text in a text, without credentials."""
    made, is_read = without_embedded(text)
    return without(made, is_read=is_read, depth=1)


def _names_credential(text: str) -> bool:
    words = {word for _, line in lines_with_keys(text) for word in _WORD.findall(line)}
    return any(
        class_of(word.lstrip("-")) is not Class.NONE or is_secret_parent(word) for word in words
    )


def _read(text: str) -> list[_Tree]:
    """Return the documents of a text, as mappings and lists of `_Leaf`s. What an alias repeats is
    looked at where it is written.

    Raises:
        YAMLError: It is not YAML.
        RecursionError: It is nested too deeply.
    """
    parser = parse_events(text)
    stack: list[tuple[dict[str, _Tree] | list[_Tree], list[str]]] = []
    anchors: dict[str | None, _Leaf] = {}
    roots: list[_Tree] = []
    try:
        while (event := parser.get_event()) is not None:
            kind: type[object] = type(event)
            node: _Tree
            if kind is events.ScalarEvent:
                leaf = _Leaf(event.value)
                leaf.start, leaf.end = event.start_mark.index, event.end_mark.index
                if event.anchor is not None:
                    anchors[event.anchor] = leaf
                node = leaf
            elif kind is events.AliasEvent:
                node = anchors.get(event.anchor)
            elif kind is events.MappingStartEvent or kind is events.SequenceStartEvent:
                if len(stack) >= MAX_DEPTH:
                    raise RecursionError
                stack.append(({} if kind is events.MappingStartEvent else [], []))
                continue
            elif kind is events.MappingEndEvent or kind is events.SequenceEndEvent:
                node = stack.pop()[0]
            else:
                continue
            if not stack:
                roots.append(node)
                continue
            holder, keys = stack[-1]
            if isinstance(holder, list):
                holder.append(node)
            elif keys:
                _put(holder, keys.pop(), node)
            else:
                keys.append(str(node) if isinstance(node, str) else "")
    finally:
        parser.dispose()
    return roots


def _put(holder: dict[str, _Tree], key: str, node: _Tree) -> None:
    """Set a key; what is written twice is looked at twice."""
    unique, number = key, len(holder)
    while unique in holder:
        unique = f"{key}{number}"  # Digits at its end leave a key the name of what it was.
        number += 1
    holder[unique] = node
