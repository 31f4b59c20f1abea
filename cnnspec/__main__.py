"""`python -m cnnspec`."""

from cnnspec.cli.app import main

main()
