"""How good the answers are, measured against labels, and what each ingredient is worth."""
