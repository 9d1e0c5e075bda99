"""For the keeper of the taxonomy: proposed seeds, and what a change of taxonomy moves."""
