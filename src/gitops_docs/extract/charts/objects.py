"""Extract what the objects of a chart say, as for any other object of the layer.

In: a release and the objects that its chart makes. Out: the release with its objects, and parts of
the model in which each says its template. Their file and line are those of the HelmRelease, or of the
value that decides.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from gitops_docs.extract import alerts as notifications
from gitops_docs.extract import images, layers, secrets
from gitops_docs.extract.extractor import LayerExtract, add_families, scrubbed
from gitops_docs.helm.render.after import Made, Result
from gitops_docs.kubernetes import objects
from gitops_docs.kubernetes.definitions import Scopes
from gitops_docs.model import (
    ChartTemplate,
    Image,
    Protection,
    Release,
    Rendering,
    Resource,
)

_TEST = "test"


class ReleaseParts(Struct, frozen=True):
    """A release with the objects of its chart, and what they say."""

    release: Release
    parts: LayerExtract


def of_release(
    release: Release, result: Result, scopes: Scopes, engine: str, kubernetes: str
) -> ReleaseParts:
    """Return what the objects of a release say.

    Args:
        release: The release.
        result: What its chart makes.
        scopes: The scopes of the kinds of its cluster.
        engine: What rendered it.
        kubernetes: The Kubernetes version that it was rendered for.
    """
    parts = LayerExtract()
    resources = []
    version = (
        release.chart_details.version if release.chart_details is not None else release.version
    )
    # Templates that go through a map with `keys` give objects in another order each time.
    for made in sorted(result.objects, key=_made_key):
        origin = ChartTemplate(
            release.namespace, release.name, release.chart, version or "", made.template
        )
        resources.append(_resource(made, origin, scopes))
        _add(parts, made, origin, release.layer, release.cluster)
    rendering = Rendering(
        objects=tuple(resources),
        engine=engine,
        kubernetes_version=kubernetes,
        unsure=result.unsure,
    )
    release = replace(release, rendering=rendering)
    return ReleaseParts(release, scrubbed(parts))


def _resource(made: Made, origin: ChartTemplate, scopes: Scopes) -> Resource:
    resource = layers.resource(made.rendered, scopes)
    return replace(
        resource,
        generated=False,
        changed_by=tuple(
            change
            for change in resource.changed_by
            if not (made.is_placed and change.field == "metadata.namespace")
        ),
        origin=origin,
        hooks=made.hooks,
    )


def _made_key(made: Made) -> tuple[str, ...]:
    kind, namespace, name = made.rendered.key
    return kind, namespace, name, objects.api_version(made.rendered.data), made.template


def _add(parts: LayerExtract, made: Made, origin: ChartTemplate, layer: str, cluster: str) -> None:
    item = made.rendered
    if not is_test(made.hooks):
        parts.images += [replace(one, origin=origin) for one in images.images(item, layer)]
    if made.hooks:
        return
    held = secrets.secret(
        item.data,
        item.file,
        item.line,
        original=None,
        generated=False,
        layer=layer,
        cluster=cluster,
    )
    if held is not None:
        if held.kind == "Secret" and held.protection is not Protection.EMPTY:
            held = replace(held, protection=Protection.GENERATED, clear=(), provider=None)
        parts.secrets.append(replace(held, origin=origin))
    parts.alerts += [
        replace(one, origin=origin) for one in notifications.rules(item, layer, cluster)
    ]
    own = LayerExtract()
    add_families(own, item, layer, cluster)
    for name in own.__struct_fields__:
        found = getattr(own, name)
        if name != "layer" and found:
            getattr(parts, name).extend(replace(one, origin=origin) for one in found)


def is_test(hooks: tuple[str, ...]) -> bool:
    """Return whether an object is a test, which Helm creates only on request."""
    return bool(hooks) and all(hook.startswith(_TEST) for hook in hooks)


def without_guesses(parts: LayerExtract, rendered: list[ReleaseParts]) -> LayerExtract:
    """Return the parts of a layer with those of its rendered releases: what was read from values
    alone gives way, and says where the value is set.

    Args:
        parts: The parts of the layer, its releases included.
        rendered: Its rendered releases.
    """
    done = {(one.release.namespace, one.release.name): one for one in rendered}
    if not done:
        return parts
    owners = {f"HelmRelease {namespace}/{name}" for namespace, name in done}
    places: dict[tuple[str, str], Image] = {
        (image.owner, image.image): image for image in parts.images if image.owner in owners
    }
    made = LayerExtract(parts.layer)
    for name in made.__struct_fields__:
        if name != "layer":
            own = getattr(parts, name)
            more = [item for one in rendered for item in getattr(one.parts, name)]
            setattr(made, name, [*own, *more])
    made.releases = [
        done[release.namespace, release.name].release
        if (release.namespace, release.name) in done
        else release
        for release in parts.releases
    ]
    images = [image for image in parts.images if image.owner not in owners]
    for one in rendered:
        owner = f"HelmRelease {one.release.namespace}/{one.release.name}"
        seen: set[tuple[str, str]] = set()
        for image in one.parts.images:
            if (image.image, image.owner) not in seen:
                seen.add((image.image, image.owner))
                place = places.get((owner, image.image))
                images.append(
                    image if place is None else replace(image, file=place.file, line=place.line)
                )
    made.images = images
    rules = {
        (alert.origin.namespace, alert.origin.release, alert.name)
        for one in rendered
        for alert in one.parts.alerts
        if alert.origin is not None
    }
    made.alerts = [
        alert
        for alert in made.alerts
        if alert.origin is not None or (alert.namespace, alert.object_name, alert.name) not in rules
    ]
    return made
