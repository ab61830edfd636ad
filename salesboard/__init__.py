"""salesboard: the sales team's board in a terminal."""

__version__ = "0.1.0"
