"""Networks as other programs write them: read as data into one form, of which a spec is written."""
