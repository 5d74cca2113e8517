"""Drawing people: their looks, heads, clothes and poses, and the objects in their hands."""
