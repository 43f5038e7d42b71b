"""Seeded bugs of the reference engine, and the measure of what finds them."""
