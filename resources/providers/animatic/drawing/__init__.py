"""Means of drawing: the pen, colours, lettering, and choices that are the same every time."""
