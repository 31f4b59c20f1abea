"""The Keras model of a graph: built, in which precision, with faster layers, read back from a file."""
