# One half of a circular import.
from .circular_b import other
value = other + 1
