"""The engine of mkdocs-gitops: a Git repository that Flux applies goes in, a `Platform` comes out. Never imports MkDocs."""

import sys

try:
    import resource
except ImportError:  # Windows
    pass
else:
    if resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY:
        # Python keeps a compiled module that the limit has cut in half, and every later command would end with EOFError.
        sys.dont_write_bytecode = True
