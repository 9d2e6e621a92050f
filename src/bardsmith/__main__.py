"""`python -m bardsmith`."""

from bardsmith.cli import main

if __name__ == "__main__":
    main()
