"""What FHIR resources say, in the words of `nelm`, and what we say, as FHIR. Pure.

In: `mapping_set.load_mapping_set` (what codes mean), `reading` (resources and Bundles to
`statements`), `combination.combine` (statements to facts), `staging_document.stage` (files to the
document), `orders` (draft orders), `notifications` (what an EHR tells). Out: `careplan`,
`subscriptions`, `knowledge`. Refused: `nelm.errors.Refused`, or a line of `not_understood`.

Each module is imported by itself, so that a process loads only what it uses. `fhir_models` is the
one that needs fhir.resources; the web process never imports it.
"""
