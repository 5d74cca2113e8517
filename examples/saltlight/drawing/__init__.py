"""What ``draw_refs.py`` draws with, and the people and places it draws. Pillow is all it needs."""
