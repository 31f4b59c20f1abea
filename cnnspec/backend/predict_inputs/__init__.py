"""What people give a trained network to predict: pictures, sentences, arrays and rows of tables."""
