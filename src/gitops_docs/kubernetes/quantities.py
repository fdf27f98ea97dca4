"""Read and write quantities of Kubernetes, such as `250m` of CPU and `128Mi` of memory.

Source of the rule: kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from gitops_docs.text.patterns import Pattern

_QUANTITY = Pattern(
    r"([+-]?[0-9.]{1,20})(?:([eE][+-]?[0-9]{1,2})|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?\z"
)
_UNITS = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    **{
        unit: Decimal(1000) ** power for power, unit in enumerate(("k", "M", "G", "T", "P", "E"), 1)
    },
    **{
        unit: Decimal(1024) ** power
        for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)
    },
}


def parse(text: str) -> Decimal | None:
    """Return a quantity as a number: cores, or bytes. None where it is not a quantity."""
    found = _QUANTITY.match(text.strip())
    if found is None:
        return None
    try:
        return Decimal(f"{found[1]}{found[2] or ''}") * _UNITS.get(found[3] or "", Decimal(1))
    except InvalidOperation:
        return None


def total(texts: Iterable[str]) -> Decimal | None:
    """Return the sum of quantities; None where one of them is not a quantity."""
    numbers = [parse(text) for text in texts]
    return (
        None
        if None in numbers
        else sum((number for number in numbers if number is not None), Decimal(0))
    )


def cpu(cores: Decimal) -> str:
    """Write cores: `250m`, `2`."""
    return (
        f"{cores.to_integral_value()}"
        if cores == cores.to_integral_value()
        else f"{(cores * 1000).normalize():f}m"
    )


def memory(size: Decimal) -> str:
    """Write bytes with the largest binary unit that gives a whole number or one of at most one
    decimal."""
    for unit in ("Pi", "Ti", "Gi", "Mi", "Ki"):
        number = size / _UNITS[unit]
        if number >= 1 and number * 10 == (number * 10).to_integral_value():
            return f"{number.normalize():f}{unit}"
    return f"{size.normalize():f}"
