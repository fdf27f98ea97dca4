"""Tell the objects that other tools read from those that Flux is meant to apply.

In: the manifests of a repository. Out: which of them no layer has to read.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence

from gitops_docs.flux.roots import Manifest
from gitops_docs.kubernetes import objects
from gitops_docs.repository.tree import clamp
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import Map, as_map, as_seq, as_text, get_path

ARGO = "argoproj.io"
_ARGO_KINDS = ("Application", "ApplicationSet", "AppProject")
_TOOLS = frozenset(
    {
        "apiserver.config.k8s.io",
        "audit.k8s.io",
        "backstage.io",
        "chainsaw.kyverno.io",
        "cli.kyverno.io",
        "client.config.talos.dev",
        "ctlptl.dev",
        "eksctl.io",
        "k0sctl.k0sproject.io",
        "k3d.io",
        "kind.x-k8s.io",
        "kuberc.config.k8s.io",
        "kubelet.config.k8s.io",
        "kubeadm.k8s.io",
        "kubeproxy.config.k8s.io",
        "kubescheduler.config.k8s.io",
        "kuttl.dev",
        "scaffolder.backstage.io",
        "skaffold",
    }
)
"""API groups of files that a program reads from disk: the API server has no such kinds."""
_ANSIBLE_ROLE = Pattern(
    r"(?:\A|/)roles/[^/]+/(?:tasks|handlers|templates|files|vars|defaults|meta)/"
)
_PATTERN = Pattern(r"[*?\[]|\{\{|\$\{")


class Foreign:
    """Objects and files of a repository that another tool than Flux reads."""

    def __init__(self, manifests: Sequence[Manifest], files: Iterable[str]) -> None:
        """
        Args:
            manifests: Everything that the files hold.
            files: All paths.
        """
        self.argo = [one for one in manifests if is_argo(one.data)]
        self._applied = tuple(sorted({path for one in self.argo for path in _paths(one.data)}))
        self._ansible = tuple(
            sorted(
                {
                    posixpath.dirname(path)
                    for path in files
                    if path.endswith("ansible.cfg") and posixpath.basename(path) == "ansible.cfg"
                }
            )
        )

    def has(self, manifest: Manifest) -> bool:
        """Return whether an object that no layer applies is for another tool."""
        group = objects.group(manifest.data)
        if group in _TOOLS or is_argo(manifest.data):
            return True
        path = manifest.path
        if _ANSIBLE_ROLE.search(path) or any(_lies_in(path, one) for one in self._ansible if one):
            return True
        return any(_lies_in(path, one) for one in self._applied)


def is_argo(data: Map) -> bool:
    """Return whether an object is for Argo CD."""
    return objects.is_a(data, ARGO, *_ARGO_KINDS)


def _lies_in(path: str, directory: str) -> bool:
    return path.startswith(f"{directory}/")


def _paths(data: Map) -> Iterable[str]:
    """Yield the directories that an Application applies, or that an ApplicationSet makes
    Applications of."""
    spec = as_map(data.get("spec"))
    for part in (spec, as_map(get_path(spec, "template", "spec"))):
        sources = [part.get("source"), *as_seq(part.get("sources"))]
        yield from _directories(get_path(source, "path") for source in sources)
    for generator in as_seq(spec.get("generators")):
        git = as_map(get_path(generator, "git"))
        for entry in (*as_seq(git.get("directories")), *as_seq(git.get("files"))):
            yield from _directories([get_path(entry, "path")])


def _directories(nodes: Iterable[object]) -> Iterable[str]:
    """Yield the literal beginning of each path, in whole segments."""
    for node in nodes:
        text = as_text(node)
        if text is None:
            continue
        match = _PATTERN.search(text)
        literal = text if match is None else posixpath.dirname(text[: match.start()])
        if clamp(literal):
            yield clamp(literal)
