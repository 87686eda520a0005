"""spaser: the annual, reproducible follow-up report of a SPASER.

A SPASER is the scheme of art. L2111-3 of the Code de la commande publique.  The rooms
follow the data: params, sources, marches, quality, indicators, report, provenance, run.
"""

__version__ = "0.1.0"
