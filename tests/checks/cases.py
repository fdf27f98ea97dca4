"""Read the cases of the rules: `cases/<code>.yaml`, one file a rule, one YAML document a case.

`bad`
:   Files of a small repository that has the finding. They stand beside those of `flux bootstrap` for
    the cluster `prod`, unless `bootstrap: false` says otherwise.
`good`
:   The files that are different in a repository that has no such finding; null: the file is not
    there.
`expect`
:   Every finding of the code in the bad repository: severity, place, message; `extent` and `about`
    where they are worth a look.

`<<x * 1000>>` in a file stands for a thousand times `x`. A rule that files alone cannot trigger, since
it needs Git, a pulled chart or a site, names the test that does it: `tested_in`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from gitops_docs.model import Finding, Platform
from gitops_docs.scanner.scanner import scan
from gitops_docs.settings.load import load_settings
from tests.support.manifests import SYNC, SYNC_FILE

Files = Mapping[str, str | bytes | None]
DIRECTORY = Path(__file__).with_name("cases")
_REPEATED = re.compile(r"<<(\S+?) \* (\d+)>>")


def case_files() -> list[Path]:
    """All files of cases."""
    return sorted(DIRECTORY.glob("*.yaml"))


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Code and case, of all rules that files alone can trigger."""
    for path in case_files():
        for case in yaml.load_all(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader):
            if "tested_in" not in case:
                yield path.stem, case


def platform(root: Path, case: Mapping[str, Any], files: Files) -> Platform:
    """What a scan says of the files of a case, with the settings that are among them."""
    bootstrap = {SYNC_FILE: SYNC} if case.get("bootstrap", True) else {}
    for name, content in {**bootstrap, **files}.items():
        if content is not None:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else _text(content))
    settings, sentences = load_settings(root)
    assert sentences == []
    return scan(root, settings)


def row(finding: Finding, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """A finding as a case describes it, with the fields that the case looks at."""
    place = f"{finding.file}:{finding.line}" if finding.file else None
    about = [f"{ref.cluster}: {ref.label}" for ref in finding.about]
    every = {
        "severity": finding.severity.value,
        "place": place,
        "message": finding.message,
        "extent": finding.extent,
        "layers": list(finding.layers),
        "about": about,
    }
    return {key: every[key] for key in wanted}


def _text(content: str) -> bytes:
    return _REPEATED.sub(lambda match: match[1] * int(match[2]), content).encode()
