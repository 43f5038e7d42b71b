"""What becomes of 300 mechanical changes of the engine, drawn by a fixed seed, and why some are not found."""
