"""Find credentials among the arguments of a container, which are read as one command line.

In: a value of a manifest. Out: its leaves, each with the path by which to judge it: `-phunter22` is
the password of `mysqldump`, which may stand in another list, and no argument of others.
"""

from __future__ import annotations

from gitops_docs.redaction import keys, matching
from gitops_docs.redaction.keys import SECRET_VALUES, Leaf
from gitops_docs.redaction.rules import COMMANDS, USAGES
from gitops_docs.text.memo import memo

_LISTS = ("command", "args")
"""Keys of the lists that a container runs, in the order in which they are joined."""
_NAMES = frozenset(rule.name for rule in (*COMMANDS, *USAGES) if rule.name != "flag")
"""Rules for command lines. What stands behind a flag is judged by the flag."""
_MOST = 4000
"""Most characters of a command line that is read."""


def leaves(node: object, path: tuple[str | int, ...] = (), kind: str = "") -> list[Leaf]:
    """Return every leaf below a node, as `keys.leaves` has them; a credential among arguments is
    judged as one.

    Args:
        node: Any value.
        path: Keys that lead to it.
        kind: Kind of the object that it is a part of; that of the object itself is read from it.
    """
    found = keys.leaves(node, path, kind)
    lines: dict[tuple[str | int, ...], list[int]] = {}
    for at, (where, leaf, _) in enumerate(found):
        if (
            len(where) > 1
            and where[-2] in _LISTS
            and type(where[-1]) is int
            and isinstance(leaf, str)
        ):
            lines.setdefault(where[:-2], []).append(at)
    for numbers in lines.values():
        if len(numbers) > 1:
            numbers.sort(key=lambda at: _LISTS.index(str(found[at][0][-2])))
            for number in _credentials(tuple(str(found[at][1]) for at in numbers)):
                where, leaf, judged = found[numbers[number]]
                found[numbers[number]] = (where, leaf, (*judged, SECRET_VALUES, "argument"))
    return found


@memo(4096)
def _credentials(arguments: tuple[str, ...]) -> tuple[int, ...]:
    """Return which arguments of a command line are credentials, with what is written before one in
    the same argument; a script that holds one is looked into by itself."""
    text, ends = "", []
    for argument in arguments:
        told = '"' not in argument and "\n" not in argument and "\\" not in argument
        text += f'{", " if text else ""}"{argument if told else "-"}"'
        ends.append(len(text) - 1)
    if len(text) > _MOST:
        return ()
    return tuple(
        sorted(
            {
                number
                for rule in matching.found_rules(text)
                if rule.name in _NAMES
                for start, end in matching.spans(rule, text)
                for number, stop in enumerate(ends)
                if stop - len(arguments[number]) <= start
                and end <= stop
                and _is_whole(arguments[number], text[start:end])
            }
        )
    )


def _is_whole(argument: str, credential: str) -> bool:
    """Return whether an argument with a credential is hidden as a whole: one that shows by itself
    what is one in it is not."""
    if " " in argument and 2 * len(credential) < len(argument):
        return False
    return credential in matching.without(argument)
