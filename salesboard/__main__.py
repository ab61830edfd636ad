"""The way into the program; `--version` answers before anything else is loaded."""

import sys


def main() -> None:
    """Run the program with the arguments it was called with, and leave with its exit code."""
    if sys.argv[1:] == ["--version"]:
        from salesboard import __version__

        print(f"salesboard {__version__}")
        return
    from salesboard.cli import program

    program()


if __name__ == "__main__":
    main()
