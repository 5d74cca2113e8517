"""Groupings: how an episode's shots become batches.

One file a strategy; ``registry`` knows them by name.
"""
