"""Define what is a credential and what is not: the one table that pages, JSON, diffs, logs and
search read.

A rule says where it holds, which key it needs and what the value looks like, and has its cases:
texts with a credential made by chance in the place of `«shape»`, which is hidden, and texts in
which all stays readable. `tests/redaction/test_rules.py` walks the table.
"""

from gitops_docs.redaction.rules.addresses import ADDRESSES
from gitops_docs.redaction.rules.code import CODE
from gitops_docs.redaction.rules.commands import COMMANDS
from gitops_docs.redaction.rules.files import FILES, File
from gitops_docs.redaction.rules.keys import KEYS, Key
from gitops_docs.redaction.rules.loose import LOOSE
from gitops_docs.redaction.rules.places import PLACES, Place
from gitops_docs.redaction.rules.rule import Class, Judge, Rule
from gitops_docs.redaction.rules.settings import SETTINGS
from gitops_docs.redaction.rules.tokens import TOKENS
from gitops_docs.redaction.rules.usages import USAGES

FORMATS = (*SETTINGS, *COMMANDS, *USAGES, *CODE, *ADDRESSES, *LOOSE)
"""How texts write a credential."""

__all__ = [
    "COMMANDS",
    "FILES",
    "FORMATS",
    "KEYS",
    "PLACES",
    "TOKENS",
    "USAGES",
    "Class",
    "File",
    "Judge",
    "Key",
    "Place",
    "Rule",
]
