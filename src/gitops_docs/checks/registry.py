"""List the rules of all packages, and run those that have a check.

In: a `Platform` and the settings. Out: findings, and `RULES`, from which the guide's page of
findings, the pages of codes on a site and the rules of SARIF are made. A rule that is not listed
here does not exist; tests hold that none is forgotten.
"""

from __future__ import annotations

from gitops_docs.checks.check import Check
from gitops_docs.checks.context import Context
from gitops_docs.checks.rules import (
    automation,
    charts,
    dependencies,
    health,
    notifications,
    order,
    ownership,
    references,
    refusals,
    releases,
    secrets,
    timing,
    variables,
    versions,
)
from gitops_docs.checks.rules import site as stated
from gitops_docs.flux import rules as flux
from gitops_docs.kustomize import rules as kustomize
from gitops_docs.model import Family, Finding, Platform, Rule
from gitops_docs.repository import rules as repository
from gitops_docs.runbooks import rules as runbooks
from gitops_docs.settings.options import Settings
from gitops_docs.site import rules as site
from gitops_docs.yaml import rules as yaml

RULES: tuple[type[Rule], ...] = (
    # Files that cannot be read
    yaml.YamlParse,
    yaml.YamlTemplate,
    yaml.YamlDuplicateKey,
    yaml.YamlAliasUnknown,
    yaml.YamlAliasLimit,
    yaml.YamlTooDeep,
    yaml.YamlTooLarge,
    yaml.YamlComplexKey,
    yaml.YamlEncoding,
    yaml.LfsPointer,
    repository.FileNotFound,
    repository.FileUnreadable,
    yaml.FileTooLarge,
    repository.FileTooDeep,
    repository.GitNotRead,
    yaml.RepositoryTooLarge,
    # Building a layer
    flux.ClusterNone,
    flux.ClusterLeftOut,
    flux.PathNotFound,
    flux.ArtifactNotMade,
    flux.ResourceSetRefused,
    flux.PathNotDirectory,
    flux.PathEscapesRepository,
    kustomize.KustomizeBuildFailed,
    kustomize.KustomizeDuplicateId,
    flux.ComponentRemote,
    flux.RemoteBaseRefused,
    flux.LayerDuplicate,
    references.LayerPartial,
    flux.FieldMissing,
    flux.FieldUnknown,
    flux.FieldInvalid,
    flux.CelInvalid,
    refusals.NamespaceMissing,
    flux.ObjectTooLarge,
    flux.CrossNamespaceRefused,
    refusals.ControllerMissing,
    flux.ObjectUnwatched,
    refusals.ServiceAccountUnknown,
    refusals.ServiceAccountUnbound,
    flux.DurationInvalid,
    flux.NameInvalid,
    # Order of layers
    dependencies.DependencyUnknown,
    dependencies.DependencyCycle,
    order.DependencyDeadlock,
    dependencies.DependencySuspended,
    dependencies.DependencyNotGated,
    dependencies.DependencyRedundant,
    order.DependencyImplicit,
    order.NamespaceLate,
    order.NamespaceUnknown,
    order.CrdLate,
    # Health checks
    health.HealthCheckWildcard,
    health.HealthCheckUnknown,
    health.HealthCheckExprsInert,
    health.HealthCheckIgnored,
    # References
    references.SourceUnknown,
    references.ChartSourceUnknown,
    references.ProviderUnknown,
    references.SubstituteFromUnknown,
    references.SubstituteFromKind,
    references.Orphan,
    # One object, two owners
    ownership.ObjectAppliedTwice,
    ownership.ReleaseNameTaken,
    ownership.CrdPruned,
    # Versions
    flux.UpgradeChangesLayer,
    versions.ApiVersionRemoved,
    versions.ApiVersionDeprecated,
    order.ApiVersionNotServed,
    releases.ChartNotFound,
    releases.ChartVersionIgnored,
    charts.ChartDeprecated,
    charts.ChartDependencyMissing,
    charts.ChartKubernetesRefused,
    charts.ChartValueUnknown,
    charts.ChartValuesRefused,
    releases.ValuesFromUnknown,
    releases.ValuesFromInvalid,
    releases.PostRendererInvalid,
    releases.ChartVersionMissing,
    releases.ChartVersionFloating,
    automation.ImageMarkerUnknown,
    automation.ImagePolicyUnused,
    automation.ImageAutomationProduction,
    versions.ImageTagFloating,
    # Variables
    flux.VariableUndefined,
    flux.VariableSelfReference,
    flux.VariableName,
    variables.VariableUnused,
    variables.VariableShadowed,
    flux.SubstitutionSyntax,
    flux.SubstitutionYaml,
    flux.SubstitutionLimit,
    # Secrets
    secrets.SecretPlaintext,
    secrets.SecretPartiallyEncrypted,
    secrets.SecretNotDecrypted,
    site.SecretLeak,
    flux.SecretSuspected,
    # Times
    timing.RetryIntervalLong,
    timing.IntervalShort,
    timing.RetryIntervalMissing,
    timing.TimeoutShort,
    # Releases
    releases.ReleaseDependencyUnknown,
    releases.ReleaseDependencyCycle,
    charts.ChartNotRendered,
    charts.ChartRightsWide,
    # Notifications
    notifications.AlertMissesNamespaces,
    notifications.AlertProviderElsewhere,
    notifications.AlertSourceUnknown,
    notifications.ReceiverSourceUnknown,
    notifications.AlertCoverage,
    notifications.AlertNone,
    # Alerts and runbooks
    runbooks.AlertWithoutRunbook,
    flux.AlertRuleDuplicate,
    runbooks.RunbookUrlInvalid,
    runbooks.RunbookDead,
    runbooks.RunbookAnchorMissing,
    runbooks.RunbookFrontMatter,
    runbooks.RunbookTargetUnknown,
    runbooks.RunbookAlertUnknown,
    runbooks.RunbookAmbiguous,
    runbooks.RunbookStale,
    runbooks.RunbookOutdated,
    runbooks.RunbookDateFuture,
    # Hand-written pages
    site.BlockInvalid,
    site.GeneratedLinkMissing,
    runbooks.DocPathMissing,
    runbooks.DocLinkMissing,
    runbooks.DocAnchorMissing,
    runbooks.DocObjectMissing,
    runbooks.DocFluxCommand,
    runbooks.ExcerptDiffers,
    # The site and the settings
    site.PageCollision,
    site.PageTooLarge,
    stated.SiteTooLarge,
    site.PageGone,
    stated.IgnoreWithoutReason,
    stated.IgnoreUnknown,
    stated.IgnoreUnused,
    stated.BaselineUnreadable,
    stated.BaselineUnused,
    stated.LevelUnknown,
)
"""Every rule, in the order of the guide: by family, and in a family as a reader meets them."""
CODES: dict[str, type[Rule]] = {rule.code: rule for rule in RULES}
"""Every rule by its code."""
CHECKS: tuple[type[Check], ...] = tuple(rule for rule in RULES if issubclass(rule, Check))


def rules() -> tuple[type[Rule], ...]:
    """Return every rule, in the order of the guide.

    Returns:
        Classes with `code`, `family`, `severity`, `title`, `about`, `remedy`, `bad` and `good`.
    """
    return RULES


def of_family(family: Family) -> tuple[type[Rule], ...]:
    """Return the rules of a family, in the order of the guide."""
    return tuple(rule for rule in RULES if rule.family is family)


def run(platform: Platform, settings: Settings, listed: Platform | None = None) -> list[Finding]:
    """Return everything that the checks find, unsorted; the arguments are those of `Context`."""
    context = Context(platform, settings, listed)
    return [finding for rule in CHECKS for finding in rule.check(context)]
