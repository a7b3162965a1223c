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
suppress_warnings = ["ref.python"]  # two classes are called SecurityError: that of requests, and that of templates
smartquotes = False  # "/" in a table is what one types
html_theme = "furo"  # reads well on wide and narrow screens, light and dark
html_title = "minflask"
html_show_sphinx = False


def setup(app):
    """Find the README's pictures from here, too: its own paths begin at the top of the project."""
    def adapt(app, path, parent, content):
        if path.name == "README.rst":
            content[0] = content[0].replace(":: docs/", ":: ")

    app.connect("include-read", adapt)
