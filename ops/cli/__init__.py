"""The command line: arguments, help and exit codes, and nothing else.

A new command is one function in the module of its folder (`ops/tasks` has `tasks.py`), which calls the function that
does the work. `main` is the only place where an expected error becomes a message and an exit code.
"""
