"""Tell the files that kustomize-controller decrypts before it builds (`internal/decryptor`,
`DecryptSources`).

In: the content of a file that a secretGenerator or a patch names, and what decides its format, or an
object. Out: whether SOPS encrypted it. Nothing is decrypted here.
"""

from __future__ import annotations

from collections.abc import Iterator

from gitops_docs.yaml.nodes import Map, get_path, is_null, mapping

_MARKS = {
    "binary": b'"mac": "ENC[',
    "dotenv": b"sops_mac=ENC[",
    "ini": b"[sops]",
    "json": b'"mac": "ENC[',
    "yaml": b"mac: ENC[",
}
"""What a file of each format must hold for the controller to decrypt it
(`sopsFormatToMarkerBytes`)."""
_ENDINGS = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".env": "dotenv", ".ini": "ini"}


def format_of(path: str, otherwise: str = "binary") -> str:
    """Return the format of a file by its name (`formatForPath`); `otherwise` where the name tells
    none."""
    if path.endswith(".dockerconfigjson"):
        return "json"
    return next((known for ending, known in _ENDINGS.items() if path.endswith(ending)), otherwise)


def is_encrypted(content: bytes, form: str) -> bool:
    """Return whether the controller decrypts a file of this format."""
    return _MARKS[form] in content


def without_metadata(lines: list[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of an encrypted env file that decryption leaves, each with its number, from
    0."""
    for number, line in enumerate(lines):
        if not line.lstrip().startswith(b"sops_"):
            yield number, line


ANNOTATION = "kustomize.toolkit.fluxcd.io/decrypt"
"""`disabled` leaves an object as it is."""
FIELD = "sops"
"""Where SOPS keeps what it needs to decrypt an object."""


def is_object_encrypted(data: Map) -> bool:
    """Return whether the controller decrypts an object before it applies it
    (`isSOPSEncryptedResource`)."""
    return not is_null(get_path(data, FIELD, "mac"))


def without_field(data: Map) -> Map:
    """Return an object as decryption leaves it, its values aside."""
    return mapping(data.file, data.line, ((key, data[key]) for key in data if key != FIELD))
