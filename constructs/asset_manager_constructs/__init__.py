"""The deployment's building blocks, one capability per module.

A construct has one shape: a frozen, keyword-only `XProps`, a `class X(Construct)` with `(scope, id_, props)`, and a few
public attributes. The ids inside are part of Terraform's addresses: to rename one is to replace a resource. May import:
settings, cdktf. To add a capability, add a module with a construct, use it in stacks/, and state its facts in
tests/synth.

Importing any of the modules sets up the fast import of the AWS provider's binding.
"""

from asset_manager_constructs.aws_bindings import install

install()
