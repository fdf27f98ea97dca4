"""Container images that manifests and chart values name, each once, with who uses it."""

from __future__ import annotations

from collections import defaultdict

from markupsafe import Markup

from gitops_docs.model import Image, Release
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.english import count, unique
from gitops_docs.text.patterns import Pattern

_SHOWN = 4
"""So many users and places of an image are shown at once."""
_REFERENCE = Pattern(
    r"(?P<name>[^@]+?)(?::(?P<tag>[^:/@]+))?(?:@(?P<digest>[a-z0-9]+:[0-9a-fA-F]+))?\z"
)


@reused
def images_page(writer: Writer) -> Page:
    """The inventory of images: name and tag apart, so that each can be sorted and filtered."""
    page = writer.draft(writer.at.page("images"))
    by_image: dict[str, list[Image]] = defaultdict(list)
    for image in writer.facts.platform.images:
        by_image[image.image].append(image)
    releases = {
        (release.layer, f"HelmRelease {release.namespace}/{release.name}"): release
        for release in writer.facts.platform.releases
    }
    rows = [_row(writer, page, name, uses, releases) for name, uses in sorted(by_image.items())]
    names = {split(name)[0] for name in by_image}
    floating = sum(split(name)[1] in ("", "latest") and not split(name)[2] for name in by_image)
    pinned = sum(bool(split(name)[2]) for name in by_image)
    lead = (
        f"{count(len(names), 'image')} in {count(len(rows), 'version')}, from manifests and chart "
        f"values. "
        f"{pinned} {'is' if pinned == 1 else 'are'} pinned by digest, {floating} "
        f"{'has' if floating == 1 else 'have'} no tag or `latest`. Images that only a chart that "
        f"was not rendered sets are not known."
    )
    return writer.finish(
        page,
        "tables.html",
        "Images",
        boost=3,
        description=f"{count(len(names), 'image')} in manifests",
        lead=lead,
        sections=[
            (
                None,
                None,
                Table(
                    "images",
                    "Images",
                    ("Image", "Tag", "Used by", "Layer", "Set at"),
                    rows,
                    "No images found.",
                ),
            )
        ],
    )


def split(image: str) -> tuple[str, str, str]:
    """An image reference as name, tag and digest, the latter two empty where they are absent."""
    found = _REFERENCE.match(image)
    return (found["name"], found["tag"] or "", found["digest"] or "") if found else (image, "", "")


def _row(
    writer: Writer,
    page: Draft,
    image: str,
    uses: list[Image],
    releases: dict[tuple[str, str], Release],
) -> list[Cell]:
    name, tag, digest = split(image)
    users = []
    for key in dict.fromkeys((use.layer, use.owner) for use in uses if use.owner):
        users.append(
            writer.release(page, releases[key], key[1]) if key in releases else page.code(key[1])
        )
    places = dict.fromkeys((use.file, use.line) for use in uses)
    words = (
        f"Container image {image}, used by "
        f"{', '.join(unique([use.owner for use in uses if use.owner])[:6])}"
    )
    shown = [page.code(tag) if tag else Markup("no tag") if not digest else Markup("")]
    if digest:
        shown.append(Markup('<small title="{}">{}…</small>').format(digest, digest[:19]))
    return [
        _named(page, name, image, words),
        folded([cell for cell in shown if cell], 2),
        folded(unique_markup(users), _SHOWN) or "–",
        folded(
            [
                writer.layer(page, layer, with_cluster=writer.many_clusters)
                for layer in unique([use.layer for use in uses])
            ],
            _SHOWN,
        ),
        folded([page.place(*place) for place in places], _SHOWN),
    ]


def _named(page: Draft, name: str, image: str, words: str) -> Markup:
    anchor = page.anchor(f"image-{image}")
    page.findable(name, words, anchor, "image")
    return Markup('<code id="{}">{}</code>').format(
        anchor, Markup.escape(name).replace("/", Markup("/<wbr>"))
    )


def unique_markup(items: list[Markup]) -> list[Markup]:
    """The items in their order, each once."""
    return list(dict.fromkeys(items))
