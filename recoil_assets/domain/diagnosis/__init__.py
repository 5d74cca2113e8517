"""Diagnosis: what a provider said of a failure, read into a small closed set of modes."""
