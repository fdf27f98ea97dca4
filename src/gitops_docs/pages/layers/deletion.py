"""Show what would be deleted with a layer."""

from __future__ import annotations

from markupsafe import Markup

from gitops_docs.model import Layer, Resource
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.tables import lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled
from gitops_docs.text.english import unique

_LISTED = 60
"""Most names behind one sentence."""


def shown(writer: Writer, page: Draft, layer: Layer) -> dict[str, object]:
    """Return what the template needs: sentences with the names of objects, and three numbers."""
    found = writer.facts.deletions[layer.id]
    return {
        "rule": found.rule,
        "happens": found.happens,
        "losses": [
            {
                "text": loss.text,
                "severe": loss.severe,
                "names": _names(page, loss.objects) if len(loss.objects) > 1 else None,
            }
            for loss in found.losses
        ],
        "data": len(found.data),
        "rest": len(found.rest),
        "stays": [(page.code(one.label), why) for one, why in found.stays[:_LISTED]],
        "why": ", ".join(unique([why for _, why in found.stays])),
        "layers": [writer.layer(page, identity) for identity in found.layers],
        "releases": [writer.release(page, release) for release in found.releases],
    }


def _names(page: Draft, objects: tuple[Resource, ...]) -> Markup:
    more = [filled("+{}", len(objects) - _LISTED)] if len(objects) > _LISTED else []
    return lines([*(page.code(one.label) for one in objects[:_LISTED]), *more])
