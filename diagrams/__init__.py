"""Pictures and tables generated from the model."""
