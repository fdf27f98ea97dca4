"""Write findings as text for people, JSON, SARIF for code scanning, and annotations for GitHub.

In: settled findings. Out: text. Nothing of a repository can break out of a format: control
characters, the markers of workflow commands and of terminals are escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from msgspec import to_builtins

from gitops_docs.checks.baseline import fingerprint
from gitops_docs.checks.registry import CODES
from gitops_docs.model import GUIDE, Finding, Severity, docs_url
from gitops_docs.text import escape
from gitops_docs.text.escape import line as one_line

FORMATS = ("text", "json", "sarif", "github")
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_WORDS = {
    Severity.ERROR: ("error", "errors"),
    Severity.WARNING: ("warning", "warnings"),
    Severity.INFO: ("note", "notes"),
}
_SARIF_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_GITHUB_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_NO_FILE = ".gitops-docs.yaml"
"""Where a finding that is of no file can be dealt with; code scanning wants a place for each."""

Style = Callable[[str, str], str]
"""Text and what it is (`file`, `error`, `warning`, `info`, `quiet`) to text with colours."""


def text(findings: Sequence[Finding], style: Style | None = None) -> str:
    """Return a list for people, by file, and how many there are of each severity.

    Args:
        findings: Settled findings.
        style: Makes colours; none where None.
    """
    paint = style or (lambda words, _: words)
    lines: list[str] = []
    ordered = sorted(findings, key=lambda finding: finding.file or "")
    for file, group in groupby(ordered, key=lambda finding: finding.file or ""):
        lines.append(paint(one_line(file or "no file"), "file"))
        found = sorted(
            group, key=lambda finding: (finding.line or 0, finding.code, finding.message)
        )
        width = max(len(str(finding.line or "-")) for finding in found)
        for finding in found:
            level = paint(f"{finding.severity.value:7}", finding.severity.value)
            line = str(finding.line or "-").rjust(width)
            lines.append(
                f"  {line}  {level}  {one_line(_sentence(finding))}  "
                f"{paint(f'[{finding.code}]', 'quiet')}"
            )
        lines.append("")
    lines.append(summary(findings))
    return "\n".join(lines)


def summary(findings: Iterable[Finding]) -> str:
    """`2 errors, 1 warning, 30 notes`."""
    found = [finding.severity for finding in findings]
    if not found:
        return "no findings"
    counts = [(found.count(severity), _WORDS[severity]) for severity in Severity]
    return ", ".join(
        f"{number} {words[0] if number == 1 else words[1]}" for number, words in counts if number
    )


def rows(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Return findings as plain values, as the inventory has them: what is wrong (`code`, `cause`),
    where (`file`, `line`), and what it is about (`about`, `layers`, `clusters`)."""
    return [
        {
            "code": finding.code,
            "severity": finding.severity.value,
            "message": finding.message,
            "file": finding.file,
            "line": finding.line,
            "layer": finding.layer,
            "docs": docs_url(finding.code),
            "cause": finding.cause or finding.message,
            "layers": list(finding.layers),
            "clusters": list(finding.clusters),
            "about": to_builtins(finding.about),
            "merged": list(finding.merged),
        }
        for finding in findings
    ]


def as_json(findings: Iterable[Finding]) -> str:
    """Return a JSON array of `rows`."""
    return escape.dumps(rows(findings), indent=2)


def sarif(findings: Sequence[Finding], version: str, prefix: str = "") -> str:
    """Return a SARIF 2.1.0 log, as GitHub, GitLab and Azure DevOps read it.

    Args:
        findings: Settled findings.
        version: Of this program.
        prefix: The scan root below the top of the Git repository, which code scanning names files
            from.
    """
    used = sorted({finding.code for finding in findings})
    index = {code: number for number, code in enumerate(used)}
    log = {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "gitops-docs",
                        "informationUri": GUIDE,
                        "version": version,
                        "rules": [_rule(code) for code in used],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, index[finding.code], prefix) for finding in findings],
            }
        ],
    }
    return escape.dumps(log, indent=2)


def _rule(code: str) -> dict[str, object]:
    known = CODES.get(code)
    rule: dict[str, object] = {"id": code, "helpUri": docs_url(code)}
    if known is not None:
        rule["shortDescription"] = {"text": known.title}
        rule["fullDescription"] = {"text": known.about}
        rule["help"] = {"text": f"{known.about}\n\n{known.remedy}"}
        rule["defaultConfiguration"] = {"level": _SARIF_LEVELS[known.severity]}
    return rule


def _result(finding: Finding, index: int, prefix: str) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _SARIF_LEVELS[finding.severity],
        "message": {"text": one_line(_sentence(finding))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {
                        "uri": _uri(prefix, finding.file or _NO_FILE),
                        "uriBaseId": "%SRCROOT%",
                    },
                    "region": {"startLine": max(1, finding.line or 1)},
                }
            }
        ],
        "partialFingerprints": {"gitopsDocs/v1": fingerprint(finding)},
    }
    result["properties"] = {
        "layers": list(finding.layers),
        "clusters": list(finding.clusters),
        "about": to_builtins(finding.about),
        "cause": one_line(finding.cause or finding.message),
    }
    return result


def _uri(prefix: str, file: str) -> str:
    return escape.path(f"{prefix}{file}")


def github(findings: Iterable[Finding], prefix: str = "") -> str:
    """Workflow commands, one a line: annotations on the lines of a pull request."""
    lines = []
    for finding in findings:
        fields = [f"title={_property(finding.code)}"]
        if finding.file:
            fields = [
                f"file={_property(prefix + finding.file)}",
                f"line={max(1, finding.line or 1)}",
                *fields,
            ]
        lines.append(
            f"::{_GITHUB_LEVELS[finding.severity]} {','.join(fields)}::{_data(_sentence(finding))}"
        )
    return "\n".join(lines)


def _sentence(finding: Finding) -> str:
    """Return the message, with how much the finding concerns."""
    return f"{finding.message} ({finding.extent})" if finding.extent else finding.message


def _data(words: str) -> str:
    """`toCommandValue` of actions/toolkit; other control characters do not belong in a message."""
    escaped = words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return one_line(escaped)


def _property(words: str) -> str:
    return _data(words).replace(":", "%3A").replace(",", "%2C")
