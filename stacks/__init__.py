"""The two stacks, `base` and `services`, and where their state is.

`base` holds what outlives a release, `services` what a release changes. A module beside base.py and services.py defines
what belongs together inside one stack. May import: settings, asset_manager_constructs, cdktf. To add a resource, use a
construct in the stack that it belongs to; a value that `services` needs of it is a field of `BaseOutputs`.
"""

# First of all: it sets up how the AWS provider's binding is imported, which has to precede cdktf's own import.
import asset_manager_constructs  # noqa: F401
