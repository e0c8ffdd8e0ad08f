"""The documentation, and the printer of the pages that come from the code."""
