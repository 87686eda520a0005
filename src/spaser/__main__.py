"""`python -m spaser`: the command line without an installed script."""

from spaser.cli import program

program()
