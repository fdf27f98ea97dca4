"""The Helm that tests of rendered charts use."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_docs.helm.render import guard
from tests.support import PROJECT

HELM = PROJECT / ".cache" / "helm-4.1.4" / "helm"


@pytest.fixture(scope="session")
def helm() -> Path:
    """Helm 4.1.4, which `make helm` fetches."""
    if not HELM.is_file():
        pytest.skip("`make helm` fetches the Helm that this needs")
    return HELM


@pytest.fixture(scope="session")
def sdk() -> Path:
    """The directory with Helm's SDK, which `make helm` fetches."""
    found = PROJECT / ".cache" / "helm-sdk"
    if not (found / "helm_python").is_dir():
        pytest.skip("`make helm` fetches the SDK that this needs")
    return found


@pytest.fixture
def with_helm(helm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Helm on PATH."""
    monkeypatch.setenv("PATH", str(helm.parent), prepend=":")


@pytest.fixture(autouse=True)
def without_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK of the developer's environment is not there: a test names the one that it uses."""
    monkeypatch.setattr(guard, "_library", lambda: None)


@pytest.fixture
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """A port of this machine, and what has come in."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    continue
                asked.append(b"connected")
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield server.getsockname()[1], asked
        stop.set()
        thread.join()
