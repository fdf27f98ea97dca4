"""Take out of texts what they assign to the key of a credential: in files of settings, on command
lines, in sentences.

In: a text. Out: the text with `**REDACTED**` for what stands behind such a key, a flag, or the word
of a command that takes one.
"""

from __future__ import annotations

from gitops_docs.redaction.keys import Class, class_of, is_credential, may_name_credential
from gitops_docs.redaction.matching import REDACTED, without
from gitops_docs.redaction.measure import looks_made
from gitops_docs.text.patterns import Pattern

_ENTRY = Pattern(
    r"(?P<before>[ \t]*(?:- +|export +)?)[\"']?(?P<key>[\w./-]{1,80})[\"']?\s*"
    r"(?::(?:[ \t]+(?P<value>.*\S))?|(?::=|=>?)\s*(?P<rest>[^;&]*[^;&\s]))\s*"
)
"""A line of a file of settings: `key: value`, `key = value`. Behind `=` a command may follow, or
the next part of a connection string."""
_COMMAND = Pattern(r"[ \t](?:[a-z][\w.-]*[ \t]+)*(?:-{1,2}[A-Za-z]|[./~$\"'][\w{/-]|[a-z]+://)")
"""A command with a flag or a path, behind the value of a variable."""


def without_assignments(text: str, *, prose: bool, is_read: bool = False) -> str:
    """Return a text without what is assigned to secret keys in it.

    Args:
        text: Any text.
        prose: Whether it is an author's words: sentences behind the key of a credential stay.
        is_read: Whether it was read as YAML, so that nothing is left to be found in its mappings
            and lists.
    """
    if len(text) < 6:
        return text
    if not prose and may_name_credential(text):
        text = _lines(text)
    return without(text, prose=prose, is_read=is_read)


def _lines(text: str) -> str:
    """Return a file in YAML without credentials of several words, in blocks and in lists, which an
    expression for one value does not see."""
    if "\n" not in text and (len(text) > 2000 or _ENTRY.fullmatch(text) is None):
        return text
    lines = text.split("\n")
    inside, block, kind = -1, False, Class.NONE
    """How far the key of a credential is indented that the lines below belong to; whether they are
    one text; what stands there."""
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if inside >= 0 and line.strip():
            item = line.lstrip().startswith("- ")
            if indent > inside or (item and not block and indent == inside):
                if block:
                    lines[number] = f"{line[:indent]}{REDACTED}"
                elif not item and line.rstrip().endswith(":"):
                    kind = min(kind, class_of(line.strip()[:-1]))  # The items are its own.
                elif (
                    item
                    and ": " not in line
                    and is_credential(kind, line.strip()[2:].strip("\"' "))
                ):
                    lines[number] = f"{line[:indent]}- {REDACTED}"
                continue
            inside = -1
        if ":" not in line and "=" not in line or not may_name_credential(line):
            continue
        entry = _ENTRY.fullmatch(line)
        if entry is None:
            continue
        found = class_of(entry["key"])
        if found < Class.KEY:
            continue
        if entry.has("rest"):
            rest = entry["rest"].strip()
            # A first word that is a credential is followed by a command.
            told = (
                not looks_made(rest.split(" ", 1)[0])
                and not (f"{entry['key']}={rest[0]}" in line and _COMMAND.contains(rest))
                and is_credential(found, rest)
            )
            if entry["key"][0] != "-" and " " in rest and rest[:1] not in "\"'[{?$<" and told:
                lines[number] = f"{line[: entry.start('rest')]}{REDACTED}"
            continue
        value = (entry["value"] or "").strip()
        if value[:1] in ("|", ">") or not value:
            inside, block, kind = len(entry["before"]), bool(value) and found >= Class.TOKEN, found
        elif (
            " " in value
            and value[0] not in "\"'{[&*!#$<"
            and is_credential(found, value.split(" #")[0].strip())
        ):
            lines[number] = f"{line[: entry.start('value')]}{REDACTED}"
    return "\n".join(lines)
