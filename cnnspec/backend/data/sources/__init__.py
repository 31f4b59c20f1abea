"""One file a source of examples: how what its section names is read."""
