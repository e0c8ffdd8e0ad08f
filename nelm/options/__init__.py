"""The treatment options of the pathway, each a list of criteria with their sources."""
