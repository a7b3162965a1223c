"""The template language: text with ``{{ expressions }}`` and ``{% statements %}`` in, Python functions out.

A pipeline of readable steps: ``lexer`` → ``parser`` and ``expressions`` → ``nodes`` → ``scope`` →
``compiler`` → a Python function, run with ``runtime``. ``environment`` holds the options and ties the
steps together; ``filters``, ``tests``, ``loaders`` and the extensions hang on it. HTTP and Flask are
unknown here. This file imports nothing: take names from the modules.
"""
