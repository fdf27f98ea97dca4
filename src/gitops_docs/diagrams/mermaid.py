"""Put a Mermaid flowchart together.

In: nodes and edges of what a page knows. Out: the source, about how wide it gets, a legend, and
which nodes are special. Node ids are `n0..nK`; labels are entity-escaped, so that no name can leave
its quotes. What is special about a node is drawn as an outline, said in its label, and listed again
below the picture by the caller.
"""

from __future__ import annotations

from msgspec import Struct, field

from gitops_docs.text.escape import shorten

MOST_NODES = 24
MOST_ARROWS = 36
"""A larger drawing is not readable."""
LINE = 24
"""Most characters of a line of a label; it has at most two."""
STATES = {
    "suspended": "suspended",
    "missing": "missing",
    "cyclic": "in a dependency cycle, never applied",
    "failed": "rejected by Flux",
    "partial": "not fully rendered",
    "external": "in another repository",
}
"""What can be special about a node, in the words of the list beneath the picture."""
SIGNS = {
    "suspended": "suspended",
    "missing": "missing",
    "cyclic": "cycle",
    "failed": "✕ rejected",
    "partial": "◐",
    "external": "◐ elsewhere",
}
"""What stands in the label of a node, so that its state is not told by the outline alone."""
_STYLES = {
    "here": "stroke-width:3px",
    "more": "stroke-dasharray:3 3",
    "suspended": "stroke:#c77700,stroke-width:2px,stroke-dasharray:6 4",
    "missing": "stroke:#d32f2f,stroke-width:2px,stroke-dasharray:2 3",
    "cyclic": "stroke:#d32f2f,stroke-width:3px",
    "failed": "stroke:#d32f2f,stroke-width:3px,stroke-dasharray:10 3",
    "partial": "stroke:#5e7ea8,stroke-width:2px,stroke-dasharray:8 3",
    "external": "stroke:#5e7ea8,stroke-width:2px,stroke-dasharray:2 2",
}
"""Outlines only, so that the theme's own colours stay, light and dark."""
_CHARACTER, _LABEL, _AROUND = 8, 200, 70
"""Pixels of a character, of the widest label before Mermaid breaks it, and of what is around
one."""
_SMALL = 12
"""Pictures with at most so many nodes have few arrows that pass others."""
_SPACING = '%%{init: {"flowchart": {"nodeSpacing": 24, "rankSpacing": 34, "padding": 10}}}%%'
"""Mermaid's own spacing makes a chain of ten layers taller than a screen."""
_ENTITIES = str.maketrans(
    {character: f"#{ord(character)};" for character in "#&<>\"'`\\{}[]()|;%*_~"}
)
_PLAIN = str.maketrans({"%": " ", ";": ",", "{": "(", "}": ")", "#": " ", '"': "'"})


class Diagram(Struct):
    """A flowchart. `href`s are page-relative and made by this package from safe names."""

    title: str
    description: str
    legend: str = ""
    direction: str = "TB"
    marked: dict[str, list[tuple[str, str | None]]] = field(default_factory=dict)
    """State to the nodes that have it, each with its reference."""
    _lines: list[str] = field(default_factory=list)
    _ids: dict[str, str] = field(default_factory=dict)
    _widths: dict[str, int] = field(default_factory=dict)
    _edges: list[tuple[str, str]] = field(default_factory=list)
    _used: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, key: str) -> bool:
        return key in self._ids

    def node(
        self,
        key: str,
        label: str,
        href: str | None = None,
        style: str | None = None,
        shape: str = '["{}"]',
        state: str | None = None,
    ) -> None:
        """Add a node; a key that is there already is left alone. `state` is one of `STATES`, and
        its style where none is given."""
        if key in self._ids:
            return
        node = self._ids[key] = f"n{len(self._ids)}"
        if state:
            self.marked.setdefault(state, []).append((label, href))
            label = f"{label}\n{SIGNS[state]}"
        style = style or state
        longest = max(map(len, label.split("\n")))
        self._widths[key] = min(_CHARACTER * longest, _LABEL) + _AROUND
        self._lines.append(f"  {node}{shape.format(_label(label))}{f':::{style}' if style else ''}")
        if style:
            self._used.add(style)
        if href:
            self._lines.append(f'  click {node} href "{href}"')

    def edge(self, start: str, end: str, *, dotted: bool = False, thick: bool = False) -> None:
        """Add an arrow between two nodes."""
        self._edges.append((start, end))
        arrow = "-.->" if dotted else "==>" if thick else "-->"
        self._lines.append(f"  {self._ids[start]} {arrow} {self._ids[end]}")

    @property
    def styles(self) -> frozenset[str]:
        """The outlines that occur."""
        return frozenset(self._used)

    @property
    def arrows(self) -> int:
        """How many arrows there are."""
        return len(self._edges)

    @property
    def ranks(self) -> list[list[str]]:
        """The nodes in the steps in which Mermaid sets them, along the arrows. Nodes of a cycle
        come last."""
        before = {
            key: [start for start, end in self._edges if end == key and start != key]
            for key in self._ids
        }
        ranks: list[list[str]] = []
        placed: set[str] = set()
        while len(placed) < len(before):
            ready = [key for key in before if key not in placed and placed.issuperset(before[key])]
            ranks.append(ready or [key for key in before if key not in placed])
            placed.update(ranks[-1])
        return ranks

    @property
    def width(self) -> int:
        """About how wide the picture is, in pixels, so that a page can let it scroll where it would
        be too small to read."""
        if self.direction == "LR":
            return sum(max(self._widths[key] for key in rank) for rank in self.ranks)
        widest = max((sum(self._widths[key] for key in rank) for rank in self.ranks), default=0)
        # Arrows that pass by a step take room in it.
        return widest * 7 // 5 if len(self._ids) > _SMALL else widest

    @property
    def source(self) -> str:
        """The Mermaid text."""
        head = [
            _SPACING,
            f"flowchart {self.direction}",
            f"  accTitle: {_line(self.title)}",
            f"  accDescr: {_line(self.description)}",
        ]
        styles = [f"  classDef {name} {_STYLES[name]}" for name in sorted(self._used)]
        return "\n".join([*head, *self._lines, *styles])


def _line(text: str) -> str:
    """Return text for accTitle and accDescr: one line, without what would end it, start a directive
    or look like one."""
    return shorten(text, 300).translate(_PLAIN)


def _broken(text: str) -> list[str]:
    """Return a long label in two lines, the first one broken after a blank or a sign in a name."""
    if len(text) <= LINE:
        return [text]
    ends = [
        place
        for signs in ("-/._:", " ")
        for place in range(LINE // 3, LINE)
        if text[place] in signs
    ]
    place = ends[-1] + 1 if ends else LINE
    return [text[:place].strip(), text[place:].strip()]


def _label(text: str) -> str:
    lines = (text.split("\n") if "\n" in text else _broken(text))[:2]
    return "<br/>".join(shorten(line, LINE).translate(_ENTITIES) for line in lines)
