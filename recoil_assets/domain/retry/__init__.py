"""Retries: what to change about a request that failed, in the order of what a success is expected to cost."""
