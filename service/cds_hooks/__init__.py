"""The CDS Hooks 2.0.1 side: discovery, the three hooks, their cards, and feedback."""
