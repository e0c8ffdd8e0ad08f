"""What is derived from facts before any option is judged: grade, extent, spread, course."""
