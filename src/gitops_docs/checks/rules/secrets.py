"""Check secrets: which can be read in the repository, and encrypted ones that Flux would not
decrypt."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_docs.checks.check import Check
from gitops_docs.checks.context import Context
from gitops_docs.model import Family, Finding, Location, Protection, Secret, Severity
from gitops_docs.text.english import listed


class SecretPlaintext(Check):
    code = "secret-plaintext"
    family = Family.SECRETS
    severity = Severity.ERROR
    title = "A Secret is readable in the repository"
    about = (
        "base64 is not encryption. Everyone who can read the repository, or ever could, has the "
        "values, whether a layer applies the file or not."
    )
    remedy = (
        "Change the values at their source, then encrypt the file with SOPS, or take it from a "
        "store with an ExternalSecret."
    )
    bad = "kind: Secret\nstringData:\n  password: hunter2"
    good = "kind: ExternalSecret"
    varies = (
        "A warning where no layer applies the file. A note where nothing that can be read looks like "
        "a credential: hosts, users, identifiers, files of settings, and in a file that no layer "
        "applies plain words too."
    )

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for secret in context.platform.secrets:
            # What a chart makes comes from values, which are judged themselves.
            if (
                secret.protection not in (Protection.PLAIN, Protection.GENERATED)
                or secret.origin is not None
            ):
                continue
            generated = secret.protection is Protection.GENERATED
            how = " from literals or files of the repository" if generated else ""
            if secret.harmless:
                message = (
                    f"Secret {_name(secret)} ({_keys(secret)}) is readable{how}, and nothing in it "
                    f"looks like a credential; encrypt it if it holds one, "
                    "or make it a ConfigMap"
                )
                severity = Severity.INFO
            else:
                message = (
                    f"the values of Secret {_name(secret)} ({_keys(secret)}) are readable{how}: "
                    f"everyone who reads the repository has them; "
                    "change them, and encrypt them with SOPS or take them from a store"
                )
                # What no cluster applies is an example, or a file that was left behind. A root
                # directory is not a layer where the root was guessed, and its objects are applied
                # all the same.
                severity = Severity.ERROR if secret.cluster else Severity.WARNING
            yield cls.at(
                _place(secret),
                message,
                layers=[secret.layer],
                about=[secret],
                severity=severity,
                cause="readable",
            )


class SecretPartiallyEncrypted(Check):
    code = "secret-partially-encrypted"
    family = Family.SECRETS
    severity = Severity.WARNING
    title = "A Secret is only partly encrypted"
    about = "`encrypted_regex` leaves some values of `data` or `stringData` readable."
    remedy = (
        "Encrypt all of them (`encrypted_regex: ^(data|stringData)$`), or move what is not secret "
        "to a ConfigMap."
    )
    bad = "encrypted_regex: ^(password)$"
    good = "encrypted_regex: ^(data|stringData)$"
    varies = "A note where nothing that can be read looks like a credential."

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for secret in context.platform.secrets:
            if secret.protection is Protection.SOPS_PARTIAL:
                message = (
                    f"Secret {_name(secret)} is encrypted with SOPS but for {_keys(secret)}, "
                    f"readable in the repository; encrypt the whole of `data` and "
                    "`stringData` (`encrypted_regex: ^(data|stringData)$`), or move what is not "
                    "secret to a ConfigMap"
                )
                yield cls.at(
                    _place(secret),
                    message,
                    layers=[secret.layer],
                    about=[secret],
                    severity=Severity.INFO if secret.harmless else Severity.WARNING,
                    cause=_keys(secret),
                )


class SecretNotDecrypted(Check):
    code = "secret-not-decrypted"
    family = Family.SECRETS
    severity = Severity.ERROR
    title = "A layer with a SOPS Secret has no decryption"
    about = (
        "kustomize-controller rejects a Secret that SOPS encrypted if the layer has no "
        "`spec.decryption`, and the API server rejects an object of another kind. The controller "
        "does not look into a Secret that a `secretGenerator` makes from an encrypted file: what "
        "reads that Secret gets the ciphertext."
    )
    remedy = "Add `decryption: {provider: sops}` to the layer."
    bad = "path: ./apps  # with a SOPS Secret"
    good = "path: ./apps\ndecryption:\n  provider: sops"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for secret in context.platform.secrets:
            layer = context.layers.get(secret.layer)
            if (
                secret.protection in (Protection.SOPS, Protection.SOPS_PARTIAL)
                and layer is not None
                and layer.decryption is None
                and not layer.suspended
                and not (secret.stays_encrypted and not secret.has_metadata)
            ):
                effect = (
                    "Flux rejects the layer"
                    if secret.has_metadata
                    else "Flux applies the ciphertext as its values"
                )
                message = (
                    f"Secret {secret.namespace}/{secret.name} is encrypted with SOPS and "
                    f"`{layer.name}` has no spec.decryption: {effect}; "
                    "add `decryption: {provider: sops}`"
                )
                yield cls.at(
                    secret,
                    message,
                    layers=[layer.id],
                    about=[secret],
                    cause="no decryption",
                )
        yield from cls._others(context)

    @classmethod
    def _others(cls, context: Context) -> Iterator[Finding]:
        """Find objects of other kinds, of which the API server does not take the field `sops`."""
        for layer in context.platform.layers:
            if layer.decryption is not None or layer.suspended:
                continue
            for resource in layer.resources:
                if resource.encrypted and (resource.group or resource.kind != "Secret"):
                    message = (
                        f"{resource.label} is encrypted with SOPS and `{layer.name}` has no "
                        "spec.decryption: the API server rejects the field `sops`, and with it the "
                        "layer; add `decryption: {provider: sops}`"
                    )
                    about = [resource.ref(layer.cluster)]
                    yield cls.at(
                        resource, message, layers=[layer.id], about=about, cause="no decryption"
                    )


def _name(secret: Secret) -> str:
    return f"{secret.namespace}/{secret.name}" if secret.namespace else secret.name


def _keys(secret: Secret) -> str:
    return listed([f"`{key}`" for key, _ in secret.clear], 3)


def _place(secret: Secret) -> Location:
    return secret.clear[0][1] if secret.clear else Location(secret.file, secret.line)
