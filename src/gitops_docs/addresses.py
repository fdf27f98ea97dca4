"""Where each thing of a platform has its page: names in, source URIs out.

URIs are made from stable names (cluster, namespace, name), never from file paths or positions. A name that could not stand in an address
is replaced by something that can, with a hash, so that two names never share a page.
"""

from __future__ import annotations

from hashlib import sha256

from gitops_docs.extent import Extent, extent
from gitops_docs.model import Alert, Platform
from gitops_docs.text import patterns
from gitops_docs.text.patterns import Pattern

_PLAIN = Pattern(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\z")
_TAKEN = frozenset({"index", "readme"})
"""Names of files that MkDocs takes for a directory's own page."""
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(10))]
)
"""Names that no file can have on Windows, whatever its ending."""


def segment(name: str) -> str:
    """A name as one segment of an address: itself where that is safe."""
    low = name.lower()
    if _PLAIN.match(name) and low not in _TAKEN and low.partition(".")[0] not in _DEVICES and not name.endswith("."):
        return name
    readable = patterns.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60] or "unnamed"
    return f"{readable}-{sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


def of_platform(platform: Platform, directory: str) -> Addresses:
    """The addresses of a platform's pages. Of two names that collide, the first one in the platform's order keeps the plain address."""
    at = Addresses(directory, extent(platform))
    for layer in platform.layers:
        at.below_cluster(layer.cluster, "layers", layer.namespace, layer.name)
    for release in platform.releases:
        at.below_cluster(release.cluster, "releases", release.namespace, release.name)
    for alert in platform.alerts:
        at.of_alert(alert)
    return at


def address(uri: str, directory_urls: bool = True) -> str:
    """The address of a page below the site's root, as MkDocs makes it: `a/index.md` is `a/`, `a/b.md` is `a/b/` or `a/b.html`."""
    stem = uri.removesuffix(".md")
    if not directory_urls:
        return f"{stem}.html"
    if stem == "index":
        return ""
    return f"{stem.removesuffix('/index')}/"


class Addresses:
    """Source URIs below one directory. The same thing always gets the same URI; URIs that differ in case only are kept apart."""

    def __init__(self, directory: str, without: Extent | None = None) -> None:
        """`without` says what has no page of its own: it is where its list is."""
        self.without = without or Extent()
        self._lists = {
            "layers": self.without.layers,
            "releases": self.without.releases,
            "notifications": self.without.notifications,
        }
        self.root = (
            "/".join(part for part in directory.strip("/").split("/") if part not in ("", ".", "..")) or "platform"
        )
        self._taken: dict[str, str] = {}

    @property
    def taken(self) -> dict[str, str]:
        """Which places belong to whom, so far."""
        return dict(self._taken)

    def index(self, name: str = "") -> str:
        """The index page of the section `name`, e.g. `clusters`."""
        return f"{self.root}/{name}/index.md" if name else f"{self.root}/index.md"

    def page(self, name: str) -> str:
        """A page directly below the directory, e.g. `components`."""
        return f"{self.root}/{name}.md"

    def cluster(self, cluster: str) -> str:
        """The page of a cluster."""
        return self._own(f"clusters/{segment(cluster)}", f"cluster {cluster}", "/index.md")

    def below_cluster(self, cluster: str, section: str, namespace: str, name: str) -> str:
        """The page of something that a cluster has: `section` is `layers`, `releases` or `notifications`."""
        if (cluster, namespace, name) in self._lists[section]:
            return {
                "layers": self.cluster(cluster),
                "releases": self.page("components"),
                "notifications": self.page("notifications"),
            }[section]
        place = self.cluster(cluster).removesuffix("/index.md").removeprefix(f"{self.root}/")
        return self._own(
            f"{place}/{section}/{segment(namespace or '_')}/{segment(name)}",
            f"{section} {cluster}/{namespace}/{name}",
            ".md",
        )

    def section_of_cluster(self, cluster: str, name: str) -> str:
        """A page about all of one cluster, e.g. its `objects`."""
        return f"{self.cluster(cluster).removesuffix('/index.md')}/{name}.md"

    def of_alert(self, alert: Alert) -> str:
        """The page of a Flux Alert, or that of all rules of the alert's name."""
        if alert.kind == "flux":
            return self.below_cluster(alert.cluster, "notifications", alert.namespace, alert.name)
        return self.alert(alert.name)

    def alert(self, name: str) -> str:
        """The page of all alert rules of a name, in lower case."""
        if name.lower() in self.without.rules:
            return self.index("alerts")
        return f"{self.root}/alerts/{segment(name.lower())}.md"

    def finding(self, code: str) -> str:
        """The page of a finding code."""
        return f"{self.root}/findings/{segment(code)}.md"

    def _own(self, place: str, owner: str, ending: str) -> str:
        """A URI that no other owner has."""
        if self._taken.setdefault(place.casefold(), owner) != owner:
            place += f"-{sha256(owner.encode('utf-8', 'replace')).hexdigest()[:8]}"
        return f"{self.root}/{place}{ending}"
