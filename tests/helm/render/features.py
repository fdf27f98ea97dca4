"""A chart that uses what charts use, written for these tests."""

from __future__ import annotations

LIBRARY = {
    "Chart.yaml": "apiVersion: v2\nname: common\nversion: 0.1.0\ntype: library\n",
    "templates/_names.tpl": '{{- define "common.name" -}}{{ .Release.Name }}-{{ .Chart.Name }}{{- end }}\n',
}
PART = {
    "Chart.yaml": "apiVersion: v2\nname: part\nversion: 0.2.0\n",
    "values.yaml": "size: 1\nexports:\n  data: {port: 9090}\n",
    "values.schema.json": '{"properties": {"size": {"type": "integer"}}}',
    "templates/part.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}-{{ .Chart.Name }}"}
data: {size: "{{ .Values.size }}", global: {{ .Values.global.zone | quote }}}
""",
}
CHART = {
    "Chart.yaml": """\
apiVersion: v2
name: web
version: 1.2.3
appVersion: "7"
kubeVersion: ">=1.25.0-0"
dependencies:
  - {name: common, version: 0.1.0}
  - {name: part, version: 0.2.0, alias: first, import-values: [data]}
  - {name: part, version: 0.2.0, alias: second, condition: second.enabled}
  - {name: part, version: 0.2.0, alias: third, tags: [extras]}
""",
    "values.yaml": """\
replicas: 1
second: {enabled: true}
tags: {extras: false}
global: {zone: eu}
dropped: {a: 1, b: 2}
extra: '{{ .Release.Namespace }}/{{ .Values.replicas }}'
auth: {password: "", user: app}
""",
    "files/config.ini": "[a]\nb = c\n",
    "crds/things.yaml": """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  scope: Cluster
  names: {kind: Thing, plural: things}
  versions: [{name: v1, served: true, storage: true}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: parts.example.com}
spec: {group: example.com, scope: Namespaced, names: {kind: Part, plural: parts}, versions: [{name: v1, served: true}]}
""",
    "templates/NOTES.txt": "Password: {{ .Values.auth.password }}\n",
    "templates/web.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "common.name" . }}
  annotations:
    checksum/secret: {{ .Values.auth.password | sha256sum }}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: "example.org/web:{{ .Chart.AppVersion }}"
          ports: [{containerPort: {{ .Values.port }}}]
          env:
            - {name: DSN, value: "postgres://{{ .Values.auth.user }}:{{ .Values.auth.password }}@db/web"}
            - {name: TOKEN, value: {{ .Values.auth.password | b64enc | quote }}}
            - {name: UPPER, value: {{ .Values.auth.password | upper | quote }}}
            - {name: ASKED, value: "https://example.org/?p={{ .Values.auth.password | urlquery }}"}
---# a comment behind the mark
apiVersion: v1
kind: Service
metadata: {name: web, namespace: elsewhere}
spec: {ports: [{port: 80}], selector: {app: web}}
---
apiVersion: v1
kind: Secret
metadata: {name: web}
stringData:
  password: {{ .Values.auth.password | quote }}
  generated: {{ randAlphaNum 12 }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data:
  config.ini: |
{{ .Files.Get "files/config.ini" | indent 4 }}
  templated: {{ tpl .Values.extra . }}
  dropped: {{ .Values.dropped | toJson | quote }}
  missing: {{ (lookup "v1" "Secret" "apps" "x") | toJson | quote }}
  random: {{ randAlphaNum 12 }}
""",
    "templates/rules.yaml": """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: web}
spec:
  groups:
    - name: web
      rules:
        - {alert: WebDown, expr: up == 0, labels: {severity: critical}, annotations: {runbook_url: "https://runbooks.example.org/web"}}
        - {record: web:up, expr: up}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {rules: [{host: web.example.org, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: web}
rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
---
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: ServiceAccount, metadata: {name: one}}
  - {apiVersion: v1, kind: ServiceAccount, metadata: {name: two}}
{{- if .Capabilities.APIVersions.Has "example.com/v1/Thing" }}
---
apiVersion: example.com/v1
kind: Thing
metadata: {name: web}
{{- end }}
""",
    "templates/hooks.yaml": """\
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {helm.sh/hook: "pre-install,pre-upgrade"}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: "example.org/migrate:1"}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: test, annotations: {helm.sh/hook: test}}
spec: {containers: [{name: a, image: "example.org/test:1"}]}
""",
}


def files() -> dict[str, str]:
    """The chart with its dependencies."""
    below = {f"charts/common/{name}": text for name, text in LIBRARY.items()}
    below |= {f"charts/part/{name}": text for name, text in PART.items()}
    return {**CHART, **below}
