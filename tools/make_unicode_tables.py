#!/usr/bin/env python3
# make_unicode_tables.py -- write interp/unicode_tables.h from Python's own Unicode 14 database.
#
#   python3.11 tools/make_unicode_tables.py > interp/unicode_tables.h
#
# Every property is asked of str methods, one character at a time, so the tables say what
# CPython 3.11 does.  A character's properties are a record; equal records are shared, and a
# two-level index maps a character to its record.  Case mappings are stored as differences, so
# that whole alphabets share a record; mappings to several characters go to a side table.

import sys
import unicodedata

FLAGS = ["ALPHA", "DECIMAL", "DIGIT", "NUMERIC", "LOWER", "UPPER", "TITLE", "SPACE", "PRINTABLE",
         "XID_START", "XID_CONTINUE", "CASE_IGNORABLE", "LINEBREAK"]
SHIFT = 7


def ignorable(c):
    """Case_Ignorable, seen through the final-sigma rule of lower()."""
    sigma = "\u03a3"
    return ("A" + c + sigma).lower()[-1] == "\u03c2" and ("1" + c + sigma).lower()[-1] == "\u03c3"


def flags_of(c):
    tests = [c.isalpha(), c.isdecimal(), c.isdigit(), c.isnumeric(), c.islower(),
             unicodedata.category(c) != "Lt" and c.isupper(), unicodedata.category(c) == "Lt",
             c.isspace(), c.isprintable(), c.isidentifier(), ("a" + c).isidentifier(),
             ignorable(c), len(("a" + c + "b").splitlines()) == 2]
    return sum(1 << i for i, t in enumerate(tests) if t)


class Special:
    """Mappings to several characters: one flat array, each a count and its characters."""

    def __init__(self):
        self.flat, self.at = [0], {}

    def place(self, text):
        if text not in self.at:
            self.at[text] = len(self.flat)
            self.flat += [len(text)] + [ord(x) for x in text]
        return self.at[text]


def mapping(special, c, to):
    """A difference, or 0x200000 plus the place of several characters."""
    if len(to) == 1:
        return ord(to) - ord(c)
    return 0x200000 + special.place(to)


def record_of(special, n):
    c = chr(n)
    digit = unicodedata.digit(c, 255)
    fold = c.casefold()
    return (mapping(special, c, c.upper()), mapping(special, c, c.lower()),
            mapping(special, c, c.title()), mapping(special, c, fold), flags_of(c), digit)


def rows(values, per):
    for i in range(0, len(values), per):
        yield "    " + ", ".join(str(v) for v in values[i:i + per]) + ","


def main():
    if unicodedata.unidata_version != "14.0.0":
        sys.exit("make_unicode_tables: Python 3.11 is needed (Unicode 14.0.0)")
    special, records, index = Special(), {}, []
    for n in range(0x110000):
        index.append(records.setdefault(record_of(special, n), len(records)))
    blocks, first = {}, []
    for i in range(0, len(index), 1 << SHIFT):
        first.append(blocks.setdefault(tuple(index[i:i + (1 << SHIFT)]), len(blocks)))
    out = ["/* unicode_tables.h -- character properties of Unicode 14.0.  Local.", " *",
           " * Made by tools/make_unicode_tables.py; only unicode.c includes it.  Do not edit. */", ""]
    out.append("enum { CHAR_SHIFT = %d };" % SHIFT)
    out.append("static const CharRecord char_records[] = {")
    out += ["    {{%d, %d, %d, %d}, %d, %d}," % r for r in records]
    out += ["};", "static const uint32_t char_specials[] = {"] + list(rows(special.flat, 16))
    out += ["};", "static const uint16_t char_blocks[] = {"] + list(rows(first, 24))
    out += ["};", "static const uint16_t char_index[] = {"]
    for block in blocks:
        out += rows(block, 32)
    out.append("};")
    print("\n".join(out))


main()
