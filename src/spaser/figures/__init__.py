"""The canonical tables, the indicators as data, the SQL they make, the figures."""
