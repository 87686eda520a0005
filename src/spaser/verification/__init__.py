"""A published report made again, compared, certified."""
