"""List the container images that manifests and chart values name, each once, with who uses it."""

from __future__ import annotations

from collections import defaultdict

from markupsafe import Markup

from gitops_docs.kubernetes.images import split_image
from gitops_docs.model import Image, Release
from gitops_docs.pages.html import across
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, grouped
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled
from gitops_docs.text.english import count, unique

_SHOWN = 4
"""So many users and places of an image are shown at once."""


@reused
def images_page(writer: Writer) -> Page:
    """Return the inventory of images: name and tag apart, so that each can be sorted and
    filtered."""
    page = writer.draft(writer.at.page("images"))
    by_image: dict[str, list[Image]] = defaultdict(list)
    for image in writer.facts.platform.images:
        by_image[image.image].append(image)
    releases = {
        (release.layer, f"HelmRelease {release.namespace}/{release.name}"): release
        for release in writer.facts.platform.releases
    }
    names: dict[str, list[str]] = defaultdict(list)
    for reference in sorted(by_image):
        names[split_image(reference)[0]].append(reference)
    ordered = sorted(names, key=_by_registry)
    rows = [
        _row(writer, page, name, {image: by_image[image] for image in names[name]}, releases)
        for name in ordered
    ]
    loose = {name for image in by_image if _floats(image) for name in [split_image(image)[0]]}
    floating = sum(map(_floats, by_image))
    pinned = sum(bool(split_image(name)[2]) for name in by_image)
    lead = (
        f"{count(len(names), 'image')} in {count(len(by_image), 'version')}, from manifests and chart "
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
        wide=True,
        sections=[
            *([("No tag or latest", None, _loose(ordered, rows, loose))] if loose else []),
            (
                "All images" if loose else None,
                None,
                Table(
                    "images",
                    "Images",
                    (
                        "Image",
                        "Tags and clusters" if writer.many_clusters else "Tag",
                        "Used by",
                        "Layer",
                        "Set at",
                    ),
                    rows,
                    "No images found.",
                    groups=grouped([registry(name) for name in ordered]),
                ),
            ),
        ],
    )


def _floats(image: str) -> bool:
    """Return whether a registry decides what an image is: it has no tag or `latest`, and no
    digest."""
    _, tag, digest = split_image(image)
    return tag in ("", "latest") and not digest


def _loose(names: list[str], rows: list[list[Cell]], loose: set[str]) -> Table:
    """Return the first rows of images whose tag says nothing; the list of all has their names to
    find."""
    found = [
        [filled("<code>{}</code>", name), *row[1:4]]
        for name, row in zip(names, rows, strict=True)
        if name in loose
    ]
    caption = "Images without a tag, or with the tag latest"
    if len(found) > across.ATTENTION:
        caption += f", the first {across.ATTENTION} of {len(found)}"
    columns = ("Image", "Tag", "Used by", "Layer")
    return Table("floating", caption, columns, found[: across.ATTENTION])


def registry(name: str) -> str:
    """Return the host of an image's name."""
    return split_image(name).registry or "docker.io"


def _by_registry(name: str) -> tuple[str, str]:
    return registry(name), name


def _row(
    writer: Writer,
    page: Draft,
    name: str,
    versions: dict[str, list[Image]],
    releases: dict[tuple[str, str], Release],
) -> list[Cell]:
    """Return a row for an image with all its versions."""
    uses = [use for own in versions.values() for use in own]
    users: dict[str, Markup] = {}
    for use in uses:
        if use.owner and use.owner not in users:
            release = releases.get((use.layer, use.owner))
            users[use.owner] = (
                page.link(writer.component(release.namespace, release.name), use.owner)
                if release is not None
                else page.code(use.owner)
            )
    layers = {
        (layer.namespace, layer.name): layer
        for use in uses
        if (layer := writer.facts.layers.get(use.layer)) is not None
    }
    places = dict.fromkeys((use.file, use.line) for use in uses)
    tags = ", ".join(
        unique([split_image(image)[1] or split_image(image)[2][:19] for image in versions])[:6]
    )
    words = f"Container image {name} {tags}, used by {', '.join(list(users)[:6])}"
    return [
        _named(page, name, words),
        folded([_version(writer, page, image, own) for image, own in versions.items()], _SHOWN),
        folded(list(users.values()), _SHOWN) or "–",
        folded([writer.layer_or_all(page, layer) for layer in layers.values()], _SHOWN) or "–",
        folded([page.place(*place) for place in places], 2),
    ]


def _version(writer: Writer, page: Draft, image: str, uses: list[Image]) -> Markup:
    """Return a tag or digest, and on which clusters it is."""
    _, tag, digest = split_image(image)
    shown = page.code(tag) if tag else Markup("no tag") if not digest else Markup("")
    if digest:
        short = filled('<small title="{}">{}…</small>', digest, digest[:19])
        shown = filled("{} {}", shown, short) if shown else short
    if not writer.many_clusters:
        return shown
    clusters = unique(
        [writer.facts.layers[use.layer].cluster for use in uses if use.layer in writer.facts.layers]
    )
    where = across.share(writer, clusters)
    if where.isdecimal():
        return shown + filled(" × {}", where)
    return shown + filled(" <small>{}</small>", where)


def _named(page: Draft, name: str, words: str) -> Markup:
    anchor = page.anchor(f"image-{name}")
    page.findable(name, words, anchor, "image")
    return filled(
        '<code id="{}">{}</code>', anchor, Markup.escape(name).replace("/", Markup("/<wbr>"))
    )
