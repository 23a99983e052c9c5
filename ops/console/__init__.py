"""Output, questions, tables, the poll loop, and the errors that end a command.

Nothing here knows AWS, Terraform or Dagster. May import: settings. To add an error, write a class with a name and one
of the exit codes in `errors.py`, and add the name to README's table.
"""
