"""From taxonomy, corpus and labels to a model. scikit-learn and scipy live here."""
