"""A package with templates and static files, for the tests."""
