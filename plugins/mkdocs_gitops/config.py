"""Define the options of the plugin with their types. They are the engine's `Settings`; a test holds
the two together."""

from __future__ import annotations

from mkdocs.config import config_options as opt
from mkdocs.config.base import Config, ConfigErrors, ConfigWarnings

from gitops_docs.settings.load import LEVELS, PLACES, nearest


class Level(opt.Choice[str]):
    """A severity. YAML 1.1 reads `off` as false, which is what its author meant."""

    def __init__(self) -> None:
        super().__init__(LEVELS)

    def run_validation(self, value: object) -> str:
        return super().run_validation("off" if value is False else value)


class ClusterConfig(Config):  # type: ignore[no-untyped-call]  # of MkDocs
    """A cluster that Git alone does not tell of."""

    name = opt.Type(str)
    """What the cluster is called on the pages and in addresses, e.g. `production`."""

    path = opt.Type(str)
    """The directory that its root Kustomization applies, relative to the repository, e.g.
    `clusters/production`."""

    context = opt.Optional(opt.Type(str))
    """The kubectl context, which the commands on the pages then name."""


class EnvironmentConfig(Config):  # type: ignore[no-untyped-call]  # of MkDocs
    """Clusters that are promoted together."""

    name = opt.Type(str)
    """What the environment is called, e.g. `prod`."""

    clusters = opt.Type((str, list))
    """Clusters, or patterns of their names, e.g. `[prod-*]`."""


class GitopsConfig(Config):  # type: ignore[no-untyped-call]  # of MkDocs
    """The block `gitops` below `plugins` in mkdocs.yml."""

    repository = opt.Optional(opt.Type(str))
    """Directory to scan, relative to mkdocs.yml. Default: the directory of mkdocs.yml. Example:
    `examples/platform`."""

    directory = opt.Type(str, default="platform")
    """Directory of the site that the generated pages go to."""

    clusters = opt.ListOfItems(opt.SubConfig(ClusterConfig), default=[])
    """Where Flux starts, for repositories that do not say it: a list of `name`, `path` and,
    optionally, `context`."""

    environments = opt.ListOfItems(opt.SubConfig(EnvironmentConfig), default=[])
    """Which clusters are promoted together, in the order of promotion: a list of `name` and
    `clusters`, e.g. `{name: prod, clusters: [prod-*]}`.

    Default: inferred from words such as dev, test, stage and prod in the names of the clusters."""

    sources = opt.DictOfItems(opt.Type(str), default={})
    """A source's `namespace/name` or `name` to the local checkout that holds its content, relative
    to the repository; `.` is this one."""

    variables = opt.Type((list, dict), default=[])
    """Substitution variables that something outside Git makes, e.g. Terraform: a list of names, or
    of mappings with `name` and a sample `value`; with `kind`, `namespace` and `values` a whole
    ConfigMap or Secret. `cluster` limits an entry to one. A mapping of names to values is a shorter
    form. They are never reported as undefined."""

    flux_version = opt.Type((str, float), default="")
    """The Flux version that runs, which decides what it does by default: from 2.9 on an undefined
    variable fails a layer.

    Default: what each cluster says of itself (`gotk-components.yaml`, a FluxInstance, a feature
    gate), else the newest."""

    contexts = opt.DictOfItems(opt.Type(str), default={})
    """Cluster to kubectl context, for the commands on the pages. Example: `production:
    eks-production`."""

    levels = opt.DictOfItems(Level(), default={})
    """Finding code to `error`, `warning`, `info` or `off`. Errors and warnings fail `mkdocs build
    --strict`. Example: `orphan: off`."""

    baseline = opt.Optional(opt.Type(str))
    """A file of known findings, relative to the repository, that are not reported again."""

    repository_url = opt.Optional(opt.Type(str))
    """Web address of the repository, for links to file and line. Default: `repo_url`, else Git's
    remote `origin`."""

    runbooks = opt.Type(str, default="runbooks")
    """Directory below `docs_dir` of the hand-written pages that say, in their front matter, what
    they are about."""

    mermaid = opt.Type(str, default="theme")
    """`theme`: the theme, or mkdocs-mermaid2-plugin, draws the diagrams. Else the path of a
    `mermaid.min.js`, relative to mkdocs.yml, which the site then serves itself, so that no other
    host is asked."""

    nav = opt.Type(bool, default=True)
    """Whether the generated pages get a section at the end of the navigation. It is left out where
    `nav` in mkdocs.yml names one of them."""

    navigation = opt.Choice(PLACES, default="auto")
    """Where the section stands: `first` after the home page, `last`, or `auto`: first if there is
    no `nav` or it has more than 12 entries, else last.

    A `nav` that lists `platform/index.md` puts the section there."""

    redirects = opt.DictOfItems(opt.Type(str), default={})
    """Old address of a generated page to its new one, below the site's root. Example:
    `platform/layers/apps/: platform/components/`."""

    previous_inventory = opt.Optional(opt.Type(str))
    """A published inventory.json, relative to the repository, in which pages that have moved since
    are looked up."""

    charts = opt.Optional(opt.Type(str))
    """Directory of the Helm charts that `gitops-docs charts pull` has fetched, relative to the
    repository and in it. Without it: `.cache/gitops-docs/charts`."""

    kubernetes_version = opt.Type((str, float), default="")
    """The Kubernetes version of the clusters, such as `"1.31"`, for which charts are rendered and
    which they may refuse. Default: what a cluster's manifests say, else 1.35 for rendering."""

    kubernetes_versions = opt.DictOfItems(opt.Type(str), default={})
    """Cluster to its Kubernetes version, where clusters have different ones. Example: `production:
    "1.31"`."""

    api_versions = opt.DictOfItems(opt.Type(str), default={})
    """Cluster, or `"*"` for all, to API versions that something outside Git adds, with blanks between
    them. Charts may ask for them. Example: `"*": example.com/v1 example.com/v1/Thing`."""

    owner_label = opt.Type(str, default="")
    """Label whose value is the owner of the object or alert rule that has it. The annotation
    `gitops-docs/owner` counts before it, and CODEOWNERS after it. Default: none. Example:
    `app.kubernetes.io/managed-by-team`."""

    def validate(self) -> tuple[ConfigErrors, ConfigWarnings]:
        """MkDocs' validation, with the nearest option beside the name of one that there is not."""
        failed, warnings = super().validate()
        known = [name for name, _ in self._schema]
        return failed, [
            (key, text if key in known else f"unknown option `{key}`{nearest(str(key), known)}")
            for key, text in warnings
        ]
