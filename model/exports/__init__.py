"""The model in the languages of other tools: Promela, TLA+, Mermaid, DOT, JSON. Text alone is made here, nothing is written."""
