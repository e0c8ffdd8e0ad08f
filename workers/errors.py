"""What a step of ours can get wrong; the job is buried and shown.

InvalidCarePlan: what we built is not valid FHIR.
"""


class InvalidCarePlan(Exception):
    """Ours. Holds a number of problems, never the CarePlan."""
