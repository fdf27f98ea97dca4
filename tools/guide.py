"""Write the pages of the guide that are made from the code: options, commands, API, the inventory
with its JSON schema, and the diagram of the packages in docs/guide/architecture.md.

A test fails where one of them is not what this makes.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

PROJECT = Path(__file__).parent.parent
GUIDE = PROJECT / "docs" / "guide"
sys.path[:0] = [str(PROJECT)]

_TYPES = {
    "repository": "text", "directory": "text", "clusters": "list of mappings", "sources": "mapping of names to directories",
    "variables": "list of names", "flux_version": "version", "contexts": "mapping of clusters to contexts",
    "levels": "mapping of codes to severities", "baseline": "file", "repository_url": "address", "runbooks": "directory",
    "mermaid": "`theme` or a file", "nav": "`true` or `false`", "redirects": "mapping of addresses", "previous_inventory": "file",
    "charts": "directory", "kubernetes_version": "version",
    "owner_label": "label",
}  # fmt: skip


def options() -> str:
    """docs/guide/options.md, from the docstrings of the plugin's typed options."""
    from mkdocs_gitops import config

    lines = [
        "---",
        "title: Options",
        "---",
        "<!-- made by tools/guide.py from plugins/mkdocs_gitops/config.py -->",
        "# Options",
        "",
        "All options are optional. Set them in the plugin's block of `mkdocs.yml` or in a file "
        "`.gitops-docs.yaml` at the root",
        "of the repository; both take the same keys:",
        "",
        '```yaml title="mkdocs.yml"',
        "site_name: Our platform",
        "plugins:",
        "  - search",
        "  - gitops:",
        "      variables: [cluster_domain]",
        "      levels:",
        '        orphan: "off"',
        "```",
        "",
        '```yaml title=".gitops-docs.yaml"',
        "variables: [cluster_domain]",
        "levels:",
        '  orphan: "off"',
        "```",
        "",
        "For each key, the first of these files wins, for MkDocs and for every command:",
        "",
        "1. `.gitops-docs.yaml` in the directory that is scanned",
        "2. `.gitops-docs.yaml` beside `mkdocs.yml`",
        "3. the plugin's block in `mkdocs.yml`",
        "",
        "An unknown key is reported with the nearest known one. A value of the wrong type ends the "
        "command, with file and line.",
        "",
    ]
    for name, text, default in _documented(config.GitopsConfig):
        lines += [
            f"## `{name}`",
            "",
            f"{_TYPES.get(name, 'text')}, default {default}",
            "",
            text,
            "",
        ]
        if name == "clusters":
            lines += ["| key | |", "|---|---|"]
            lines += [
                f"| `{key}` | {about} |" for key, about, _ in _documented(config.ClusterConfig)
            ]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _documented(schema: Any) -> Iterator[tuple[str, str, str]]:
    """Yield name, docstring and default of each option of a typed configuration."""
    [tree] = ast.parse(inspect.getsource(schema)).body
    assert isinstance(tree, ast.ClassDef)
    defaults = dict(schema._schema)
    for here, after in zip(tree.body, tree.body[1:], strict=False):
        if (
            isinstance(here, ast.Assign)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            [target] = here.targets
            assert isinstance(target, ast.Name)
            value = defaults[target.id].default
            shown = (
                "none"
                if value in (None, "", [], {})
                else f"`{str(value).lower() if isinstance(value, bool) else value}`"
            )
            yield target.id, " ".join(str(after.value.value).split()), shown


def commands() -> str:
    """docs/guide/commands.md, from the help of the commands."""
    from gitops_docs.cli.main import main

    context = click.Context(main, info_name="gitops-docs")
    lines = [
        "---",
        "title: Commands",
        "---",
        "<!-- made by tools/guide.py from the help of the commands -->",
        "# Commands",
        "",
        "All commands take `REPO`, the directory of a repository. It needs no configuration. "
        "`--help` prints the same text as this page.",
        "",
        "| exit status | |",
        "|---|---|",
        "| 0 | success |",
        "| 1 | findings at or above `--fail-on`, or output is incomplete |",
        "| 2 | invalid arguments, settings or repository |",
        "",
        "Colours appear in terminals only and obey `NO_COLOR`. For completion in bash, add this to "
        "`~/.bashrc`; use `zsh_source` or",
        "`fish_source` for other shells:",
        "",
        "```bash",
        'eval "$(_GITOPS_DOCS_COMPLETE=bash_source gitops-docs)"',
        "```",
        "",
    ]
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            for below in command.list_commands(context):
                lines += _command(f"{name} {below}", command.commands[below], context)
        else:
            lines += _command(name, command, context)
    return "\n".join(lines).rstrip() + "\n"


def _command(name: str, command: click.Command, context: click.Context) -> Iterator[str]:
    inner = click.Context(command, info_name=name, parent=context)
    usage = " ".join([f"gitops-docs {name}", *command.collect_usage_pieces(inner)])
    yield from (f"## `gitops-docs {name}`", "", "```text", usage, "```", "")
    about, _, examples = inspect.cleandoc(command.help or "").partition("\b\n")
    for paragraph in about.strip().split("\n\n"):
        yield from (_names(" ".join(paragraph.split())), "")
    shown = [line[2:] for line in examples.splitlines()[1:] if line.startswith("  ")]
    if shown:
        yield from ("```bash", *shown, "```", "")
    rows = [
        record
        for option in command.params
        if isinstance(option, click.Option) and (record := option.get_help_record(inner))
    ]
    yield from ("| option | |", "|---|---|")
    for flags, text in rows:
        yield f"| `{flags.replace('|', chr(92) + '|')}` | {text.replace('|', chr(92) + '|')} |"
    yield ""


def _names(text: str) -> str:
    """Help text as Markdown: arguments and options as code."""
    return re.sub(
        r"(?<![`\w-])(--[a-z-]+|REPO|LAYER|BASE|HEAD|OUT|INVENTORY)(?![\w`-])", r"`\1`", text
    )


_PLAIN_VALUES = {
    "text",
    "files",
    "model",
    "yaml",
    "settings",
    "redaction",
    "kubernetes",
    "cli",
    "",
    "__main__",
}
"""Packages that nearly every other one uses, or that use nearly every other one: arrows to them
would say nothing."""


def packages() -> str:
    """Return the picture of the engine's packages and which uses which, from the imports as they
    are."""
    from tests.project.test_imports import ENGINE_FILES, RULE_MODULES, package, used

    uses: dict[str, set[str]] = {}
    for path in ENGINE_FILES:
        here = package(path)
        # The checks list the rules of all packages and use nothing else of them.
        known = used(path) - (RULE_MODULES if here == "checks" else set())
        named = {name.partition(".")[0] for name in known}
        uses.setdefault(here, set()).update(named - {here} - _PLAIN_VALUES)
    shown = sorted(set(uses) - _PLAIN_VALUES)
    uses = {name: uses[name] & set(shown) for name in shown}

    def behind(name: str) -> set[str]:
        found: set[str] = set()
        pending = list(uses[name])
        while pending:
            if (known := pending.pop()) not in found:
                found.add(known)
                pending += uses[known]
        return found

    lines = ["```mermaid", "flowchart LR", "  accTitle: Packages of the engine"]
    lines.append(
        "  accDescr: An arrow leads from a package to one that uses it; one that a longer way "
        "already says is left out"
    )
    for name in shown:
        implied = {other for known in uses[name] for other in behind(known)}
        lines += [f"  {known} --> {name}" for known in sorted(uses[name] - implied)]
    return "\n".join([*lines, "```"])


_BETWEEN = re.compile(
    r"(<!-- packages: made by tools/guide\.py -->\n)(.*?)(\n<!-- end of packages -->)", re.DOTALL
)


_EXAMPLES = """\
# API

<!-- made by tools/guide.py from the docstrings of the public API -->

Use the engine as a Python library to read a platform in your own code. It needs no cluster, no network and no MkDocs:

```python
from pathlib import Path

import gitops_docs

platform = gitops_docs.scan(Path("examples/platform"))
for layer in platform.layers[:3]:
    print(layer.id, layer.wave, layer.status)
```

Settings come from `.gitops-docs.yaml` and `mkdocs.yml` of a repository, or from your code:

```python
settings, sentences = gitops_docs.load_settings(Path("examples/platform"))
errors = [
    finding
    for finding in gitops_docs.scan(Path("examples/platform"), settings).findings
    if finding.severity is gitops_docs.Severity.ERROR
]
```

Render the pages as HTML fragments with stable addresses, for any site builder:

```python
rendered = gitops_docs.render_pages(platform)
by_address = {page.uri: page for page in rendered.pages}
print(by_address["platform/index.md"].title)
```

Compare two scans, or write the JSON that every site publishes:

```python
before = gitops_docs.analyse(Path("examples/platform"))
after = gitops_docs.analyse(Path("examples/platform"))
assert not gitops_docs.compare(before, after, "main", "change").layers

text = gitops_docs.dump_inventory(platform)
schema = gitops_docs.inventory_schema()
```

Names that are not on this page may change in any release.
"""


def api() -> str:
    """docs/guide/api.md, from the docstrings of what `gitops_docs` exports."""
    import gitops_docs

    lines = [_EXAMPLES]
    for name in gitops_docs.__all__:
        lines += _described(name, getattr(gitops_docs, name))
    return "\n".join(lines).rstrip() + "\n"


def _described(name: str, value: Any) -> Iterator[str]:
    yield from (f"## {name}", "")
    if inspect.isfunction(value):
        yield from ("```python", f"{name}{_signature(value)}", "```", "")
    yield from (_docstring(value), "")
    if not inspect.isclass(value):
        return
    fields = dict(_fields(value))
    if fields:
        yield from ("| field | type | |", "|---|---|---|")
        yield from (f"| `{field}` | `{kind}` | {text} |" for field, (kind, text) in fields.items())
        yield ""
    for method, function in vars(value).items():
        if inspect.isfunction(function) and not method.startswith("_"):
            yield from (
                f"### {name}.{method}",
                "",
                "```python",
                f"{method}{_signature(function)}",
                "```",
                "",
            )
            yield from (_docstring(function), "")


def _signature(function: Any) -> str:
    shown = str(inspect.signature(function))
    return re.sub(r"'([^']*)'", r"\1", shown)


def _docstring(value: Any) -> str:
    """Return a docstring as Markdown: its sections `Args`, `Returns` and `Raises` as lists."""
    text = inspect.getdoc(value) or ""
    made: list[str] = []
    for line in text.splitlines():
        section = re.fullmatch(r"(Args|Returns|Raises):", line)
        entry = re.fullmatch(r"    (\w+): (.*)", line)
        if section:
            made += [f"**{section[1]}**", ""]
        elif entry:
            made.append(f"- `{entry[1]}`: {entry[2]}")
        else:
            made.append(line.strip() if line.startswith("    ") else line)
    return "\n".join(made)


def _fields(value: Any) -> Iterator[tuple[str, tuple[str, str]]]:
    """Return the fields of a class, each with its type and the docstring below it."""
    names = getattr(value, "__struct_fields__", None) or tuple(
        getattr(value, "__dataclass_fields__", ())
    )
    texts: dict[str, tuple[str, str]] = {}
    for kind in reversed(value.__mro__):
        if kind.__module__.startswith("gitops_docs."):
            texts |= _own_fields(kind)
    return ((name, texts[name]) for name in names if name in texts)


def _own_fields(value: type) -> dict[str, tuple[str, str]]:
    body = ast.parse(inspect.getsource(value).lstrip()).body[0]
    assert isinstance(body, ast.ClassDef)
    texts: dict[str, tuple[str, str]] = {}
    for node, after in zip(body.body, [*body.body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            said = (
                after.value.value
                if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                else ""
            )
            kind = ast.unparse(node.annotation).replace("|", "\\|")
            texts[node.target.id] = kind, " ".join(str(said).split()).replace("|", "\\|")
    return texts


_INVENTORY = """\
---
title: Inventory
---
<!-- made by tools/guide.py from src/gitops_docs/inventory/contract.py -->
# Inventory

The inventory is everything that a scan finds, as JSON for scripts and other tools. Which release is not pinned?

```bash
gitops-docs inventory . | jq '.helm_releases[] | select(.version == null) | .name'
```

Every site publishes it as `gitops/inventory.json`. The [JSON schema](inventory.schema.json) describes it;
`gitops_docs.inventory_schema()` returns the same. The same commit gives the same bytes, and no value of a Secret is in it.

Fields may be added and are never renamed or removed. `schema_version` 2 has every field of version 1 in the same order;
`gitops-docs hub` reads both.
"""


def inventory() -> str:
    """docs/guide/inventory.md, from the schema and the docstrings of the structs."""
    from gitops_docs.inventory.schema import schema, struct

    described = schema()
    lines = [_INVENTORY, "| field | |", "|---|---|"]
    lines += [
        f"| `{name}` | {_json_type(part)} |" for name, part in described["properties"].items()
    ]
    for name, part in described["$defs"].items():
        lines += ["", f"## {name}", "", part.get("description", ""), ""]
        if "enum" in part:
            lines.append(_json_type({"enum": part["enum"]}))
            continue
        kind = struct(name)
        texts = dict(_fields(kind))
        written = dict(zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True))
        lines += ["| field | type | |", "|---|---|---|"]
        for field, shape in part["properties"].items():
            text = texts.get(written.get(field, ""), ("", ""))[1]
            absent = "" if field in part["required"] else ", or absent"
            lines.append(f"| `{field}` | {_json_type(shape)}{absent} | {text} |")
    return "\n".join(lines).rstrip() + "\n"


def schema_text() -> str:
    """docs/guide/inventory.schema.json."""
    from gitops_docs.inventory.schema import schema

    return json.dumps(schema(), indent=2) + "\n"


def _json_type(shape: dict[str, Any]) -> str:
    """Return a schema in words, with links to the structs."""
    if "$ref" in shape:
        name = shape["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in shape:
        return " or ".join(map(_json_type, shape["anyOf"]))
    if "enum" in shape:
        return ", ".join(f"`{json.dumps(value)}`" for value in shape["enum"])
    if "prefixItems" in shape:
        return f"[{', '.join(map(_json_type, shape['prefixItems']))}]"
    if shape.get("type") == "array":
        return f"list of {_json_type(shape['items'])}"
    if "additionalProperties" in shape:
        return f"mapping of names to {_json_type(shape['additionalProperties'])}"
    return str(shape.get("type", "any value"))


def architecture(text: str) -> str:
    """docs/guide/architecture.md with the picture as it has to be."""
    return _BETWEEN.sub(lambda match: f"{match[1]}{packages()}{match[3]}", text)


def pages() -> dict[Path, str]:
    """Return every made page with its content."""
    page = GUIDE / "architecture.md"
    return {
        GUIDE / "options.md": options(),
        GUIDE / "api.md": api(),
        GUIDE / "commands.md": commands(),
        GUIDE / "inventory.md": inventory(),
        GUIDE / "inventory.schema.json": schema_text(),
        page: architecture(page.read_text(encoding="utf-8")),
    }


if __name__ == "__main__":
    GUIDE.mkdir(exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
