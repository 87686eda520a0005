"""Many projects at once: each its own folder, its own report, its own errors."""
