"""Render charts with Helm's own engine, in a process of its own that has no secret, no network and
limits."""
