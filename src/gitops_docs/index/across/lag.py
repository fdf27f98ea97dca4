"""Say when each environment got the version that it has, and how long the next one took.

In: components with the place that sets their version on each cluster, the environments, and what set
a place last. Out: a `Lag` for each component, and a `Step` for each environment and the one before
it. Days are counted between commits, never from a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from statistics import median

from msgspec import Struct

from gitops_docs.index.across.environments import Environments
from gitops_docs.kubernetes.versions import parse_version
from gitops_docs.model import Commit, Location

Pinned = Mapping[str, tuple[str, Location]]
"""Cluster to a version and the place that sets it."""


class Arrival(Struct, frozen=True):
    """The version of an environment. `commit` set it; None where the history that was read does not
    have that commit."""

    version: str
    place: Location
    commit: Commit | None


class Lag(Struct, frozen=True):
    """One component. `arrivals`: environment to its version."""

    namespace: str
    name: str
    arrivals: Mapping[str, Arrival]
    waits: int | None
    """Days for which the environment before the last has had a version that the last one has not;
    None where it has the same or an older one, or the day is not known."""


class Step(Struct, frozen=True):
    """From one environment to the next: `days` of each component whose version both have, set by
    different commits or lines; sorted."""

    before: str
    after: str
    days: tuple[int, ...]

    @property
    def median(self) -> float:
        """The median of the days; there must be some."""
        return median(self.days)


def lags(
    pinned: Iterable[tuple[str, str, Pinned]],
    environments: Environments,
    setter: Callable[[Location], Commit | None],
    newest: Commit | None,
) -> list[Lag]:
    """When each component came to each environment.

    Args:
        pinned: Namespace, name and versions of each component.
        environments: The environments.
        setter: The commit that gave a place the value it has.
        newest: The newest commit of the branch, up to which is counted.
    """
    found = []
    for namespace, name, versions in pinned:
        arrivals = {}
        for stage in environments.stages:
            own = [versions[cluster] for cluster in stage.clusters if cluster in versions]
            if stage.is_promoted and own:
                arrivals[stage.name] = _arrival(own, setter)
        if len(arrivals) > 1:
            waits = _waits(arrivals, environments.order, newest)
            found.append(Lag(namespace, name, arrivals, waits))
    return found


def steps(lags: Sequence[Lag], environments: Environments) -> list[Step]:
    """Return how long each environment took after the one before it; those without an example left
    out."""
    order = environments.order
    found = []
    for before, after in zip(order, order[1:], strict=False):
        days = [
            number
            for lag in lags
            if before in lag.arrivals and after in lag.arrivals
            if (number := days_between(lag.arrivals[before], lag.arrivals[after])) is not None
        ]
        if days:
            found.append(Step(before, after, tuple(sorted(days))))
    return found


def days_between(one: Arrival, other: Arrival) -> int | None:
    """Return days from one environment to the next with the same version; None where the versions
    differ, one line sets both, a commit is not known, or the second one came first. The first
    commit of a repository promotes nothing: it brings all environments at once."""
    if one.version != other.version or one.place == other.place:
        return None
    if one.commit is None or other.commit is None:
        return None
    if one.commit.first and one.commit == other.commit:
        return None
    number = _days(one.commit, other.commit)
    return number if number is not None and number >= 0 else None


def _arrival(
    own: Sequence[tuple[str, Location]], setter: Callable[[Location], Commit | None]
) -> Arrival:
    """Return the newest version of an environment, at the first cluster that got it."""
    version = max((text for text, _ in own), key=lambda text: (parse_version(text) or (), text))
    among = [
        Arrival(version, place, setter(place))
        for place in dict.fromkeys(place for text, place in own if text == version)
    ]
    return min(among, key=lambda one: one.commit.date if one.commit else "9999")


def _waits(
    arrivals: Mapping[str, Arrival], order: Sequence[str], newest: Commit | None
) -> int | None:
    if not order or order[-1] not in arrivals or newest is None:
        return None
    last = arrivals[order[-1]]
    before = next((arrivals[name] for name in reversed(order[:-1]) if name in arrivals), None)
    if before is None or before.commit is None:
        return None
    one, other = parse_version(last.version), parse_version(before.version)
    if one is None or other is None or one >= other:
        return None
    number = _days(before.commit, newest)
    return max(0, number) if number is not None else None


def _days(one: Commit, other: Commit) -> int | None:
    """None where Git gives no day that the calendar has."""
    try:
        return (date.fromisoformat(other.date) - date.fromisoformat(one.date)).days
    except ValueError:
        return None
