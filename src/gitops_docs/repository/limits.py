"""What one file may hold. Real files stay far below; what goes beyond is a finding."""

MAX_BYTES = 16 * 1024 * 1024
"""Largest file that is parsed, in bytes. Bundles of CustomResourceDefinitions reach 5 MB."""
MAX_DEPTH = 200
"""Deepest nesting of mappings and sequences. Real CustomResourceDefinitions stay below 80."""
MAX_NODES = 500_000
"""Most nodes in one file, aliases not expanded. The largest bundles of CustomResourceDefinitions have some 200,000."""
MAX_COMMENTS = 50_000
"""Most comments of one file that are kept, the first ones. The largest values files of charts have some 3,000."""
MAX_ALIAS_NODES = 200_000
"""Most nodes that aliases alone may add to a file."""
MAX_DIRECTORIES = 100
"""Most directories above a file. Deeper ones end at the recursion of libraries and the lengths of paths of a system; people use ten."""
