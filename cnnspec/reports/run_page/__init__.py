"""Runs as one web page that needs no other file: a section is a file in `sections`, and is made of blocks."""
