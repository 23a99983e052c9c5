"""The commands release and rollback: a new image, its deployment, and the way back if it fails.

`image_change` is what both do; each command has a module. May import: everything in ops but local and cli. A step that
a release takes after ECS is steady belongs in `ImageChange.deploy`, with its undo.
"""
