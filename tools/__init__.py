"""What maintains the repository: `python -m tools <command>`, which the Makefile calls.

Belongs here: a program for contributors and for GitHub's workflows that no operator runs. Each module without a leading
underscore is a command, named after it. May import: ops, settings.
A new command is a module with a `main()` and a target in the Makefile. `main()` returns nothing; it raises an
OperatorError if it fails or finds a problem, and `__main__` prints that and ends with its exit code.
`_programs` starts other programs, those in `.tools` included.
"""
