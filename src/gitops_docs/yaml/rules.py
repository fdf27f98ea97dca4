"""Define the rules for files that are not YAML, or hold too much.

They are met while something is read or rendered, so they have no check of their own.
"""

from __future__ import annotations

from gitops_docs.model import Family, Rule, Severity


class YamlParse(Rule):
    code = "yaml-parse"
    family = Family.FILES
    severity = Severity.ERROR
    title = "A file is not YAML"
    about = (
        "kustomize stops at the first file that it cannot parse, and the whole layer stays as it "
        "was. The message names the line; tabs and merge conflict markers are named as such."
    )
    remedy = (
        "Correct the line. An editor with a YAML plugin, or `yamllint`, shows the same place "
        "before you commit."
    )
    bad = "spec:\n\tinterval: 10m"
    good = "spec:\n  interval: 10m"
    varies = "A note where no layer reads the file."


class YamlTemplate(Rule):
    code = "yaml-template"
    family = Family.FILES
    severity = Severity.WARNING
    title = "A file is a template, not a manifest"
    about = (
        "`{{ … }}` is not YAML. A Helm or Jinja template in a directory that Flux applies makes "
        "its build fail."
    )
    remedy = (
        "Keep charts and templates out of the directories of layers, or list the manifests in a "
        "`kustomization.yaml`."
    )
    bad = "name: {{ .Release.Name }}"
    good = "name: web"
    varies = "An error where a layer reads the file, a note where no file beside it is read either."


class YamlDuplicateKey(Rule):
    code = "yaml-duplicate-key"
    family = Family.FILES
    severity = Severity.ERROR
    title = "A key is written twice"
    about = (
        "kustomize rejects a mapping with the same key twice; other tools silently take the last "
        "one."
    )
    remedy = "Keep one of the two."
    bad = "spec:\n  interval: 10m\n  interval: 5m"
    good = "spec:\n  interval: 10m"


class YamlAliasUnknown(Rule):
    code = "yaml-alias-unknown"
    family = Family.FILES
    severity = Severity.ERROR
    title = "An alias has no anchor"
    about = (
        "`*name` repeats what `&name` marked earlier in the same document. An anchor of an "
        "earlier document does not count."
    )
    remedy = "Define the anchor before its use, or quote a text that starts with `*`."
    bad = "a: *common"
    good = "a: &common {x: 1}\nb: *common"


class YamlAliasLimit(Rule):
    code = "yaml-alias-limit"
    family = Family.FILES
    severity = Severity.ERROR
    title = "Aliases expand to too many values"
    about = (
        "A few lines of nested aliases can stand for billions of values. Such a file is not read "
        "further."
    )
    remedy = "Write the values out."
    bad = "b: [*a, *a, *a]\nc: [*b, *b, *b]"
    good = "b: [x, x, x]"


class YamlTooDeep(Rule):
    code = "yaml-too-deep"
    family = Family.FILES
    severity = Severity.ERROR
    title = "A file is nested too deeply"
    about = "No manifest needs hundreds of levels; reading them can bring a program down."
    remedy = "Correct the brackets or the indentation."
    bad = "a: [[[[[[…"
    good = "a: []"


class YamlTooLarge(Rule):
    code = "yaml-too-large"
    family = Family.FILES
    severity = Severity.ERROR
    title = "A document holds too many values"
    about = "A document of millions of values is not read further."
    remedy = "Split it, or move data out of manifests."
    bad = "data: {…}  # 3,000,000 keys"
    good = "data: {…}  # a few"


class YamlComplexKey(Rule):
    code = "yaml-complex-key"
    family = Family.FILES
    severity = Severity.ERROR
    title = "A mapping or list is used as a key"
    about = "Kubernetes takes text keys only. Often an unquoted template is behind it."
    remedy = "Quote the key."
    bad = "? [a, b]\n: 1"
    good = '"a,b": 1'


class YamlEncoding(Rule):
    code = "yaml-encoding"
    family = Family.FILES
    severity = Severity.ERROR
    title = "A file is not UTF-8"
    about = "Kubernetes and kustomize read UTF-8 only."
    remedy = "Save the file as UTF-8; encode or encrypt binary data."
    bad = "name: caf\\xe9"
    good = "name: café"
    varies = (
        "A warning for a hand-written page: MkDocs publishes it in UTF-8 only, so it is left out."
    )


class LfsPointer(Rule):
    code = "lfs-pointer"
    family = Family.FILES
    severity = Severity.ERROR
    title = "A file is a Git LFS pointer"
    about = (
        "The checkout has a pointer of three lines, not the file. Flux takes the "
        "pointer for a manifest and fails."
    )
    remedy = "Run `git lfs pull`, or keep manifests out of LFS."
    bad = "version https://git-lfs.github.com/spec/v1"
    good = "apiVersion: v1"


class FileTooLarge(Rule):
    code = "file-too-large"
    family = Family.FILES
    severity = Severity.ERROR
    title = "A file is too large"
    about = (
        "Manifests of more than 16 MB are not read; the API server rejects objects of more than "
        "1.5 MB anyway."
    )
    remedy = "Split the file, or keep data out of manifests."
    bad = "apps/data.yaml  # 50 MB"
    good = "apps/data.yaml  # 50 kB"


class RepositoryTooLarge(Rule):
    code = "repository-too-large"
    family = Family.FILES
    severity = Severity.WARNING
    title = "A repository holds more than is read"
    about = (
        "Ten thousand manifests with what their layers make of them fit into the budgets of a "
        "scan. A repository that goes beyond them is not read to its end: the small files come "
        "first, and layers beyond the budget are listed without their objects."
    )
    remedy = (
        "Scan a part of the repository (the option `repository`), keep data out of manifests, or "
        "look for what multiplies: bases that include a base many times, patches that copy, "
        "files that generators take in again and again."
    )
    bad = "resources: [a, b, c, d, e]  # each five times the directory below it, ten levels deep"
    good = "resources: [web.yaml]"
