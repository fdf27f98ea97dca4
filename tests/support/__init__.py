"""What several tests use and no test is."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).parent.parent.parent
MERMAID = PROJECT / ".cache" / "mermaid.min.js"
"""The library as `make` fetches it, where there is npm."""
