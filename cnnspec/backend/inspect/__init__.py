"""What the network will see: examples counted, measured and compared, without training anything."""
