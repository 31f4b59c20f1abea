"""A run's network in a file of another runtime, written, loaded there and compared before it is anywhere."""
