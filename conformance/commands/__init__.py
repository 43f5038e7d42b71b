"""The commands of `jetconform`, one module each."""
