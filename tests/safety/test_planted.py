"""Credentials made by chance, in the formats in which they travel, looked for in everything that
comes out; harmless values beside them.

`tests/redaction/planted/template.txt` is the repository: charts, files of settings, command lines,
objects. Some may be missed: a text that no rule knows is shown. What is asked is that 98 of 100 are
hidden and 98 of 100 harmless values are not.
"""

from __future__ import annotations

import base64
import html
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from ahocorasick_rs import AhoCorasick, Implementation
from click.testing import CliRunner

from gitops_docs.cli.main import main
from tests.support.planted import TEMPLATE, Planted, Repository, plant

SHARE = 0.98


@pytest.fixture(scope="module")
def repository() -> Repository:
    """The files, and what is in them."""
    made = plant(TEMPLATE.read_text(encoding="utf-8"), "a fixed seed")
    assert len(made.credentials) > 900 and len(made.harmless) > 900
    return made


@pytest.fixture(scope="module")
def outputs(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What every command prints and writes; the first of two commits has other values of the same
    shapes."""
    folder = tmp_path_factory.mktemp("planted")
    root = folder / "repository"
    earlier = plant(TEMPLATE.read_text(encoding="utf-8"), "another seed")
    for number, files in enumerate((earlier.files, repository.files)):
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        if number == 0:
            _git(root, "init", "--quiet", "--initial-branch=main")
            _git(root, "remote", "add", "origin", "https://git.example.org/platform.git")
        _git(root, "add", "--all")
        _git(
            root,
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
            "commit",
            "--quiet",
            "--message=Values",
        )
    made: dict[str, str] = {}

    def run(name: str, *arguments: str) -> str:
        done = CliRunner().invoke(main, [name, *arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        made[" ".join((name, *arguments[1:]))[:40]] = done.output
        return done.stdout

    inventory = run("inventory", str(root))
    for form in ("text", "json", "sarif", "github"):
        run("check", str(root), "--format", form)
    for layer in json.loads(inventory)["layers"]:
        run("render", str(root), layer["id"])
    run("tree", str(root))
    run("graph", str(root))
    for form in ("markdown", "json"):
        run("diff", str(root), "HEAD~1", "HEAD", "--format", form)
    run("build", str(root), "--site-dir", str(folder / "site"))
    run("export", str(root), str(folder / "exported"))
    (folder / "in").mkdir()
    (folder / "in" / "a.inventory.json").write_text(inventory, encoding="utf-8")
    run("hub", str(folder / "in"), "--site-dir", str(folder / "hub"))
    for name in ("site", "exported", "hub"):
        files = [path for path in sorted((folder / name).rglob("*")) if path.suffix in _TEXTS]
        assert len(files) > 5, name
        made[name] = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)
    return made


_TEXTS = (".html", ".json", ".md", ".xml", ".yml", ".yaml", ".txt")


def _git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)


def _forms(value: str) -> Iterator[str]:
    """How an output may write a value, or a half of a long one."""
    half = max(8, len(value) // 2)
    for part in (value, value[:half], value[-half:]) if len(value) >= 16 else (value,):
        yield from (part, quote(part, safe=""), html.escape(part), json.dumps(part)[1:-1])
        for offset in range(3):
            encoded = base64.b64encode(b" " * offset + part.encode()).decode()
            inner = encoded[-(-offset * 8 // 6) : (offset + len(part)) * 8 // 6]
            if len(inner) >= 10:
                yield from (inner, inner.replace("+", "-").replace("/", "_"))


def _found(wanted: list[tuple[str, Planted]], texts: dict[str, str]) -> dict[Planted, str]:
    """Each value that stands in an output, with the first one."""
    owner: dict[str, Planted] = {}
    for form, value in wanted:
        owner.setdefault(form, value)
    forms = list(owner)
    search = AhoCorasick(forms, implementation=Implementation.ContiguousNFA)
    found: dict[Planted, str] = {}
    for name, text in texts.items():
        plain = html.unescape(re.sub(r"<[^<>]{0,2000}>", "", text))
        for read in (
            text,
            plain,
            re.sub(r"\\+([\"\\/])", r"\1", text),
            re.sub(r"\s*\n\s*", "", text),
        ):
            for index, _, _ in search.find_matches_as_indexes(read, overlapping=True):
                found.setdefault(owner[forms[index]], name)
    return found


def test_credentials_are_hidden(repository: Repository, outputs: dict[str, str]) -> None:
    """No output has a credential, a half of it, or its base64."""
    everything = "\n".join(value.value for value in repository.harmless)
    wanted = [
        (form, value)
        for value in repository.credentials
        for form in _forms(value.value)
        if form not in everything
    ]
    found = _found(wanted, outputs)
    missed = [f"{value.place} {value.shape} in {name}" for value, name in found.items()]
    assert len(missed) <= (1 - SHARE) * len(repository.credentials), "\n".join(missed)


def test_harmless_values_are_shown(repository: Repository, outputs: dict[str, str]) -> None:
    """What is not a credential stands in an output, as it is."""
    found = _found([(value.value, value) for value in repository.harmless], outputs)
    hidden = [f"{value.value} {value.place}" for value in repository.harmless if value not in found]
    assert len(hidden) <= (1 - SHARE) * len(repository.harmless), "\n".join(hidden)
