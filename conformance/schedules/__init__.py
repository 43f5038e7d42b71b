"""Deterministic schedules: clients and engine as tasks of one thread, of which a scheduler lets one go on at a time."""
