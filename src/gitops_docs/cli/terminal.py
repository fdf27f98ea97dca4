"""Print to the terminal: every line of every command goes through `say`.

In: text with names and words of a repository. Out: the same without what a terminal or a CI runner
would obey; line breaks and tabs stay.
"""

from __future__ import annotations

import click

from gitops_docs.text import escape, progress


def say(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print to standard output; or to standard error, where everything is a sentence, so that none
    becomes two lines by what it quotes."""
    progress.clear()
    click.echo(escape.line(str(text)) if err else escape.lines(str(text)), err=err, nl=nl)


def say_styled(text: str) -> None:
    """Print text with colours of `click.style` to standard output."""
    progress.clear()
    click.echo(escape.styled(text))


def say_commands(text: str) -> None:
    """Print annotations for a runner, the only commands that are meant as such;
    `checks.formats.github` has escaped what is in them."""
    progress.clear()
    click.echo(text)
