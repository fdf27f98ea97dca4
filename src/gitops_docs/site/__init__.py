"""Provide what any site builder needs beside the pages."""
