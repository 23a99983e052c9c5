"""The verbs of `asset-manager`, a module a field of work; each imports what it does only when it is called."""
