"""Servers that break the connection: certificates, half an answer, none at all, redirects in circles.
Each refusal says what to do, and nothing is kept."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from gitops_docs.cli.main import main
from gitops_docs.helm import fetch
from gitops_docs.helm.fetch import Fetcher
from gitops_docs.helm.pull import ChartError
from gitops_docs.helm.references import ChartReference
from gitops_docs.helm.store import DEFAULT, Store
from tests.helm.charts import chart
from tests.helm.platforms import make, release, source
from tests.helm.servers import Server, push, repository, serving

WEB = chart("web", "1.2.3")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies of the machine play no part."""
    monkeypatch.setattr(fetch, "getproxies", dict)


def openssl(place: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=place, check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a certificate authority of these tests, and certificates that it has signed:
    for 127.0.0.1, for another host, and one that is past its time."""
    if shutil.which("openssl") is None:
        pytest.skip("certificates are made with `openssl`")
    place = tmp_path_factory.mktemp("authority")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl(place, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=tests",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    for name, days, names in (
        ("good", "2", "IP:127.0.0.1"),
        ("other", "2", "DNS:other.example.org"),
        ("old", "-1", "IP:127.0.0.1"),
    ):
        (place / f"{name}.ext").write_text(f"subjectAltName={names}\n")
        openssl(
            place,
            "req",
            *key,
            "-keyout",
            f"{name}.key",
            "-out",
            f"{name}.csr",
            "-subj",
            f"/CN={name}",
        )
        time = (
            ("-days", days)
            if days != "-1"
            else ("-not_before", "20200101000000Z", "-not_after", "20200102000000Z")
        )
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", f"{name}.ext")
        try:
            openssl(
                place, "x509", "-req", "-in", f"{name}.csr", *signed, "-out", f"{name}.pem", *time
            )
        except subprocess.CalledProcessError:
            # OpenSSL before 3.4 takes no dates: a negative number of days makes it one of the past.
            openssl(
                place,
                "x509",
                "-req",
                "-in",
                f"{name}.csr",
                *signed,
                "-out",
                f"{name}.pem",
                "-days",
                "-1",
            )
    return place  # fmt: skip


@contextmanager
def speaking(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does with each connection what it is told; its host and port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    continue
                with connection:
                    connection.settimeout(2)
                    try:
                        answer(connection)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


def refused(url: str) -> str:
    """Why a chart of a repository cannot be had."""
    with pytest.raises(ChartError) as caught:
        Fetcher({}).fetch(ChartReference(url, "web", "1.x"), None, {})
    assert "hunter2" not in str(caught.value)
    return str(caught.value)


def with_tls(authority: Path, name: str) -> Callable[[socket.socket], None]:
    """Answer every request with one file, over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / f"{name}.pem", authority / f"{name}.key")
    state = Server()
    repository(state, {"web": [("1.2.3", WEB)]})

    def answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as stream:
            path = stream.recv(4096).split(b" ")[1].decode()
            body = state.files[path][2]
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            stream.sendall(head.encode() + body)

    return answer


@pytest.mark.parametrize(
    ("name", "trusted", "advice"),
    [
        ("good", False, "its certificate is not trusted; name the file of its authority in SSL_CERT_FILE"),
        ("other", True, "its certificate is for another host; correct the address"),
        ("old", True, "its certificate has expired; who runs it must renew it"),
    ],
)  # fmt: skip
def test_certificates(
    authority: Path, monkeypatch: pytest.MonkeyPatch, name: str, trusted: bool, advice: str
) -> None:
    """A certificate of nobody, of another host and of another time, each with what helps."""
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
    with speaking(with_tls(authority, name)) as host:
        assert refused(f"https://{host}") == f"{host} cannot be reached: {advice}"
        assert refused(f"oci://{host}/team").startswith(f"{host} cannot be reached: {advice}")


def test_own_authority(authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `SSL_CERT_FILE` names is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
    with speaking(with_tls(authority, "good")) as host:
        found = Fetcher({}).fetch(ChartReference(f"https://{host}", "web", "1.x"), None, {})
    assert found.content == WEB


def test_no_tls() -> None:
    """A server that speaks no TLS: say how to ask it without."""
    with serving() as server:
        assert "where it has no TLS, write `http://`" in refused(f"https://{server.host}")
        assert "`insecure: true` for a registry" in refused(f"oci://{server.host}/team")


def _half(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nentries: hunter2")


def _half_a_chunk(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhunter2")


def _nothing(connection: socket.socket) -> None:
    connection.recv(4096)


def _noise(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"\x00\x01hunter2\r\n\r\n")


@pytest.mark.parametrize("answer", [_half, _half_a_chunk, _nothing, _noise])
def test_broken_answers(answer: Callable[[socket.socket], None]) -> None:
    """Half an answer, none, and one that is no HTTP."""
    with speaking(answer) as host:
        assert refused(f"http://{host}") == (
            f"{host} cannot be reached: the connection broke; pull again"
        )


def test_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes a connection and says nothing."""
    monkeypatch.setattr(fetch, "READ", 0.1)
    with speaking(lambda connection: stop.wait(2) and None) as host:  # type: ignore[func-returns-value]
        stop = threading.Event()
        assert refused(f"http://{host}").endswith("there is no answer in time; pull again")
        stop.set()


@pytest.mark.parametrize("digests", [True, False])
def test_half_an_archive(tmp_path: Path, digests: bool) -> None:
    """An archive that ends too early, with the length that says so, is not stored; the next pull
    has it."""
    with serving() as server:
        repository(server, {"web": [("1.2.3", WEB)]}, digests=digests)
        server.put("/web-1.2.3.tgz", WEB[: len(WEB) // 2])
        root = make(tmp_path, source("HelmRepository", "charts", server.url), release("one", "web"))
        said = CliRunner().invoke(main, ["charts", "pull", str(root)])
        assert said.exit_code == 1 and "1 failed" in said.output
        expected = "is not kept: pull again" if digests else "ends too early; it is not kept"
        assert expected in said.output
        assert not Store(root / DEFAULT, root).archives()
        server.put("/web-1.2.3.tgz", WEB)
        assert CliRunner().invoke(main, ["charts", "pull", str(root)]).exit_code == 0


def test_redirects_between_two_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hosts that lead to each other are asked a few times, and the password of one is not sent
    to the other."""
    with serving() as one, serving() as two:
        one.redirect("/index.yaml", f"{two.url}/index.yaml")
        two.redirect("/index.yaml", f"{one.url}/index.yaml")
        host = fetch.variable(one.host)
        environment = {f"{fetch.USER}{host}": "user", f"{fetch.PASSWORD}{host}": "hunter2"}
        with pytest.raises(ChartError) as caught:
            Fetcher(environment).fetch(ChartReference(one.url, "web"), None, {})
        assert str(caught.value) == (
            f"{one.host} redirects more than 5 times; check the address of the source"
        )
        assert len(one.seen) + len(two.seen) == fetch.MAX_REDIRECTS + 1
        assert all("authorization" in headers for _, headers in one.seen)
        assert not any("authorization" in headers for _, headers in two.seen)


def test_redirect_of_a_blob() -> None:
    """A registry may lead to another host for the archive; what comes from there must have the
    digest of the manifest."""
    with serving() as registry, serving() as storage:
        push(registry, "team/web", "1.2.3", WEB)
        [blob] = [path for path in registry.files if "/blobs/" in path]
        registry.redirect(blob, f"{storage.url}/kept")
        reference = ChartReference(f"oci://{registry.host}/team/web", "web", "1.2.3", insecure=True)
        storage.put("/kept", chart("web", "1.2.4"))
        with pytest.raises(ChartError, match="it is not kept: pull again"):
            Fetcher({}).fetch(reference, None, {})
        storage.put("/kept", WEB)
        assert Fetcher({}).fetch(reference, None, {}).content == WEB


@pytest.mark.parametrize(
    ("status", "advice"),
    [(404, "check the address"), (410, "check the address"), (429, "pull again later"), (503, "pull again later")],
)  # fmt: skip
def test_statuses(status: int, advice: str) -> None:
    """What a status asks for."""
    with serving() as server:
        server.files["/index.yaml"] = (status, {}, b"hunter2")
        assert refused(server.url) == f"{server.host} answers HTTP {status}; {advice}"
