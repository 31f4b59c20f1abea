"""Sweeps: which values are tried, the study that several processes share, and the process that trains each trial.

Optuna draws and prunes; nothing here imports TensorFlow, which trains in processes of its own.
"""
