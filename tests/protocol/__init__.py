"""The attempt protocol as a small model, searched through and through, and tied to the code that implements it."""
