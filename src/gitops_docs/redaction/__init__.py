"""Hide values outside of Secrets that look like credentials.

In: a text, a value with the path of its keys, or the model. Out: whether it may be shown, or the
same with credentials taken out.
"""

from gitops_docs.redaction.arguments import leaves
from gitops_docs.redaction.keys import (
    is_secret,
    is_secret_flag,
    is_secret_key,
    is_secret_value,
    lines_with_keys,
    stands_for_none,
)
from gitops_docs.redaction.matching import REDACTED
from gitops_docs.redaction.measure import is_name, looks_made
from gitops_docs.redaction.model import redact_struct
from gitops_docs.redaction.texts import configuration, looks_secret, prose, without_credentials
from gitops_docs.redaction.values import redacted, shown, shown_field

__all__ = [
    "REDACTED",
    "configuration",
    "is_name",
    "is_secret",
    "is_secret_flag",
    "is_secret_key",
    "is_secret_value",
    "leaves",
    "lines_with_keys",
    "looks_made",
    "looks_secret",
    "prose",
    "redact_struct",
    "redacted",
    "shown",
    "shown_field",
    "stands_for_none",
    "without_credentials",
]
