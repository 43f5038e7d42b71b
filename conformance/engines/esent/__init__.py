"""Libraries that export the JET C API as engines under test, by a bridge in C (docs/esent.md)."""
