"""From a table to its output, whole or not at all: streamed, resumed, recorded, verified."""
