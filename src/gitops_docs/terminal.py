"""Text for a terminal: what a repository says may not move the cursor, change colours or turn the direction of writing.

In: text with names and words of a repository. Out: the same with U+FFFD in place of control characters; line breaks and tabs stay.
"""

from __future__ import annotations

import re

import click

from gitops_docs import progress

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)


def printable(text: str) -> str:
    """The text without control characters."""
    return _CONTROL.sub("\ufffd", text)


def one_line(text: str) -> str:
    """The text without control characters, line breaks and tabs included: a finding stays one line of a log."""
    return printable(text).replace("\n", "\ufffd").replace("\t", " ")


def say(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print to standard output, or to standard error."""
    progress.clear()
    click.echo(printable(str(text)), err=err, nl=nl)
