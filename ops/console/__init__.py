"""What the operator sees, and the errors that end a command.

Belongs here: output, questions, and the table of errors with their names and exit codes. Nothing here knows AWS,
Terraform or Dagster. May import: settings. A new error is a class in `errors.py` with a name and one of its exit codes.
"""
