"""Hand-written pages in a built site: facts on them, and their text on the pages of alerts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mkdocs_gitops.docs_pages import part, together, with_facts
from tests.runbooks.helpers import BASE, rule, rules
from tests.support.commands import gitops_docs
from tests.support.links import dead_links

RUNBOOK = """\
---
alerts: [PodinfoDown, PodinfoSlow]
applies_to: [layer:apps, helmrelease/web/podinfo]
owner: "@team"
last_reviewed: 2026-01-01
---
# Podinfo

Look at [the home page](../index.md), [the other part](#podinfoslow) and ![a picture](dot.png).

## Meaning

It is *gone*.

## PodinfoSlow

### Meaning

It is slow.

## Last

The end.
"""


STEPS = """\
---
alerts: [Stepped]
---
# Stepped

1. Look at the pods:

   ```bash
   kubectl get pods -n web
   ```

2. Then:
   - read the logs
     ```bash
     kubectl logs -n web deploy/podinfo
     ```
   - wait

3. Done.
"""
"""A runbook as it is written for the forge."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built site with a runbook."""
    root = tmp_path_factory.mktemp("handwritten") / "repository"
    files = {
        **BASE,
        **rules(rule("PodinfoDown"), rule("PodinfoSlow"), rule("Lost"), rule("Stepped")),
        "docs/runbooks/podinfo.md": RUNBOOK,
        "docs/runbooks/dot.png": "x",
        "docs/runbooks/stepped.md": STEPS,
        "docs/plain.md": "# Plain\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    out = root.parent / "site"
    gitops_docs("build", str(root), "--site-dir", str(out))
    return out


@pytest.fixture(scope="module")
def page(site: Path) -> Callable[[str], str]:
    """The HTML of a page by its address."""
    return lambda address: (site / address / "index.html").read_text(encoding="utf-8")


def test_steps_stay_one_list(page: Callable[[str], str]) -> None:
    """Steps that are indented as the forge accepts them are one list, on the runbook's page and on
    that of its alert."""
    for address in ("runbooks/stepped", "platform/alerts/stepped"):
        html = page(address)
        steps = html[html.index("<ol>", html.index("Look at the pods") - 60) :]
        steps = steps[: steps.index("</ol>")]
        assert steps.count("<li>") == 5, address
        assert "kubectl get pods -n web" in re.sub("<[^>]+>", "", steps), address
        assert "Done." in steps, address
        first, _, second = steps.partition("Then:")
        assert first.count("<pre") == second.count("<pre") == 1, address


def test_runbook_shows_what_it_applies_to(page: Callable[[str], str]) -> None:
    """Facts and commands stand behind the title, before the author's text, which is unchanged."""
    html = page("runbooks/podinfo")
    head, block, rest = html.partition('<aside class="gitops-applies"')
    assert "<h1" in head
    facts, _, text = rest.partition("</aside>")
    assert "flux get helmrelease podinfo -n web" in facts
    assert "flux suspend kustomization apps -n flux-system" in facts
    assert "6.7.1" in facts
    assert 'href="../../platform/alerts/podinfodown/"' in facts
    assert "It is <em>gone</em>." in text
    assert "gitops-applies" not in page("plain")


def test_alert_shows_its_runbook(page: Callable[[str], str]) -> None:
    """The page of an alert holds the runbook, references moved; where a heading is named after the
    alert, that part."""
    whole = page("platform/alerts/podinfodown")
    assert "It is <em>gone</em>." in whole
    assert "The end." in whole
    assert (
        'href="../../.."' in whole
        or 'href="../../../"' in whole
        or 'href="../../../runbooks/podinfo/../.."' in whole
    )
    assert "runbooks/dot.png" in whole or "podinfo/../dot.png" in whole
    part_only = page("platform/alerts/podinfoslow")
    assert "It is slow." in part_only
    assert "The end." not in part_only
    assert "It is <em>gone</em>." not in part_only
    assert "gitops-inlined 0" not in whole + part_only


def test_alert_without_a_runbook(page: Callable[[str], str]) -> None:
    """There is a page to begin with, and the address to give to the rule."""
    html = page("platform/alerts/lost")
    assert "No runbook." in html
    assert "docs/runbooks/lost.md" in html
    assert "runbook_url: https://docs.example.org/platform/platform/alerts/lost/" in html


def test_no_dead_links(site: Path) -> None:
    """References in copies lead where those of the page itself lead; no id is there twice."""
    # The page for addresses that do not exist names everything from the site's own address, which
    # is not served here.
    assert [link for link in dead_links(site) if not link.startswith("404.html")] == []
    for path in site.rglob("*.html"):
        ids = re.findall(r'\sid="([^"]+)"', path.read_text(encoding="utf-8"))
        assert sorted(ids) == sorted(set(ids)), path


@pytest.mark.parametrize(
    ("anchor", "expected"),
    [
        (None, '<p>a</p><h2 id="p-x">X</h2><p><a href="../r/../y/">b</a></p><h2 id="p-z">Z</h2>'),
        ("x", '<p><a href="../r/../y/">b</a></p>'),
    ],
)
def test_parts(anchor: str | None, expected: str) -> None:
    """A copy has no title, no script and no permanent links; a part ends before the next heading of
    its level."""
    content = (
        '<h1 id="t">T<a class="headerlink" href="#t">¶</a></h1><script>alert(1)</script><p>a</p>'
        '<h2 id="x">X<a class="headerlink" href="#x">¶</a></h2><p><a href="../y/">b</a></p><h2 '
        'id="z">Z</h2>'
    )
    assert part(content, anchor, "p-", "../r/") == expected


def test_text_stays_text() -> None:
    """What is escaped on the page stays escaped in the copy."""
    content = (
        '<p title="&quot;&gt;&lt;script&gt;">&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp; '
        "&#60;b&#62;<br/>x</p>"
    )
    copied = part(content, None, "p-", "../r/")
    assert "<script" not in copied
    assert copied.count("<br>") == 1
    assert "&amp;amp;" in copied


def test_pages_that_show_each_other_change_together() -> None:
    """An alert's page is written again with its runbook, and the runbook with it, over any number
    of steps."""

    class One:
        def __init__(self, name: str, modified: bool = False) -> None:
            self.src_uri, self.modified = name, modified

        def is_modified(self) -> bool:
            return self.modified

    files = {name: One(name, modified=name == "a") for name in "abcde"}
    together([files[name] for name in group] for group in ("ab", "cd", "bc"))  # type: ignore[misc]  # what is used of a File
    assert [files[name].is_modified() for name in "abcde"] == [True, True, True, True, False]


def test_facts_without_a_title() -> None:
    """A page without a title has the facts in front."""
    assert with_facts("<p>x</p>", "F") == "F<p>x</p>"
    assert with_facts("<h1>T</h1><p>x</p>", "F") == "<h1>T</h1>\nF<p>x</p>"
    assert with_facts("<h1>T</h1><p>x</p>", "F", at_end=True) == "<h1>T</h1><p>x</p>\nF"
