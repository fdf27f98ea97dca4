"""Define the rules for what kustomize refuses.

They are met while something is read or rendered, so they have no check of their own.
"""

from __future__ import annotations

from gitops_docs.model import Family, Rule, Severity


class KustomizeBuildFailed(Rule):
    code = "kustomize-build-failed"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "kustomize cannot build the directory"
    about = (
        "Flux applies nothing that `kustomize build` rejects: a resource that does not exist, a "
        "patch without a target, an unknown field. The message says which. The rest of the layer "
        "is shown as far as it is known."
    )
    remedy = "Correct what the message names and run `kubectl kustomize` on the directory."
    bad = "resources: [missing.yaml]"
    good = "resources: [web.yaml]"


class KustomizeDuplicateId(Rule):
    code = "kustomize-duplicate-id"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "An object occurs twice in one build"
    about = "kustomize rejects two objects of the same kind, namespace and name in one build."
    remedy = "Remove one of them, or give it another name."
    bad = "resources: [web.yaml, copy-of-web.yaml]"
    good = "resources: [web.yaml]"
