"""One step of a training, and many of them in one call of TensorFlow: on one device or on several, watched or not."""
