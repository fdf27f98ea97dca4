"""Run kustomize in Python, static and inside the repository: `build` renders a directory, `changes`
says what changed an object."""

from __future__ import annotations

from gitops_docs.kustomize.build import Build, Rendered, build, kustomization_file
from gitops_docs.kustomize.cache import BuildCache
from gitops_docs.kustomize.errors import Refused
from gitops_docs.kustomize.files.decode import with_json_keys
from gitops_docs.kustomize.files.kustomization import KUSTOMIZATION_NAMES
from gitops_docs.kustomize.files.loader import Missing
from gitops_docs.kustomize.provenance import changes
from gitops_docs.kustomize.resources.output import reread, to_json

__all__ = [
    "KUSTOMIZATION_NAMES",
    "Build",
    "BuildCache",
    "Missing",
    "Refused",
    "Rendered",
    "build",
    "changes",
    "kustomization_file",
    "reread",
    "to_json",
    "with_json_keys",
]
