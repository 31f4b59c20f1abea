"""Epochs of steps, with what happens after each."""
