"""Talking to EHRs: the FHIR client with its authentication, budgeted reads for hooks, and
an invented EHR in memory that passes the same tests.

Doors: `client`, `auth`, `hook_read`, `in_memory`, `interface`, `errors`.
"""
