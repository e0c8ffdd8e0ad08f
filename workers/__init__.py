"""To be described by its door."""
