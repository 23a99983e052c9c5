"""The command line: arguments, help and exit codes, and nothing else.

To add a command:
1. Write the function that does the work, in a module of its own in the package of its kind, such as `ops/tasks`.
2. Add a function to the module of that package here (`tasks.py`). It declares the arguments, and calls yours.
3. Add the command and its summary to the table in `table.py`.
"""
