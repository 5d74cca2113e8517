"""Filming: panels in layers, a camera that moves past them, the slate, and the video file."""
