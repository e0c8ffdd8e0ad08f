"""The tests of the house: one folder per package, worked cases, journeys and the house's rules."""
