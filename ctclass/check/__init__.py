"""Lint the taxonomy: all that would silently change an answer, with file and line."""
