"""What people said of projects: labels, verdicts in a workbook, judgements kept as numbers."""
