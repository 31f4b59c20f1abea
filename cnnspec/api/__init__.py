"""What Python programs and notebooks have of cnnspec, made here; the public names are those of `cnnspec` itself.

Everything else in the package, this room included, is internal and may change: import from `cnnspec` alone.
"""
