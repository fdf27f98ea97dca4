"""Generate ConfigMaps and Secrets from files, literals and env files (`api/internal/generators`,
`api/kv`).

In: a `configMapGenerator` or `secretGenerator` entry and the files of its directory. Out: a
generated `Resource`; every value of a Secret is sealed. Files on the network are reported as
missing, the object is then partial.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator

from gitops_docs.kustomize import sops
from gitops_docs.kustomize.errors import refused
from gitops_docs.kustomize.files.loader import Loader, is_remote
from gitops_docs.kustomize.resources import printable
from gitops_docs.kustomize.resources.fieldspecs import with_field, with_metadata, without_field
from gitops_docs.kustomize.resources.resource import Resource, text
from gitops_docs.yaml import limits
from gitops_docs.yaml.nodes import (
    DOUBLE_QUOTED,
    LITERAL,
    TEXT,
    Map,
    Node,
    Scalar,
    Sealed,
    Seq,
    as_map,
    as_seq,
    bare_key,
    is_null,
    is_old_word,
    is_true,
    mapping,
    plain_kind,
    scalar,
)
from gitops_docs.yaml.sealing import holds_secret

_LINE = 70
"""Characters per line of a long base64 value (`encodeBase64`)."""


def generate(entry: Map, kind: str, options: Map, loader: Loader) -> Resource:
    """Return the object of one entry.

    Args:
        entry: The generator's entry.
        kind: `ConfigMap` or `Secret`.
        options: The kustomization's `generatorOptions`.
        loader: Of the kustomization's directory.

    Raises:
        Refused: A file is missing, a key is repeated or invalid, or the entry has no name.
    """
    name = entry.get("name")
    if name is None or not text(name):
        raise refused(f"an entry of `{kind[0].lower()}{kind[1:]}Generator` needs a `name`", entry)
    own = as_map(entry.get("options"))
    data = mapping(entry.file, entry.line)
    data["apiVersion"] = scalar("v1", entry.file, entry.line)
    data["kind"] = scalar(kind, entry.file, entry.line)
    metadata = mapping(entry.file, entry.line, [("name", name)])
    if text(entry.get("namespace")):
        metadata["namespace"] = entry["namespace"]
    for field in ("labels", "annotations"):
        merged = {**as_map(options.get(field)), **as_map(own.get(field))}
        if merged:
            metadata[field] = mapping(
                entry.file,
                entry.line,
                ((bare_key(key), as_text(merged[key])) for key in sorted(merged)),
            )
    printable.check_merge_keys(metadata)
    data["metadata"] = metadata
    partial: list[str] = []
    if kind == "Secret":
        data["type"] = (
            entry["type"] if text(entry.get("type")) else scalar("Opaque", entry.file, entry.line)
        )
        data["data"] = mapping(entry.file, entry.line)
    encrypted: list[str] = []
    for key, value in sorted(_pairs(entry, kind, loader, partial, encrypted).items()):
        _put(data, kind, key, value, entry)
    if is_true(own.get("immutable")) or is_true(options.get("immutable")):
        data["immutable"] = scalar("true", entry.file, entry.line)
    resource = Resource(data, None, generated=True)
    resource.needs_hash = not (
        is_true(own.get("disableNameSuffixHash")) or is_true(options.get("disableNameSuffixHash"))
    )
    resource.behavior = text(entry.get("behavior")) or "create"
    resource.is_encrypted = bool(encrypted)
    resource.partial = "; ".join(partial) or None
    if resource.behavior not in ("create", "merge", "replace"):
        resource.behavior = "unspecified"
    return resource


def merge(old: Resource, made: Resource) -> None:
    """Let a generated object take over what stays of the one it merges into or replaces
    (`appendReplaceOrMerge`)."""
    if made.behavior == "merge":
        made.is_encrypted = made.is_encrypted or old.is_encrypted
        for field in ("data", "binaryData"):
            before, after = as_map(old.data.get(field)), as_map(made.data.get(field))
            made.replace(without_field(made.data, field))
            if before or after:
                texts = (
                    (
                        bare_key(k),
                        scalar("", v.file, v.line, DOUBLE_QUOTED) if is_null(v) else as_text(v),
                    )
                    for k, v in before.items()
                )
                merged = mapping(after.file or before.file, after.line or before.line, texts)
                merged.update(after)
                made.replace(with_field(made.data, field, merged))
    for field in ("labels", "annotations"):
        before, after = (
            as_map(as_map(item.data.get("metadata")).get(field)) for item in (old, made)
        )
        if before or after:
            merged = mapping(
                after.file or before.file,
                after.line or before.line,
                ((bare_key(k), as_text(v)) for k, v in before.items()),
            )
            merged.update(after)
            made.replace(with_metadata(made.data, field, merged))
    metadata = as_map(old.data.get("metadata"))
    for field in ("name", "namespace"):
        made.replace(with_metadata(made.data, field, metadata.get(field)))
    made.needs_hash = made.needs_hash and old.needs_hash
    if made.behavior == "merge":
        made.origin = old.origin
    made.behavior = old.behavior
    made.previous, made.prefixes, made.suffixes = old.previous, old.prefixes, old.suffixes
    made.transformations = old.transformations
    made.variables = old.variables
    made.partial = made.partial or old.partial


def as_text(value: Node) -> Scalar | Sealed:
    """Return a value as a text of its own: how it was quoted or folded is forgotten
    (`NewStringRNode`)."""
    if type(value) is Sealed:
        inner = value.unseal()
        return value.like(_new_text(str(inner), inner.file, inner.line))
    return _new_text(text(value), value.file, value.line)


def with_text_annotations(data: Map) -> Map:
    """Return an object whose annotations have been written anew as texts (`SetAnnotations`); a
    mapping or list among them is an empty one."""
    annotations = as_map(data.get("metadata")).get("annotations")
    if type(annotations) is not Map:
        return data
    made = {
        key: value if type(value) is Sealed else as_text(value)
        for key, value in annotations.items()
    }
    return with_metadata(
        data, "annotations", mapping(annotations.file, annotations.line, made.items())
    )


def _new_text(value: str, file: str, line: int) -> Scalar:
    """Return a text as `FieldSetter` puts it: in quotes where YAML 1.1 takes it for something else,
    and whatever replaces it inherits them."""
    if "\n" in value:
        return scalar(value, file, line, LITERAL)
    made = scalar(value, file, line, TEXT)
    if is_old_word(made):
        return scalar(value, file, line, DOUBLE_QUOTED)
    return scalar(value, file, line) if plain_kind(value) == "str" else made


def _put(data: Map, kind: str, key: str, value: tuple[bytes, Node], entry: Map) -> None:
    content, origin = value
    field = "data"
    if kind == "Secret":
        made = encode(content)
    else:
        try:
            made = content.decode("utf-8")
        except UnicodeDecodeError:
            field, made = "binaryData", encode(content)
    place = (origin.file, origin.line)
    node = _new_text(made, *place)
    values = as_map(data.setdefault(field, mapping(entry.file, entry.line)))
    if kind == "Secret" or type(origin) is Sealed:
        values[bare_key(key)] = Sealed(node, *place)
    elif holds_secret(made):
        values[bare_key(key)] = Sealed(node, *place, outline=node)
    else:
        values[bare_key(key)] = node


def encode(content: bytes) -> str:
    """Base64, in lines where it is long; then each line ends with a newline."""
    encoded = base64.b64encode(content).decode("ascii")
    if len(encoded) < _LINE:
        return encoded
    return "".join(f"{encoded[start : start + _LINE]}\n" for start in range(0, len(encoded), _LINE))


def _pairs(
    entry: Map, kind: str, loader: Loader, partial: list[str], encrypted: list[str]
) -> dict[str, tuple[bytes, Node]]:
    found: dict[str, tuple[bytes, Node]] = {}
    for key, content, origin in _sources(entry, kind, loader, partial, encrypted):
        if key == printable.MERGE:
            raise refused("a key `<<` takes a mapping or a list of mappings", origin)
        if key in found:
            raise refused(f"a generator repeats the key `{key}`", origin)
        found[key] = (content, origin)
    return found


def _sources(
    entry: Map, kind: str, loader: Loader, partial: list[str], encrypted: list[str]
) -> Iterator[tuple[str, bytes, Node]]:
    """Key, content and place of each value.

    Args:
        entry: The generator's entry.
        kind: `ConfigMap` or `Secret`.
        loader: Of the kustomization's directory.
        partial: Gets a sentence for each file that is not in the repository.
        encrypted: Gets each file that Flux decrypts before it builds.
    """
    environments = [*as_seq(entry.get("envs")), *([entry["env"]] if text(entry.get("env")) else [])]
    for item in environments:
        content = _load(text(item), item, loader, partial)
        if content is not None:
            lines = list(enumerate(content.split(b"\n")))
            if kind == "Secret" and sops.is_encrypted(content, _of_env_file(text(item))):
                encrypted.append(text(item))
                lines = list(sops.without_metadata(content.split(b"\n")))
            yield from _from_lines(lines, item, _origin(text(item), item, loader))
    for item in as_seq(entry.get("literals")):
        written = text(item)
        key, equals, value = written.partition("=")
        if not equals or not key:
            raise refused("a literal of a generator is written `key=value`", item)
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        yield key, value.encode("utf-8", "surrogateescape"), item
    for item in as_seq(entry.get("files")):
        written = text(item)
        key, path = _file_source(written, item)
        content = _load(path, item, loader, partial)
        if content is not None:
            if kind == "Secret" and sops.is_encrypted(content, sops.format_of(key)):
                encrypted.append(path)
            # A block begins on the line after its key: that of a file's content on line 0.
            yield (
                key,
                content,
                scalar(path, _origin(path, item, loader), 0 if b"\n" in content else 1),
            )


def _origin(path: str, item: Node, loader: Loader) -> str:
    """Return the file that a generator takes content from, as a reader can open it."""
    return loader.tree.origin(loader.resolve(path, item))


def _file_source(written: str, item: Node) -> tuple[str, str]:
    key, equals, path = written.partition("=")
    if not equals:
        return written.rstrip("/").rpartition("/")[2], written
    if not key or not path:
        raise refused("a file of a generator is written `path` or `key=path`", item)
    if is_remote(path):
        return key, path
    if "=" in path:
        raise refused("a file of a generator may have one `=` only", item)
    return key, path


def _load(path: str, item: Node, loader: Loader, partial: list[str]) -> bytes | None:
    if is_remote(path):
        loader.miss(f"the generator's file `{path}` is on the network", item)
        partial.append(f"`{path}` is not in the repository")
        return None
    content = loader.read(path, item)
    loader.spend(len(content) // limits.OF_LOADED)
    return content


def _of_env_file(path: str) -> str:
    found = sops.format_of(path)
    return "dotenv" if found == "binary" else found


def _from_lines(
    lines: Iterable[tuple[int, bytes]], item: Node, file: str
) -> Iterator[tuple[str, bytes, Node]]:
    for number, raw in lines:
        line = raw[:-1] if raw.endswith(b"\r") else raw
        try:
            decoded = line.decode("utf-8")
        except UnicodeDecodeError:
            raise refused(f"line {number + 1} of this env file is not UTF-8", item) from None
        if number == 0:
            decoded = decoded.removeprefix("\ufeff")
        decoded = decoded.lstrip()
        if not decoded or decoded.startswith("#"):
            continue
        key, _, value = decoded.partition("=")
        if key:
            yield key, value.encode("utf-8"), scalar(key, file, number + 1)


def entries(node: Node | None) -> Iterator[Map]:
    """Yield the entries of a generator field.

    Raises:
        Refused: It is not a list of mappings.
    """
    if node is None:
        return
    for item in node if type(node) is Seq else ():
        if type(item) is not Map:
            raise refused("an entry of a generator must be a mapping", item)
        yield item
