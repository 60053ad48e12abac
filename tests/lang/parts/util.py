# Names, a counter and a mutable state.
LIMIT = 10
state = {}
_n = 0
def double(x):
    return 2 * x
def counter():
    global _n
    _n += 1
    return _n
class Thing:
    def __init__(self, value):
        self.value = value
