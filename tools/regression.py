"""Write what kubectl gives into regression files: `python tools/regression.py
tests/kustomize/regressions/*.yaml`.

A regression file holds `about` (one sentence), `files` (path to text) and, if it is not the root,
the `directory` to build. This tool adds the `output`, or `error: true`, of the newest kustomize,
and under `earlier` what earlier ones give in another way (`make kubectls` fetches them). A file
that has its result is left alone, unless `--again` is given.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import textwrap
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support import oracle


def main() -> None:
    """Fill in each file given."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--again", action="store_true", help="ask for results that are there too")
    given = parser.parse_args()
    for path in given.files:
        text = path.read_text(encoding="utf-8")
        case = yaml.safe_load(text)
        if given.again or not ("output" in case or "error" in case):
            path.write_text(_with_results(_without_results(text), case), encoding="utf-8")
            print(path)


def _without_results(text: str) -> str:
    kept: list[str] = []
    for line in text.splitlines():
        if not line.startswith((" ", "\t")) and line.strip():
            inside = line.startswith(("output:", "error:", "earlier:"))
        if not inside:
            kept.append(line)
    return "\n".join(kept).rstrip()


def _with_results(text: str, case: dict[str, object]) -> str:
    with tempfile.TemporaryDirectory() as directory:
        files = case["files"]
        assert isinstance(files, dict)
        for file, content in files.items():
            target = Path(directory) / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
        place = Path(directory) / str(case.get("directory", "."))
        results = {version: oracle.printed(place, version) for version in oracle.available()}
    newest = results.pop(oracle.LATEST)
    made = [text, _result(newest)]
    earlier = {
        version: result
        for version, result in results.items()
        if _objects(result) != _objects(newest)
    }
    if earlier:
        made.append("earlier:")
    for version, result in earlier.items():
        made += [f"  {oracle.shown(version)}:", textwrap.indent(_result(result), "    ")]
    return "\n".join(made) + "\n"


def _objects(printed: str | None) -> object:
    return None if printed is None else oracle.read(printed)


def _result(printed: str | None) -> str:
    if printed is None:
        return "error: true"
    return (
        "output: |\n" + textwrap.indent(printed, "  ").rstrip() if printed.strip() else 'output: ""'
    )


if __name__ == "__main__":
    main()
