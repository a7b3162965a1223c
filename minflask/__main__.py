"""`python -m minflask`: the command line, found as users of Flask are used to."""

from .cli import main

if __name__ == "__main__":
    main()
