"""One module opens connections, and only the command line imports it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project.test_imports import ENGINE, ENGINE_FILES, PLUGIN, imports

CLIENTS = {
    "urllib3",
    "requests",
    "httpx",
    "aiohttp",
    "http",
    "socket",
    "ssl",
    "ftplib",
    "smtplib",
    "telnetlib",
    "xmlrpc",
    "asyncio",
}
CONNECTING = {"urllib.request"}
FETCH = ENGINE / "helm" / "fetch.py"
ADDRESS = PLUGIN / "serving" / "address.py"
"""Binds the address of `serve`, to know that it is free, and connects to nothing."""
FILES = [*ENGINE_FILES, *sorted(PLUGIN.rglob("*.py"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_one_module_connects(path: Path) -> None:
    """No module but `helm.fetch` imports what can open a connection, and only `cli` imports that
    one."""
    used = imports(path)
    if path not in (FETCH, ADDRESS):
        assert not {
            name for name in used if name.partition(".")[0] in CLIENTS or name in CONNECTING
        }
    if path == ADDRESS:
        source = path.read_text(encoding="utf-8")
        assert used & CLIENTS == {"socket"} and "connect" not in source
    if path.parent != ENGINE / "cli":
        assert "gitops_docs.helm.fetch" not in used
