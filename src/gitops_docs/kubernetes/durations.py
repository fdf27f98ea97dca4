"""Read and write durations as Go does."""

from __future__ import annotations

from gitops_docs.text.memo import memo
from gitops_docs.text.patterns import Pattern

_PART = Pattern(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_WHOLE = Pattern(f"(?:{_PART.pattern})+")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


@memo(1024)
def seconds(text: str | None) -> float | None:
    """Return a Go duration (`1h30m`) in seconds; None where it is not a duration."""
    if not text or not _WHOLE.fullmatch(text):
        return None
    return sum(float(part[1]) * _SECONDS[part[2]] for part in _PART.finditer(text))


def written(number: float) -> str:
    """Whole seconds as Go writes them, without what is zero: `59m30s`, `1h`."""
    minutes, rest = divmod(int(number), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "m"), (rest, "s"))
    return "".join(f"{value}{unit}" for value, unit in parts if value) or "0s"
