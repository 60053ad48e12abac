# A package for the import programs.
VERSION = "1.2"
