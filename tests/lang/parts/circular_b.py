# The other half: the name is not there yet.
from .circular_a import value
other = value
