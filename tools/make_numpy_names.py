#!/usr/bin/env python3
"""Write stdlib/numpy/names.def: the public names of the NumPy that runs this program.

Run it with the oracle's Python and redirect its output to the file.
"""
import types

import numpy as np


def public(thing):
    return sorted(n for n in dir(thing) if not n.startswith("_"))


def rows(macro, prefix, names):
    print(f"#ifdef {macro}")
    for name in names:
        print(f"{macro}({prefix}{name})")
    print("#endif\n")


print("/* names.def -- the public names of NumPy 2.3, written by tools/make_numpy_names.py.  A name here that cnx lacks")
print(" * is Unsupported; names that stand nowhere raise AttributeError.")
print(" *")
print(" * NP_NAME(name) of the module, NP_MODULE(name) its submodules, NP_SUB(submodule, name), NP_NDARRAY(name),")
print(" * NP_EXPIRED(name, text) of NumPy 1 with NumPy 2's advice, NP_FORMER(name, text) the old aliases of Python's types.  */")
modules = [n for n in public(np) if isinstance(getattr(np, n), types.ModuleType)]
rows("NP_NAME", "", [n for n in public(np) if n not in modules])
rows("NP_MODULE", "", modules)
print("#ifdef NP_SUB")
for m in modules:
    if m in ("core", "f2py"):
        continue
    for name in public(getattr(np, m)):
        print(f"NP_SUB({m}, {name})")
print("#endif\n")
special = ["__array_finalize__", "__array_function__", "__array_ufunc__", "__array_wrap__", "__array_namespace__", "__dlpack__"]
rows("NP_NDARRAY", "", public(np.ndarray) + special)


def texts(macro, table):
    print(f"#ifdef {macro}")
    for name, text in sorted(table.items()):
        quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        print(f'{macro}({name}, "{quoted}")')
    print("#endif")


texts("NP_EXPIRED", np.__expired_attributes__)
texts("NP_FORMER", np.__former_attrs__)
