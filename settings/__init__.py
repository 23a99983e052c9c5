"""Typed settings of a deployment, read from environments/<name>.yaml and validated; `facts` is what AWS is asked for.

load.py reads a file into the Settings of schema.py, rules.py has the types of the fields, and side_by_side.py compares
the environments with each other. May import: no other package of the repository, no cdktf, boto3 or moto. To add a key,
add a field to schema.py, set it in each environment file that needs it, and test it in tests/unit/settings.
"""
