"""The commands that apply or remove a stack: deploy, destroy, prune, secrets set and secrets list; a file each.

Also the record of releases, which `deploy` writes and the releasing commands read. May import: everything in ops but
releasing, local and cli.
"""
