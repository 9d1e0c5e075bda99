"""`python -m ctclass` is `ctclass`."""

from ctclass.cli import main

if __name__ == "__main__":
    main()
