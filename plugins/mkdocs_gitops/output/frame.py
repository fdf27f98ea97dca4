"""Shorten what the theme puts around the content of a generated page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_docs.site.rules import PageTooLarge
from gitops_docs.text.patterns import Pattern
from mkdocs_gitops.output.log import log

if TYPE_CHECKING:
    from mkdocs.structure.pages import Page

MAX_BYTES = 250_000
"""Of a generated page, with the theme and the runbooks that it shows."""
_ELLIPSIS = '<span class="md-ellipsis">'
"""The style sheet of the theme lays out the text of these: line breaks beside it mean nothing."""
_LINK = Pattern(
    r'(<a href="[^"]*" class="md-nav__link">)<span class="md-ellipsis">([^<]*)</span></a>'
)
"""An entry of the sidebar that has nothing beside its text: our style sheet breaks long words there,
so that the box which would cut them off is not needed."""

_SKIP = '<div data-md-component="skip">'
_NO_SKIP = f"{_SKIP}</div>"
_CONTENT = '<div class="md-content" data-md-component="content"'


def compact(output: str, page: Page) -> str:
    """Return a finished page without the blank lines and indentation that the theme's templates
    leave around the content, which stays as it is.

    They are a third of what the theme adds to each page. A page that is larger than `MAX_BYTES` is
    reported as `page-too-large`.

    Args:
        output: The HTML of the whole page.
        page: The page, with its content.
    """
    before, fragment, after = output.partition(page.content or "")
    if fragment:
        output = "".join((_with_skip_link(_narrow(before)), fragment, _narrow(after)))
    if len(output) > MAX_BYTES:
        log.warning(
            f"{page.file.src_uri} has {len(output) // 1000} kB; pages should have "
            f"{MAX_BYTES // 1000} kB at most [{PageTooLarge.code}]"
        )
    return output


def _with_skip_link(before: str) -> str:
    """Material's way past the navigation, on pages without a table of contents too."""
    if _NO_SKIP not in before or _CONTENT not in before:
        return before
    link = f'{_SKIP}<a href="#__content" class="md-skip">Skip to content</a></div>'
    return before.replace(_NO_SKIP, link, 1).replace(_CONTENT, f'{_CONTENT} id="__content"', 1)


def _narrow(html: str) -> str:
    first, *lines = html.split("\n")
    if not lines:
        return html
    lines = [line.lstrip(" \t\f\r") for line in lines]
    text = "\n".join([first, *filter(None, lines[:-1]), lines[-1]])
    text = text.replace(f"{_ELLIPSIS}\n", _ELLIPSIS).replace("\n</span>", "</span>")
    return _LINK.sub(lambda found: f"{found[1]}{found[2]}</a>", text.replace(">\n<", "><"))
