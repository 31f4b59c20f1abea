"""What the network will see, as tables; one file for each of its parts."""
