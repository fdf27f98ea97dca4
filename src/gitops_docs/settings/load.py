"""Read settings from files: `.gitops-docs.yaml` at the scan root, and the plugin block of a
mkdocs.yml.

In: a repository directory, or the plugin's options. Out: `Settings`, and a sentence for each key
that is not one.

Key by key, the first of these that has it wins: `.gitops-docs.yaml` at the scan root,
`.gitops-docs.yaml` beside mkdocs.yml, the plugin block, the default. The rule is the same for every
command and for MkDocs itself, so that one repository never gives two different results.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias, TypeVar

from gitops_docs.files.folder import work_tree
from gitops_docs.repository.checkout import UnreadableFile, read_file
from gitops_docs.repository.git import toplevel
from gitops_docs.settings.options import (
    NO_OPTIONS,
    ClusterSetting,
    EnvironmentSetting,
    Settings,
    SiteFacts,
    VariableSetting,
)
from gitops_docs.text import patterns
from gitops_docs.text.patterns import Match, Pattern
from gitops_docs.yaml.nodes import Map, Seq, as_map, as_text, get_path, is_null, plain_value
from gitops_docs.yaml.parse import parse

FILE = ".gitops-docs.yaml"
SITE_FILES = ("mkdocs.yml", "mkdocs.yaml", "properdocs.yml", "properdocs.yaml")
PLUGIN = "gitops"
LEVELS = ("error", "warning", "info", "off")
PLACES = ("first", "last", "auto")
"""What `navigation` can be."""
_SPOKEN = {"yes": True, "on": True, "no": False, "off": False}
"""MkDocs reads YAML 1.1, in which these are booleans; here YAML 1.2 is read, and they are text."""
_ENVIRONMENT = Pattern(r"(?P<before>\s)!ENV\s+(?:\[(?P<list>[^\]\n]*)\]|(?P<one>[A-Za-z_]\w*))")
_PLAIN_VALUE = Pattern(r"[\w./+-]+\z")
_DIRECTORY = Pattern(r"[^\x00-\x1f\x7f\\?#%:*\"<>|]+\z")
"""What can be a directory, and a part of an address as it is written."""
_VERSION = Pattern(r"v?\d+\.(?:\d+|x)(?:[.+-][\w.+-]+)?\z|v?\d+\z")
_INHERITED = 10
"""How many mkdocs.yml files may inherit from each other."""


SettingValue: TypeAlias = (
    bool
    | str
    | dict[str, str]
    | tuple[VariableSetting, ...]
    | tuple[ClusterSetting, ...]
    | tuple[EnvironmentSetting, ...]
)
"""A value of a field of `Settings`."""
T = TypeVar("T")


class ConfigurationError(Exception):
    """Settings that cannot be used; the text names the file and what to do."""


def load_settings(repo: Path) -> tuple[Settings, list[str]]:
    """Return the settings of a repository and a sentence for each unknown key, from its files.

    Raises:
        ConfigurationError: A file cannot be read, or a value has the wrong shape.
    """
    site = site_file(repo)
    settings, sentences = merged(
        plugin_block(site) if site else {}, repo, site.name if site else SITE_FILES[0]
    )
    given = _site(site) if site else {}
    if settings.repository_url is None and given.get("repo_url"):
        settings = replace(settings, repository_url=given["repo_url"])
    docs = repo / given.get("docs_dir", "docs")
    if docs.is_dir() and not _is_inside(docs.resolve(), repo.resolve()):
        sentences = [
            *sentences,
            f"`docs_dir` is outside the repository ({docs}); its pages are ignored",
        ]
    elif docs.is_dir():
        root = repo / (settings.repository or ".")
        facts = site_facts(site, root, docs, given.get("site_url"), given.get("edit_uri"))
        settings = replace(settings, site=facts)
    return settings, sentences


def _is_inside(directory: Path, repo: Path) -> bool:
    """Return whether a directory lies in a repository: below the directory that is scanned, or in
    the same work tree."""
    return directory.is_relative_to(repo) or directory.is_relative_to(
        (toplevel(repo) or repo).resolve()
    )


def site_facts(
    site: Path | None, root: Path, docs_dir: Path, site_url: str | None, edit_uri: str | None
) -> SiteFacts:
    """Return what the configuration of a site says, seen from the scan root.

    Args:
        site: Its mkdocs.yml. Where that names an address, it counts: `serve` replaces `site_url` by
            its own.
        root: The scan root.
        docs_dir: The directory of the hand-written pages.
        site_url: The configured address of the site.
        edit_uri: The configured `edit_uri`.
    """
    written = _site(site).get("site_url", "") if site else ""
    address = written if written.startswith("http") else site_url
    branch = patterns.match(
        r"/?(?:-/)?(?:edit|blob|tree|src/branch|_edit)/([^/]+)/", edit_uri or ""
    )
    return SiteFacts(
        docs_dir=Path(os.path.relpath(docs_dir.resolve(), root.resolve())).as_posix(),
        url=f"{address.rstrip('/')}/" if address else None,
        branch=branch[1] if branch else None,
        makers=bool(site and (_plugins(site) & PAGE_MAKERS or _is_below_prefix(site))),
        versions=_default_versions(site) if site else (),
    )


PAGE_MAKERS = frozenset(
    {
        "api-autonav", "blog", "gallery", "gen-files", "i18n", "include_dir_to_nav", "macros", "mkdocs-simple-hooks", "mkdoxy", "monorepo",
        "multirepo", "newsletter", "same-dir", "simple", "static-i18n", "swagger-ui-tag", "tags", "techdocs-core",
    }
)  # fmt: skip
"""Plugins of MkDocs that publish pages which are not files of `docs_dir`, or under another
address."""


def _plugins(path: Path) -> set[str]:
    """Return the plugins that a mkdocs.yml lists, those with a prefix (`material/blog`) without
    it."""
    try:
        parsed = parse(_bytes(path), path.name)
    except OSError:
        return set()
    root = as_map(parsed.documents[0].root) if parsed.documents else as_map(None)
    names: list[object] = []
    plugins = root.get("plugins")
    for item in plugins if isinstance(plugins, Map | Seq) else ():
        names += list(item) if type(item) is Map else [item]
    if "hooks" in root:
        names.append("mkdocs-simple-hooks")
    return {str(name).rpartition("/")[2] for name in names}


def _is_below_prefix(path: Path) -> bool:
    """Return whether the versions of a site lie in a directory of it (`deploy_prefix` of mike)."""
    for root in _inherited(path):
        plugins = root.get("plugins")
        if any(
            get_path(item, "mike", "deploy_prefix") is not None
            for item in (plugins if type(plugins) is Seq else [plugins])
        ):
            return True
    return False


def _default_versions(path: Path) -> tuple[str, ...]:
    """Return the names of the version that a site shows first (mike: `extra.version.default`)."""
    for root in _inherited(path):
        found = get_path(root, "extra", "version", "default")
        if found is not None:
            names = found if type(found) is Seq else [found]
            return tuple(str(name) for name in map(as_text, names) if name)
    return ()


def _site(path: Path) -> dict[str, str]:
    """Return the plain top-level values of a mkdocs.yml, those that it inherits included; empty
    where it cannot be read."""
    values: dict[str, str] = {}
    for root in _inherited(path):
        values = {
            key: str(value) for key, value in root.items() if as_text(value) is not None
        } | values
    return values


def _inherited(path: Path, *, environment: bool = False) -> Iterator[Map]:
    """Yield the values of a mkdocs.yml, then of those that it inherits, up to the first one that
    cannot be read.

    With `environment`, `!ENV` is resolved as MkDocs does it (pyyaml-env-tag): the first variable
    that is set, else the last item of a list, else null.
    """
    for _ in range(_INHERITED):
        try:
            content = _bytes(path)
            parsed = parse(
                _with_environment(content.decode("utf-8-sig")) if environment else content,
                path.name,
            )
        except (OSError, UnicodeDecodeError):
            return
        root = as_map(parsed.documents[0].root) if parsed.documents else as_map(None)
        yield root
        if "INHERIT" not in root:
            return
        path = path.parent / str(root["INHERIT"])


def merged(
    block: Mapping[str, object], directory: Path, where: str = SITE_FILES[0]
) -> tuple[Settings, list[str]]:
    """Return the settings of a site: its plugin block, and what the `.gitops-docs.yaml` files say
    beyond it.

    Args:
        block: The plugin block's values.
        directory: Where mkdocs.yml stands; what `repository` is relative to.
        where: The name of that file, for messages.

    Raises:
        ConfigurationError: A file cannot be read, or a value has the wrong shape.
    """
    values, sentences = values_of(block, where)
    for place in _places(values, directory):
        given = _read(place)
        found, more = values_of(given, FILE)
        sentences += more
        if place.parent.resolve() != directory.resolve():
            elsewhere = str(found.pop("repository", "."))
            if os.path.realpath(place.parent / elsewhere) != os.path.realpath(place.parent):
                sentences.append(f"{FILE}: `repository` has no effect here; remove it")
        else:
            named = Path(os.path.realpath(place.parent / str(found.get("repository", "."))))
            if not named.is_relative_to(work_tree(place.parent)):
                # An author of the repository must not choose a directory of the machine, such as
                # `/`.
                raise ConfigurationError(
                    f"{FILE}: `repository` leads out of the repository; name a directory in it, or "
                    f"scan the other one"
                )
        if found.get("mermaid", "theme") != "theme":
            # Elsewhere it is relative to mkdocs.yml, which may lie in another directory than this
            # file.
            named = Path(os.path.realpath(place.parent / str(found["mermaid"])))
            if not named.is_relative_to(work_tree(place.parent)):
                # The site publishes this file, and an author of the repository must not choose
                # one of the machine.
                raise ConfigurationError(
                    f"{FILE}: `mermaid` names a file outside of the repository; put it there, or "
                    f"name it in mkdocs.yml"
                )
            found["mermaid"] = str(named)
        values |= found
    return _settings(values), sentences


def _settings(values: Mapping[str, SettingValue]) -> Settings:
    made = Settings()
    for name, value in values.items():
        object.__setattr__(made, name, value)  # As the constructor of a frozen dataclass does.
    return made


def _places(values: Mapping[str, object], directory: Path) -> Iterable[Path]:
    """Yield the `.gitops-docs.yaml` files that count, the strongest last."""
    beside = directory / FILE
    root = values.get("repository")
    if beside.is_file():
        yield beside
        root = values_of(_read(beside), FILE)[0].get("repository", root)
    inside = directory / str(root or ".") / FILE
    if inside.is_file() and inside.resolve() != beside.resolve():
        yield inside


def values_of(given: Mapping[str, object], where: str) -> tuple[dict[str, SettingValue], list[str]]:
    """Return what was given as arguments of `Settings`, and a sentence for each unknown key.

    Raises:
        ConfigurationError: A value has the wrong shape.
    """
    known = {item.name: item for item in fields(Settings) if item.name not in NO_OPTIONS}
    sentences = [f"{where}: {sentence}" for sentence in unknown_keys(given)]
    values = {
        key: _value(known[key], value, f"{_place(where, given, key)}: `{key}`")
        for key, value in given.items()
        if key in known and value is not None
    }
    return values, sentences


def unknown_keys(given: Iterable[str], known: Iterable[str] | None = None) -> list[str]:
    """Return a sentence for each key that is not a setting (or none of `known`), with the nearest
    one."""
    names = (
        [item.name for item in fields(Settings) if item.name not in NO_OPTIONS]
        if known is None
        else list(known)
    )
    return [
        f"unknown setting `{key}`{nearest(str(key), names)}"
        for key in sorted(map(str, set(given) - set(names)))
    ]


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean ...?` for a word that is not among those known, empty where nothing comes
    near."""
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean `{near[0]}`?" if near else ""


def _place(where: str, given: Mapping[str, object], key: str) -> str:
    line = getattr(given, "lines", {}).get(key)
    return f"{where}:{line}" if line else where


class _Block(dict[str, object]):
    """Plain values with the line of each key."""

    lines: dict[str, int]


def _value(item: Field[object], value: object, place: str) -> SettingValue:
    """Return a value in the shape that a field of `Settings` has."""
    match str(item.type):
        case "bool":
            return _typed(
                _SPOKEN.get(value, value) if isinstance(value, str) else value,
                bool,
                place,
                "true or false",
            )
        case "str" | "str | None":
            made = _text(value, place)
            if item.name == "directory" and (
                ".." in made.split("/") or not _DIRECTORY.match(made) or not made.strip("/. ")
            ):
                raise ConfigurationError(
                    f"{place} must be a directory of the site, such as `platform`, not `{made}`"
                )
            if item.name == "flux_version" and made and not _VERSION.match(made):
                raise ConfigurationError(
                    f"{place} must be a version of Flux, such as 2.6, not `{made}`"
                )
            if item.name == "navigation" and made not in PLACES:
                raise ConfigurationError(
                    f"{place} must be {', '.join(PLACES[:-1])} or {PLACES[-1]}, not `{made}`"
                )
            if item.name == "kubernetes_version" and made and not _VERSION.match(made):
                raise ConfigurationError(
                    f"{place} must be a version of Kubernetes, such as 1.31, not `{made}`"
                )
            return made
        case "tuple[VariableSetting, ...]":
            if isinstance(value, dict):
                return tuple(_variable_with_value(name, one, place) for name, one in value.items())
            return tuple(_variable(one, place) for one in _listed(value, place, "a list"))
        case "dict[str, str]":
            table = _typed(value, dict, place, "a mapping of names to texts")
            if item.name == "levels":
                table = {code: "off" if level is False else level for code, level in table.items()}
            texts = {str(name): _text(inner, f"{place}: `{name}`") for name, inner in table.items()}
            if item.name == "levels":
                for code, level in texts.items():
                    if level not in LEVELS:
                        raise ConfigurationError(
                            f"{place}: `{code}` must be {', '.join(LEVELS[:-1])} or {LEVELS[-1]}, "
                            f"not `{level}`"
                        )
            return texts
        case "tuple[ClusterSetting, ...]":
            return tuple(
                _cluster(one, place) for one in _listed(value, place, "a list of clusters")
            )
        case "tuple[EnvironmentSetting, ...]":
            return tuple(
                _stage(one, place) for one in _listed(value, place, "a list of environments")
            )
    raise AssertionError(f"no rule for the type {item.type} of {item.name}")


def _cluster(value: object, place: str) -> ClusterSetting:
    given = _typed(value, dict, place, "a list of mappings with `name` and `path`")
    known = {item.name: item for item in fields(ClusterSetting)}
    for sentence in unknown_keys(given, known):
        raise ConfigurationError(f"{place}: {sentence.replace('setting', 'key')}")
    for name, item in known.items():
        if item.default is MISSING and not given.get(name):
            raise ConfigurationError(f"{place}: every cluster needs `{name}`")
    return ClusterSetting(
        **{
            name: _text(inner, f"{place}: `{name}`")
            for name, inner in given.items()
            if inner is not None
        }
    )


def _stage(value: object, place: str) -> EnvironmentSetting:
    given = _typed(value, dict, place, "a list of mappings with `name` and `clusters`")
    for sentence in unknown_keys(given, ("name", "clusters")):
        raise ConfigurationError(f"{place}: {sentence.replace('setting', 'key')}")
    if not given.get("name") or not given.get("clusters"):
        raise ConfigurationError(f"{place}: every environment needs `name` and `clusters`")
    clusters = given["clusters"] if isinstance(given["clusters"], list) else [given["clusters"]]
    return EnvironmentSetting(
        _text(given["name"], f"{place}: `name`"),
        tuple(_text(one, f"{place}: `clusters`") for one in clusters),
    )


def _variable(value: object, place: str) -> VariableSetting:
    """Return a name, or a mapping that tells of a variable or an object."""
    if not isinstance(value, dict):
        return VariableSetting(_text(value, place, "a list of names, or of mappings with a `name`"))
    known = {item.name for item in fields(VariableSetting)}
    for sentence in unknown_keys(value, known):
        raise ConfigurationError(f"{place}: {sentence.replace('setting', 'key')}")
    if not value.get("name"):
        raise ConfigurationError(f"{place}: every entry needs `name`")
    kind = value.get("kind")
    if kind not in (None, "ConfigMap", "Secret"):
        raise ConfigurationError(f"{place}: `kind` must be ConfigMap or Secret, not `{kind}`")
    misplaced = {"values", "namespace"} if kind is None else {"value"}
    for key in sorted(misplaced & set(value)):
        where = (
            "a ConfigMap or Secret: name its `kind`"
            if kind is None
            else "a variable, not of an object: use `values`"
        )
        raise ConfigurationError(f"{place}: `{key}` is of {where}")
    values = _typed(
        value.get("values") or {}, dict, f"{place}: `values`", "a mapping of names to values"
    )
    given = {
        key: _scalar_text(one, f"{place}: `{key}`")
        for key, one in value.items()
        if key != "values" and one is not None
    }
    pairs = tuple((str(key), _scalar_text(one, f"{place}: `{key}`")) for key, one in values.items())
    return VariableSetting(**given, values=pairs)


def _variable_with_value(name: str, value: object, place: str) -> VariableSetting:
    return VariableSetting(
        str(name), None if value is None else _scalar_text(value, f"{place}: `{name}`")
    )


def _scalar_text(value: object, place: str) -> str:
    """Return a value as Flux substitutes it: a boolean as the word that YAML 1.2 has for it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(value, place)


def _text(value: object, place: str, wanted: str = "a text") -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ConfigurationError(f"{place} must be {wanted}, not {_name(value)}")
    if "\0" in str(value):
        raise ConfigurationError(f"{place} has a NUL character, which no path may have; remove it")
    return str(value)


def _typed(value: object, kind: type[T], place: str, wanted: str) -> T:
    if not isinstance(value, kind):
        raise ConfigurationError(f"{place} must be {wanted}, not {_name(value)}")
    return value


def _listed(value: object, place: str, wanted: str) -> Sequence[object]:
    return _typed(tuple(value) if isinstance(value, list) else value, tuple, place, wanted)


def _name(value: object) -> str:
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a text",
        type(None): "nothing",
    }
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, (list, tuple)) else names.get(type(value), "that")


def site_file(repo: Path) -> Path | None:
    """Return the mkdocs.yml of a directory; None where there is none."""
    return next((path for name in SITE_FILES if (path := repo / name).is_file()), None)


def _read(path: Path) -> _Block:
    if path.resolve().parent != path.parent.resolve():
        raise ConfigurationError(
            f"{path.name} is a link to another directory; put the file itself here"
        )
    try:
        parsed = parse(_bytes(path), path.name)
    except OSError as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error.strerror}") from None
    if parsed.findings and not parsed.complete:
        finding = parsed.findings[0]
        raise ConfigurationError(f"{finding.file}:{finding.line}: {finding.message}")
    root = parsed.documents[0].root if parsed.documents else None
    if root is not None and type(root) is not Map and not is_null(root):
        raise ConfigurationError(f"{path.name}:1: must be a mapping of settings")
    return _plain(as_map(root))


def plugin_block(path: Path) -> _Block:
    """Return the options of the plugin in a mkdocs.yml, whatever else stands in it
    (`!!python/name:`), or in one that it inherits."""
    for root in _inherited(path, environment=True):
        plugins = root.get("plugins")
        if type(plugins) is Map:
            return _plain(as_map(plugins.get(PLUGIN)))
        for item in plugins if isinstance(plugins, Seq) else ():
            if type(item) is Map and PLUGIN in item:
                return _plain(as_map(item[PLUGIN]))
        if plugins is not None:
            break
    return _Block()


def _with_environment(text: str) -> str:
    """Return the text of a mkdocs.yml with each `!ENV` replaced by what it stands for."""

    def value(match: Match) -> str:
        found = _environment(match["one"], match["list"])
        # `true` and `2.1` are what YAML makes of them, here as in MkDocs.
        return match["before"] + (
            found if found and _PLAIN_VALUE.match(found) else json.dumps(found)
        )

    return _ENVIRONMENT.sub(value, text)


def _environment(one: str | None, several: str | None) -> str | None:
    names = [one] if one else [part.strip().strip("\"'") for part in (several or "").split(",")]
    found = next((os.environ[name] for name in names if name in os.environ), None)
    return found if found is not None or one else names[-1]


def has_plugin(path: Path) -> bool:
    """Return whether a mkdocs.yml, or one that it inherits, lists the plugin."""
    plugins = next(
        (found for root in _inherited(path) if (found := root.get("plugins")) is not None), None
    )
    listed = plugins if isinstance(plugins, Map | Seq) else ()
    return any(item == PLUGIN or type(item) is Map and PLUGIN in item for item in listed)


def _bytes(path: Path) -> bytes:
    """Return a file of settings, which may be a link; never a pipe or device, and no larger than a
    manifest.

    Raises:
        OSError: It cannot be read.
    """
    there = path.resolve()
    try:
        return read_file(there.parent, there.name)
    except UnreadableFile as error:
        raise OSError(str(error)) from None


def _plain(node: Map) -> _Block:
    """Convert a node to plain values. A version stays text: 2.10 is not a number."""
    block = _Block((key, plain_value(value)) for key, value in node.items())
    block.lines = {key: line for key, value in node.items() if (line := getattr(value, "line", 0))}
    for name in ("flux_version", "kubernetes_version"):
        if name in node and isinstance(node[name], str):
            block[name] = str(node[name])
    return block
