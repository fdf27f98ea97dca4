"""Define what a user may set: the same keys in the plugin block of mkdocs.yml and in
`.gitops-docs.yaml` at the scan root."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ClusterSetting:
    """A cluster that the user names: `path` is the directory its root Kustomization applies."""

    name: str
    path: str
    context: str | None = None


@dataclass(frozen=True, slots=True)
class EnvironmentSetting:
    """Clusters that are promoted together: ids, or patterns with `*`."""

    name: str
    clusters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VariableSetting:
    """What something outside Git makes: a variable, or a ConfigMap or Secret that holds
    variables."""

    name: str
    value: str | None = None
    """A sample value of the variable. None: it exists, and what it is is not told."""
    kind: str | None = None
    """`ConfigMap` or `Secret`: `name` is then that of the object. None: it is that of a
    variable."""
    namespace: str = "flux-system"
    """Of the object."""
    values: tuple[tuple[str, str], ...] = ()
    """Keys of the object with sample values: all that it has."""
    cluster: str | None = None
    """The cluster that has it. None: all have."""


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What the site's own configuration says about the hand-written pages. Read from mkdocs.yml, no
    option of ours."""

    docs_dir: str | None = None
    """Directory of the hand-written pages, from the scan root; may begin with `..`. None: there is
    none."""
    url: str | None = None
    """`site_url`, with `/` at its end."""
    branch: str | None = None
    """The branch that `edit_uri` names."""
    makers: bool = False
    """Whether plugins are listed that make pages, or show them elsewhere: then a page may exist
    that is not a file."""
    versions: tuple[str, ...] = ()
    """Names of the version that readers get by default (`extra.version.default`), where the site is
    published in versions."""


NO_OPTIONS = frozenset({"site"})
"""Fields of `Settings` that a user does not set here."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Options of the engine and the plugin. A test holds them equal to the plugin's typed options,
    but for `NO_OPTIONS`."""

    repository: str | None = None
    """Directory to scan, relative to mkdocs.yml. Default: the directory of mkdocs.yml."""
    directory: str = "platform"
    """Site directory of the generated pages."""
    clusters: tuple[ClusterSetting, ...] = ()
    """Entry points, where Git does not say where Flux starts."""
    environments: tuple[EnvironmentSetting, ...] = ()
    """Which clusters are promoted together, in the order of promotion. Default: inferred from
    common words in the names of the clusters."""
    sources: dict[str, str] = field(default_factory=dict)
    """`namespace/name` or `name` of a source to the local checkout that holds its content; `.` is
    this repository."""
    variables: tuple[VariableSetting, ...] = ()
    """Variables, and ConfigMaps and Secrets with variables, that are made outside Git: never
    undefined."""
    flux_version: str = ""
    """Decides which kustomize builds the layers, and what Flux does by default, e.g. strict
    substitution from 2.9 on. Default: what a cluster's manifests say, else 2.9."""
    contexts: dict[str, str] = field(default_factory=dict)
    """Cluster id to kubectl context, for the commands on the pages."""
    levels: dict[str, str] = field(default_factory=dict)
    """Finding code to `error`, `warning`, `info` or `off`."""
    baseline: str | None = None
    """File of known findings that are not reported again."""
    repository_url: str | None = None
    """Web address of the repository, for links to file and line. Default: mkdocs `repo_url`, else
    the Git remote."""
    runbooks: str = "runbooks"
    """Directory below `docs_dir` of the hand-written pages that are joined with the model."""
    mermaid: str = "theme"
    """`theme`: the theme draws the diagrams; else path to a mermaid.min.js that the site then
    serves itself."""
    nav: bool = True
    """Whether the generated index pages are added to the navigation."""
    navigation: str = "auto"
    """Where the section of the generated pages stands: `first` after the home page, `last`, or
    `auto`: first without `nav` or beside many hand-written pages, else last."""
    redirects: dict[str, str] = field(default_factory=dict)
    """Old generated URL to new one."""
    previous_inventory: str | None = None
    """A published inventory.json, to find pages that moved."""
    charts: str | None = None
    """Directory of the pulled Helm charts, relative to the scan root and in it. Default:
    `.cache/gitops-docs/charts`."""
    kubernetes_version: str = ""
    """Kubernetes version of the clusters, e.g. `1.31`, for which charts are rendered and which they
    may refuse. Default: what a cluster's manifests say, else 1.35 for rendering."""
    kubernetes_versions: dict[str, str] = field(default_factory=dict)
    """Cluster id to its Kubernetes version, where clusters have different ones."""
    api_versions: dict[str, str] = field(default_factory=dict)
    """Cluster id, or `*` for all, to API versions that something outside Git adds, with blanks
    between them, e.g. `example.com/v1 example.com/v1/Thing`. Charts may ask for them."""
    owner_label: str = ""
    """Label whose value is the owner of an object or alert rule, e.g. `team`. Default: none; the
    annotation `gitops-docs/owner` always counts."""
    site: SiteFacts = field(default_factory=SiteFacts)
    """About the site; set by the code that reads mkdocs.yml."""
