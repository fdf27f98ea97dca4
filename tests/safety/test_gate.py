"""The last gate: a value of a Secret in a finished site fails the build, in whatever form, and is
never named."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest

from gitops_docs.scanner.scanner import analyse
from gitops_docs.site import leaks
from gitops_docs.site.leaks import Clean, Gate, Leak
from tests.support.commands import gitops_docs

VALUE = 'p"a<ss>&w0rd/é+x'
ROOT = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {interval: 10m, path: ./apps, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def secret(**data: str) -> str:
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "a", "namespace": "apps"},
            "data": data,
        }
    )


FILES = {
    "clusters/prod/apps.yaml": ROOT,
    "apps/secret.yaml": secret(password=encoded(VALUE), short=encoded("seven77")),
}


def gate(root: Path) -> Gate:
    found = analyse(root)
    return Gate(found.checkouts, found.built.values(), found.platform)


@pytest.mark.parametrize(
    "form",
    [
        VALUE,
        html.escape(VALUE),
        html.escape(VALUE).replace("w0", "w<wbr>0"),
        html.escape(VALUE).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        json.dumps(VALUE),
        json.dumps(VALUE, ensure_ascii=False),
        json.dumps(html.escape(VALUE)),
        quote(VALUE),
        quote(VALUE, safe=""),
        encoded(VALUE),
        encoded(f"1{VALUE}"),
        encoded(f"22{VALUE}"),
        base64.urlsafe_b64encode(VALUE.encode()).decode(),
    ],
)
def test_forms(repository: Callable[[Mapping[str, str]], Path], tmp_path: Path, form: str) -> None:
    """A value is found as HTML, JSON, a URL and base64 write it, with the page and where it is
    written."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "page.html").write_text(f"<p>before {form} after</p>", encoding="utf-8")
    assert gate(repository(FILES)).leaks(site) == [Leak("page.html", "apps/secret.yaml", 1)]


def test_references(repository: Callable[[Mapping[str, str]], Path], tmp_path: Path) -> None:
    """A Secret whose values only name variables keeps no value in the repository: the variable may
    stand on every page."""
    text = """\
apiVersion: v1
kind: Secret
metadata: {name: cloudflare, namespace: apps}
stringData:
  api-token: ${cloudflare_api_token}
  login: "${db_user}:${db_password}"
  defaulted: ${api_token:=hunter2-hunter2}
"""
    site = tmp_path / "site"
    site.mkdir()
    page = "<code>${cloudflare_api_token}</code> ${db_user}:${db_password}"
    (site / "page.html").write_text(page, encoding="utf-8")
    watched = gate(repository({"clusters/prod/apps.yaml": ROOT, "apps/secret.yaml": text}))
    assert watched.leaks(site) == []
    (site / "page.html").write_text("<code>${api_token:=hunter2-hunter2}</code>", encoding="utf-8")
    assert watched.leaks(site) == [Leak("page.html", "apps/secret.yaml", 7)]


def test_harmless(repository: Callable[[Mapping[str, str]], Path], tmp_path: Path) -> None:
    """Short values, those that the repository also has in clear, and words of the theme are not
    leaks."""
    root = repository(
        {
            **FILES,
            "apps/more.yaml": secret(host=encoded("db.example.org"), word=encoded("navigation")),
            "README.md": "The database is db.example.org.\n",
        }
    )
    theme = tmp_path / "theme"
    theme.mkdir()
    (theme / "base.html").write_text("<nav>navigation</nav>")
    site = tmp_path / "site"
    site.mkdir()
    (site / "page.html").write_text("seven77 db.example.org navigation")
    assert gate(root).leaks(site, [theme]) == []
    assert gate(root).leaks(site) == [Leak("page.html", "apps/more.yaml", 1)]


def test_a_look_after_an_edit(
    repository: Callable[[Mapping[str, str]], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A live server reads only files that changed, all of them where a Secret changed, and those
    again in which something was found."""
    read: list[str] = []
    content = leaks._content
    monkeypatch.setattr(
        leaks, "_content", lambda path: (read.append(Path(path).name), content(path))[1]
    )
    root = repository({**FILES, "README.md": VALUE, "apps/other.yaml": "a: other-value-1\n"})
    site, clean = tmp_path / "site", Clean()
    site.mkdir()
    for name in ("a.html", "b.html"):
        (site / name).write_text("nothing")
    (site / "clear.html").write_text(VALUE)

    def look() -> tuple[list[str], list[str]]:
        read.clear()
        found = gate(root).leaks(site, clean=clean)
        return sorted(read), [leak.page for leak in found]

    assert look() == (["a.html", "b.html", "clear.html"], [])
    assert look() == (["clear.html"], [])
    (root / "README.md").write_text("")
    assert look() == (["clear.html"], ["clear.html"])
    (site / "b.html").write_text(VALUE)
    assert look() == (["b.html", "clear.html"], ["b.html", "clear.html"])
    (site / "a.html").write_text("other-value-1")
    assert look() == (["a.html", "b.html", "clear.html"], ["b.html", "clear.html"])
    (root / "apps/other.yaml").write_text(secret(a=encoded("other-value-1")))
    assert look() == (["a.html", "b.html", "clear.html"], ["a.html", "b.html", "clear.html"])


def test_plain_secret_is_not_in_clear_elsewhere(
    repository: Callable[[Mapping[str, str]], Path], tmp_path: Path
) -> None:
    """That a Secret itself, or a file that becomes one, has the value in clear does not make it
    harmless."""
    root = repository(
        {
            "clusters/prod/apps.yaml": ROOT,
            "apps/kustomization.yaml": "resources: [a.yaml]\nsecretGenerator: [{name: b, files: [b.key]}]\n",
            "apps/a.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: canary-one}\n",
            "apps/b.key": "canary-two\n",
        }
    )
    site = tmp_path / "site"
    site.mkdir()
    (site / "a.html").write_text("canary-one")
    (site / "b.json").write_text('"canary-two"')
    assert {leak.page for leak in gate(root).leaks(site)} == {"a.html", "b.json"}


def test_build_fails(repository: Callable[[Mapping[str, str]], Path], tmp_path: Path) -> None:
    """A page that something else put a secret into fails the build and is removed; the log names it
    without the value."""
    root = repository(
        {
            **FILES,
            "docs/index.md": "# Home\n",
            "docs/other.md": "# Other\n",
            "leak.py": "import base64, json, pathlib\n"
            "def on_page_content(html, page, **_):\n"
            "    data = "
            "json.loads(pathlib.Path(__file__).with_name('apps').joinpath('secret.yaml').read_text())['data']\n"
            "    return html + (base64.b64decode(data['password']).decode() if page.file.src_uri "
            "== 'index.md' else '')\n",
            "mkdocs.yml": "site_name: A\nhooks: [leak.py]\nplugins: [search, gitops]\ntheme: {name: material, font: false}\n",
        }
    )
    done = gitops_docs("build", str(root), "--site-dir", str(tmp_path / "site"), status=None)
    assert done.returncode != 0
    assert "index.html" in done.stderr and "apps/secret.yaml:1" in done.stderr
    assert VALUE not in done.stderr and 'p"a' not in done.stderr
    assert not list((tmp_path / "site").rglob("*.html")), "no half of a site is left"
