"""The commands release and rollback: a new image, its deployment, and the way back if it fails.

May import: everything in ops but local and cli.
"""
