"""spaser: the annual, reproducible follow-up report of a SPASER.

A SPASER is the scheme of art. L2111-3 of the Code de la commande publique.  The rooms
follow the data, in the order of docs/architecture.md.
"""

__version__ = "0.2.0"
