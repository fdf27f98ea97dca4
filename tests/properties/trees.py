"""Strategies that make kustomization trees: bases, overlays, components, patches, generators and
what else a kustomization may hold.

Out: a mapping from path to text, with the directory `top` to build.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.properties.changes import Changes
from tests.properties.objects import Draw
from tests.properties.written import FORMS, dump, odd_form

FILES = (
    "kustomization.yaml",
    "kustomization.yaml",
    "kustomization.yaml",
    "kustomization.yml",
    "Kustomization",
)


@dataclass
class Maker(Changes):
    """Makes one tree."""

    def directory(
        self, name: str, known: list[str], objects: list[dict[str, Any]], *, component: bool = False
    ) -> list[dict[str, Any]]:
        """Write a directory that includes those in `known`, whose `objects` patches in it may hit;
        these and its own."""
        made: dict[str, Any] = {}
        if component:
            made = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
        listed: list[str] = [f"../{other}{self.one('', '', '', '/')}" for other in known]
        if not known or self.chance(3):
            files, own = self.resources(name)
            listed += files
            objects = [*objects, *own]
        if self.chance(40):
            listed.append(self.one("nothere.yaml", *(f"../{path}" for path in self.files), *listed))
        if listed:
            made["resources"] = listed
        made.update(self.changes(name, objects))
        if self.chance(40):
            made["sortOptions"] = {"order": self.one("fifo", "legacy")}
            if made["sortOptions"]["order"] == "legacy" and self.chance(2):
                made["sortOptions"]["legacySortOptions"] = {
                    "orderFirst": ["Deployment", "Widget"],
                    "orderLast": ["ConfigMap"],
                }
        if self.chance(40):
            made["buildMetadata"] = [
                self.one("originAnnotations", "managedByLabel", "transformerAnnotations")
            ]
        self.files[f"{name}/{self.one(*FILES)}"] = dump(made or {"namePrefix": "n-"})
        return objects

    def overlays(self, bases: dict[str, list[dict[str, Any]]]) -> None:
        """Put two overlays with names of their own over one base, in its place."""
        base = self.one(*bases)
        objects = bases.pop(base)
        for name in ("left", "right"):
            own = self.one(
                {"namePrefix": f"{name}-"},
                {"nameSuffix": f"-{name}"},
                {"namespace": {"left": "x", "right": "z"}[name]},
                {},
            )
            made = {
                "resources": [f"../{base}"],
                **own,
                **({} if self.chance(2) else self.changes(name, objects)),
            }
            self.files[f"{name}/{self.one(*FILES)}"] = dump(made)
            bases[name] = objects

    def include(self, directory: str, components: list[str]) -> None:
        """Add components to the kustomization of a directory."""
        (file,) = (
            path
            for path in self.files
            if path.rpartition("/")[2] in FILES and path.startswith(f"{directory}/")
        )
        if "components:" not in self.files[file]:
            self.files[file] += "components:\n" + "".join(f"  - ../{name}\n" for name in components)


@st.composite
def trees(draw: Draw) -> dict[str, str]:
    """A tree of one to seven directories; `top` is the one to build."""
    maker = Maker(draw)
    bases: dict[str, list[dict[str, Any]]] = {}
    for number in maker.some(0, 2):
        name = f"base{number}"
        below = list(bases)[-1:] if maker.chance(3) else []
        objects = maker.directory(name, below, [item for base in below for item in bases.pop(base)])
        bases[name] = objects
    if bases and maker.chance(6):
        maker.overlays(bases)
    objects = [item for found in bases.values() for item in found]
    components = ["part", "piece"][: maker.some(0, 2).stop if maker.chance(3) else 0]
    for name in components:
        objects = maker.directory(name, [], objects, component=True)
    maker.directory("top", list(bases), objects)
    if len(components) == 2 and maker.chance(3):
        maker.include("part", ["piece"])
        components = ["part"]
    if components:
        maker.include(maker.one("top", "top", *bases), components)
    for path in list(maker.files):
        if maker.chance(25):
            maker.files[path] = odd_form(maker.files[path], maker.one(*range(FORMS)))
    return maker.files
