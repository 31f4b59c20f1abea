"""A page on which a run's network is tried: a picture dropped or drawn, a text typed, a file given."""
