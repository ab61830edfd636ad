"""The tests; a package of its own, so that no other package named `tests` can take its place."""
