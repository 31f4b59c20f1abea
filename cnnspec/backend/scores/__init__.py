"""What is worked out of all that an output says of a split: calibration, curves, intervals, groups."""
