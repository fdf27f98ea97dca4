"""Read Flux image automation: repositories, policies, update automations and the markers in files.

Sources of the rules: fluxcd.io/flux/components/image (`ImagePolicy`, `ImageUpdateAutomation`) and
fluxcd.io/flux/guides/image-update (markers).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from gitops_docs.extract.fields import ObjectFields, group, identity, pairs, text
from gitops_docs.kustomize import Rendered
from gitops_docs.model import ImageMarker, ImagePolicy, ImageRepository, ImageUpdateAutomation
from gitops_docs.redaction import without_credentials
from gitops_docs.repository.checkout import IMAGE_POLICY, Checkout
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import Map, Scalar, Sealed, as_map, get_path, is_true, walk_leaves

GROUP = "image.toolkit.fluxcd.io"
KINDS = frozenset({"ImageRepository", "ImagePolicy", "ImageUpdateAutomation"})
_MARKER = Pattern(r'\{\s*"\$imagepolicy"\s*:\s*"([^":]+):([^":]+)(?::(tag|name|digest))?"\s*\}')

Found = ImageRepository | ImagePolicy | ImageUpdateAutomation


def automation(item: Rendered, layer: str, cluster: str) -> Found | None:
    """Return the image repository, policy or update automation that an object is; None for any
    other object."""
    data = item.data
    if item.key[0] not in KINDS or group(data) != GROUP:
        return None
    spec = as_map(data.get("spec"))
    same = identity(item, layer, cluster)
    suspended = is_true(spec.get("suspend"))
    if same["kind"] == "ImageRepository":
        image = text(spec, "image")
        return ImageRepository(
            **same,
            image=without_credentials(image) if image else None,
            interval=text(spec, "interval"),
            secret=text(spec, "secretRef", "name"),
            suspended=suspended,
        )
    if same["kind"] == "ImagePolicy":
        return ImagePolicy(
            **same,
            repository=(
                text(spec, "imageRepositoryRef", "namespace") or same["namespace"],
                text(spec, "imageRepositoryRef", "name") or "",
            ),
            rule=rule(spec),
            labels=pairs(get_path(data, "metadata", "labels")),
            suspended=suspended,
        )
    if same["kind"] == "ImageUpdateAutomation":
        return _update(same, spec, suspended)
    return None


def _update(same: ObjectFields, spec: Map, suspended: bool) -> ImageUpdateAutomation:
    git = as_map(spec.get("git"))
    reference = as_map(get_path(git, "checkout", "ref"))
    checkout = next(
        (
            f"{key} {reference[key]}"
            for key in ("commit", "name", "semver", "tag", "branch")
            if text(reference, key)
        ),
        None,
    )
    author = as_map(get_path(git, "commit", "author"))
    names = [
        text(author, "name") or "",
        f"<{text(author, 'email')}>" if text(author, "email") else "",
    ]
    selector = as_map(spec.get("policySelector"))
    return ImageUpdateAutomation(
        **same,
        source=(
            text(spec, "sourceRef", "kind") or "GitRepository",
            text(spec, "sourceRef", "namespace") or same["namespace"],
            text(spec, "sourceRef", "name") or "",
        ),
        path=directory(text(spec, "update", "path") or ""),
        checkout=checkout,
        push=text(git, "push", "branch") or text(git, "push", "refspec"),
        author=" ".join(filter(None, names)) or None,
        interval=text(spec, "interval"),
        selector=pairs(selector.get("matchLabels")),
        selects_by_expression=bool(selector.get("matchExpressions")),
        suspended=suspended,
    )


def directory(path: str) -> str:
    """Return a path of a manifest as a directory of the repository; the root is empty."""
    cleaned = posixpath.normpath(f"/{path}").strip("/")
    return "" if cleaned == "." else cleaned


def rule(spec: Map) -> str:
    """Return the rule of an ImagePolicy in words, with its patterns between backticks."""
    policy = as_map(spec.get("policy"))
    chosen = "no rule"
    if "semver" in policy:
        chosen = f"newest version in `{text(policy, 'semver', 'range') or '*'}`"
    elif "alphabetical" in policy:
        order = (text(policy, "alphabetical", "order") or "asc").lower()
        chosen = "first in alphabetical order" if order == "desc" else "last in alphabetical order"
    elif "numerical" in policy:
        order = (text(policy, "numerical", "order") or "asc").lower()
        chosen = "lowest number" if order == "desc" else "highest number"
    pattern, extracted = text(spec, "filterTags", "pattern"), text(spec, "filterTags", "extract")
    if pattern:
        chosen += f" of tags that match `{pattern}`"
        if extracted:
            chosen += f", compared by `{extracted}`"
    if (text(spec, "digestReflectionPolicy") or "Never") != "Never":
        chosen += ", with its digest"
    return chosen


def markers(checkout: Checkout) -> Iterator[ImageMarker]:
    """Yield the markers of all YAML files, in the order of files and lines, with the value that
    stands there.

    Files are read as they are listed, since an automation changes files whether a layer reads them
    or not.
    """
    for path in sorted(checkout.files):
        if not path.endswith((".yaml", ".yml")) or not checkout.contains(path, IMAGE_POLICY):
            continue
        parsed = checkout.documents(path)
        found = {
            line: match
            for line, comment in parsed.comments.items()
            if (match := _MARKER.search(comment.text))
        }
        if not found:
            continue
        values: dict[int, str | None] = {}
        for document in parsed.documents:
            for _, leaf in walk_leaves(document.root):
                if type(leaf) is Scalar and leaf.line in found:
                    values[leaf.line] = str(leaf)  # a comment belongs to the last value of its line
                elif type(leaf) is Sealed and leaf.line in found:
                    values[leaf.line] = None
        for line, match in sorted(found.items()):
            if line in values:
                yield ImageMarker(
                    namespace=match[1],
                    name=match[2],
                    part=match[3] or "",
                    value=values[line],
                    file=checkout.origin(path),
                    line=line,
                )
