"""A format of exported files is one file here: how a network is written, and what it cannot hold."""
