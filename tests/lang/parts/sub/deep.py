# Reaches up two levels.
from .. import VERSION
from ..util import double
from . import name
def where():
    return (VERSION, double(21), name)
