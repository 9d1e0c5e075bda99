"""Japanese text to units, the same for seeds and abstracts, with the way back to the original."""
