"""The checker of the book "How a web framework works inside" (`docs/inside/`).

`python -m minflask.learn check 02 my_file.py` runs what a reader wrote against the
cases of a chapter. Nothing of the framework comes here, and nothing here goes into it.
"""
