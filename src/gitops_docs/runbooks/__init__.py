"""Join hand-written pages with the model in both directions, and check them against it.

In: a platform as it was scanned and the pages below `docs_dir`. Out: the platform with its
runbooks, the runbook of each alert, and findings: pages that name what does not exist, quote what
is different, or have not been looked at for too long.
"""

from gitops_docs.runbooks.excerpts import Known
from gitops_docs.runbooks.join import Kept, join

__all__ = ["Kept", "Known", "join"]
