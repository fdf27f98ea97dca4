"""Describe Secrets as a reader may know them: where they are, what their keys are called, how their
values are protected.

In: a Secret, ExternalSecret or SealedSecret, rendered or as written. Out: a `model.Secret`. Sealed
values are opened to see whether they are ciphertext, and for nothing else.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from gitops_docs.kubernetes import objects
from gitops_docs.kustomize import sops
from gitops_docs.model import Location, Protection, Secret
from gitops_docs.redaction import (
    is_name,
    is_secret,
    is_secret_key,
    leaves,
    looks_made,
    looks_secret,
    shown,
    stands_for_none,
)
from gitops_docs.text.base64 import decoded, decoded_text
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import (
    Map,
    Scalar,
    Sealed,
    as_map,
    as_seq,
    as_text,
    get_path,
    is_null,
    walk_leaves,
)
from gitops_docs.yaml.parse import parse
from gitops_docs.yaml.sealing import SOPS_CIPHERTEXT

_KINDS = ("Secret", "ExternalSecret", "SealedSecret")
_KEEPERS = {
    "age": "age",
    "pgp": "PGP",
    "kms": "AWS KMS",
    "gcp_kms": "GCP KMS",
    "azure_kv": "Azure Key Vault",
    "hc_vault": "HashiCorp Vault",
}
"""Who can decrypt, by the lists of a `sops` block (SOPS, `stores.Metadata`)."""
_PLACEHOLDER = Pattern(
    r"\s*(?:[A-Za-z]{1,16}[ :])?\s*(?:\$\{[^{}]*\}|\{\{[^{}]*\}\}|<[^<>]+>|(?:op|bws)://[^\r\n]+|ref\+\w+://\S+|vault:\S+)\s*\z"
)
"""What stands for a value that is filled in later: by Flux, a template, or the command line of a
secret store (`op inject`, vals)."""

_SETTINGS = Pattern(r"\.(?:ya?ml|json|toml)\z")
"""Keys that are names of files which can be read as YAML or looked through for their keys."""
_BESIDE = Pattern(
    r"(?i)(?:\A|[_.-])(?:host(?:name)?|port|user(?:name)?|db(?:_?name)?|database|domain|region|bucket|endpoint|driver|provider|cidr|e?mail"
    r"|(?:client|tenant|subscription|account|project|app(?:lication)?|installation|zone|vpc|org(?:anization)?)_?id"
    r"|project|resource_?group|namespace|enabled?|(?:mount_?)?options|opts)\z"
    r"|(?-i:[a-z](?:Name|Class|Type))\z|[_.-](?:name|class|type)\z"
)
"""Keys that stand beside credentials and hold no credential."""
_WORDS = Pattern(r"\s*(?:[a-z]{1,16}|[A-Z]{1,16})(?:[-_. ](?:[a-z]{1,16}|[A-Z]{1,16}))*\s*\z")
"""Words of letters, joined."""
_KEY_TO_FILL_IN = Pattern(
    r"\s*-----BEGIN [A-Z0-9 ]+-----\s*(?:\.{3}|<[^<>]*>|[A-Za-z]{1,16}(?:[-_. ][A-Za-z]{1,16})*)\s*-----END [A-Z0-9 ]+-----\s*\z"
)
"""The frame of a private key around words that stand for it."""
_NESTED_SCHEME = Pattern(r"\A[a-z0-9]{2,8}:(https?://)")
"""The backend before an address, as restic and rclone write it."""
_VARIABLE = Pattern(r"\$\{[^{}]*\}")
_LONG = Pattern(r"[^\s/:.,@-]{16,}")
_UUID = Pattern(r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_HOST = Pattern(r"(?:localhost|(?:[a-z0-9_*-]{1,20}\.)+[a-z]{2,8})(?::\d{1,5})?\z")
_ACCESS_KEY = Pattern(r"(?i)access[_-]?key(?:[_-]?id)?\z")
_LEAST_ACCESS_KEY = 8
"""Fewest characters of the secret key of an object store; emulators of one take anything."""
_ARMOURED = "|".join(
    rf"-----BEGIN {what}-----[A-Za-z0-9+/=\s]*-----END {what}-----"
    for what in (
        *(
            f"{before}CERTIFICATE{after}"
            for before in ("", "X509 ", "TRUSTED ")
            for after in ("", " REQUEST")
        ),
        *("PUBLIC KEY", "RSA PUBLIC KEY"),
    )
)
_PUBLIC = Pattern(
    rf"(?:\s*(?:{_ARMOURED}"
    r"|(?:@[a-z-]+ )?(?:\|1\|[A-Za-z0-9+/=|]+ |[\w.,:*?!\[\]-]+ )?"
    r"(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-\S+|sk-(?:ssh|ecdsa)-\S+) [A-Za-z0-9+/=]+[^\n]*|#[^\n]*))+\s*\z"
)
"""What anybody may know: certificates, public keys, and the keys of hosts (`known_hosts`)."""


def secret(
    data: Map,
    file: str,
    line: int,
    *,
    original: Map | None = None,
    generated: bool = False,
    layer: str = "",
    cluster: str = "",
) -> Secret | None:
    """Read what an object says about a Secret; None where it is about none. Names of keys are kept,
    values never.

    Args:
        data: The object as Flux applies it, or as written where no layer applies it.
        file: Where it is written, or its generator.
        line: See `file`.
        original: The object as its own file has it.
        generated: Whether a secretGenerator made it.
        layer: Id of the layer that applies it, empty where none does.
        cluster: The layer's cluster.
    """
    if data.get("kind") not in _KINDS:
        return None
    kind, group = objects.kind(data), objects.group(data)
    name, provider = objects.name(data), None
    clear: tuple[tuple[str, Location], ...] = ()
    harmless = False
    if kind == "Secret" and not group:
        keys = _keys(data)
        clear, encrypted, harmless = _clear(data, original, is_applied=bool(cluster))
        protection = _protection(bool(clear), encrypted, generated)
        if encrypted:
            provider = _keeper(as_map(data.get(sops.FIELD)))
    elif kind == "ExternalSecret" and group == "external-secrets.io":
        spec = as_map(data.get("spec"))
        name = objects.text(get_path(spec, "target", "name")) or name
        protection, keys = Protection.EXTERNAL_SECRET, _external_keys(spec)
        store = as_map(spec.get("secretStoreRef"))
        if objects.text(store.get("name")):
            provider = f"{objects.kind(store) or 'SecretStore'} {objects.text(store.get('name'))}"
    elif kind == "SealedSecret" and group == "bitnami.com":
        spec = as_map(data.get("spec"))
        name = objects.text(get_path(spec, "template", "metadata", "name")) or name
        protection, keys = (
            Protection.SEALED_SECRET,
            tuple(sorted(as_map(spec.get("encryptedData")))),
        )
    else:
        return None
    namespace = objects.namespace(data)
    return Secret(
        cluster,
        layer,
        kind,
        namespace,
        name,
        protection,
        keys,
        file,
        line,
        clear,
        provider,
        harmless,
        has_metadata=kind == "Secret" and sops.FIELD in data,
        stays_encrypted=str(
            get_path(data, "metadata", "annotations", sops.ANNOTATION) or ""
        ).lower()
        == "disabled",
    )


def _keys(data: Map) -> tuple[str, ...]:
    return tuple(sorted({*as_map(data.get("data")), *as_map(data.get("stringData"))}))


def _clear(
    data: Map, original: Map | None, *, is_applied: bool
) -> tuple[tuple[tuple[str, Location], ...], bool, bool]:
    """Return keys with a readable value, whether any value is ciphertext, and whether no readable
    one looks like a credential. In a file that no layer applies, plain words stand for what
    somebody fills in."""
    found: dict[str, Location] = {}
    encrypted, harmless = False, True
    for field in ("data", "stringData"):
        before = as_map(as_map(original).get(field))
        for key, value in as_map(data.get(field)).items():
            for _, leaf in walk_leaves(value):
                text = _text(leaf)
                if _is_ciphertext(text, decode=field == "data"):
                    encrypted = True
                elif (
                    text
                    and not _is_public(text, decode=field == "data")
                    and not _PLACEHOLDER.match(_text(before.get(key)))
                ):
                    file, line = getattr(leaf, "file", ""), getattr(leaf, "line", 0)
                    found.setdefault(key, Location(file or data.file, line or data.line))
                    harmless = harmless and (
                        _is_harmless(key, text, decode=field == "data")
                        or not is_applied
                        and _is_words((decoded_text(text) or "") if field == "data" else text)
                    )
    clear = tuple(sorted(found.items(), key=lambda item: (item[1], item[0])))
    return clear, encrypted, harmless and bool(clear)


def _is_harmless(key: str, text: str, *, decode: bool) -> bool:
    """Return whether a value that stands beside credentials is no secret itself: a host, or a file
    of settings."""
    if decode:
        text = decoded_text(text) or ""
        if not text:
            return False
    text = _NESTED_SCHEME.sub(lambda match: match[1], text.strip())
    if not is_secret_key(key) and _UUID.contains(text):
        # An identifier made of others, as a CSI driver calls a volume.
        rest = _UUID.sub("id", text)
        if shown((key,), rest) == rest and not looks_made(rest):
            return True
    if _ACCESS_KEY.search(key) and len(text) < _LEAST_ACCESS_KEY:
        return True
    if is_secret((key,), text) or is_secret_key(key) and _UUID.contains(text):
        return False
    if _SETTINGS.search(key) or "\n" in text or text[:1] in "{[":
        documents = parse(text, "", seal=False).documents
        held = [one.root for one in documents if type(one.root) is not Scalar]
        if held:
            # Its values, and tokens anywhere; an example in a comment is neither.
            return not looks_secret(text) and not any(map(_suspicious, held))
        return bool(documents) and shown((key,), text) == text
    if shown((key,), text) != text:
        return False
    if (
        stands_for_none(text)
        or _BESIDE.search(key)
        or not is_secret_key(key)
        and _is_place(text)
        or "${" in text
        and not _LONG.contains(_VARIABLE.sub("", text))
    ):
        return True
    # A single word under a key that says nothing may be a password.
    rest = _UUID.sub("", text)
    return not looks_made(rest) if rest != text else is_name(text) and not text.isalpha()


def _is_words(text: str) -> bool:
    """Return whether a value is words of letters, or an address of such words."""
    parts = text.replace("/", ":").split(":")
    return all(not part or _WORDS.match(part) is not None or part == "s3" for part in parts)


def _is_place(text: str) -> bool:
    """Return whether a value names a host, an address or a network."""
    if _HOST.match(text) is not None:
        return True
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return not text.isdigit()


def _suspicious(node: object) -> bool:
    return any(
        type(leaf) is Scalar and shown(judged, str(leaf)) != leaf
        for _, leaf, judged in leaves(node)
    )


def _is_public(text: str, *, decode: bool) -> bool:
    """Return whether a value is a placeholder, or public by its nature: a certificate or a public
    key."""
    if decode:
        inner = decoded_text(text)
        if inner is None:
            return _PLACEHOLDER.match(text) is not None or stands_for_none(text)
        text = inner
    return any(one.match(text) is not None for one in (_PLACEHOLDER, _KEY_TO_FILL_IN, _PUBLIC))


def _text(node: object) -> str:
    if type(node) is Sealed:
        node = node.unseal()
    return "" if type(node) is not Scalar or is_null(node) else str(node)


def _is_ciphertext(text: str, *, decode: bool) -> bool:
    """Return whether a value is what SOPS writes: `ENC[...]`, or an encrypted file as a generator
    takes it up."""
    if text.startswith(SOPS_CIPHERTEXT):
        return True
    if decode:
        return f"{SOPS_CIPHERTEXT}AES256_GCM,".encode() in (decoded(text) or b"")
    return f"{SOPS_CIPHERTEXT}AES256_GCM," in text


def _protection(clear: bool, encrypted: bool, generated: bool) -> Protection:
    if encrypted:
        return Protection.SOPS_PARTIAL if clear else Protection.SOPS
    if not clear:
        return Protection.EMPTY
    return Protection.GENERATED if generated else Protection.PLAIN


def _keeper(block: Map) -> str | None:
    return ", ".join(label for key, label in _KEEPERS.items() if as_seq(block.get(key))) or None


def _external_keys(spec: Map) -> tuple[str, ...]:
    def names() -> Iterator[str]:
        template = as_map(get_path(spec, "target", "template", "data"))
        yield from template
        if not template:
            for item in as_seq(spec.get("data")):
                key = as_text(as_map(item).get("secretKey"))
                if key is not None:
                    yield str(key)

    return tuple(sorted(set(names())))
