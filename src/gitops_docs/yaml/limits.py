"""Bound what one document, one file and one scan may hold."""

from __future__ import annotations

from msgspec import Struct

from gitops_docs.yaml.nodes import Map, Node, Scalar, Sealed, Seq

MAX_READ = 1_500_000
"""Most values in all files of a repository, aliases expanded. Ten thousand real manifests have some
900,000."""
MAX_BYTES_READ = 1 << 30
"""Most bytes that are read, a file that is read again included."""
MAX_APPLIED = 3_100_000
"""Most values in the objects of all layers of all clusters; an object alone counts for twenty, a
layer for five hundred."""
MAX_WORK = 10_000_000
"""Most values that all patches, generators, bases and transformers of a scan may look at. Ten
thousand manifests with overlays take some 2,600,000."""
MAX_MATCHED = 10_000_000
"""Most segments of patterns and paths that CODEOWNERS, or the ignore files of an artifact, may be
compared by."""
OF_OBJECT, OF_LAYER = 20, 500
OF_COPY, OF_CHANGE, OF_GROWTH, OF_LOADED = 50, 5, 30, 16
"""Work of an object that a build takes up or a transformer looks at, and of a value that a patch
adds; bytes of a file for a generator."""
_TEXT = 7
"""Two to the power of this many characters of text count for one value."""
_SHORT = (1 << _TEXT) - 1


class Budget(Struct):
    """What a scan may still spend, in values (see `weight`); `left` may become negative."""

    left: int

    def spend(self, amount: int) -> bool:
        """Take an amount away. False once the budget is overdrawn."""
        self.left -= amount
        return self.left >= 0


def weight(node: Node | None, most: int = MAX_APPLIED) -> int:
    """Return the cost of a node in values: 1 for each mapping, list and scalar, as often as aliases
    repeat it, and more for long texts. Counting stops at `most`."""
    if type(node) is not Map and type(node) is not Seq:
        return 1 + (len(node) >> _TEXT if type(node) is Scalar else 0)
    total = 1
    pending: list[Map | Seq] = [node]
    while pending:
        container = pending.pop()
        total += len(container)
        if total > most:
            return total
        for value in container.values() if type(container) is Map else container:
            if type(value) is Scalar:
                if len(value) > _SHORT:
                    total += len(value) >> _TEXT
            elif type(value) is Map or type(value) is Seq:
                pending.append(value)
            elif type(value) is Sealed:
                total += weight(value.unseal()) - 1
    return total


def of_bytes(size: int) -> int:
    """Return the cost of a text of `size` bytes in values, as `weight` counts long texts."""
    return size >> _TEXT


MAX_BYTES = 16 * 1024 * 1024
"""Largest file that is parsed, in bytes. Bundles of CustomResourceDefinitions reach 5 MB."""
MAX_DEPTH = 200
"""Deepest nesting of mappings and sequences. Real CustomResourceDefinitions stay below 80."""
MAX_NODES = 500_000
"""Most nodes in one file, aliases not expanded. The largest bundles of CustomResourceDefinitions
have some 200,000."""
MAX_COMMENTS = 50_000
"""Most comments of one file that are kept, the first ones. The largest values files of charts have
some 3,000."""
MAX_ALIAS_NODES = 200_000
"""Most nodes that aliases alone may add to a file."""
MAX_DIRECTORIES = 100
"""Most directories above a file. Deeper ones end at the recursion of libraries and the lengths of
paths of a system; people use ten."""
