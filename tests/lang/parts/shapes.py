# Imports a sibling relatively.
from . import util
from .util import double
def area(w, h):
    return util.double(w * h) // double(1)
