# Only what __all__ lists is imported by a star.
from . import util
__all__ = ["shown"]
shown = "shown"
unlisted = "unlisted"
_hidden = "hidden"
def util_state():
    return util.state
