"""The state of a training, kept in checkpoints and put back to the letter."""
