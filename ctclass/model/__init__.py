"""What lies in `models/`: the compact model, and the tables of numbers that it is made of."""
