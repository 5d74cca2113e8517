"""Drawing places: what sort of set a location is, its light, and the sets themselves."""
