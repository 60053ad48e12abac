"""Print lexer/unicode_ranges.h: run with CPython 3.11 (Unicode 14).

Four tables of half-open code point ranges: start and continuation of identifiers, printable
characters, and identifier characters that NFKC changes or composes with what is before them.
"""
import sys
import unicodedata as u

ALL = [chr(c) for c in range(0x110000)]
SECOND = set()
for ch in ALL:
    d = u.decomposition(ch)
    if d and not d.startswith("<"):
        parts = d.split()
        if len(parts) == 2:
            SECOND.add(chr(int(parts[1], 16)))
SECOND.update(chr(c) for c in range(0x1161, 0x1176))
SECOND.update(chr(c) for c in range(0x11A8, 0x11C3))


def ranges(test):
    out, start = [], None
    for c in range(0x110001):
        inside = c < 0x110000 and test(ALL[c])
        if inside and start is None:
            start = c
        elif not inside and start is not None:
            out.append((start, c))
            start = None
    return out


def show(name, test):
    rows = ranges(test)
    print(f"static const uint32_t {name}[][2] = {{")
    line = "   "
    for a, b in rows:
        item = f" {{0x{a:x}, 0x{b:x}}},"
        if len(line) + len(item) > 100:
            print(line)
            line = "   "
        line += item
    print(line)
    print("};")


print("/* unicode_ranges.h -- character classes as half-open ranges; made by tools/unicode_ranges.py. */")
print(f"/* Unicode {u.unidata_version} */")
print("/* clang-format off */")
show("XID_START", lambda ch: ch.isidentifier())
show("XID_CONTINUE", lambda ch: ("a" + ch).isidentifier())
show("PRINTABLE", lambda ch: ch.isprintable())
show("UNNORMALIZED", lambda ch: ("a" + ch).isidentifier()
     and (not u.is_normalized("NFKC", ch) or ch in SECOND))
print("/* clang-format on */")
