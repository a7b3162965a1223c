"""How `make docs` builds the HTML: Sphinx, in an environment of its own; nothing is fetched while it builds."""

import os
import sys

sys.path.insert(0, os.path.abspath(".."))

from minflask import __version__  # noqa: E402

project = "minflask"
copyright = "2026, the minflask founders"
version = release = __version__
extensions = ["sphinx.ext.autodoc"]
exclude_patterns = ["_build", "examples", "inside/code"]
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_preserve_defaults = True
default_role = "code"
html_theme = "alabaster"
html_theme_options = {"description": "Flask's API, nothing to install", "fixed_sidebar": True}
