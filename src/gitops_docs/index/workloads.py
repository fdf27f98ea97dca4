"""Join workloads with their autoscalers and disruption budgets, and say what is wrong with each."""

from __future__ import annotations

from collections import defaultdict

from msgspec import Struct

from gitops_docs.kubernetes import quantities
from gitops_docs.model import Autoscaler, Container, DisruptionBudget, Platform, Workload

RUNS_ALWAYS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout", "Pod"})
"""Kinds whose pods run until they are stopped."""
_EVICTED = RUNS_ALWAYS - {"DaemonSet"}
"""Kinds whose pods a drain evicts."""


class Running(Struct, frozen=True):
    """A workload with what scales and protects it, and words for what needs attention."""

    workload: Workload
    autoscaler: Autoscaler | None
    budgets: tuple[DisruptionBudget, ...]
    problems: tuple[str, ...]

    @property
    def lowest(self) -> int | None:
        """The fewest replicas; None where that is not known or means nothing."""
        return self.autoscaler.minimum if self.autoscaler is not None else self.workload.replicas


PROBLEMS = {
    "single replica, no PDB": "stops when its node is drained",
    "no memory limit": "can use all memory of its node",
    "no readiness probe": "gets requests before it is ready",
    "PDB blocks eviction": "blocks the drain of its node",
    "privileged": "has all rights on its node",
    "hostPath": "reads or writes files of its node",
    "hostNetwork": "uses the network of its node",
}
"""What needs attention, in the order of the page, and why."""


def running(platform: Platform) -> list[Running]:
    """Return all workloads with their autoscalers and disruption budgets, in the platform's order."""
    scalers = {(item.cluster, item.namespace, *item.target): item for item in platform.autoscalers}
    budgets: dict[tuple[str, str], list[DisruptionBudget]] = defaultdict(list)
    for budget in platform.disruption_budgets:
        budgets[budget.cluster, budget.namespace].append(budget)
    found = []
    for item in platform.workloads:
        scaler = scalers.get((item.cluster, item.namespace, item.kind, item.name))
        own = tuple(
            budget
            for budget in budgets.get((item.cluster, item.namespace), ())
            if item.kind in _EVICTED and budget.selector.selects(item.labels)
        )
        one = Running(item, scaler, own, ())
        found.append(Running(item, scaler, own, tuple(_problems(one))))
    return found


def _problems(one: Running) -> list[str]:
    item, main = one.workload, main_containers(one.workload)
    found = []
    always = item.kind in RUNS_ALWAYS
    if item.kind in _EVICTED and one.lowest == 1 and not one.budgets:
        found.append("single replica, no PDB")
    if main and any(not box.memory_limit for box in main):
        found.append("no memory limit")
    if always and any(box.ports for box in main) and not any(box.readiness for box in main):
        found.append("no readiness probe")
    if any(blocks(budget, one.lowest) for budget in one.budgets):
        found.append("PDB blocks eviction")
    if any(box.privileged for box in item.containers):
        found.append("privileged")
    found += ["hostPath"] if item.host_paths else []
    found += ["hostNetwork"] if item.host_network else []
    return found


def main_containers(item: Workload) -> list[Container]:
    """Return the containers without those that run before them."""
    return [box for box in item.containers if not box.init]


def blocks(budget: DisruptionBudget, replicas: int | None) -> bool:
    """Return whether a budget never lets a pod be evicted, with this number of replicas (None: not
    known)."""
    if budget.maximum is not None:
        return budget.maximum.strip() in ("0", "0%")
    if budget.minimum is None:
        return False
    if budget.minimum.strip() == "100%":
        return True
    number = quantities.parse(budget.minimum)
    return number is not None and number > 0 and replicas is not None and 0 < replicas <= number


def resources(item: Workload, field: str) -> str | None:
    """Return a request or limit of a pod as text, e.g. of `memory_limit`; None where a container
    has none.

    Of several containers it is their sum, init containers left out: those run one after the other.
    """
    each = [getattr(box, field) for box in main_containers(item)]
    if not each or None in each:
        return None
    if len(each) == 1:
        return str(each[0])
    amount = quantities.total(each)
    if amount is None:
        return " + ".join(each)
    return quantities.cpu(amount) if field.startswith("cpu") else quantities.memory(amount)


def probes(item: Workload) -> str:
    """Return the probes that containers have: `R` readiness, `L` liveness, `S` startup."""
    boxes = main_containers(item)
    letters = {"R": "readiness", "L": "liveness", "S": "startup"}
    return " ".join(
        letter for letter, field in letters.items() if any(getattr(box, field) for box in boxes)
    )
