"""`python -m harness`: the command `xharness`."""

from harness.cli.main import main

if __name__ == "__main__":
    main()
