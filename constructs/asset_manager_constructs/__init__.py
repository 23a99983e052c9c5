"""The deployment's building blocks; importing any of them arms the fast import of the AWS provider's binding."""

from asset_manager_constructs.aws_bindings import install

install()
