"""Checks in a real browser: each module is a script, `python -m tests.browser.<name>`. They need Chromium."""
