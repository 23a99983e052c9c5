"""Additions to moto, one file per AWS service; `core` has those of every service.

A function with `@patch(Class, "method")` replaces that method, and its docstring names the API. To add one, write the
function in the file of its service and a test that names it in tests/local_aws/test_moto_<service>.py; `patch` imports
every file here. May import: local_aws.ecs, local_aws.balancer.
"""
