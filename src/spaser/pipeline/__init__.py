"""The stages in order, from a folder of files to a published report."""
