"""What stops a benchmark, said in one line."""


class BenchNotPossible(Exception):
    """A part that the measurement needs is missing or did not start."""
