"""Mutation of the model's tables: every literal row changed in every way that counts, and who notices."""
