"""Charts from an HTTP repository and an OCI registry on 127.0.0.1: what is right is kept, what is
not is refused."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from gitops_docs.helm import archive, fetch
from gitops_docs.helm.fetch import Fetcher, variable
from gitops_docs.helm.lock import Locked
from gitops_docs.helm.pull import ChartError
from gitops_docs.helm.references import ChartReference
from tests.helm.charts import chart, sha
from tests.helm.servers import HELM, Server, index, push, repository, serving, with_tokens
from tests.text.test_addresses import BROKEN

ONE, TWO = chart("web", "1.2.3"), chart("web", "1.3.0")
NOTHING: Mapping[str, bytes | None] = {}
PASSWORD = "S3CRET-p4ss"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies of the machine play no part."""
    monkeypatch.setattr(fetch, "getproxies", dict)


def http(server: Server, version: str = "1.x", name: str = "web") -> ChartReference:
    return ChartReference(server.url, name, version)


def oci(server: Server, version: str = "", **fields: str) -> ChartReference:
    return ChartReference(f"oci://{server.host}/team/web", "web", version, insecure=True, **fields)


def refused(
    reference: ChartReference, locked: Locked | None = None, fetcher: Fetcher | None = None
) -> str:
    """The sentence of a refusal; it quotes no answer and no credential."""
    with pytest.raises(ChartError) as caught:
        (fetcher or Fetcher({})).fetch(reference, locked, NOTHING)
    text = str(caught.value)
    assert "hunter2" not in text and PASSWORD not in text
    assert caught.value.__cause__ is None
    return text


# ------------------------------------------------------------------------------------------------
# HTTP repositories


@pytest.mark.parametrize("digests", [True, False])
def test_repository(server: Server, digests: bool) -> None:
    """The newest version that fits, by the index; its digest need not be there."""
    repository(
        server, {"web": [("1.2.3", ONE), ("1.3.0", TWO), ("2.0.0-rc.1", b"x")]}, digests=digests
    )
    found = Fetcher({}).fetch(http(server), None, NOTHING)
    assert (found.version, found.content, found.archive) == ("1.3.0", TWO, sha(TWO))
    assert Fetcher({}).fetch(http(server, "<1.3"), None, NOTHING).content == ONE


def test_index_is_read_once(server: Server) -> None:
    """Charts of one repository share its index, and what is here already is not fetched."""
    repository(server, {"web": [("1.2.3", ONE)], "api": [("1.0.0", chart("api", "1.0.0"))]})
    fetcher = Fetcher({})
    fetcher.fetch(http(server), None, {sha(ONE): ONE})
    fetcher.fetch(http(server, name="api"), None, NOTHING)
    assert server.paths() == ["/index.yaml", "/api-1.0.0.tgz"]


def test_tampered_archive(server: Server) -> None:
    """An archive that is not the one of the index is not kept."""
    repository(server, {"web": [("1.2.3", ONE)]})
    server.put("/web-1.2.3.tgz", TWO)
    assert "is not kept" in refused(http(server))


def test_locked(server: Server) -> None:
    """With a lock the exact version is asked for, and another archive is an error, whoever says
    so."""
    repository(server, {"web": [("1.2.3", ONE), ("1.3.0", TWO)]})
    locked = Locked(url=server.url, name="web", asked="1.x", resolved="1.2.3", archive=sha(ONE))
    assert Fetcher({}).fetch(http(server), locked, NOTHING).content == ONE
    repository(server, {"web": [("1.2.3", TWO)]})
    assert "charts.lock says" in refused(http(server), locked)
    assert "/web-1.2.3.tgz" not in server.paths()[-1:]


@pytest.mark.parametrize("where", ["relative", "absolute", "elsewhere"])
def test_addresses(server: Server, where: str) -> None:
    """Addresses in an index are relative to the repository, or absolute."""
    with serving() as other:
        other.put("/a/web.tgz", ONE)
        server.put("/charts/web.tgz", ONE)
        url = {
            "relative": "charts/web.tgz",
            "absolute": f"{server.url}/charts/web.tgz",
            "elsewhere": f"{other.url}/a/web.tgz",
        }
        index(server, {"web": [{"version": "1.2.3", "urls": [url[where]]}]})
        assert Fetcher({}).fetch(http(server), None, NOTHING).content == ONE


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/hostname",
        "ftp://127.0.0.1/x",
        "gopher://x",
        "//",
        "http://a:b@127.0.0.1/x",
        "http://",
        "data:,x",
        *BROKEN,
    ],
)
def test_other_addresses(server: Server, url: str) -> None:
    """Neither an index nor a redirect can name a file, another protocol or a broken address."""
    index(server, {"web": [{"version": "1.2.3", "urls": [url]}]})
    refused(http(server))
    if url.isascii():
        repository(server, {"web": [("1.2.3", ONE)]})
        server.redirect("/web-1.2.3.tgz", url)
        refused(http(server))


def test_redirects(server: Server) -> None:
    """Redirects are followed up to a limit."""
    repository(server, {"web": [("1.2.3", ONE)]})
    for number in range(fetch.MAX_REDIRECTS):
        server.redirect(f"/{number}" if number else "/web-1.2.3.tgz", f"/{number + 1}")
    server.put(f"/{fetch.MAX_REDIRECTS}", ONE)
    assert Fetcher({}).fetch(http(server), None, NOTHING).content == ONE
    server.redirect(f"/{fetch.MAX_REDIRECTS}", "/0")
    server.redirect("/0", "/0")
    assert "redirects more than" in refused(http(server))
    assert server.paths().count("/0") <= fetch.MAX_REDIRECTS + 1


def test_never_from_https_to_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer over TLS cannot lead to one without."""
    asked = []

    def ask(self: Fetcher, url: str, headers: dict[str, str], most: int, ends: float) -> object:
        asked.append(url)
        return fetch._Answer(302, {"Location": "http://127.0.0.1/index.yaml"}, b"", url)

    monkeypatch.setattr(Fetcher, "_ask", ask)
    assert "https to http" in refused(ChartReference("https://charts.example.org", "web"))
    assert asked == ["https://charts.example.org/index.yaml"]


@pytest.mark.parametrize("what", ["index", "archive"])
def test_oversized(server: Server, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """More bytes than anybody needs are not read, whatever the length says."""
    monkeypatch.setattr(fetch, "MAX_INDEX", 300)
    monkeypatch.setattr(archive, "MAX_ARCHIVE", 300)
    repository(server, {"web": [("1.2.3", b"x" * 200)]}, digests=False)
    server.put("/index.yaml" if what == "index" else "/web-1.2.3.tgz", b"#" * 200_000)
    assert "more than 300 bytes" in refused(http(server))


def test_packed_answer(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index that comes packed is read, one that unpacks to too much is not."""
    repository(server, {"web": [("1.2.3", ONE)]})
    held = server.files["/index.yaml"][2]
    server.put("/index.yaml", gzip.compress(held), Content_Encoding="gzip")
    assert Fetcher({}).fetch(http(server), None, NOTHING).content == ONE
    monkeypatch.setattr(fetch, "MAX_INDEX", 1 << 20)
    server.put("/index.yaml", gzip.compress(b" " * (8 << 20)), Content_Encoding="gzip")
    assert "unpacks to more" in refused(http(server))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>hunter2</html>",
        b"entries: 7",
        b"- hunter2",
        b"[" * 100_000,
        b"a: &a [*a]",
        b"\xff\xfe",
        b"entries: {web: {}}",
    ],
)
def test_odd_index(server: Server, content: bytes) -> None:
    """An index that is none is said to be none."""
    server.put("/index.yaml", content)
    refused(http(server))


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"version": "1.2.3"},
        {"version": "1.2.3", "urls": []},
        {"version": "1.2.3", "urls": ["x"], "digest": "md5:1"},
        {"version": [1]},
    ],
    ids=str,
)
def test_odd_entries(server: Server, entry: dict[str, object]) -> None:
    """An entry without what is needed is not an entry that is used."""
    index(server, {"web": [entry]})
    refused(http(server))


def test_what_is_not_there(server: Server) -> None:
    """A chart, a version or a repository that is not there."""
    repository(server, {"web": [("1.2.3", ONE)]})
    assert "no chart" in refused(http(server, name="api"))
    assert "no version" in refused(http(server, "9.x"))
    assert "constraint" in refused(http(server, "latest"))
    server.files.clear()
    assert "HTTP 404" in refused(http(server))
    assert "cannot be reached" in refused(ChartReference("http://127.0.0.1:9", "web"))


# ------------------------------------------------------------------------------------------------
# OCI registries


def test_registry(server: Server) -> None:
    """By version, by range over the tags, by tag, and by digest, which wins."""
    push(server, "team/web", "1.2.3", ONE)
    manifest = push(server, "team/web", "1.3.0_build.1", TWO)
    push(server, "team/web", "stable", ONE)
    fetcher = Fetcher({})
    assert fetcher.fetch(oci(server, "1.2.3"), None, NOTHING).content == ONE
    ranged = fetcher.fetch(oci(server, "1.x"), None, NOTHING)
    assert (ranged.content, ranged.version, ranged.manifest) == (TWO, "1.3.0+build.1", manifest)
    assert fetcher.fetch(oci(server, tag="stable"), None, NOTHING).content == ONE
    assert fetcher.fetch(oci(server, digest=manifest), None, NOTHING).content == TWO
    assert fetcher.fetch(oci(server, "1.x", tags="^1\\.2"), None, NOTHING).content == ONE


def test_pages_of_tags(server: Server) -> None:
    """A list of tags may come in pages, at the same host, and has an end."""
    push(server, "team/web", "1.2.3", ONE)
    push(server, "team/web", "1.3.0", TWO)

    def pages(path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes] | None:
        if "/tags/list" not in path:
            return None
        if "last=" in path:
            return 200, {}, json.dumps({"tags": ["1.3.0"]}).encode()
        return (
            200,
            {"Link": '</v2/team/web/tags/list?last=1.2.3>; rel="next"'},
            json.dumps({"tags": ["1.2.3"]}).encode(),
        )

    server.hook = pages
    assert Fetcher({}).fetch(oci(server, "*"), None, NOTHING).content == TWO
    for link in ("/v2/team/web/tags/list?n=1000", "http://127.0.0.1:9/v2/tags", *BROKEN[:3]):
        server.hook = lambda path, headers, link=link: (  # type: ignore[misc]
            (200, {"Link": f"<{link}>; rel=next"}, b'{"tags": ["1.2.3"]}')
            if "/tags/list" in path
            else None
        )
        assert "list of tags" in refused(oci(server, "*"))


def test_moved_tag(server: Server) -> None:
    """With a lock a moved tag changes nothing while the manifest is there; another layer is an
    error."""
    first = push(server, "team/web", "stable", ONE)
    locked = Locked(
        url="x", name="web", asked="tag stable", resolved="1.2.3", archive=sha(ONE), manifest=first
    )
    push(server, "team/web", "stable", TWO)
    assert Fetcher({}).fetch(oci(server, tag="stable"), locked, NOTHING).content == ONE
    server.files[f"/v2/team/web/manifests/{first}"] = server.files["/v2/team/web/manifests/stable"]
    assert "is not kept" in refused(oci(server, tag="stable"), locked)
    no_manifest = Locked(
        url="x", name="web", asked="tag stable", resolved="1.2.3", archive=sha(ONE)
    )
    assert "charts.lock says" in refused(oci(server, tag="stable"), no_manifest)


def test_tampered_registry(server: Server) -> None:
    """Manifest and archive must have the digests that name them."""
    manifest = push(server, "team/web", "1.2.3", ONE)
    server.put(f"/v2/team/web/blobs/{sha(ONE)}", TWO)
    assert "the manifest says" in refused(oci(server, "1.2.3"))
    server.put(f"/v2/team/web/manifests/{manifest}", b"{}")
    assert "is not kept" in refused(oci(server, digest=manifest))


def test_what_a_registry_lacks(server: Server) -> None:
    """What is not there is said to be what to check."""
    push(server, "team/web", "1.2.3", ONE)
    assert "check the address and the tag" in refused(oci(server, tag="none"))
    assert "check the address and the tag" in refused(oci(server, "1.2.4"))
    gone = oci(server, digest=f"sha256:{'0' * 64}")
    assert "check the address and the digest" in refused(gone)
    server.files.clear()
    assert refused(oci(server, "1.x")).endswith("check the address")


def test_layers(server: Server) -> None:
    """The selected media type, else Helm's, else the first layer."""
    push(server, "team/web", "1.0.0", ONE, media="application/x-chart")
    assert (
        Fetcher({}).fetch(oci(server, "1.0.0", layer="application/x-chart"), None, NOTHING).content
        == ONE
    )
    assert Fetcher({}).fetch(oci(server, "1.0.0"), None, NOTHING).content == ONE
    assert "no layer" in refused(oci(server, "1.0.0", layer=HELM))


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"[]",
        b"{}",
        b'{"layers": 7}',
        b'{"layers": [7]}',
        b'{"layers": [{}]}',
        b'{"layers": [{"digest": "../x"}]}',
        b"[" * 99_999,
    ],
)
def test_odd_manifests(server: Server, manifest: bytes) -> None:
    """A manifest that is none, or that names something else than a digest."""
    server.put("/v2/team/web/manifests/1.2.3", manifest)
    refused(oci(server, "1.2.3"))


@pytest.mark.parametrize("path", ["team/../web", "Team/web", "team//web", "team/web?x", "", "a b"])
def test_odd_names(server: Server, path: str) -> None:
    """A name that no registry has is not asked for."""
    refused(ChartReference(f"oci://{server.host}/{path}", "web", "1.2.3", insecure=True))
    assert server.seen == []


# ------------------------------------------------------------------------------------------------
# credentials


def variables(server: Server) -> dict[str, str]:
    name = variable(server.host)
    return {f"{fetch.USER}{name}": "robot", f"{fetch.PASSWORD}{name}": PASSWORD}


def test_tokens(server: Server) -> None:
    """A token is asked for with user and password, once for a repository, and the password goes
    nowhere else."""
    push(server, "team/web", "1.2.3", ONE)
    push(server, "team/web", "1.3.0", TWO)
    with_tokens(server, "robot", PASSWORD)
    fetcher = Fetcher(variables(server))
    assert fetcher.fetch(oci(server, "1.2.3"), None, NOTHING).content == ONE
    assert fetcher.fetch(oci(server, "1.3.0"), None, NOTHING).content == TWO
    basic = [
        path
        for path, headers in server.seen
        if headers.get("authorization", "").startswith("Basic")
    ]
    assert len(basic) == 1 and basic[0].startswith("/token?scope=repository%3Ateam%2Fweb%3Apull")
    assert "refuses access (HTTP 401)" in refused(oci(server, "1.2.3"))
    assert fetch.PASSWORD in refused(oci(server, "1.2.3"))


def test_token_is_for_one_repository(server: Server) -> None:
    """A token of one repository is not sent for another one."""
    push(server, "team/web", "1.2.3", ONE)
    push(server, "team/api", "1.2.3", ONE)
    with_tokens(server, "robot", PASSWORD)
    fetcher = Fetcher(variables(server))
    fetcher.fetch(oci(server, "1.2.3"), None, NOTHING)
    fetcher.fetch(
        ChartReference(f"oci://{server.host}/team/api", "api", "1.2.3", insecure=True),
        None,
        NOTHING,
    )
    assert server.paths().count("/token") == 2


@pytest.mark.parametrize(
    "realm", ["http://charts.example.org/token", "file:///etc/passwd", " ", "x", *BROKEN[:3]]
)
def test_realms(server: Server, realm: str) -> None:
    """User and password are not sent without TLS, nor to what is not an address."""
    push(server, "team/web", "1.2.3", ONE)
    with_tokens(server, "robot", PASSWORD, realm=realm)
    refused(oci(server, "1.2.3"), fetcher=Fetcher(variables(server)))
    assert all(not headers.get("authorization") for _, headers in server.seen)


def test_basic(server: Server) -> None:
    """An HTTP repository gets user and password; another host, to which it leads, gets none."""
    expected = f"Basic {base64.b64encode(f'robot:{PASSWORD}'.encode()).decode()}"
    with serving() as other:
        other.put("/web.tgz", ONE)
        index(server, {"web": [{"version": "1.2.3", "urls": [f"{other.url}/web.tgz"]}]})
        server.hook = lambda path, headers: (
            None if headers.get("authorization") == expected else (401, {}, b"")
        )
        assert Fetcher(variables(server)).fetch(http(server), None, NOTHING).content == ONE
        index(server, {"web": [{"version": "1.2.3", "urls": ["web.tgz"]}]})
        server.redirect("/web.tgz", f"{other.url}/web.tgz")
        assert Fetcher(variables(server)).fetch(http(server), None, NOTHING).content == ONE
        assert [headers.get("authorization") for _, headers in other.seen] == [None, None]


def test_no_credentials_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """User and password leave the machine over TLS only."""
    sent = []

    def ask(self: Fetcher, url: str, headers: dict[str, str], most: int, ends: float) -> object:
        sent.append((url, headers.get("Authorization")))
        return fetch._Answer(401, {"WWW-Authenticate": 'Basic realm="x"'}, b"", url)

    monkeypatch.setattr(Fetcher, "_ask", ask)
    name = variable("charts.example.org")
    fetcher = Fetcher({f"{fetch.USER}{name}": "robot", f"{fetch.PASSWORD}{name}": PASSWORD})
    refused(ChartReference("http://charts.example.org", "web"), fetcher=fetcher)
    refused(
        ChartReference("oci://charts.example.org/web", "web", "1.0.0", insecure=True),
        fetcher=fetcher,
    )
    assert sent and not any(header for _, header in sent)
    refused(ChartReference("oci://charts.example.org/web", "web", "1.0.0"), fetcher=fetcher)
    assert sent[-1][1] is not None


@pytest.mark.parametrize(
    "entry",
    [
        {"auth": base64.b64encode(f"robot:{PASSWORD}".encode()).decode()},
        {"username": "robot", "password": PASSWORD},
    ],
    ids=["auth", "fields"],
)
def test_docker_configuration(server: Server, tmp_path: Path, entry: dict[str, str]) -> None:
    """Docker's config.json, in the home directory or where DOCKER_CONFIG says."""
    push(server, "team/web", "1.2.3", ONE)
    with_tokens(server, "robot", PASSWORD)
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text(json.dumps({"auths": {server.host: entry}}))
    assert Fetcher({}, tmp_path).fetch(oci(server, "1.2.3"), None, NOTHING).content == ONE
    assert (
        Fetcher({"DOCKER_CONFIG": str(tmp_path / ".docker")})
        .fetch(oci(server, "1.2.3"), None, NOTHING)
        .content
        == ONE
    )
    refused(oci(server, "1.2.3"), fetcher=Fetcher({"DOCKER_CONFIG": "/nowhere"}, tmp_path))


def test_user_and_password(server: Server) -> None:
    """A registry without tokens asks for user and password, as one with an `htpasswd` file does."""
    push(server, "team/web", "1.2.3", ONE)

    def hook(path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes] | None:
        is_known = headers.get("authorization") == fetch._basic(f"robot:{PASSWORD}")
        return None if is_known else (401, {"WWW-Authenticate": 'Basic realm="x"'}, b"")

    server.hook = hook
    assert "refuses access (HTTP 401)" in refused(oci(server, "1.x"))
    assert Fetcher(variables(server)).fetch(oci(server, "1.x"), None, NOTHING).content == ONE


@pytest.mark.parametrize(
    ("variable", "place"),
    [
        ("HELM_REGISTRY_CONFIG", "elsewhere.json"),
        ("HELM_CONFIG_HOME", "registry/config.json"),
        ("XDG_CONFIG_HOME", "helm/registry/config.json"),
        ("", "HOME/registry/config.json"),
    ],
)
def test_registry_login(server: Server, tmp_path: Path, variable: str, place: str) -> None:
    """What `helm registry login` writes, where Helm puts it, before Docker's config.json."""
    push(server, "team/web", "1.2.3", ONE)
    with_tokens(server, "robot", PASSWORD)
    own = fetch._helm_directory({}, tmp_path)
    file = tmp_path / place
    if place.startswith("HOME/"):
        assert own is not None
        file = own / place.removeprefix("HOME/")
    values = {"HELM_REGISTRY_CONFIG": str(file)}.get(variable, str(tmp_path))
    environment = {variable: values} if variable else {}
    for name, password in ((file, PASSWORD), (tmp_path / ".docker/config.json", "other")):
        name.parent.mkdir(parents=True, exist_ok=True)
        held = base64.b64encode(f"robot:{password}".encode()).decode()
        name.write_text(json.dumps({"auths": {server.host: {"auth": held}}}))
    found = Fetcher(environment, tmp_path).fetch(oci(server, "1.2.3"), None, NOTHING)
    assert found.content == ONE
    file.write_text("{}")
    refused(oci(server, "1.2.3"), fetcher=Fetcher(environment, tmp_path))


def test_helpers_are_not_run(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A helper of Docker is not a program of ours; that there is one is said."""
    push(server, "team/web", "1.2.3", ONE)
    with_tokens(server, "robot", PASSWORD)
    helper = tmp_path / "bin" / "docker-credential-x"
    helper.parent.mkdir()
    helper.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(helper.parent), prepend=":")
    for held in (
        {"credHelpers": {server.host: "x"}},
        {"credsStore": "x", "auths": {server.host: {}}},
    ):
        (tmp_path / "config.json").write_text(json.dumps(held))
        text = refused(oci(server, "1.2.3"), fetcher=Fetcher({"DOCKER_CONFIG": str(tmp_path)}))
        assert "credential helper" in text
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "7",
        '{"auths": 7}',
        '{"auths": {"HOST": 7}}',
        '{"auths": {"HOST": {"auth": "%%%"}}}',
        "[" * 99_999,
    ],
)
def test_odd_docker_configuration(server: Server, tmp_path: Path, content: str) -> None:
    """A configuration that is none gives no credentials."""
    push(server, "team/web", "1.2.3", ONE)
    (tmp_path / "config.json").write_text(content.replace("HOST", server.host))
    assert (
        Fetcher({"DOCKER_CONFIG": str(tmp_path)}).fetch(oci(server, "1.2.3"), None, NOTHING).content
        == ONE
    )


def test_names_of_variables() -> None:
    """Hosts do not share the names of their variables, so that nobody gets the password of another
    one."""
    hosts = [
        "a.b",
        "a-b",
        "a--b",
        "ab",
        "a.b:1",
        "a-b:1",
        "a.b.c",
        "a-b.c",
        "a.b-c",
        "a---b",
        "a:1",
        "a1",
    ]
    names = [variable(host) for host in hosts]
    assert None not in names and len(set(names)) == len(hosts)
    for odd in ("a-.b", "a.-b", "a..b", "a_b", "A.b", "-a", "a:", "", "[::1]:80", "a\n"):
        assert variable(odd) is None
