"""Write commands for the terminal with real names in them, as Flux 2 takes them (`cmd/flux` of
fluxcd/flux2).

In: a layer or release and the kubectl context of its cluster. Out: `Command`s whose text is safe to
paste: every name is quoted for a POSIX shell. `flux debug` prints what Secrets give; its purpose
says so.
"""

from __future__ import annotations

import shlex

from msgspec import Struct

from gitops_docs.model import Layer, Release


class Command(Struct, frozen=True):
    """A command, and its purpose in one or two words."""

    purpose: str
    text: str
    """Text, or text with `data-gitops-slot` elements, which the site's script fills in from the
    address of the page."""


def of_layer(layer: Layer, context: str | None) -> dict[str, tuple[Command, ...]]:
    """Return commands for a Kustomization: `first` (look, apply), `pause`, `closer`."""
    return _commands(
        "kustomization", "Kustomization", layer.namespace, layer.name, context, _LAYER_ONLY
    )


def of_release(release: Release, context: str | None) -> dict[str, tuple[Command, ...]]:
    """Return commands for a HelmRelease, grouped like those of a layer."""
    return _commands(
        "helmrelease", "HelmRelease", release.namespace, release.name, context, _RELEASE_ONLY
    )


_LAYER_ONLY = (
    ("Inventory", "flux tree kustomization {name} -n {namespace}"),
    ("Trace", "flux trace kustomization {name} -n {namespace}"),
    (
        "Variables in the cluster (prints secrets)",
        "flux debug kustomization {name} -n {namespace} --show-vars",
    ),
)
_RELEASE_ONLY = (
    ("Trace", "flux trace helmrelease {name} -n {namespace}"),
    (
        "Values in the cluster (prints secrets)",
        "flux debug helmrelease {name} -n {namespace} --show-values",
    ),
    ("Reset failures and retry", "flux reconcile helmrelease {name} -n {namespace} --reset"),
)


def _commands(
    noun: str,
    kind: str,
    namespace: str,
    name: str,
    context: str | None,
    more: tuple[tuple[str, str], ...],
) -> dict[str, tuple[Command, ...]]:
    flag = f" --context {shlex.quote(context)}" if context else ""

    def command(purpose: str, text: str) -> Command:
        return Command(
            purpose, text.format(name=shlex.quote(name), namespace=shlex.quote(namespace)) + flag
        )

    return {
        "first": (
            command("Status", f"flux get {noun} {{name}} -n {{namespace}}"),
            command("Reconcile", f"flux reconcile {noun} {{name}} -n {{namespace}} --with-source"),
            command("Events", f"flux events --for {kind}/{{name}} -n {{namespace}}"),
        ),
        "pause": (
            command("Suspend", f"flux suspend {noun} {{name}} -n {{namespace}}"),
            command("Resume", f"flux resume {noun} {{name}} -n {{namespace}}"),
        ),
        "closer": (
            command(
                "Logs",
                f"flux logs --kind={kind} --name={{name}} --namespace={{namespace}} --since=1h",
            ),
            *(command(purpose, text) for purpose, text in more),
        ),
    }
