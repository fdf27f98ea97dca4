"""Fetch charts from HTTP repositories and OCI registries: the only module that opens a connection.

Only the command line imports it. Every answer is bounded in size and time, redirects are counted,
digests are checked, and no error quotes more of an answer than its status. Credentials go to the
host that they belong to, over TLS only, and appear in no error.

Rules: https://helm.sh/docs/topics/chart_repository/; the OCI distribution specification 1.1; the
token flow of https://distribution.github.io/distribution/spec/auth/token/.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import ssl
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote, urlencode, urlunsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from msgspec import Struct

from gitops_docs.helm import archive, lock, versions
from gitops_docs.helm.archive import ArchiveError
from gitops_docs.helm.index import IndexEntry, IndexFault
from gitops_docs.helm.index import versions as read_index
from gitops_docs.helm.lock import Locked
from gitops_docs.helm.pull import ChartError, Fetched, newer_digest
from gitops_docs.helm.references import HELM_LAYER, ChartReference
from gitops_docs.text import patterns
from gitops_docs.text.addresses import join, split
from gitops_docs.text.patterns import Pattern

MAX_INDEX = 64 << 20
"""Largest index of a repository, in bytes. That of Bitnami has 15 MB."""
MAX_MANIFEST = 4 << 20
MAX_TAGS = 8 << 20
MAX_TOKEN = 256 << 10
MAX_PAGES = 100
"""Most pages of a list of tags."""
MAX_REDIRECTS = 5
CONNECT, READ, TOTAL = 10.0, 30.0, 300.0
"""Seconds: to connect, between two parts of an answer, for a whole answer."""
_STEP = 64 << 10
_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_CHALLENGE = Pattern(r'([A-Za-z_]+)="([^"]*)"')
_NEXT = Pattern(r'<([^>]*)>\s*;\s*rel="?next"?')
_HOST = Pattern(
    r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::[0-9]{1,5})?\z"
)
_REPOSITORY = Pattern(
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*\z"
)
_TAG = Pattern(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}\z")
_CHANGED = "pull again, and if it stays so ask who runs it"
"""What to do where bytes are not those that were announced."""
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that another attempt may not have."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_DOCKER_HUB = "registry-1.docker.io"
_DOCKER_NAMES = ("https://index.docker.io/v1/", "docker.io", "index.docker.io", _DOCKER_HUB)
_MAX_CONFIG = 1 << 20
USER, PASSWORD = "GITOPS_DOCS_CHARTS_USERNAME_", "GITOPS_DOCS_CHARTS_PASSWORD_"
"""How the environment variables begin that hold the credentials of a host."""


class Credentials:
    """Finds the credentials of a host: environment variables, then the file of `helm registry login`,
    then Docker's `config.json`. The helpers that these name are not run.

    Args:
        environment: The environment variables of the process.
        home: The home directory of the user.
    """

    def __init__(self, environment: Mapping[str, str], home: Path | None) -> None:
        self._environment = environment
        self._files = tuple(_config(place) for place in _config_files(environment, home))

    def basic(self, host: str) -> str | None:
        """User and password of a host (with its port) as the value of an `Authorization` header."""
        name = variable(host)
        user, password = (
            self._environment.get(start + name) if name else None for start in (USER, PASSWORD)
        )
        if password:
            return _basic(f"{user or ''}:{password}")
        for held in self._files:
            found = _of_entry(_entry(held, host))
            if found is not None:
                return found
        return None

    def has_helper(self, host: str) -> bool:
        """Return whether the credentials of a host are kept by a program, which is not run."""
        return any(_has_helper(held, host) for held in self._files)


def _has_helper(held: dict[str, object], host: str) -> bool:
    helpers, known = held.get("credHelpers"), held.get("auths")
    named = isinstance(helpers, dict) and any(name in helpers for name in _names(host))
    is_known = isinstance(known, dict) and any(name in known for name in _names(host))
    return named or (bool(held.get("credsStore")) and is_known)


def _entry(held: dict[str, object], host: str) -> dict[str, object]:
    known = held.get("auths")
    if not isinstance(known, dict):
        return {}
    return next((known[name] for name in _names(host) if isinstance(known.get(name), dict)), {})


def _of_entry(entry: dict[str, object]) -> str | None:
    held = entry.get("auth")
    if isinstance(held, str) and held:
        try:
            return _basic(base64.b64decode(held, validate=False).decode().rstrip("\0"))
        except (binascii.Error, ValueError):
            return None
    if isinstance(entry.get("username"), str) and isinstance(entry.get("password"), str):
        return _basic(f"{entry['username']}:{entry['password']}")
    return None


def variable(host: str) -> str | None:
    """Return the end of the name of a host's environment variables: `.` is `_`, `-` is `__`, `:` is
    `___`.

    Two hosts never share a name; None where a host has a name that the rule would not keep apart.
    """
    if not _HOST.match(host):
        return None
    return host.replace("-", "__").replace(":", "___").replace(".", "_")


def _names(host: str) -> tuple[str, ...]:
    return _DOCKER_NAMES if host == _DOCKER_HUB else (host, f"https://{host}", f"https://{host}/")


def _basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def _config_files(environment: Mapping[str, str], home: Path | None) -> Iterator[Path]:
    """Yield the files of credentials, the one that counts most first."""
    if environment.get("HELM_REGISTRY_CONFIG"):
        yield Path(environment["HELM_REGISTRY_CONFIG"])
    elif helm := _helm_directory(environment, home):
        yield helm / "registry" / "config.json"
    if environment.get("DOCKER_CONFIG"):
        yield Path(environment["DOCKER_CONFIG"]) / "config.json"
    elif home is not None:
        yield home / ".docker" / "config.json"


def _helm_directory(environment: Mapping[str, str], home: Path | None) -> Path | None:
    """Return where Helm keeps its configuration (`pkg/helmpath`)."""
    if environment.get("HELM_CONFIG_HOME"):
        return Path(environment["HELM_CONFIG_HOME"])
    if environment.get("XDG_CONFIG_HOME"):
        return Path(environment["XDG_CONFIG_HOME"]) / "helm"
    if os.name == "nt":
        return Path(environment["APPDATA"]) / "helm" if environment.get("APPDATA") else None
    place = ("Library", "Preferences") if sys.platform == "darwin" else (".config",)
    return home.joinpath(*place, "helm") if home is not None else None


def _config(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(_MAX_CONFIG))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


class _Answer(Struct):
    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class _Place(Struct, frozen=True):
    """A host as it is asked: `scheme` and `netloc` decide who may see what."""

    scheme: str
    netloc: str

    @property
    def is_private(self) -> bool:
        """Whether credentials may travel there: over TLS, or within this machine."""
        return self.scheme == "https" or (split(f"//{self.netloc}").hostname or "") in _LOOPBACK


def _place(url: str) -> _Place:
    parts = split(url)
    return _Place(parts.scheme, parts.netloc.lower())


class Fetcher:
    """Asks repositories and registries. One object may be used by several threads; it keeps
    indexes, tags and tokens.

    Args:
        environment: The environment variables of the process, for credentials and proxies.
        home: The home directory of the user, with `.docker/config.json`.
    """

    def __init__(self, environment: Mapping[str, str], home: Path | None = None) -> None:
        self._credentials = Credentials(environment, home)
        self._pools: dict[str, urllib3.PoolManager] = {}
        self._tokens: dict[tuple[str, str], str] = {}
        self._indexes: dict[str, dict[str, list[IndexEntry]]] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            pool.clear()

    def fetch(
        self, reference: ChartReference, locked: Locked | None, known: Mapping[str, bytes | None]
    ) -> Fetched:
        """Fetch what a reference stands for.

        Args:
            reference: The chart.
            locked: What the lock file says that it stands for; another archive is an error.
            known: Archives that are here already, by digest; what is among them is not fetched.

        Raises:
            ChartError: It cannot be had, or is not what it should be.
        """
        if reference.is_oci:
            return self._from_registry(reference, locked, known)
        return self._from_repository(reference, locked, known)

    # -- HTTP repositories

    def _from_repository(
        self, reference: ChartReference, locked: Locked | None, known: Mapping[str, bytes | None]
    ) -> Fetched:
        base = f"{reference.url}/"
        entries = self._index(reference.url).get(reference.name)
        if not entries:
            raise ChartError(f"the repository has no chart `{reference.name}`")
        wanted = locked.resolved if locked is not None else reference.version
        try:
            version = versions.newest(wanted, [entry.version for entry in entries])
        except versions.ConstraintError as error:
            raise ChartError(f"`{reference.version}` {error}") from None
        if version is None:
            raise ChartError(f"the repository has no version of it that fits `{wanted or '*'}`")
        entry = next(one for one in entries if one.version == version)
        digest = f"sha256:{entry.digest}" if entry.digest else ""
        if digest and not lock.is_digest(digest):
            raise ChartError(
                f"the digest of version {version} in the repository's index is not a SHA-256 digest"
            )
        if locked is not None and digest and digest != locked.archive:
            newer_digest(locked.archive, digest)
        content = known.get(digest)
        if content is None:
            if not entry.urls:
                raise ChartError(f"the repository's index has no address for version {version}")
            answer = self._get(join(base, entry.urls[0]), archive.MAX_ARCHIVE, own=_place(base))
            content = answer.body
            found = archive.digest(content)
            if digest and found != digest:
                raise ChartError(
                    f"the archive is {found}, and the repository's index says {digest}; it is not "
                    f"kept: {_CHANGED}"
                )
        return Fetched(version, content, archive.digest(content))

    def _index(self, url: str) -> dict[str, list[IndexEntry]]:
        with self._one(url):
            if url not in self._indexes:
                answer = self._get(f"{url}/index.yaml", MAX_INDEX, own=_place(url))
                try:
                    self._indexes[url] = read_index(answer.body)
                except IndexFault as error:
                    raise ChartError(str(error)) from None
            return self._indexes[url]

    def _one(self, key: str) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(key, threading.Lock())

    # -- OCI registries

    def _from_registry(
        self, reference: ChartReference, locked: Locked | None, known: Mapping[str, bytes | None]
    ) -> Fetched:
        host, name = _registry(reference)
        base = f"{'http' if reference.insecure else 'https'}://{host}/v2/{name}"
        if locked is not None and locked.manifest:
            wanted = locked.manifest
        elif reference.digest:
            wanted = reference.digest
            if not lock.is_digest(wanted):
                raise ChartError("its digest is not a SHA-256 digest")
        else:
            wanted = reference.tag or self._tag(reference, base)
            if not _TAG.match(wanted):
                raise ChartError("its tag is none that a registry can have")
        answer = self._get(
            f"{base}/manifests/{wanted}",
            MAX_MANIFEST,
            own=_place(base),
            scope=name,
            accept=", ".join(_MANIFESTS),
            gone=f"the address and the {'digest' if lock.is_digest(wanted) else 'tag'}",
        )
        manifest = archive.digest(answer.body)
        if lock.is_digest(wanted) and manifest != wanted:
            raise ChartError(
                f"the registry answers {manifest} for {wanted}; it is not kept: {_CHANGED}"
            )
        layer = _layer(answer.body, reference.layer)
        if locked is not None and layer != locked.archive:
            newer_digest(locked.archive, layer)
        content = known.get(layer)
        if content is None:
            content = self._get(
                f"{base}/blobs/{layer}", archive.MAX_ARCHIVE, own=_place(base), scope=name
            ).body
            found = archive.digest(content)
            if found != layer:
                raise ChartError(
                    f"the archive is {found}, and the manifest says {layer}; it is not kept: "
                    f"{_CHANGED}"
                )
        version = locked.resolved if locked is not None else wanted.replace("_", "+")
        return Fetched(version, content, layer, manifest)

    def _tag(self, reference: ChartReference, base: str) -> str:
        """Return the tag of the version that is asked for. A version is one; `+` is written `_` in
        tags."""
        if versions.parse(reference.version) is not None:
            return reference.version.replace("+", "_")
        tags = self._tags(base, reference)
        if reference.tags:
            try:
                only = patterns.compile(reference.tags)
                tags = [tag for tag in tags if only.search(tag)]
            except patterns.PatternError:
                raise ChartError("`semverFilter` is not a regular expression") from None
        try:
            found = versions.newest(reference.version, [tag.replace("_", "+") for tag in tags])
        except versions.ConstraintError as error:
            raise ChartError(f"`{reference.version}` {error}") from None
        if found is None:
            raise ChartError(f"the registry has no tag that fits `{reference.version or '*'}`")
        return found.replace("+", "_")

    def _tags(self, base: str, reference: ChartReference) -> list[str]:
        url, found = f"{base}/tags/list?n=1000", list[str]()
        name = _registry(reference)[1]
        for _ in range(MAX_PAGES):
            answer = self._get(url, MAX_TAGS, own=_place(base), scope=name)
            page = _json(answer.body).get("tags")
            found += [tag for tag in page if isinstance(tag, str)] if isinstance(page, list) else []
            more = _NEXT.search(answer.headers.get("Link", ""))
            if more is None:
                return found
            url = join(url, more[1])
            if _place(url) != _place(base):
                raise ChartError("the registry's list of tags goes on at another host")
        raise ChartError(f"the registry's list of tags has more than {MAX_PAGES} pages")

    # -- requests

    def _get(
        self,
        url: str,
        most: int,
        *,
        own: _Place,
        scope: str = "",
        accept: str = "*/*",
        gone: str = "the address",
    ) -> _Answer:
        """Ask for an address, with the credentials of its host where the host is the repository's
        own. `gone` is what to check where nothing is there.

        Raises:
            ChartError: It answers with an error, with too much, or not at all.
        """
        authorization = self._tokens.get((own.netloc, scope)) if scope else None
        if authorization is None and not scope and own.is_private:
            # Registries say how they want to be asked. HTTP repositories often answer 404 without
            # credentials.
            authorization = self._credentials.basic(own.netloc)
        answer = self._follow(url, most, own, authorization, accept)
        if answer.status == 401 and scope and _place(answer.url) == own:
            authorization = self._authorized(answer, own, scope)
            answer = self._follow(url, most, own, authorization, accept)
            if answer.status == 200 and authorization is not None:
                self._tokens[own.netloc, scope] = authorization
        if answer.status != 200:
            self._refuse(answer, own, gone)
        return answer

    def _refuse(self, answer: _Answer, own: _Place, gone: str) -> NoReturn:
        """Say what a status means."""
        host = own.netloc
        if answer.status in (401, 403):
            advice = (
                f"set {USER}{variable(host)} and {PASSWORD}{variable(host)}"
                if variable(host)
                else "log in"
            )
            if self._credentials.has_helper(host):
                advice += "; the configuration names a credential helper, which is not run"
            raise ChartError(f"{host} refuses access (HTTP {answer.status}); {advice}")
        advice = "pull again later" if answer.status in _PASSING else f"check {gone}"
        raise ChartError(f"{host} answers HTTP {answer.status}; {advice}")

    def _authorized(self, answer: _Answer, own: _Place, scope: str) -> str | None:
        """Ask for what a registry wants: a token of the realm that it names, or user and
        password."""
        challenge = answer.headers.get("WWW-Authenticate", "")
        scheme, _, rest = challenge.partition(" ")
        basic = self._credentials.basic(own.netloc) if own.is_private else None
        if scheme.lower() != "bearer":
            return basic
        fields = {found[1].lower(): found[2] for found in _CHALLENGE.finditer(rest[:4096])}
        realm = fields.get("realm", "")
        place = _place(realm)
        if place.scheme not in ("http", "https") or not (place.is_private or place == own):
            raise ChartError(f"{own.netloc} names no https address for its tokens")
        query = {"scope": f"repository:{scope}:pull"}
        if "service" in fields:
            query["service"] = fields["service"]
        parts = split(realm)
        query_text = "&".join(filter(None, [parts.query, urlencode(query)]))
        url = urlunsplit((parts.scheme, parts.netloc, parts.path, query_text, ""))
        found = self._follow(
            url, MAX_TOKEN, place, basic if place.is_private else None, "application/json"
        )
        if found.status != 200:
            self._refuse(found, own, "the address")
        held = _json(found.body)
        token = held.get("token") or held.get("access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise ChartError(f"{own.netloc} gives no token")
        return f"Bearer {token}"

    def _follow(
        self, url: str, most: int, own: _Place, authorization: str | None, accept: str
    ) -> _Answer:
        """Ask, and follow redirects: never from https to http, and to another host without
        credentials."""
        ends = time.monotonic() + TOTAL
        for _ in range(MAX_REDIRECTS + 1):
            place = _place(url)
            if place.scheme not in ("http", "https") or not place.netloc or "@" in place.netloc:
                raise ChartError(f"{own.netloc} names an address that is not an http or https URL")
            if own.scheme == "https" and place.scheme != "https":
                raise ChartError(f"{own.netloc} leads from https to http, which is not followed")
            headers = {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": "gitops-docs"}
            if authorization is not None and place == own:
                headers["Authorization"] = authorization
            answer = self._ask(url, headers, most, ends)
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            target = answer.headers.get("Location", "")
            if not target:
                raise ChartError(f"{place.netloc} redirects to nowhere; check the address")
            url = join(url, target)
        raise ChartError(
            f"{own.netloc} redirects more than {MAX_REDIRECTS} times; check the address of the source"
        )

    def _ask(self, url: str, headers: dict[str, str], most: int, ends: float) -> _Answer:
        host = _place(url).netloc
        try:
            pool = self._pool(url)
            response = pool.request(
                "GET",
                _quoted(url),
                headers=headers,
                redirect=False,
                preload_content=False,
                timeout=urllib3.Timeout(connect=CONNECT, read=READ),
                retries=urllib3.Retry(
                    total=2, connect=2, read=1, redirect=0, status=0, other=0, backoff_factor=0.2
                ),
            )
            try:
                body = _body(response, most, ends, host) if response.status == 200 else b""
            finally:
                response.release_conn() if response.status == 200 else response.close()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            if isinstance(error, ChartError):
                raise
            raise ChartError(f"{host} cannot be reached: {_why(error)}") from None
        return _Answer(response.status, response.headers, body, url)

    def _pool(self, url: str) -> urllib3.PoolManager:
        """Return the connections to an address: through the proxy that the environment names, or
        directly."""
        parts = split(url)
        proxy = "" if proxy_bypass(parts.netloc) else getproxies().get(parts.scheme, "")
        with self._lock:
            if proxy not in self._pools:
                made = (
                    urllib3.ProxyManager(proxy, maxsize=8)
                    if proxy
                    else urllib3.PoolManager(maxsize=8)
                )
                self._pools[proxy] = made
            return self._pools[proxy]


def _quoted(url: str) -> str:
    parts = split(url)
    return urlunsplit(
        (parts.scheme, parts.netloc, quote(parts.path, safe="/%:@!$&'()*+,;=~"), parts.query, "")
    )


def _body(response: urllib3.BaseHTTPResponse, most: int, ends: float, host: str) -> bytes:
    """Return the bytes of an answer. One that is packed without being asked to is unpacked within
    the same limit."""
    parts, size = [], 0
    while part := response.read(_STEP, decode_content=False):
        parts.append(part)
        size += len(part)
        if size > most:
            response.close()
            raise ChartError(f"{host} answers with more than {most:,} bytes")
        if time.monotonic() > ends:
            response.close()
            raise ChartError(f"{host} takes longer than {TOTAL:.0f} s to answer")
    body = b"".join(parts)
    if response.headers.get("Content-Encoding", "identity").lower() in ("gzip", "x-gzip"):
        try:
            return archive.gunzip(body, most)
        except ArchiveError as error:
            raise ChartError(f"the answer of {host} {error}") from None
    return body


def _why(error: Exception) -> str:
    """Return what is wrong and what to do, by the kind of an error: its text may quote an address
    with what is secret in it."""
    reason = getattr(error, "reason", None)
    found = reason if isinstance(reason, Exception) else error
    kind = type(found).__name__
    return _tls(found) if kind == "SSLError" else _REASONS.get(kind, f"{kind}; pull again")


_BROKE = "the connection broke; pull again"
_REASONS = {
    "NewConnectionError": "there is no connection; check the address, the network and HTTPS_PROXY",
    "NameResolutionError": "its name is not known; check the address",
    "ConnectTimeoutError": "there is no connection in time; check the address, the network and HTTPS_PROXY",
    "ReadTimeoutError": "there is no answer in time; pull again",
    "ProxyError": "the proxy does not answer; check HTTPS_PROXY and NO_PROXY",
    "ProtocolError": _BROKE,
    "IncompleteRead": _BROKE,
}
_EXPIRED, _HOST_MISMATCH, _ADDRESS_MISMATCH = 10, 62, 64
"""Codes of OpenSSL's verification (`X509_V_ERR_*`)."""


def _tls(error: Exception) -> str:
    """Return why there is no TLS connection."""
    cause = next(
        (one for one in (*error.args, error.__cause__) if isinstance(one, ssl.SSLError)), None
    )
    if not isinstance(cause, ssl.SSLCertVerificationError):
        return (
            "it gives no TLS connection; where it has no TLS, write `http://`, or `insecure: true` for "
            "a registry"
        )
    if cause.verify_code in (_HOST_MISMATCH, _ADDRESS_MISMATCH):
        return "its certificate is for another host; correct the address"
    if cause.verify_code == _EXPIRED:
        return "its certificate has expired; who runs it must renew it"
    return "its certificate is not trusted; name the file of its authority in SSL_CERT_FILE"


def _registry(reference: ChartReference) -> tuple[str, str]:
    """Host and name of a repository in a registry."""
    host, _, name = reference.url.removeprefix("oci://").partition("/")
    host = host.lower()
    if host in ("docker.io", "index.docker.io"):
        host = _DOCKER_HUB
    if not _REPOSITORY.match(name):
        raise ChartError("its address is none that a registry can have")
    return host, name


def _json(content: bytes) -> dict[str, object]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ChartError("the registry's answer is not a JSON object")
    return found


def _layer(content: bytes, wanted: str) -> str:
    """Return the digest of the layer that holds the chart."""
    layers = _json(content).get("layers")
    found = (
        [layer for layer in layers if isinstance(layer, dict)] if isinstance(layers, list) else []
    )
    chosen = [layer for layer in found if layer.get("mediaType") == (wanted or HELM_LAYER)]
    if not chosen and not wanted:
        chosen = found
    if not chosen:
        raise ChartError("the artifact has no layer with a chart")
    digest = chosen[0].get("digest")
    if not isinstance(digest, str) or not lock.is_digest(digest):
        raise ChartError("the manifest names no SHA-256 digest for its layer")
    return digest
