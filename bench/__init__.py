"""The measurements, each beside its ceiling or peer in the same run. Run by `make bench`; never a timed test."""
