"""The measurements, each beside its ceiling or peer in one run (`make bench`); never a test."""
