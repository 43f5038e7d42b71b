"""The harness: drives any engine and judges it by the model."""
