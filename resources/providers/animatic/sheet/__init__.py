"""The storyboard sheet: panels, their marks and captions, and where each is."""
