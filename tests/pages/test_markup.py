"""Text in HTML: the same as MarkupSafe writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from gitops_docs.pages.markup import RUN, breakable, escaped, filled, joined


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FailingDeployment", "Failing|Deployment"),
        ("KubePersistentVolumeFillingUp", "KubePersistent|VolumeFillingUp"),
        ("registry.example.org/team/billing-api", "registry.|example.org/|team/billing-api"),
        ("CLUSTER_DOMAIN_NAME", "CLUSTER_DOMAIN_|NAME"),
        ("cert-manager", "cert-manager"),
        ("darts-external-component-test-harness", "darts-external-component-test-harness"),
        ("persistentvolumeclaims", "persistentvolumeclaims"),
        ("9a1f4cdc9a1f4cdc9a1f4cdc9a1f4cdc", "9a1f4cdc9a1f4cd|c9a1f4cdc9a1f4c|dc"),
        ("many short words in a sentence", "many short words in a sentence"),
        ("<persistentvolumeclaim>", "&lt;|persistentvolumeclaim|&gt;"),
    ],
)
def test_long_names_break_between_parts(text: str, expected: str) -> None:
    """Only between parts, and only names that are long; attributes stay as they are."""
    html = filled('<td><a href="{0}">{0}</a></td>', text)
    broken = expected.replace("|", "<wbr>")
    assert breakable(html) == f'<td><a href="{escape(text)}">{broken}</a></td>'


@given(st.text(alphabet="abcABC019./:_-<>&'\" é", max_size=80))
def test_breaks_add_nothing(text: str) -> None:
    """Without the places to break it a text is the same, no entity is broken, and no part is much
    longer than a line."""
    html = f"<b>{escape(text)}</b>"
    broken = breakable(html)
    assert broken.replace("<wbr>", "") == html
    parts = broken[3:-4].split("<wbr>")
    assert "".join(str(Markup(part).unescape()) for part in parts) == text
    for part in parts:
        for word in Markup(part).unescape().replace("-", " ").split():
            assert len(word) <= 4 * RUN
