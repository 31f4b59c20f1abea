"""What a training makes small, measures and steps by: losses, metrics, optimizers, schedules, callbacks."""
