"""Projects for a reviewer: which ones, the page that shows them, what the verdicts say."""
