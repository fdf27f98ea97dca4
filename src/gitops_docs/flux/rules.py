"""Define the rules for what Flux refuses, from the start of a cluster to substitution.

The code that reads or renders something calls `at`, so these rules have no check of their own.
"""

from __future__ import annotations

from gitops_docs.model import Family, Rule, Severity


class ClusterNone(Rule):
    code = "cluster-none"
    family = Family.BUILD
    severity = Severity.WARNING
    title = "No cluster found"
    about = (
        "A repository without a Flux Kustomization, a FluxInstance or an entry of the setting "
        "`clusters` has no layers: its objects are listed as orphans. Applications of Argo CD "
        "are named; they are not supported. `gitops-docs check` ends with status 1."
    )
    remedy = (
        "Set `clusters` to the directories that the root Kustomizations apply, or run on the "
        "repository that holds them."
    )
    bad = "clusters: []"
    good = "clusters:\n  - name: production\n    path: clusters/production"


class ClusterLeftOut(Rule):
    code = "cluster-left-out"
    family = Family.BUILD
    severity = Severity.WARNING
    title = "A possible cluster is left out"
    about = (
        "Nothing in Git says where Flux starts, so it is inferred from Kustomizations that no "
        "other one applies. The path of this one does not exist here, or it stands beside "
        "directories that are clusters for certain."
    )
    remedy = (
        "Name the directory in the setting `clusters` if Flux starts there; delete the "
        "Kustomization if it is left over."
    )
    bad = "path: ${path}  # in tenants/a/ks.yaml, beside clusters/"
    good = "clusters:\n  - name: a\n    path: tenants/a"


class PathNotFound(Rule):
    code = "path-not-found"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "spec.path does not exist"
    about = (
        "kustomize-controller looks for `spec.path` in the files of the source and fails where "
        "it is not; nothing of the layer is applied."
    )
    remedy = "Create the directory or correct the path; the message names the nearest one."
    bad = "path: ./aps"
    good = "path: ./apps"
    OF_PLACE = "spec.path"
    """The cause where the path is wrong. Any other cause is what a source leaves out."""

    @classmethod
    def is_of_place(cls, cause: str) -> bool:
        """Return what a source leaves out is one cause, whichever paths lead there."""
        return cause in ("", cls.OF_PLACE)


class ArtifactNotMade(Rule):
    code = "artifact-not-made"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "An ArtifactGenerator cannot make an artifact"
    about = (
        "source-watcher stops at the first copy rule that finds nothing, names a source that the "
        "generator does not list, or cannot be read. The ExternalArtifact keeps its last "
        "content, or is never created."
    )
    remedy = "Correct the copy rule that the message names."
    bad = "copy: [{from: '@repo/aps/**', to: '@artifact/'}]"
    good = "copy: [{from: '@repo/apps/**', to: '@artifact/'}]"


class ResourceSetRefused(Rule):
    code = "resourceset-refused"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "The Flux Operator rejects a ResourceSet"
    about = (
        "The API server rejects two steps of one name, and `steps` beside `resources`. The "
        "operator rejects an object that occurs in two steps, and renders templates with "
        "`missingkey=error`: one set of inputs without a key fails the whole ResourceSet, and "
        "nothing of it is applied."
    )
    remedy = (
        "Correct what the message names; give every set of inputs the key, or test for it with "
        "`if` and `hasKey`."
    )
    bad = "inputs: [{tenant: red, zone: bow}, {tenant: blue}]\nresourcesTemplate: << inputs.zone >>"
    good = "inputs: [{tenant: red, zone: bow}, {tenant: blue, zone: aft}]"


class PathNotDirectory(Rule):
    code = "path-not-directory"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "spec.path is a file"
    about = "Flux builds directories. A file as `spec.path` fails."
    remedy = "Name the directory that holds the file."
    bad = "path: ./apps/web.yaml"
    good = "path: ./apps"


class PathEscapesRepository(Rule):
    code = "path-escapes-repository"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "spec.path leaves the repository"
    about = (
        "Flux joins the path to the root of the source and stops there: `../` beyond it, or a "
        "leading `/`, means the root."
    )
    remedy = "Name a path below the root."
    bad = "path: ../../other"
    good = "path: ./apps"
    varies = "A warning where there is a directory all the same once Flux has stopped at the root."


class ComponentRemote(Rule):
    code = "component-remote"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "A component is not local"
    about = (
        "`spec.components` takes paths relative to `spec.path` only; Flux rejects addresses and "
        "absolute paths."
    )
    remedy = "Copy the component into the repository."
    bad = "components: [https://example.org/c]"
    good = "components: [../components/c]"


class UpgradeChangesLayer(Rule):
    code = "upgrade-changes-layer"
    family = Family.VERSIONS
    severity = Severity.INFO
    title = "A newer Flux builds a layer differently"
    about = (
        "The kustomize of newer Flux versions makes other objects of the same files, mostly without "
        "an error: since Flux 2.8 the selectors of a replacement's targets are regular "
        "expressions, so that `my.app` selects `my-app` as well."
    )
    remedy = "Write it so that both versions give the same, before you upgrade Flux."
    bad = "targets:\n  - select: {kind: ConfigMap, name: my.app}"
    good = "targets:\n  - select: {kind: ConfigMap, name: 'my\\.app'}"


class RemoteBaseRefused(Rule):
    code = "remote-base-refused"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "A remote base is rejected"
    about = (
        "kustomize-controller runs with `--no-remote-bases`: directories and components from the "
        "network fail the layer. A single file by HTTP is still fetched."
    )
    remedy = "Copy the base into the repository, or apply it with a source and a layer of its own."
    bad = "resources:\n  - https://example.org/team/base?ref=v1.2.0"
    good = "resources:\n  - ../base"


class CrossNamespaceRefused(Rule):
    code = "cross-namespace-refused"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "A reference to another namespace is rejected"
    about = (
        "The controllers run with `--no-cross-namespace-refs`, or the FluxInstance sets "
        "`multitenant: true`. A source in another namespace is then out of reach "
        "(`AccessDenied`), an Alert gets no events from there, and a Receiver triggers nothing "
        "there."
    )
    remedy = "Put the source into the same namespace, or allow the references."
    bad = (
        "kind: Kustomization\n"
        "metadata: {name: apps, namespace: team}\n"
        "spec:\n"
        "  sourceRef: {kind: GitRepository, name: fleet, namespace: flux-system}"
    )
    good = "spec:\n  sourceRef: {kind: GitRepository, name: fleet}"
    varies = "A warning for an Alert or a Receiver."


class ObjectUnwatched(Rule):
    code = "object-unwatched"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "No controller reconciles an object"
    about = (
        "The controllers are sharded: each takes the objects that its `--watch-label-selector` "
        "selects. An object with the label of a shard that does not exist, or without a label "
        "where every controller wants one, has no effect."
    )
    remedy = "Give the object the label of a shard, or add a controller that takes it."
    bad = "labels:\n  sharding.fluxcd.io/key: shrad1"
    good = "labels:\n  sharding.fluxcd.io/key: shard1"
    varies = "A warning where a part of the cluster is not in this repository."


class LayerDuplicate(Rule):
    code = "layer-duplicate"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "Two files define one Kustomization"
    about = (
        "Both are written to the same object: the one that is applied last wins, and what the "
        "other one applied is pruned."
    )
    remedy = "Give one of them another name."
    bad = "metadata: {name: apps}  # in two files"
    good = "metadata: {name: apps-b}"


class FieldMissing(Rule):
    code = "field-missing"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "A required field is missing"
    about = (
        "The API server rejects a Flux object without it, and with it the layer that holds the "
        "object."
    )
    remedy = "Add the field."
    bad = "spec:\n  interval: 10m\n  path: ./apps"
    good = "spec:\n  interval: 10m\n  path: ./apps\n  prune: true"
    varies = (
        "A warning for an entry of a Receiver's `resources` that triggers nothing without the field: "
        "`matchLabels` for the name `*`, `apiVersion` for most kinds."
    )


class FieldUnknown(Rule):
    code = "field-unknown"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "A field is misspelt"
    about = (
        "Flux uses server-side apply, which rejects a field that the schema does not know. In "
        "the kustomization file of a layer such a field is ignored without an error. Only names "
        "close to a known one are reported."
    )
    remedy = "Use the name that the message gives."
    bad = "dependOn:\n  - name: crds"
    good = "dependsOn:\n  - name: crds"


class FieldInvalid(Rule):
    code = "field-invalid"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "A field has a value that is not allowed"
    about = (
        'The schema of the kind lists what the field may be: `"true"` in quotes is text, a chart '
        "comes from a HelmRepository, GitRepository or Bucket."
    )
    remedy = "Use one of the values that the message lists."
    bad = 'prune: "true"'
    good = "prune: true"


class CelInvalid(Rule):
    code = "cel-invalid"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "An expression is not CEL"
    about = (
        "Flux evaluates `readyExpr`, `healthCheckExprs` and some others as expressions of CEL. "
        "One that does not parse, or that uses a name which is not defined there, stalls the "
        "object until it is corrected."
    )
    remedy = (
        "Correct the expression at the column that the message names. `readyExpr` knows `dep` "
        "and `self`; `healthCheckExprs` know the fields of the object."
    )
    bad = "readyExpr: dep.status.conditions.all(e, e.status == 'True'"
    good = "readyExpr: dep.status.conditions.all(e, e.status == 'True')"


class ObjectTooLarge(Rule):
    code = "object-too-large"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "An object is too large"
    about = (
        "The values of a ConfigMap or a Secret may have 1 MiB together, the annotations of an "
        "object 256 KiB. The API server rejects more, and the layer is not applied."
    )
    remedy = "Split the object, or fetch the data at run time."
    bad = "configMapGenerator:\n  - name: board\n    files: [board.json]  # 1.2 MB"
    good = "configMapGenerator:\n  - name: board\n    files: [board.json]  # 40 kB"


class DurationInvalid(Rule):
    code = "duration-invalid"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "A duration is not valid"
    about = (
        "Flux takes Go durations: numbers with `h`, `m`, `s` or `ms`. There are no days, no "
        "blanks, and no number without a unit."
    )
    remedy = "Write it in hours, minutes and seconds."
    bad = "interval: 1d"
    good = "interval: 24h"


class NameInvalid(Rule):
    code = "name-invalid"
    family = Family.BUILD
    severity = Severity.ERROR
    title = "A name is not allowed"
    about = (
        "Names of objects have lower-case letters, digits, `-` and `.` only, 253 characters at "
        "most. Roles and some custom resources take more, but no `/` and no `%`. Keys of "
        "ConfigMaps and Secrets may be names of files."
    )
    remedy = "Rename the object, or the key."
    bad = "name: My_App"
    good = "name: my-app"


class VariableUndefined(Rule):
    code = "variable-undefined"
    family = Family.VARIABLES
    severity = Severity.ERROR
    title = "Nothing defines a variable"
    about = (
        "Since Flux 2.9 a variable that is unset and has no default fails the whole layer; "
        "before, it became empty, which is a warning. `${…}` in scripts and dashboards counts as "
        "well."
    )
    remedy = (
        "Define it in `postBuild`, give it a default (`${name:=value}`), write `$${name}` where "
        "it is not meant for Flux, or set `kustomize.toolkit.fluxcd.io/substitute: disabled` on "
        "the object."
    )
    bad = "host: app.${domain}"
    good = "postBuild:\n  substitute:\n    domain: example.org"
    varies = (
        "A warning where `flux_version` is older than 2.9, and a note there in the descriptions of a "
        "CustomResourceDefinition."
    )


class VariableSelfReference(Rule):
    code = "variable-self-reference"
    family = Family.VARIABLES
    severity = Severity.ERROR
    title = "A variable is set to itself"
    about = (
        "`domain: ${domain}` does not take the value from `substituteFrom`: inline values win "
        "and are not substituted, so manifests get the text `${domain}`."
    )
    remedy = "Remove the line."
    bad = "substitute:\n  domain: ${domain}"
    good = "substituteFrom:\n  - kind: ConfigMap\n    name: cluster-vars"


class VariableName(Rule):
    code = "variable-name"
    family = Family.VARIABLES
    severity = Severity.ERROR
    title = "The name of a variable is not allowed"
    about = (
        "Names have letters, digits and `_`. A single key such as `my-key` in a ConfigMap of "
        "`substituteFrom` fails the layer."
    )
    remedy = "Rename the key."
    bad = "data:\n  my-key: x"
    good = "data:\n  my_key: x"


class SubstitutionSyntax(Rule):
    code = "substitution-syntax"
    family = Family.VARIABLES
    severity = Severity.ERROR
    title = "An expression is not valid"
    about = (
        "Every `${` of a rendered object is Flux's: `${not-a-var}`, `${}` and one that never "
        "closes fail the layer."
    )
    remedy = (
        "Write `$${` where it is not meant for Flux, or set "
        "`kustomize.toolkit.fluxcd.io/substitute: disabled` on the object."
    )
    bad = "value: ${a-b}"
    good = "value: $${a-b}"


class SubstitutionYaml(Rule):
    code = "substitution-yaml"
    family = Family.VARIABLES
    severity = Severity.ERROR
    title = "An object is not valid YAML after substitution"
    about = (
        "Flux replaces variables in the printed YAML and parses it again. A value with `: ` or a "
        "line break can break it."
    )
    remedy = (
        "Write quotes into the value (`'\"a: b\"'`), or change it. Quotes around `${…}` in the "
        "manifest are lost when kustomize prints it."
    )
    bad = "note: ${text}  # text: 'a: b'"
    good = "note: ${text}  # text: a, b"


class SubstitutionLimit(Rule):
    code = "substitution-limit"
    family = Family.VARIABLES
    severity = Severity.ERROR
    title = "An expression is too complex"
    about = (
        "Expressions that are nested too deeply, or that make more text than an object may hold, "
        "are not followed further."
    )
    remedy = "Simplify the expression."
    bad = "${a:-${b:-${c…"
    good = "${a:-x}"


class SecretSuspected(Rule):
    code = "secret-suspected"
    family = Family.SECRETS
    severity = Severity.WARNING
    title = "A value looks like a credential"
    about = (
        "A token, a private key, a webhook address, user and password in a URL, or a value under "
        "a key such as `password`, in a ConfigMap, values of a chart, or an environment variable."
    )
    remedy = (
        "Move it to a Secret and change it. If it is not a credential, say so: `# gitops-docs: "
        "ignore secret-suspected reason`."
    )
    bad = "env:\n  - name: API_TOKEN\n    value: 3f9a…"
    good = "env:\n  - name: API_TOKEN\n    valueFrom: {secretKeyRef: …}"


class AlertRuleDuplicate(Rule):
    code = "alert-rule-duplicate"
    family = Family.RUNBOOKS
    severity = Severity.WARNING
    title = "An alert rule stands twice in a group"
    about = (
        "Two rules of one group with the same name and the same labels are the same alert: "
        "`promtool check rules` reports them, and where both hold one hides the other. Prometheus "
        "loads them; vmalert rejects a group whose rules are the same in the expression too."
    )
    remedy = "Remove one, or give them different labels."
    bad = "- {alert: Down, expr: up == 0}\n- {alert: Down, expr: up < 1}"
    good = "- {alert: Down, expr: up == 0}"
    varies = "A note where the two select other series."


class DependencyUnknown(Rule):
    code = "dependency-unknown"
    family = Family.ORDER
    severity = Severity.ERROR
    title = "dependsOn names a layer that does not exist"
    about = (
        "Flux looks for a Kustomization of that name, in the same namespace unless another one "
        "is given, and retries without end. The layer and all layers that depend on it are never "
        "applied."
    )
    remedy = "Correct the name, or add the namespace; the message names the nearest layer."
    bad = "dependsOn:\n  - name: infrastucture"
    good = "dependsOn:\n  - name: infrastructure"
    varies = (
        "A warning where a part of the cluster is not in this repository, and where the layer is "
        "suspended."
    )
