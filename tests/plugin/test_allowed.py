"""What of a hand-written page may stand on a generated one: Material's Markdown, and nothing that
runs, loads or shows a credential."""

from __future__ import annotations

import markdown
import pytest
from selectolax.lexbor import LexborHTMLParser

from mkdocs_gitops.output.allowed import part

EXTENSIONS = [
    "abbr", "admonition", "attr_list", "def_list", "footnotes", "md_in_html", "tables", "pymdownx.details", "pymdownx.highlight",
    "pymdownx.superfences", "pymdownx.tabbed", "pymdownx.tasklist", "pymdownx.keys", "pymdownx.mark", "pymdownx.tilde", "pymdownx.critic",
]  # fmt: skip
CONFIGS = {
    "pymdownx.tabbed": {"alternate_style": True},
    "pymdownx.highlight": {"linenums": True, "anchor_linenums": True},
    "pymdownx.tasklist": {"custom_checkbox": True},
}

PAGE = """\
!!! warning "Mind this"
    An *admonition*.

??? note "Folded"
    Text.

=== "One"
    First.

=== "Two"
    Second.

| a | b |
|:-:|--:|
| 1 | 2 |

```yaml
apiVersion: v1 # a comment
```

- [x] done
- [ ] open

Press ++ctrl+c++, ==marked==, ~~gone~~, a note[^1], [a link](https://example.org/a?b=1#c){: .md-button }, <https://example.org/>.

![a picture](dot.png){: width=10 loading=lazy }

Term
:   Definition

<pre class="mermaid"><code>graph LR
  a --> b</code></pre>

<span class="twemoji"><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M1 2"></path></svg></span>

[^1]: The note.
"""


def test_what_material_needs_stays() -> None:
    """Every element, attribute and text of Material's Markdown is there after as before."""
    made = markdown.markdown(PAGE, extensions=EXTENSIONS, extension_configs=CONFIGS)
    before, after = LexborHTMLParser(made), LexborHTMLParser(part(made))
    assert before.body is not None and after.body is not None
    assert after.body.text() == before.body.text()

    def found(tree: LexborHTMLParser) -> list[tuple[str, list[tuple[str, str | None]]]]:
        assert tree.root is not None
        return [
            (node.tag or "", sorted(node.attributes.items()))
            for node in tree.root.traverse(include_text=False)
        ]

    def comparable(items: list[tuple[str, list[tuple[str, str | None]]]]) -> list[str]:
        text = [
            str(
                (
                    tag,
                    [
                        (name, (value or "").replace(" ", "").rstrip(";"))
                        for name, value in attributes
                    ],
                )
            )
            for tag, attributes in items
        ]
        return [line for line in text if "data-md-" not in line]

    assert comparable(found(after)) == comparable(found(before))


HOSTILE = [
    "<script>zz()</script>",
    "<img src=x onerror=zz()>",
    "<a href='javascript:zz()'>x</a>",
    "<a href=' JaVa&#10;Script:zz()'>x</a>",
    "<a href='data:text/html,zz'>x</a>",
    "<a href='vbscript:zz'>x</a>",
    "<svg onload=zz()><script>zz()</script><use href='data:zz'/><animate onbegin=zz() "
    "attributeName=x /></svg>",
    "<svg><a xlink:href='javascript:zz()'><path d='M1'/></a></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 "
    "onerror=zz()&gt;'>",
    "<iframe srcdoc='zz'></iframe><object data=zz></object><embed src=zz>",
    "<meta http-equiv=refresh content='0;url=//zz'><base href=//zz><link rel=stylesheet href=//zz>",
    "<style>*{background:url(//zz)}</style><p style='background:url(//zz)'>x</p>",
    "<p style='position:fixed;inset:0;text-align:left'>x</p>",
    "<img srcset='//zz 1x' src='dot.png'><picture><source srcset=//zz></picture>",
    "<form action=//zz><button formaction='javascript:zz()'>x</button><input type=image "
    "src=//zz></form>",
    "<input type=password autofocus onfocus=zz()>",
    "<details ontoggle=zz() open>x</details>",
    "<video poster=//zz src=//zz autoplay></video><audio src=//zz></audio>",
    "<template><img src=x onerror=zz()></template><noscript><p title='</noscript><img src=x "
    "onerror=zz()>'></noscript>",
    "<!-- gitops-inlined 1 --><!--[if IE]><script>zz()</script><![endif]-->",
    "<div data-gitops-fill data-gitops-missing='//zz' data-md-component='zz'>x</div>",
    "<a href='https://a.example' ping='//zz' onclick=zz()>x</a>",
    "<textarea></textarea><img src=x onerror=zz()></textarea><select><option "
    "onclick=zz()></select>",
    "<p title='&quot;><script>zz()</script>'>x</p>",
    "<marquee onstart=zz()>x</marquee><dialog open onclose=zz()>x</dialog>",
    "<svg><style>@import '//zz'</style><image href='//zz'/><foreignObject><iframe "
    "src=//zz></iframe></foreignObject></svg>",
]
TAGS = {
    "html", "head", "body", "a", "p", "div", "img", "svg", "path", "details", "input", "table", "span", "tbody", "tr", "td",
}  # fmt: skip


@pytest.mark.parametrize("given", HOSTILE)
def test_nothing_comes_alive(given: str) -> None:
    """No script, handler, frame, style, form, resource of another host, or hook of a script of ours
    is left."""
    tree = LexborHTMLParser(f"<body>{part(given)}</body>")
    assert tree.root is not None
    for node in tree.root.traverse(include_text=False):
        assert node.tag in TAGS, node.html
        for name, value in node.attributes.items():
            assert not name.startswith(("on", "data-", "form")), node.html
            assert name not in (
                "srcset",
                "srcdoc",
                "poster",
                "ping",
                "autofocus",
                "action",
                "xlink:href",
            ), node.html
            assert name == "title" or "zz" not in (value or ""), node.html
            assert name != "style" or value in ("text-align:left", "text-align:left;", ""), (
                node.html
            )
            assert name != "type" or value in ("checkbox", "radio")
    assert "<!--" not in part(given)


@pytest.mark.parametrize(
    "written",
    [
        "password: hunter2hunter2",
        "a token, ghp_b7Xk2Qm9Lr4Tz8Vn1Wc6Yd3Hf5Js0Pa2Ge4u, in words",
        "a **ghp_b7Xk2Qm9Lr4Tz8Vn1Wc6Yd3H**f5Js0Pa2Ge4u in two pieces",
        "[a link](https://user:hunter2hunter2@example.org/)",
        "```yaml\npassword: hunter2hunter2\n```",
        "```bash\ncurl -u admin:hunter2hunter2 https://example.org\n```",
        "```yaml\nurl: postgres://user:hunter2hunter2@db/x\n```",
        "| a |\n|---|\n| password: hunter2hunter2 |",
        "- `password: hunter2hunter2`",
        "![password: hunter2hunter2](https://user:hunter2hunter2@example.org/x.png)",
        "> password: hunter2hunter2",
        '!!! note "x"\n    password: hunter2hunter2',
    ],
)
def test_credentials_are_left_out(written: str) -> None:
    """A credential of a page is on no other page, in a text, a code block that is highlighted, an
    address or an attribute."""
    made = markdown.markdown(
        f"{written}\n\nAnother paragraph with *words*.\n",
        extensions=EXTENSIONS,
        extension_configs=CONFIGS,
    )
    shown = LexborHTMLParser(f"<body>{part(made)}</body>").body
    assert shown is not None
    assert "hunter2" not in part(made) and "f5Js0Pa2Ge4u" not in shown.text()
    assert "Another paragraph with words." in shown.text() and "<em>words</em>" in part(made)
