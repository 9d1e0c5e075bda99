"""From taxonomy, corpus and labels to a model."""
