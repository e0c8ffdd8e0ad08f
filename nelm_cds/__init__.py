"""The command `nelm-cds`, everything in one process, and the sample EHR.

The only place that sees service and workers at once.
"""
