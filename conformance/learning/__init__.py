"""Learning: the Mealy machine that an engine implements over the calls of a projection, and its difference from the model."""
