"""A network as a program that builds it with Keras alone."""
