"""What a scan leaves in its process: no text of a secret, and nothing that another scan notices."""

from __future__ import annotations

import ast
import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_docs.inventory.codec import dumps
from gitops_docs.pages import render
from gitops_docs.scanner.scanner import Scanner, scan
from gitops_docs.text import memo
from gitops_docs.yaml.nodes import plain_kind
from tests.safety.test_canaries import FILES as CANARIES
from tests.support import PROJECT
from tests.support.history import commit
from tests.support.memory import kept
from tests.support.scanning import write
from tests.support.small import FILES

_ENCODED = tuple(base64.b64encode(f"canary{number:02}".encode()) for number in range(1, 100))


def is_canary(text: str | bytes) -> bool:
    """Whether a canary is in a text, as it is or in base64."""
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return b"canary" in content.lower() or any(one in content for one in _ENCODED)


@pytest.fixture
def canaries(tmp_path: Path) -> Path:
    """A Git repository with canaries in Secrets and in everything else that may hold a credential,
    the address of its remote among them."""
    root = tmp_path / "canaries"
    commit(root, CANARIES)
    remote = ["remote", "add", "origin", "https://canary72@git.example.org/platform.git"]
    subprocess.run(["git", *remote], cwd=root, check=True, capture_output=True)
    return root


def left_behind(root: Path) -> list[str]:
    """The globals and caches that lead to a canary after scanning twice, with an edit in between,
    and after making the pages and the inventory."""
    scanner = Scanner(root)
    scanner.scan()
    (root / "apps" / "keys.yaml").unlink()
    platform = scanner.scan()
    assert len(platform.layers) > 3
    render(platform)
    dumps(platform)
    del scanner, platform
    return kept("gitops_docs", is_canary)


ALONE = """
import json, sys
from pathlib import Path
from tests.scanner.test_memory import left_behind
print(json.dumps(left_behind(Path(sys.argv[1]))))
"""


def test_no_secret_outlives_a_scan(canaries: Path) -> None:
    """Nothing leads to a canary, in a process in which no other test has filled caches of MkDocs,
    the browser or the tests."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(canaries)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


def test_memo_is_looked_at() -> None:
    """A text in a memo is found, and is gone at the end of its scope."""
    with memo.scope():
        plain_kind("canary in a memo")
        [found] = kept("gitops_docs", lambda text: text == "canary in a memo")
        assert "plain_kind" in found
    assert kept("gitops_docs", lambda text: text == "canary in a memo") == []


def test_memo_keeps_what_the_last_scan_used() -> None:
    """A text that a scan does not meet again is forgotten at its end; one that it meets is not read
    again."""
    calls = []
    length = memo.memo(8)(lambda text: calls.append(text) or len(text))
    for texts in (("once here", "always here"), ("always here",)):
        with memo.scan():
            assert [length(text) for text in texts] == [len(text) for text in texts]
    assert calls == ["once here", "always here"]
    del calls[:]
    with memo.scan():
        assert length("always here") == 11 and calls == []
        assert length("once here") == 9 and calls == ["once here"]
    memo.forget()
    with memo.scan():
        length("always here")
    assert calls == ["once here", "always here"]


IN_THIS_ORDER = """
import sys
from collections.abc import Iterator
from pathlib import Path
from gitops_docs.inventory.codec import dumps
from gitops_docs.scanner.scanner import scan
for root in sys.argv[1:]:
    print(dumps(scan(Path(root))), end="\\0")
"""


def test_scans_do_not_depend_on_earlier_ones(canaries: Path, tmp_path: Path) -> None:
    """Scans of two repositories are the same in one process and in another, in either order."""
    small = write(tmp_path / "small", FILES)
    own = [dumps(scan(root)) for root in (small, canaries, small)]
    assert own[0] == own[2]
    command = [sys.executable, "-c", IN_THIS_ORDER, str(canaries), str(small)]
    other = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split("\0")
    assert other[:2] == [own[1], own[0]]


CONSTANT = {
    "text/memo.py": "the memo itself",
    "text/patterns.py": "expressions of our own code, and the engine",
    "repository/work_tree.py": "where git is",
    "kubernetes/schemas.py": "our tables",
    "kubernetes/cel.py": "our tables",
    "redaction/matching.py": "our rules",
    "kustomize/behaviour.py": "versions of kustomize",
    "extract/charts/kept.py": "a kind",
    "redaction/model.py": "types of the model",
    "kustomize/transform/name_references.py": "versions of kustomize",
    "kustomize/files/decode.py": "versions of kustomize",
    "kustomize/resources/configuration.py": "versions of kustomize",
    "kustomize/resources/order.py": "versions of kustomize",
    "kustomize/resources/schema.py": "our table",
    "kustomize/resources/default_fields.py": "versions of kustomize",
    "pages/html/templates.py": "directories of templates",
    "site/lists.py": "a parser",
    "helm/inspect.py": "goes with its object",
    "helm/render/sources.py": "goes with its object",
    "runbooks/subjects.py": "goes with its object",
}
"""Modules with an `lru_cache`, and what its arguments are: nothing that a repository chooses, or the
cache goes with an object of the scan."""


def test_caches_of_texts_are_memos() -> None:
    """No other module has a cache that a scan would leave behind."""
    engine = PROJECT / "src" / "gitops_docs"
    found = {
        path.relative_to(engine).as_posix()
        for path in engine.rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom)
        and node.module == "functools"
        and {alias.name for alias in node.names} & {"lru_cache", "cache"}
    }
    assert found == set(CONSTANT)


MUTATED = {
    ("src/gitops_docs/__init__.py", "globals()"): "public names, loaded when they are asked for",
    ("src/gitops_docs/text/memo.py", "_memos"): "the memos, added when a module is loaded",
}
"""Objects of modules that functions change, and why that leaves nothing of a scan behind."""
_CHANGES = frozenset(
    ["add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "reverse"]
    + ["setdefault", "sort", "update"]
)


def mutated_globals(tree: ast.Module) -> Iterator[str]:
    """Names of a module that its functions assign anew, or whose object they change in place."""
    own = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        local = {
            node.id
            for node in ast.walk(function)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        } | {argument.arg for argument in ast.walk(function) if isinstance(argument, ast.arg)}
        for node in ast.walk(function):
            if isinstance(node, ast.Global):
                yield from node.names
            holder = None
            if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(
                node.ctx, ast.Load
            ):
                holder = node.value
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in _CHANGES
            ):
                holder = node.func.value
            if isinstance(holder, ast.Name) and holder.id in own - local:
                yield holder.id
            elif (
                isinstance(holder, ast.Call)
                and isinstance(holder.func, ast.Name)
                and holder.func.id == "globals"
            ):
                yield "globals()"


def test_no_module_holds_state() -> None:
    """No function changes an object of its module, but for the listed ones: what a scan leaves
    behind belongs to its scanner."""
    found = {
        (path.relative_to(PROJECT).as_posix(), name)
        for folder in ("src/gitops_docs", "plugins/mkdocs_gitops")
        for path in sorted((PROJECT / folder).rglob("*.py"))
        for name in mutated_globals(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == set(MUTATED)


@pytest.mark.parametrize(
    "body",
    [
        "global kept\n    kept = 1",
        "kept['a'] = 1",
        "kept.append(1)",
        "kept.field = 1",
        "del kept[0]",
    ],
)
def test_state_of_a_module_is_seen(body: str) -> None:
    """A function that changes an object of its module is found; a name of its own is not."""
    assert set(mutated_globals(ast.parse(f"kept = []\ndef change():\n    {body}"))) == {"kept"}
    own = f"kept = []\ndef change(kept):\n    {body}"
    assert "global" in body or not set(mutated_globals(ast.parse(own)))
