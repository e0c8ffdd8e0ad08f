"""The whole house as real processes, with HAPI FHIR as the hospital's EHR."""
