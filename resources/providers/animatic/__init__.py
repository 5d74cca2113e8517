"""The animatic provider: storyboards drawn with Pillow and takes rendered with PyAV, at no cost."""
