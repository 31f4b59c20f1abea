"""Files of weights, read as data: what is in them, and which weight belongs to which layer of a network.

NumPy and h5py are known here, TensorFlow and Keras are not: nothing of a file is ever run.
"""
