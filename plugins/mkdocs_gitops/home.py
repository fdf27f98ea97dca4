"""The first page of a site that has none of its own.

In: the name of the site and the platform. Out: Markdown that is ours but for the name, which is escaped.
"""

from __future__ import annotations

from gitops_docs.model import Platform
from gitops_docs.pages.words import count, listing
from mkdocs_gitops.stubs import escaped

_WAYS = (
    ("index", "Overview", "in which order all of it is applied, and what is not as usual"),
    ("components", "Components", "every Helm release, its version, and the line that sets it"),
    ("alerts/index", "Alerts", "what each alert means, and what to do first"),
    ("variables", "Variables", "what is substituted where, and with what"),
    ("lookup", "Lookup", "from an object to its file and its layer"),
    ("changes", "Changes", "the last commits, and how to take one back"),
    ("findings/index", "Findings", "what is probably not meant"),
)
"""Page below the directory, its name, and what one finds there."""


def first_page(name: str, platform: Platform, directory: str) -> str:
    """What there is, and where to go."""
    found = listing(
        [
            count(len(platform.clusters), "cluster"),
            count(len(platform.layers), "layer"),
            count(len(platform.releases), "Helm release"),
            count(sum(len(layer.resources) for layer in platform.layers), "object"),
        ]
    )
    below = directory.strip("/")
    ways = "\n".join(f"- [{title}]({below}/{page}.md): {what}" for page, title, what in _WAYS)
    # The name of the site stands above the navigation already.
    return f"---\ntitle: Home\n---\n# {escaped(name)}\n\n{found}, read from the Git repository that Flux applies.\n\n{ways}\n"
