"""Write everything that the program says about repositories, to compare it before and after a
change.

`python tools/outputs.py OUT REPO...` writes a directory for each repository, a site of the first
one and a hub over all inventories below OUT. The same commit gives the same bytes, so `diff -r
before after` is empty where a change keeps the output.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

COMMAND = Path(sys.executable).parent / "gitops-docs"
FIXED = {
    "SOURCE_DATE_EPOCH": "1700000000",
    "GITOPS_DOCS_MERMAID": "theme",
    "NO_MKDOCS_2_WARNING": "1",
    "LC_ALL": "C.UTF-8",
}
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "inventory.json": ("inventory", "."),
    "check.txt": ("check", "."),
    "check.json": ("check", ".", "--format", "json"),
    "check.sarif": ("check", ".", "--format", "sarif"),
    "graph.txt": ("graph", "."),
    "graph.mermaid": ("graph", ".", "--format", "mermaid"),
    "graph.dot": ("graph", ".", "--format", "dot"),
    "graph.json": ("graph", ".", "--format", "json"),
    "tree.txt": ("tree", "."),
    "tree-reverse.txt": ("tree", ".", "--reverse"),
}
DIFFS: Mapping[str, tuple[str, ...]] = {
    "diff.md": ("diff", ".", "HEAD~1"),
    "diff.json": ("diff", ".", "HEAD~1", "--format", "json"),
}


def run(arguments: tuple[str, ...], directory: Path) -> str:
    """Exit status, output and error output of a command in `directory`."""
    done = subprocess.run(
        [str(COMMAND), *arguments],
        cwd=directory,
        env={**os.environ, **FIXED},
        capture_output=True,
        check=False,
    )
    parts = (
        done.stdout.decode("utf-8", "surrogateescape"),
        done.stderr.decode("utf-8", "surrogateescape"),
    )
    return f"{parts[0]}\n--- status {done.returncode}, errors:\n{parts[1]}"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))


def layers(repo: Path, out: Path) -> None:
    """Write the rendered objects of every layer, from one scan."""
    from gitops_docs.flux.output import to_yaml
    from gitops_docs.scanner.scanner import analyse
    from gitops_docs.settings.load import load_settings

    settings, _ = load_settings(repo)
    found = analyse(
        (repo / settings.repository).resolve() if settings.repository else repo, settings
    )
    for identity, layer in sorted(found.built.items()):
        head = f"# {layer.status.value}: {layer.reason}\n"
        objects = "".join(f"---\n{to_yaml(item.data)}" for item in layer.objects)
        write(out / f"{identity}.yaml", head + objects)


def outputs(repo: Path, out: Path) -> None:
    """Write what the commands say about one repository."""
    commands = dict(COMMANDS)
    if not subprocess.run(
        ["git", "rev-parse", "-q", "--verify", "HEAD~1"], cwd=repo, capture_output=True
    ).returncode:
        commands |= DIFFS
    version = metadata.version("mkdocs-gitops")
    for name, arguments in commands.items():
        write(out / name, run(arguments, repo).replace(version, "VERSION"))
    target = os.path.relpath(out / "export", repo)
    write(out / "export.txt", run(("export", ".", target), repo).replace(target, "OUT"))
    subprocess.run(
        [str(COMMAND), "inventory", ".", "-o", str(out / "inventory" / "inventory.json")],
        cwd=repo,
        check=False,
    )
    layers(repo, out / "render")


def main() -> None:
    out, *names = map(Path, sys.argv[1:])
    out = out.resolve()
    repos = [name.resolve() for name in names]
    for repo in repos:
        (out / repo.name / "inventory").mkdir(parents=True, exist_ok=True)
        outputs(repo, out / repo.name)
        print(repo.name)
    site = run(("build", ".", "--site-dir", str(out / "site")), repos[0])
    write(out / "site.txt", site.replace(str(out), "OUT"))
    inventories = tuple(
        os.path.relpath(out / repo.name / "inventory" / "inventory.json", out) for repo in repos
    )
    write(
        out / "hub.txt",
        run(("hub", *inventories, "--site-dir", "hub"), out).replace(str(out), "OUT"),
    )


if __name__ == "__main__":
    main()
