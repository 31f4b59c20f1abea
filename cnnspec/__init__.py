"""A convolutional network and its training in one YAML file."""

__version__ = "0.1.0"
