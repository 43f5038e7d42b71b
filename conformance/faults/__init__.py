"""Level 6: faults of the disk, and crashes."""
