"""Change a value inside a text that holds JSON or YAML, as replacements do since kustomize 5.8
(`setValueInStructuredData`).

In: the text, the rest of a path, a value. Out: the text as kustomize writes it again: JSON with
sorted keys, YAML with its comments, order and styles. Upstream parses with go-yaml v3, walks with
`PathMatcher` and prints with kyaml's encoder; the printer here is PyYAML's, which is a port of the
same one, with the comments put in.
"""

from __future__ import annotations

from gitops_docs.kustomize.transform.structured_text.nodes import NotFound, Unknown, Unwritten
from gitops_docs.kustomize.transform.structured_text.reader import parse
from gitops_docs.kustomize.transform.structured_text.walk import matched, put
from gitops_docs.kustomize.transform.structured_text.writer import as_json, as_yaml
from gitops_docs.yaml.nodes import Node

__all__ = ["NotFound", "Unknown", "Unwritten", "leads_to", "replaced"]


def replaced(text: str, path: tuple[str, ...], value: Node, *, create: bool) -> str:
    """Return the text with a value at a path.

    Args:
        text: What the field holds.
        path: The parts of the path that lead on inside the text.
        value: The node to put there; a scalar gives its text only, so that the style of what was
            there stays.
        create: Whether what is missing is made.

    Raises:
        NotFound: The path leads to nothing.
        Unwritten: kustomize leaves the text as it is.
        Unknown: The result is not known here.
    """
    root, comments = parse(text)
    for found in matched(root, path, value, create):
        put(found, value)
    start = text.strip()[:1]
    return as_json(root, text) if start in ("{", "[") else as_yaml(root, comments)


def leads_to(text: str, path: tuple[str, ...], value: Node, *, create: bool) -> bool:
    """Return whether a path leads to something inside a text (`handleStructuredDataInScalar`, which
    forgets what it finds)."""
    try:
        return bool(matched(parse(text)[0], path, value, create))
    except NotFound:
        return False
