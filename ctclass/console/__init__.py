"""What a person sees in a terminal. Rich lives here."""
