"""Define what a rule is that looks at the whole platform."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable

from gitops_docs.checks.context import Context
from gitops_docs.model import Finding, Rule


class Check(Rule):
    """A rule with a check."""

    @classmethod
    @abstractmethod
    def check(cls, context: Context) -> Iterable[Finding]:
        """Find what is wrong in a platform, in any order; `at` makes each finding."""
