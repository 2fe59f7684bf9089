"""Whether the score predicts outcomes, and weights that would predict them better."""
