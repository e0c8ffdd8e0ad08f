"""The CDS Hooks 2.0.1 side: discovery, the four hooks, their cards, and feedback."""
