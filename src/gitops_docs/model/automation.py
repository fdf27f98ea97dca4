"""Define image automation: repositories, policies, update automations and markers."""

from __future__ import annotations

from msgspec import Struct

from gitops_docs.model.objects import LayerObject


class ImageRepository(LayerObject, frozen=True, kw_only=True):
    """An ImageRepository: an image whose tags Flux lists. `image` has no tag."""

    image: str | None = None
    interval: str | None = None
    secret: str | None = None
    suspended: bool = False


class ImagePolicy(LayerObject, frozen=True, kw_only=True):
    """An ImagePolicy: which tag of a repository is the newest."""

    repository: tuple[str, str]
    """Namespace and name of the ImageRepository."""
    rule: str
    """In words, patterns between backticks."""
    labels: tuple[tuple[str, str], ...] = ()
    suspended: bool = False


class ImageUpdateAutomation(LayerObject, frozen=True, kw_only=True):
    """An ImageUpdateAutomation: where Flux commits the tags that the policies of its namespace
    choose."""

    source: tuple[str, str, str]
    """Kind, namespace and name."""
    path: str = ""
    """Directory of the repository below which it changes files; the root is empty."""
    checkout: str | None = None
    """What it checks out, e.g. `branch main`; None: what the source follows."""
    push: str | None = None
    """Branch or refspec that it pushes to; None: the branch that it checked out."""
    author: str | None = None
    interval: str | None = None
    selector: tuple[tuple[str, str], ...] = ()
    selects_by_expression: bool = False
    suspended: bool = False


class ImageMarker(Struct, frozen=True, kw_only=True, tag_field="kind", tag="marker"):
    """A comment `{"$imagepolicy": "namespace:name:part"}` in a file, which says what an automation
    may change."""

    namespace: str
    """Of the ImagePolicy."""
    name: str
    part: str = ""
    """`tag`, `name`, `digest`; empty: the whole image."""
    value: str | None = None
    """What stands there now; None where that is secret."""
    file: str
    line: int
