"""Manifest, atomic publication and sealed editions."""
