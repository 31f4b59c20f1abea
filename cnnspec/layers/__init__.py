"""The layers of the language, one file a family; importing this room registers them all."""
