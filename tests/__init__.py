"""The claims that minflask makes, as tests; `python -m tests` runs them all."""
