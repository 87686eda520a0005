"""`python -m spaser.demo`: write the demonstration data of the project."""

from spaser.demo import main

main()
