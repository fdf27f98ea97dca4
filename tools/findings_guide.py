"""Write docs/guide/findings.md from the rules: `python tools/findings_guide.py`.

In: `gitops_docs.checks.registry`. Out: the page, one section a code, whose heading is the code, so
that its anchor is stable. A test holds the page to them.
"""

from __future__ import annotations

from pathlib import Path

from gitops_docs.checks.registry import of_family
from gitops_docs.model import Family, Rule

PAGE = Path(__file__).parent.parent / "docs" / "guide" / "findings.md"
_INTRODUCTION = """\
<!-- Made by tools/findings_guide.py from the rules: change them. -->

# Findings

`gitops-docs check` prints findings, a site build logs them, and the site lists them. Every finding has a code that does
not change, a file and a line, and a sentence that says what to do.

| Severity | Means | A strict build | `gitops-docs check` |
|---|---|---|---|
| error | Flux or Kubernetes rejects it, or data is lost | fails | fails |
| warning | probably a mistake | fails | fails with `--fail-on warning` |
| info | for information | passes | fails with `--fail-on info` |

What may well be made outside Git is information.

The same fault at one place is one finding, whether one layer has it or fourteen on three clusters. Text, annotations
and pages then say `× 14 layers on 3 clusters`; JSON and SARIF have `layers`, `clusters`, `about` (the objects, with
cluster, group, kind, namespace and name) and `cause`.

## Deal with findings

**Ignore one**, with a reason, in the manifest: beside the line, above the field, or above the object. Without a
reason nothing is ignored, and a comment that ignores nothing is a finding of its own. In a Markdown page the comment
is `<!-- gitops-docs: ignore CODE reason -->`.

```yaml
dependsOn:
  # gitops-docs: ignore dependency-suspended resumed after the migration
  - name: database
```

**Change its level** for the whole repository, in `.gitops-docs.yaml` or in the options of the plugin: `error`,
`warning`, `info` or `off`.

```yaml
levels:
  image-tag-floating: error
  orphan: "off"
```

**Start from a baseline**: findings that are known are not reported again, new ones are. Lines may move; entries that
match nothing any more are reported. A fault that reaches another layer or cluster is still known.

```console
$ gitops-docs check . --baseline findings.json --write-baseline
$ gitops-docs check . --baseline findings.json --fail-on warning
```

The setting `baseline` names the file for site builds as well.

**In CI**: `--format github` annotates the lines of a pull request, `--format sarif` writes what code scanning reads,
`--format json` the same fields as the inventory. The exit status is 0 where nothing fails, 1 where a finding does, 2
where the arguments or the repository cannot be used.
"""
_SEVERITIES = {"error": "Error", "warning": "Warning", "info": "Info"}


def page() -> str:
    """The page as Markdown."""
    parts = [_INTRODUCTION]
    for family in Family:
        parts.append(f"\n## {family.value}\n")
        parts += [_section(rule) for rule in of_family(family)]
    return "".join(parts)


def _section(rule: type[Rule]) -> str:
    varies = f" {rule.varies}" if rule.varies else ""
    return (
        f"\n### {rule.code}\n\n**{rule.title}.** {_SEVERITIES[rule.severity.value]}.{varies}\n\n"
        f"{rule.about}\n\n{rule.remedy}\n\n"
        f"{_block('Before', rule.bad)}\n{_block('After', rule.good)}"
    )


def _block(label: str, text: str) -> str:
    fence = "````" if "```" in text else "```"
    return f"{label}\n\n{fence}text\n{text}\n{fence}\n"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
