"""Where the figures of a training go beside its own folder: trackers, a file each, over the same events."""
