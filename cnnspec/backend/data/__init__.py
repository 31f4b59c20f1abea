"""Where examples come from: each source gives splits of arrays and the names of the classes."""
