"""`python -m client` is the `callboard` command."""

from client.cli import main

if __name__ == "__main__":
    main()
