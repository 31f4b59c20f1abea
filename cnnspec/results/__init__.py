"""What a plan, an event, an evaluation or a finished run is: frozen values without arrays."""
