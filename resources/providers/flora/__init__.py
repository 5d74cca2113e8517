"""FLORA: generations of many models behind one API. What is known of its wire is in ``docs/decisions/037``."""
