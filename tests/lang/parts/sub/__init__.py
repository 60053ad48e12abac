# A package in a package.
name = __name__
