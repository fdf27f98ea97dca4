"""Render the releases of a cluster: what is known from before is taken from the cache, the rest goes
to workers.

In: releases with their packed charts and values. Out: for each the objects, or why they are not
known. API versions are those that are built in, those of the settings, and the definitions of the
cluster and of its charts: charts that ask for none are rendered first, and charts that ask are
rendered again where others bring more.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from gitops_docs import redaction
from gitops_docs.flux.substitution.placeholders import SETS, Filled, NotJson
from gitops_docs.helm.render import cache, guard, manifests, package
from gitops_docs.helm.render.cache import Cache, Record
from gitops_docs.helm.render.guard import Answer, Engine, Request, Worker
from gitops_docs.helm.render.manifests import Document, ManifestError
from gitops_docs.helm.render.package import Package, api_versions
from gitops_docs.kubernetes import definitions
from gitops_docs.text import progress
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import Map, as_map

KUBERNETES = "1.35.0"
"""The Kubernetes version that charts are rendered for where nothing says another one."""
_MOST_APIS = 4000
_MOST_CUT = 10
"""So many renders of a scan may end at a limit; then nothing more is rendered."""
_MOST_TOTAL = 256 << 20
"""Most bytes of objects in one scan; releases after that are not rendered."""
_BATCH = 16
_MAX_ERROR = 300
_NAME = Pattern(r"[a-z0-9]([-a-z0-9.]{0,51}[a-z0-9])?\z")
_NAMESPACE = Pattern(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\z")
_API = Pattern(r"[A-Za-z0-9][A-Za-z0-9./-]{0,250}\z")
_KUBERNETES = Pattern(r"v?[0-9]{1,3}\.[0-9]{1,3}(\.[0-9]{1,3})?\z")
_CONTROL = Pattern(r"[\x00-\x1f\x7f]+")
_PLACEHOLDER = Pattern(r"aGlkZGVu[A-Za-z0-9]{16}|hidden[ab][0-9]{5}value0|(?:71|82)[0-9]{6}")
_PATH = Pattern(r"(?:/[A-Za-z0-9._-]+)*/gitops-docs-[A-Za-z0-9._/-]+")
_LIMITS = {
    "time": "it takes more than 10 seconds of CPU time, or waits for something",
    "memory": "it takes more than 1.5 GB of memory",
    "output": "it gives more than 32 MB of manifests",
    "crashed": "Helm ends without an answer",
}
"""States of answers that no other run may change on a faster machine are kept; these are not."""


REFUSED = "Helm refuses it:"
_REMEDIES = {
    REFUSED: "correct the values, or choose another version of the chart",
    "its archive": "pull the chart again, or choose another version of it",
    "its chart": "correct the chart in its source",
    "the template": "choose another version of the chart, or correct the values",
    "a template": "choose another version of the chart, or correct the values",
    "its templates": "choose another version of the chart, or set the values that it makes up",
    "its name or namespace": "give the release a name and a namespace that Helm takes",
    "the charts of this repository": "render fewer charts: remove some from the store",
    **dict.fromkeys(
        _LIMITS.values(),
        "look for the value that makes it so large, or report it to the authors of the chart",
    ),
}
"""How a reason begins, and what to do about it."""


def remedy(reason: str) -> str:
    """Return what to do about a chart that cannot be rendered: the end of a sentence; empty where
    the reason is none that a chart gives."""
    return next((text for start, text in _REMEDIES.items() if reason.startswith(start)), "")


class Wanted(Struct, frozen=True, kw_only=True):
    """A release that is to be rendered."""

    name: str
    """The name that Helm knows the release by."""
    namespace: str
    """The namespace that it is installed in."""
    chart: Package
    values: Map
    """Its effective values, without the defaults of the chart."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a release."""

    reason: str | None = None
    """Why the objects are not known: the end of a sentence."""
    key: str = ""
    """Two outcomes with the same key have the same objects."""
    apis: tuple[str, ...] = ()
    kinds: tuple[tuple[str, str, bool], ...] = ()
    record: Record | None = None
    asks_versions: bool = False
    """Whether a template may ask for versions of Kubernetes or APIs."""
    is_kept: bool = False
    """Whether the result is kept beyond this process."""

    def objects(self) -> list[Document]:
        """Return the objects, in the order of Helm's output."""
        return self.record.objects() if self.record is not None else []


class _Task(Struct, frozen=True):
    """A release with its values as JSON, once for each set of placeholders."""

    wanted: Wanted
    values: tuple[bytes, ...]
    varies: bool
    asks_versions: bool
    asked: tuple[str, ...] | None
    """As in `Facts`."""
    is_kept: bool = True
    """Whether the result is kept beyond this process."""

    @property
    def identity(self) -> tuple[str, str, str]:
        """Chart, namespace and name."""
        return self.wanted.chart.digest, self.wanted.namespace, self.wanted.name

    def apis(self, known: Iterable[str]) -> tuple[str, ...]:
        """Of some API versions those that its templates ask for, sorted."""
        if self.asked is None:
            return tuple(sorted(known))[:_MOST_APIS]
        exact = {one for one in self.asked if not one.endswith("*")}
        starts = tuple(one[:-1] for one in self.asked if one.endswith("*"))
        return tuple(sorted(one for one in known if one in exact or one.startswith(starts)))


class Renderer:
    """Renders charts and caches the results. `count` is the number of processes of Helm that were
    started for releases.

    Args:
        kept: Where results are kept.
        engine: What renders.
        pool: How many workers there are at a time.
    """

    def __init__(self, kept: Cache, engine: Engine, pool: int = 2) -> None:
        self.engine = engine
        self.count = 0
        self._cache = kept
        self._pool = pool
        self._version: str | None = None
        self._cut = 0
        self._left = _MOST_TOTAL
        self._steady: set[tuple[str, str, str]] = set()
        """(chart, namespace, name) of releases that did not vary in the scan before. An edit of one
        that may is rendered once, and not kept beyond this process."""
        self._steady_now: set[tuple[str, str, str]] = set()

    @property
    def version(self) -> str:
        """The version of Helm; empty where it cannot be used."""
        if self._version is None:
            identity = _identity(self.engine)
            version = self._cache.engine(identity)
            if version is None:
                worker = Worker(self.engine)
                version = worker.version()
                worker.close()
                if version:
                    self._cache.put_engine(identity, version)
            self._version = version if guard.is_supported(version) else ""
        return self._version

    def begin(self) -> None:
        """Begin a scan."""
        self._steady, self._steady_now = self._steady_now, set()
        self._cut = 0
        self._left = _MOST_TOTAL

    def render(
        self, wanted: Iterable[Wanted | str], kubernetes: str, apis: Iterable[str]
    ) -> list[Outcome]:
        """Render the releases of a cluster.

        Args:
            wanted: The releases; a text instead of one says why it cannot be rendered.
            kubernetes: Kubernetes version of the cluster.
            apis: API versions that its own definitions add.
        """
        known = {one for one in apis if _API.match(one)}
        outcomes: dict[int, Outcome] = {}
        tasks: dict[int, _Task] = {}
        for number, one in enumerate(wanted):
            made = _task(one) if isinstance(one, Wanted) else one
            if isinstance(made, _Task):
                tasks[number] = made
                known |= set(made.wanted.chart.facts.apis)
            else:
                outcomes[number] = Outcome(reason=made)
        if not _KUBERNETES.match(kubernetes):
            kubernetes = KUBERNETES
        plain = {number: task for number, task in tasks.items() if task.asked == ()}
        asking = {number: task for number, task in tasks.items() if task.asked != ()}
        outcomes |= self._round(plain, kubernetes, set())
        known |= _added(outcomes.values())
        asked = self._round(asking, kubernetes, known)
        more = known | _added(asked.values())
        if more != known:
            asked = self._round(asking, kubernetes, more)
        outcomes |= asked
        return [self._afforded(outcomes[number]) for number in sorted(outcomes)]

    def _afforded(self, outcome: Outcome) -> Outcome:
        """Return the outcome, or that the scan has no room for it."""
        self._left -= outcome.record.size if outcome.record is not None else 0
        if self._left >= 0 or outcome.reason is not None:
            return outcome
        return Outcome(
            reason=f"the charts of this repository make more than {_MOST_TOTAL >> 20} MB"
        )

    def _round(
        self, tasks: dict[int, _Task], kubernetes: str, apis: set[str]
    ) -> dict[int, Outcome]:
        versions = {number: task.apis(apis) for number, task in tasks.items()}
        keys = {
            number: self._key(task, kubernetes, versions[number]) for number, task in tasks.items()
        }
        missing: dict[str, tuple[_Task, tuple[str, ...]]] = {}
        for number, name in keys.items():
            if self._cache.get(name) is None:
                task = tasks[number]
                if task.identity in self._steady:
                    task = replace(task, varies=False, is_kept=not task.varies)
                missing.setdefault(name, (task, versions[number]))
        if missing and self.version:
            self._render(missing, kubernetes)
        made = {}
        for number, name in keys.items():
            record = self._cache.get(name)
            if record is not None and record.reason is None and not record.is_random:
                self._steady_now.add(tasks[number].identity)
            if record is None:
                made[number] = Outcome(reason="too many charts before it took too long")
            else:
                made[number] = Outcome(
                    reason=record.reason,
                    key=name,
                    apis=record.apis,
                    kinds=record.kinds,
                    record=record,
                    asks_versions=tasks[number].asks_versions,
                    is_kept=self._cache.is_kept(name),
                )
        return made

    def _key(self, task: _Task, kubernetes: str, apis: tuple[str, ...]) -> str:
        return cache.key(
            {
                "chart": task.wanted.chart.digest,
                "values": [values.decode() for values in task.values],
                "name": task.wanted.name,
                "namespace": task.wanted.namespace,
                "kubernetes": kubernetes,
                "apis": apis,
                "engine": [self.engine.label, self.version],
            }
        )

    def _render(self, missing: dict[str, tuple[_Task, tuple[str, ...]]], kubernetes: str) -> None:
        names = sorted(missing)
        size = 0
        with guard.workers(self.engine, min(self._pool, len(names))) as pool:
            for start in range(0, len(names), _BATCH):
                if self._cut >= _MOST_CUT or size > _MOST_TOTAL:
                    return
                batch = names[start : start + _BATCH]
                requests = {name: _requests(*missing[name], kubernetes) for name in batch}
                progress.step("rendering charts", start, len(names))
                answers = guard.render_all(
                    pool, [one for some in requests.values() for one in some]
                )
                self.count += len(answers)
                for name in batch:
                    number = len(requests[name])
                    mine, answers = answers[:number], answers[number:]
                    self._keep(name, mine, missing[name][0])
                    kept = self._cache.get(name)
                    size += kept.size if kept is not None else 0

    def _keep(self, name: str, answers: list[Answer], task: _Task) -> None:
        bad = next((one for one in answers if one.state != "rendered"), None)
        if bad is not None:
            what = "its archive" if bad.state == "archive" else REFUSED
            reason = _LIMITS.get(bad.state) or f"{what} {_shown(bad.error)}"
            is_cut = bad.state in _LIMITS
            self._cut += is_cut
            self._cache.put(name, cache.refused(reason), keep=not is_cut)
            return
        try:
            found = [manifests.read(one.manifests) for one in answers]
            has_other = len(task.values) > 1
            made = manifests.combine(
                found[0],
                found[1] if has_other else None,
                found[-1] if task.varies else None,
            )
        except ManifestError as error:
            self._cache.put(name, cache.refused(str(error)))
            return
        defined = [as_map(manifests.node(one.data, "", 0)) for one in made if _defines(one)]
        apis = {api for data in defined for api in api_versions(data)}
        kinds = {one for data in defined if (one := definitions.scope(data)) is not None}
        record = cache.record(tuple(sorted(apis)), tuple(sorted(kinds)), made)
        self._cache.put(name, record, keep=task.is_kept)


def _task(wanted: Wanted) -> _Task | str:
    """Return what is to be rendered, or why it is not."""
    if not _NAME.match(wanted.name) or not _NAMESPACE.match(wanted.namespace):
        return "its name or namespace is none that Helm takes"
    try:
        first = Filled(wanted.values, SETS[0])
        texts = [first.text]
        if first.has_placeholders:
            texts.append(Filled(wanted.values, SETS[1]).text)
    except NotJson as error:
        return str(error)
    return _Task(
        wanted,
        tuple(texts),
        wanted.chart.facts.varies or package.may_vary(texts[0]),
        wanted.chart.facts.asks_versions or package.may_ask_versions(texts[0]),
        None if package.may_ask_versions(texts[0]) else wanted.chart.facts.asked,
    )


def _requests(task: _Task, apis: tuple[str, ...], kubernetes: str) -> list[Request]:
    """With each set of placeholders, and with the first one again where templates may vary."""
    values = [*task.values, task.values[0]] if task.varies else list(task.values)
    return [
        Request(
            chart=task.wanted.chart.digest,
            load=task.wanted.chart.load,
            name=task.wanted.name,
            namespace=task.wanted.namespace,
            kubernetes=kubernetes,
            apis=apis,
            values=one,
        )
        for one in values
    ]


def _defines(document: Document) -> bool:
    data = document.data
    return isinstance(data, dict) and str(data.get("kind"))[1:] == "CustomResourceDefinition"


def _added(outcomes: Iterable[Outcome]) -> set[str]:
    return {api for outcome in outcomes for api in outcome.apis if _API.match(api)}


def _shown(error: str) -> str:
    """Return what Helm says, as it may be shown: one line, no path of this machine, no
    credential."""
    text = error.rpartition("Error:")[2].partition("Use --debug flag")[0]
    text = " ".join(_CONTROL.sub(" ", text).split())
    text = _PLACEHOLDER.sub(redaction.REDACTED, _PATH.sub("chart", text))
    text = redaction.without_credentials(text)
    return text if len(text) <= _MAX_ERROR else f"{text[: _MAX_ERROR - 1]}…"


def _identity(engine: Engine) -> str:
    try:
        status = os.stat(engine.path)
    except OSError:
        return engine.path
    return f"{engine.path} {status.st_size} {status.st_mtime_ns}"
