"""Write the page of an environment: its clusters. Only platforms with many clusters have them."""

from __future__ import annotations

from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.navigation import MANY_CLUSTERS
from gitops_docs.pages.platform.summaries import clusters_table
from gitops_docs.text.english import count


def environment_pages(writer: Writer) -> list[Page]:
    """Write a page for each environment, where there are too many clusters for one list."""
    facts = writer.facts
    if len(facts.clusters) < MANY_CLUSTERS:
        return []
    return [environment_page(writer, stage.name) for stage in facts.environments.stages]


@reused
def environment_page(writer: Writer, name: str) -> Page:
    """Write the page of one environment."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.environment(name))
    stage = next(one for one in facts.environments.stages if one.name == name)
    return writer.finish(
        page,
        "tables.html",
        name,
        description=f"{count(len(stage.clusters), 'cluster')} of the environment {name}",
        wide=True,
        lead=f"{count(len(stage.clusters), 'cluster')} of the environment {name}"
        + (" (inferred from their names)." if facts.environments.is_inferred else "."),
        crumbs=[(at.index("clusters"), "Clusters")],
        sections=[(None, None, clusters_table(writer, page, stage.clusters))],
    )
