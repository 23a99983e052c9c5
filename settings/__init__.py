"""What an environment file says, checked and typed: the ground floor, which imports no other package of ours.

load.py reads environments/<name>.yaml into the Settings of schema.py, whose fields are of the types in rules.py. A new
key is a field in schema.py, its value in each environment file that needs it, and a test in tests/unit.
"""
