"""Why a project got its answer: found, put in words, and as a page."""
