"""From a project to its answer: areas, screening level, and the words that decided."""
