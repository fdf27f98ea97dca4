"""Take a part of a hand-written page over into a generated page: no script, no markup beyond a
list, no credential.

In: HTML that Python-Markdown and its extensions made of a page, which may hold any HTML of its
author. Out: HTML with the elements and attributes that Material's Markdown needs: admonitions,
tabs, code, tables, diagrams, footnotes, icons, formulas, pictures.
"""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

import nh3

from gitops_docs.redaction import configuration, prose, without_credentials

_INLINE = frozenset(
    {
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "br",
        "cite",
        "code",
        "del",
        "dfn",
        "em",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "q",
    }
    | {"s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr"}
)
_BLOCKS = frozenset(
    {
        "blockquote",
        "caption",
        "col",
        "colgroup",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
    }
    | {
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
    }
    | {"td", "tfoot", "th", "thead", "tr", "ul"}
)
_PICTURES = frozenset({"img", "svg", "g", "path"})
_TAGS = _INLINE | _BLOCKS | _PICTURES | {"input"}
_ATTRIBUTES = {
    "*": {
        "id",
        "class",
        "title",
        "lang",
        "dir",
        "role",
        "style",
        "aria-label",
        "aria-labelledby",
        "aria-describedby",
    }
    | {"aria-hidden", "data-linenos", "data-search-exclude", "data-tabs"},
    "a": {"href", "name", "rel", "target"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"datetime"},
    "details": {"open"},
    "g": {"fill", "stroke", "transform"},
    "img": {"src", "alt", "width", "height", "loading", "align"},
    "input": {"checked", "disabled", "name"},
    "ins": {"datetime"},
    "label": {"for"},
    "li": {"value"},
    "ol": {"start", "type", "reversed"},
    "path": {"d", "fill", "stroke", "fill-rule", "clip-rule"},
    "svg": {"viewBox", "xmlns", "width", "height", "fill"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "time": {"datetime"},
}
_WITH_CONTENT = {
    "script",
    "style",
    "template",
    "noscript",
    "iframe",
    "object",
    "textarea",
    "select",
    "title",
    "math",
    "form",
    "button",
}
"""Elements that go with all that is in them: what they hold is not text for readers."""


def part(html: str) -> str:
    """Return a part of a hand-written page as it may stand on a generated one."""
    redacting = _Redacting()
    redacting.feed(html)
    redacting.close()
    return nh3.clean(
        "".join(redacting.out),
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        clean_content_tags=_WITH_CONTENT,
        url_schemes={"http", "https", "mailto"},
        filter_style_properties={"text-align"},
        tag_attribute_values={"input": {"type": {"checkbox", "radio"}}},
        link_rel=None,
        strip_comments=True,
    )


def _attribute(name: str, value: str) -> str:
    return value if name in ("class", "id", "d") else prose(without_credentials(value))


class _Redacting(HTMLParser):
    """Takes credentials out of a text that inline elements, e.g. of a highlighter, may have cut
    into pieces.

    The text of a block is looked at as a whole. Where it holds a credential, the block loses the
    elements in its text.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._tokens: list[tuple[str, str]] = []
        """Text as it is, and markup, of the block that is read."""
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = "".join(
            f" {name}" if value is None else f' {name}="{escape(_attribute(name, value))}"'
            for name, value in attrs
        )
        self._markup(tag, f"<{tag}{given}>")
        if tag == "pre":
            self._code += 1

    def handle_endtag(self, tag: str) -> None:
        self._markup(tag, f"</{tag}>")
        if tag == "pre" and self._code:
            self._code -= 1

    def handle_data(self, data: str) -> None:
        self._tokens.append((data, ""))

    def close(self) -> None:
        super().close()
        self._flush()

    def _markup(self, tag: str, text: str) -> None:
        if tag in _INLINE and tag != "br":
            self._tokens.append(("", text))
        else:
            self._flush()
            self.out.append(text)

    def _flush(self) -> None:
        whole = "".join(text for text, _ in self._tokens)
        shown = configuration(whole) if self._code else prose(whole)
        if shown == whole:
            self.out += [escape(text) if text else markup for text, markup in self._tokens]
        else:
            self.out.append(f"<code>{escape(shown)}</code>" if self._code else escape(shown))
        self._tokens.clear()
