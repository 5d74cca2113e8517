"""Reading a shot: what its words ask for, how its size frames people, and who stands where."""
