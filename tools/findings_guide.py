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

A finding is a fault in the manifests or in your pages, with a code, a file and line, and what to do. Check a repository:

```console
$ gitops-docs check .
```

Builds log the same findings, and the site lists them. Codes do not change.

| Severity | Means | `--strict` build | `gitops-docs check` |
|---|---|---|---|
| error | Flux or Kubernetes rejects it, or data is lost | fails | fails |
| warning | probably a mistake | fails | fails with `--fail-on warning` |
| info | for information, or probably made outside Git | passes | fails with `--fail-on info` |

The same fault at one place is one finding, with the layers and clusters that have it: `× 14 layers on 3 clusters`. JSON and
SARIF list them as `layers`, `clusters`, `about` (the objects) and `cause`.

## Deal with findings

**Ignore one**, with a reason, in the manifest: beside the line, above the field, or above the object. A comment without
a reason ignores nothing; a comment that ignores nothing is a finding. In a Markdown page, write
`<!-- gitops-docs: ignore CODE reason -->`.

```yaml
dependsOn:
  # gitops-docs: ignore dependency-suspended resumed after the migration
  - name: database
```

**Change the level** of a code, in `.gitops-docs.yaml` or in the options of the plugin: `error`, `warning`, `info` or
`off`.

```yaml
levels:
  image-tag-floating: error
  orphan: "off"
```

**Start from a baseline** if there are too many: known findings are not reported again, new ones are. Lines may move.
Entries without a match are reported. A known fault that reaches another layer or cluster stays known.

```console
$ gitops-docs check . --baseline findings.json --write-baseline
$ gitops-docs check . --baseline findings.json --fail-on warning
```

For site builds, set the option `baseline` to the same file.

**In CI**, `--format github` annotates the lines of a pull request, `--format sarif` writes the format of code scanning,
and `--format json` has the fields of the inventory. The exit status is 0 without a failing finding, 1 with one, and 2 for
invalid arguments, settings or repository.
"""
_SEVERITIES = {"error": "Error", "warning": "Warning", "info": "Info"}


def page() -> str:
    """Return the page as Markdown."""
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
