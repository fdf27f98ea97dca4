"""Texts of a repository are shown as they are, and never live: payloads in every place where a manifest, a file name or a commit has text.

The site is built with everything switched on that makes Markdown come alive: snippets, macros, attribute lists, Markdown in HTML, emoji,
automatic links. Pages are read with an HTML5 parser, as a browser reads them.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.support.commands import gitops_docs

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
}
NUMBERS = sorted(PAYLOADS)
COMPUTED = str(7 * 191)

SETTINGS = """\
site_name: Injected
theme: {name: material, font: false, features: [navigation.instant, search.suggest, search.highlight, toc.follow]}
plugins: [search, macros, tags, gitops]
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
"""


def quoted(text: str) -> str:
    """A text as a YAML scalar; JSON's escapes are YAML's."""
    return json.dumps(text)


def comment(text: str) -> str:
    """A text as far as it can stand in a comment: no line break, and none of what YAML forbids."""
    return "".join(char for char in text if char.isprintable() or char == "\u202e")


def layer(number: int) -> str:
    text, words = quoted(PAYLOADS[number]), comment(PAYLOADS[number])
    before = f"    - name: {quoted(PAYLOADS[number - 1])} # {words}\n" if number > 1 else "    - name: plain\n"
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
    substitute: {{value: {quoted(PAYLOADS[number].replace("$", ""))}}}
"""


def app(number: int) -> str:
    text = quoted(PAYLOADS[number].replace("${", "{"))
    return f"""\
# Release: {comment(PAYLOADS[number]).replace("${", "{")}
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: {text}, namespace: {text}, labels: {{a: {text}}}}}
spec:
  interval: {text}
  chart: {{spec: {{chart: {text}, version: {text}, sourceRef: {{kind: HelmRepository, name: {text}}}}}}}
  dependsOn: [{{name: {text}}}]
  valuesFrom: [{{kind: ConfigMap, name: {text}, valuesKey: {text}, optional: true}}]
  values: {{{text}: {text}, list: [{text}], used: "${{value}}", missing: "${{missing:=x}}"}}
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
          annotations: {{summary: {text}, description: {text}, runbook_url: {text}}}
---
apiVersion: v1
kind: Secret
metadata: {{name: {text}, namespace: {text}}}
stringData: {{{text}: secret}}
"""


@dataclass(frozen=True, slots=True)
class Built:
    root: Path
    site: Path
    log: str


def file_name(number: int) -> str:
    return "".join(char for char in PAYLOADS[number] if char not in "/\0")[:200]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A site of a repository with every payload in every place, and the log of its build."""
    root = tmp_path_factory.mktemp("injection") / "repository"
    files = {
        "mkdocs.yml": SETTINGS,
        "secret.env": "CANARY-SNIPPET\n",
        "docs/index.md": "# Home\n\n```gitops-graph\ncluster: prod\n```\n",
        "docs/CODEOWNERS": "* @<script>alert('owner')</script>\n",
        "CODEOWNERS": "".join(f"/apps/{number}/ @{PAYLOADS[number].split(' ')[0]}\n" for number in NUMBERS),
        "clusters/prod/layers.yaml": "".join(layer(number) for number in NUMBERS)
        + layer(1).replace(quoted(PAYLOADS[1]), "plain"),
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
        **{f"apps/{number}/{file_name(number)}.yaml": app(number) for number in NUMBERS},
        **{f"stray/{file_name(number)}.yaml": app(number) for number in NUMBERS},
    }
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=root, check=True)
    subprocess.run(["git", "add", "."], cwd=root, check=True)
    identity = {"GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    for number in NUMBERS:
        command = ["git", "commit", "-q", "--allow-empty", "-m", PAYLOADS[number]]
        author = PAYLOADS[number].replace("<", "\uff1c").replace(">", "\uff1e")
        subprocess.run(
            command, cwd=root, check=True, env={**identity, "GIT_AUTHOR_NAME": author, "PATH": "/usr/bin:/bin"}
        )
        (root / f"apps/{number}/touched.txt").write_text("x")
        subprocess.run(["git", "add", "."], cwd=root, check=True)
    site = tmp_path_factory.mktemp("injection-site") / "site"
    done = gitops_docs("build", str(root), "--site-dir", str(site))
    return Built(root, site, done.stdout + done.stderr)


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
        if node.tag in ("script", "style") and re.search(r"Q\d\d|alert\(|display:none}", node.text() or ""):
            yield shown
        for name, value in node.attributes.items():
            value = value or ""
            if name.startswith("on") or name in ("srcdoc", "autofocus"):
                yield shown
            if name in ("href", "src", "action", "formaction", "xlink:href", "data", "poster", "content"):
                scheme = urlsplit(re.sub(r"[\x00-\x20]", "", value)).scheme if not value.startswith("width=") else ""
                if name != "content" and scheme not in ("", "http", "https", "mailto"):
                    yield shown
                if node.tag in ("script", "img", "link") and "evil.example.org" in value:
                    yield shown
            if name == "id" and value == "owned":
                yield shown
        if node.tag == "img" and node.attributes.get("src") == "x":
            yield shown


def test_pages_are_harmless(pages: dict[str, LexborHTMLParser]) -> None:
    """No page has a script, handler, frame or address of a payload, and none has lost its frame."""
    assert len(pages) > 5 * len(NUMBERS)
    assert {page: found for page, tree in pages.items() if (found := sorted(set(live(tree))))} == {}
    for page, tree in pages.items():
        article = tree.css("article.md-content__inner")
        assert len(article) == 1, page
        if page.startswith("platform/"):
            assert len(tree.css("h1")) == 1, page
            assert len(tree.css("article .gitops")) >= 1, page


def test_payloads_are_shown(pages: dict[str, LexborHTMLParser]) -> None:
    """Each payload stands on some page, letter by letter but for control characters."""
    texts = [re.sub(r"\s+", " ", tree.body.text()) for tree in pages.values() if tree.body is not None]
    for number in NUMBERS:
        wanted = re.sub(
            r"\s+", " ", re.sub("[\x00-\x1f\x7f-\x9f\u2028\u202e\u2066]", "\ufffd", PAYLOADS[number])
        ).strip()
        assert any(wanted in text for text in texts), wanted


def test_nothing_is_evaluated(built: Built) -> None:
    """No snippet was included, no macro and no arithmetic evaluated, no emoji, footnote or abbreviation made."""
    for path in sorted(built.site.rglob("*")):
        if path.suffix in (".html", ".json", ".xml"):
            text = path.read_text(encoding="utf-8")
            assert "CANARY-SNIPPET" not in text, path
            if path.is_relative_to(built.site / "platform"):
                assert COMPUTED not in re.sub(r"\d{5,}|[0-9a-f]{8,}", "", text), path
                assert "<abbr" not in text and 'class="twemoji" title' not in text and "footnote" not in text, path


def test_controls_are_gone(built: Built) -> None:
    """Neither pages nor JSON have control characters, or such as turn the direction of text."""
    for path in sorted(built.site.rglob("*")):
        if path.suffix in (".html", ".json", ".xml") and "assets" not in path.parts:
            text = path.read_text(encoding="utf-8")
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text), path


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
        *(["render", PAYLOADS[number]] for number in (1, 20, 21)),
        ["render", "no such layer \u001b[31m"],
    ],
    ids=lambda command: html.escape(" ".join(command))[:20].encode("ascii", "replace").decode(),
)
def test_terminal(built: Built, command: list[str]) -> None:
    """No control character of a manifest reaches the terminal."""
    done = gitops_docs(command[0], str(built.root), *command[1:], status=None)
    for text in (done.stdout, done.stderr, built.log):
        assert not [
            char for char in text if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs")
        ], text[:300]
    if command[0] == "check" and "github" in command:
        assert all(row.startswith("::") for row in done.stdout.splitlines())
