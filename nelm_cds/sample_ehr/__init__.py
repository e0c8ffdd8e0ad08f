"""A small FHIR R4 server with invented patients, for the demo, the tests and a first look.

Not a product: everything lives in memory, nobody signs in. Doors: `running`, `server`, `patients`.
"""
