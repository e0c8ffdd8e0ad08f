"""Fuzzing for hours, by hand in development; not collected by pytest."""
