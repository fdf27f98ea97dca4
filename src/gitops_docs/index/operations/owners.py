"""Join layers, releases, alerts and hostnames with their owners.

In: a platform. Out: the claims of each thing, the one that counts first. Origins, in this order:
the annotation `gitops-docs/owner` or the label of the settings on the object itself, CODEOWNERS for
its files, and the front matter of a runbook that applies to it. What has none of these belongs to
the owner of its layer. An alert belongs to the owner of its runbook, then to that of the component
that fails.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Struct

from gitops_docs.model import Alert, Layer, Platform, Release, Runbook, StatedOwner

CODEOWNERS = "CODEOWNERS"
_NO_RUNBOOKS = ("decision", "reference")
"""Kinds of pages whose owner is that of the page only."""


class Claim(Struct, frozen=True, order=True):
    """A statement of who owns something. `by` ends a sentence that begins with "from"."""

    owners: tuple[str, ...]
    by: str
    inherited: bool = False
    """Whether it is that of the component or layer, which this thing belongs to."""


Claims = tuple[Claim, ...]


class Conflict(Struct, frozen=True):
    """A thing for which two origins name different owners: the claim that counts, and the other
    one."""

    kind: str
    """`layer`, `release` or `alert`."""
    name: str
    cluster: str
    counts: Claim
    other: Claim


class OwnerIndex:
    """Claims by thing. Keys are the ids of layers, (layer, namespace, name) of releases, and
    (cluster, namespace, object, name) of alert rules."""

    def __init__(self, platform: Platform) -> None:
        self._stated: dict[tuple[str, str, str, str], StatedOwner] = {
            (one.cluster, one.kind, one.namespace, one.name): one for one in platform.stated_owners
        }
        self._files = {item.file: item.owners for item in platform.owners}
        of_layer: dict[str, list[Runbook]] = defaultdict(list)
        of_release: dict[tuple[str, str, str], list[Runbook]] = defaultdict(list)
        self._books: dict[str, Runbook] = {}
        for book in platform.runbooks:
            self._books[book.file] = book
            if book.owner and book.states_owner and book.kind not in _NO_RUNBOOKS:
                for identity in book.layers:
                    of_layer[identity].append(book)
                for key in book.releases:
                    of_release[key].append(book)
        self.layers: dict[str, Claims] = {
            layer.id: self._layer(layer, of_layer.get(layer.id, [])) for layer in platform.layers
        }
        self.releases: dict[tuple[str, str, str], Claims] = {
            (one.layer, one.namespace, one.name): self._release(
                one, of_release.get((one.layer, one.namespace, one.name), [])
            )
            for one in platform.releases
        }
        self.alerts: dict[tuple[str, str, str, str], Claims] = {
            alert_key(alert): self._alert(alert) for alert in platform.alerts
        }
        self.is_stated = bool(
            platform.has_owners or platform.stated_owners or of_layer or of_release
        )
        """Whether anything in the repository names owners."""

    def owners(self, claims: Claims) -> tuple[str, ...]:
        """Return the owners by the claim that counts."""
        return claims[0].owners if claims else ()

    def conflicts(self, platform: Platform) -> list[Conflict]:
        """Return the things for which two origins name different owners, each name once."""
        found: dict[tuple[str, str, str, tuple[str, ...]], Conflict] = {}
        things = [
            *(("layer", one.name, one.cluster, self.layers[one.id]) for one in platform.layers),
            *(
                (
                    "release",
                    one.name,
                    one.cluster,
                    self.releases[one.layer, one.namespace, one.name],
                )
                for one in platform.releases
            ),
            *(
                ("alert", one.name, one.cluster, self.alerts[alert_key(one)])
                for one in platform.alerts
            ),
        ]
        for kind, name, cluster, claims in things:
            for other in claims[1:]:
                if not other.inherited and _differ(claims[0], other):
                    found.setdefault(
                        (kind, name, cluster, other.owners),
                        Conflict(kind, name, cluster, claims[0], other),
                    )
        return list(found.values())

    def _layer(self, layer: Layer, books: Sequence[Runbook]) -> Claims:
        found = self._of_object(layer.cluster, "Kustomization", layer.namespace, layer.name)
        found += self._of_directory(layer)
        found += _of_books(books)
        return _distinct(found)

    def _release(self, release: Release, books: Sequence[Runbook]) -> Claims:
        found = self._of_object(release.cluster, "HelmRelease", release.namespace, release.name)
        found += self._of_file(release.file)
        found += _of_books(books)
        if not found:
            found += _through(self.layers.get(release.layer, ()), "layer", release.layer)
        return _distinct(found)

    def _alert(self, alert: Alert) -> Claims:
        found = [] if alert.owner is None else [Claim((alert.owner,), alert.owner_by)]
        if alert.kind == "flux":
            found += self._of_object(alert.cluster, "Alert", alert.namespace, alert.name)
        book = self._books.get(alert.runbook.page or "")
        if book is not None and book.owner and book.states_owner:
            found += _of_books([book])
        subject = alert.subject
        if subject.certain:
            component = self.releases.get(subject.release, ()) if subject.release else ()
            if component and subject.release:
                found += _through(component, "release", subject.release[2])
            elif subject.layer:
                found += _through(self.layers.get(subject.layer, ()), "layer", subject.layer)
        if not found:
            found += self._of_file(alert.file)
        return _distinct(found)

    def _of_object(self, cluster: str, kind: str, namespace: str, name: str) -> list[Claim]:
        one = self._stated.get((cluster, kind, namespace, name))
        return [Claim((one.owner,), one.by)] if one is not None else []

    def _of_file(self, file: str) -> list[Claim]:
        owners = self._files.get(file, ())
        return [Claim(owners, CODEOWNERS)] if owners else []

    def _of_directory(self, layer: Layer) -> list[Claim]:
        """Return who owns most files of a layer's directory; the file of the layer itself if none
        does."""
        below = f"{layer.directory}/" if layer.directory else ""
        counts: Counter[tuple[str, ...]] = Counter()
        if layer.directory is not None and not layer.synthetic:
            for file in layer.files:
                if file.startswith(below):
                    counts[self._files.get(file, ())] += 1
        named = [(-number, owners) for owners, number in counts.items() if owners]
        if named:
            return [Claim(min(named)[1], CODEOWNERS)]
        return self._of_file(layer.file)


def alert_key(alert: Alert) -> tuple[str, str, str, str]:
    """Return the key of the claims of an alert."""
    return alert.cluster, alert.namespace, alert.object_name or alert.kind, alert.name


def _of_books(books: Iterable[Runbook]) -> list[Claim]:
    return [Claim((book.owner,), f"runbook {book.title}") for book in books if book.owner]


def _through(claims: Claims, kind: str, name: str) -> list[Claim]:
    """Return the first claim of another thing, as a claim of the thing that belongs to it."""
    return [Claim(one.owners, f"{kind} {name.rpartition('/')[2]}", True) for one in claims[:1]]


def _distinct(claims: Iterable[Claim]) -> Claims:
    return tuple(dict.fromkeys(claims))


def _differ(one: Claim, other: Claim) -> bool:
    """Return whether two claims have no owner in common."""
    return not {plain(name) for name in one.owners} & {plain(name) for name in other.owners}


def plain(owner: str) -> str:
    """Return an owner without the organisation that forges put before a team: `@org/storage` is
    `storage`."""
    return owner.lower().removeprefix("@").rpartition("/")[2]
