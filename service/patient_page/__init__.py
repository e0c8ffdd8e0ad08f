"""The read-only page of a patient's staging, which a card leads to: printable, without script."""
