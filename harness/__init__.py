"""headlaws: which laws each attention head of a language model obeys.

    from harness import load_model
    load_model("specimen").head("0.1")((7, 9, 7))

A chapter in `properties/` imports its words from here: the tag `conjecture`, the families, the relations. Nothing is
loaded before it is asked for; torch not before a model is.
"""

import os

import lazy_loader

# Threads that spin long while they wait for each other cost ten times their work when a third program wants a core;
# threads that do not spin at all wake too late for small products. GNU OpenMP reads this when torch is imported,
# which is later: https://gcc.gnu.org/onlinedocs/libgomp/GOMP_005fSPINCOUNT.html
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")

# What there is and where it lies stands in __init__.pyi, which type checkers read as well.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
