"""Write the pages of a site: a `Platform` as HTML fragments with stable addresses.

In: the model and `Options`. Out: `Page` objects, which a site builder puts into its theme, and the
navigation over them. Every text of a manifest goes through an autoescaping template. Nothing here
knows a site builder.
"""

from gitops_docs.pages.html.page import Fence, Heading, NavItem, Options, Page, check_links
from gitops_docs.pages.site import Rendered, render

__all__ = ["Fence", "Heading", "NavItem", "Options", "Page", "Rendered", "check_links", "render"]
