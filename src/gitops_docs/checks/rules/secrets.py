"""Secrets that can be read in the repository, and encrypted ones that Flux would not decrypt."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_docs.checks.context import Context
from gitops_docs.model import Finding, Location, Protection, Secret, Severity
from gitops_docs.text.english import listed


def check(context: Context) -> Iterator[Finding]:
    """Findings of this family."""
    for secret in context.platform.secrets:
        layer = context.layers.get(secret.layer)
        if secret.protection in (Protection.PLAIN, Protection.GENERATED):
            yield _plain(secret)
        elif secret.protection is Protection.SOPS_PARTIAL:
            yield _partial(secret)
        encrypted = secret.protection in (Protection.SOPS, Protection.SOPS_PARTIAL)
        if encrypted and layer is not None and layer.decryption is None and not layer.suspended:
            message = (
                f"Secret {secret.namespace}/{secret.name} is encrypted with SOPS and "
                f"`{layer.name}` has no spec.decryption: "
                "Flux refuses the layer; add `decryption: {provider: sops}`"
            )
            yield Finding(
                "secret-not-decrypted",
                Severity.ERROR,
                message,
                secret.file,
                secret.line,
                secret.layer,
            )


def _name(secret: Secret) -> str:
    return f"{secret.namespace}/{secret.name}" if secret.namespace else secret.name


def _plain(secret: Secret) -> Finding:
    place = secret.clear[0][1] if secret.clear else Location(secret.file, secret.line)
    keys = listed([f"`{key}`" for key, _ in secret.clear], 3)
    how = (
        " from literals or files of the repository"
        if secret.protection is Protection.GENERATED
        else ""
    )
    if secret.harmless:
        message = (
            f"Secret {_name(secret)} ({keys}) is readable{how}, and nothing in it looks like a "
            f"credential; encrypt it if it holds one, "
            "or make it a ConfigMap"
        )
        severity = Severity.INFO if secret.protection is Protection.GENERATED else Severity.WARNING
        return Finding(
            "secret-plaintext", severity, message, place.file, place.line, secret.layer or None
        )
    message = (
        f"the values of Secret {_name(secret)} ({keys}) are readable{how}: whoever reads the "
        f"repository has them; "
        "change them, and encrypt them with SOPS or take them from a store"
    )
    # What no cluster applies is an example, or a file that was left behind. A root directory is no
    # layer where the root was guessed, and its objects are applied all the same.
    severity = Severity.ERROR if secret.cluster else Severity.WARNING
    return Finding(
        "secret-plaintext", severity, message, place.file, place.line, secret.layer or None
    )


def _partial(secret: Secret) -> Finding:
    place = secret.clear[0][1] if secret.clear else Location(secret.file, secret.line)
    keys = listed([f"`{key}`" for key, _ in secret.clear], 3)
    message = (
        f"Secret {_name(secret)} is encrypted with SOPS but for {keys}, readable in the "
        f"repository; encrypt the whole of `data` and "
        "`stringData` (`encrypted_regex: ^(data|stringData)$`), or move what is no secret to a "
        "ConfigMap"
    )
    return Finding(
        "secret-partially-encrypted",
        Severity.WARNING,
        message,
        place.file,
        place.line,
        secret.layer or None,
    )
