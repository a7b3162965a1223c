"""A module for a blueprint with templates of its own, for the tests."""
