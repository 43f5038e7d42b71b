"""Guard rows: one row a cause, one module a profile."""
