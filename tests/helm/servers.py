"""A static HTTP repository and a small OCI registry on 127.0.0.1, inside of the test process."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.helm.charts import sha

Answer = tuple[int, dict[str, str], bytes]
HELM = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class Server:
    """What a server answers, and which requests it saw."""

    def __init__(self) -> None:
        self.files: dict[str, Answer] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.hook: Callable[[str, dict[str, str]], Answer | None] = lambda path, headers: None
        self.host = ""

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def paths(self) -> list[str]:
        """The paths that were asked for, without their queries."""
        return [path.partition("?")[0] for path, _ in self.seen]

    def put(self, path: str, content: bytes, **headers: str) -> None:
        self.files[path] = (200, headers, content)

    def redirect(self, path: str, target: str) -> None:
        self.files[path] = (302, {"Location": target}, b"")

    def answer(self, path: str, headers: dict[str, str]) -> Answer:
        self.seen.append((path, headers))
        found = self.hook(path, headers)
        return found or self.files.get(path.partition("?")[0]) or (404, {}, b"secret page: hunter2")


@contextmanager
def serving() -> Iterator[Server]:
    """A server until the block ends."""
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, headers, body = state.answer(
                self.path, {k.lower(): v for k, v in self.headers.items()}
            )
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A client that has read enough goes away: that is not a fault of the server."""

    server = Quiet(("127.0.0.1", 0), Handler)
    state.host = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def repository(
    server: Server, charts: dict[str, list[tuple[str, bytes]]], *, digests: bool = True
) -> None:
    """Serve an HTTP repository: name to versions with their archives, as Helm writes its index."""
    entries: dict[str, list[dict[str, object]]] = {}
    for name, versions in charts.items():
        for version, content in versions:
            file = f"{name}-{version}.tgz"
            entry: dict[str, object] = {"name": name, "version": version, "urls": [file]}
            if digests:
                entry["digest"] = sha(content).removeprefix("sha256:")
            entries.setdefault(name, []).append(entry)
            server.put(f"/{file}", content)
    index(server, entries)


def index(server: Server, entries: object) -> None:
    """Serve an index with some entries."""
    server.put("/index.yaml", json.dumps({"apiVersion": "v1", "entries": entries}).encode())


def push(server: Server, name: str, tag: str, content: bytes, media: str = HELM) -> str:
    """Put a chart into the registry under a tag; the digest of its manifest."""
    layers = [{"mediaType": media, "digest": sha(content), "size": len(content)}]
    manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "layers": layers}).encode()
    server.put(f"/v2/{name}/blobs/{sha(content)}", content)
    server.put(f"/v2/{name}/manifests/{sha(manifest)}", manifest)
    server.put(f"/v2/{name}/manifests/{tag}", manifest)
    listed = f"/v2/{name}/tags/list"
    tags = json.loads(server.files[listed][2])["tags"] if listed in server.files else []
    server.put(listed, json.dumps({"name": name, "tags": [*tags, tag]}).encode())
    return sha(manifest)


def with_tokens(server: Server, user: str, password: str, *, realm: str | None = None) -> None:
    """Ask for tokens that only a user with a password gets."""
    expected = f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"

    def hook(path: str, headers: dict[str, str]) -> Answer | None:
        given = headers.get("authorization")
        if path.startswith("/token"):
            if given != expected:
                return 401, {}, b"wrong"
            return (
                200,
                {},
                json.dumps({"token": "t0ken-of-" + path.partition("scope=")[2][:30]}).encode(),
            )
        if path.startswith("/v2/") and not (given or "").startswith("Bearer t0ken-of-"):
            where = realm or f"{server.url}/token"
            return (
                401,
                {"WWW-Authenticate": f'Bearer realm="{where}",service="{server.host}",scope="x"'},
                b"",
            )
        return None

    server.hook = hook
