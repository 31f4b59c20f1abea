"""A network's ideas by its own numbers: what a layer computes, where a value comes from."""
