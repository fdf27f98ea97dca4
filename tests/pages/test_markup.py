"""Text in HTML: the same as MarkupSafe writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from gitops_docs.pages.markup import escaped, filled, joined


class Shown(str):
    """A text of a class of its own, as enumerations are."""


@given(st.text(alphabet="ab<>&'\"; #é\u2028", max_size=30))
def test_escaped(text: str) -> None:
    """Each character is escaped as MarkupSafe does it, and none twice."""
    assert escaped(text) == escape(text)
    assert escaped(Shown(text)) == escape(text)
    assert escaped(escaped(text)) == escape(text)


@pytest.mark.parametrize("part", [None, 7, 1.5, True, Markup("<b>")])
def test_other_parts(part: object) -> None:
    """What is no text is written as MarkupSafe writes it; HTML stays HTML."""
    assert escaped(part) == escape(part)


def test_filled_and_joined() -> None:
    """Parts are escaped, what they are put into is not."""
    assert filled("<i>{0}</i>{0}", "<") == "<i>&lt;</i>&lt;"
    assert joined("<br>", ["a&b", Markup("<b>")]) == "a&amp;b<br><b>"
    assert type(filled("{}", "x")) is type(joined("", [])) is Markup
