"""A repository with a payload in every place where a repository has text, and its site."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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
    """A repository, its site, and the log of the build."""

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


def build(base: Path) -> Built:
    """The site of the repository of all payloads, with the theme Material."""
    root = make(base / "repository", PAYLOADS)
    done = gitops_docs("build", str(root), "--site-dir", str(base / "site"))
    return Built(root, base / "site", done.stdout + done.stderr)
