"""Settings from files: `.gitops-docs.yaml` at the scan root, and the plugin block of a mkdocs.yml.

In: a repository directory, or the plugin's options. Out: `Settings`, and a sentence for each key that is not one.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from gitops_docs.nodes import Map, as_map, plain_value
from gitops_docs.repository.yaml import parse
from gitops_docs.settings import ClusterSetting, Settings, unknown_keys

FILE = ".gitops-docs.yaml"
PLUGIN = "gitops"


class ConfigurationError(Exception):
    """Settings that cannot be used; the text names the file and what to do."""


def load_settings(repo: Path) -> tuple[Settings, list[str]]:
    """The settings of a repository: its `.gitops-docs.yaml` if there is one, else the plugin block of its mkdocs.yml.

    Raises:
        ConfigurationError: A file cannot be read, or a value has the wrong shape.
    """
    own = repo / FILE
    if own.is_file():
        return settings_from(_read(own), FILE)
    site = repo / "mkdocs.yml"
    if site.is_file():
        return settings_from(_plugin_block(site), "mkdocs.yml")
    return Settings(), []


def settings_from(given: dict[str, Any], where: str) -> tuple[Settings, list[str]]:
    """Settings from plain values.

    Raises:
        ConfigurationError: A value has the wrong shape.
    """
    sentences = [f"{where}: {sentence}" for sentence in unknown_keys(given)]
    known = {item.name for item in fields(Settings)}
    values = {key: value for key, value in given.items() if key in known and value is not None}
    try:
        if "clusters" in values:
            values["clusters"] = tuple(ClusterSetting(**item) for item in values["clusters"])
        if "variables" in values:
            values["variables"] = tuple(str(item) for item in values["variables"])
        for key in ("sources", "contexts", "levels", "redirects"):
            if key in values:
                values[key] = {str(name): str(value) for name, value in values[key].items()}
        if "flux_version" in values:
            values["flux_version"] = str(values["flux_version"])
        for name, level in values.get("levels", {}).items():
            if level not in ("error", "warning", "info", "off"):
                raise ConfigurationError(f"{where}: level of `{name}` must be error, warning, info or off")
        return Settings(**values), sentences
    except (TypeError, AttributeError):
        raise ConfigurationError(f"{where}: a setting has the wrong shape; see the guide's list of options") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        parsed = parse(path.read_bytes(), path.name)
    except OSError as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error.strerror}") from None
    if parsed.findings and not parsed.complete:
        finding = parsed.findings[0]
        raise ConfigurationError(f"{finding.file}:{finding.line}: {finding.message}")
    root = parsed.documents[0].root if parsed.documents else None
    return _plain(as_map(root))


def _plugin_block(path: Path) -> dict[str, Any]:
    """The options of the plugin in a mkdocs.yml, whatever else stands in it (`!ENV`, `!!python/name:`)."""
    try:
        parsed = parse(path.read_bytes(), path.name)
    except OSError:
        return {}
    root = as_map(parsed.documents[0].root) if parsed.documents else as_map(None)
    plugins = root.get("plugins")
    if type(plugins) is Map:
        return _plain(as_map(plugins.get(PLUGIN)))
    for item in plugins or []:
        if type(item) is Map and PLUGIN in item:
            return _plain(as_map(item[PLUGIN]))
    return {}


def _plain(node: Map) -> dict[str, Any]:
    values: dict[str, Any] = plain_value(node)
    if "flux_version" in node:
        values["flux_version"] = str(node["flux_version"])
    return values
