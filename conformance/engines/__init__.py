"""Adapters: one module an engine."""
