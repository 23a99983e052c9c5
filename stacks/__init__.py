"""The two stacks, and where their state is kept."""

# First of all: it sets up how the AWS provider's binding is imported, which has to precede cdktf's own import.
import asset_manager_constructs  # noqa: F401
