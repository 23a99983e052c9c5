"""A secret, changed: its new value goes to SSM through a write-only argument, and the services start anew with it.

The version in the environment file is what tells Terraform to send a value, so rotating raises it; the file is then to
be committed, so that everybody's plan is empty again.
"""

from __future__ import annotations

import getpass
import re
import sys
from dataclasses import replace

from ops import deployment
from ops.errors import OperatorError
from ops.project import ROOT
from ops.secrets import stored_versions
from ops.terraform import Terraform
from stacks.settings import SecretVersions, load


def rotate(name: str, environment: str) -> None:
    """Raise the secret's version, apply both stacks with its new value; a refused apply leaves the file as it was."""
    field = name.lower()
    if field not in SecretVersions.model_fields:
        known = ", ".join(key.upper() for key in SecretVersions.model_fields)
        raise OperatorError(f"{name} is no secret of this project. There are: {known}.")
    deployment.check_credentials(load(environment))
    value = _ask(name)
    file = ROOT / "environments" / f"{environment}.yaml"
    before = file.read_text()
    version = int(getattr(load(environment).secret_versions, field)) + 1
    file.write_text(raised(before, field, version))
    try:
        base, services = deployment.prepare(environment)
        print(f"==> {name}: version {version} to SSM", flush=True)
        _store(replace(base, environ={**base.environ, f"TF_VAR_{field}": value}), name, version)
    except BaseException:
        file.write_text(before)
        raise
    print("==> rolling the services onto it", flush=True)
    services.apply()
    print(f"{name} is rotated. Commit environments/{environment}.yaml: it says version {version} now.")


def _store(base: Terraform, name: str, version: int) -> None:
    """Apply base. Where that fails after the secret itself was stored, the rotation goes on: the version is in use."""
    try:
        base.apply()
    except OperatorError as error:
        if stored_versions(base).get(name) != version:
            raise
        print(f"    {name} is stored, but the rest of base is not applied: {error}", flush=True)


def raised(text: str, field: str, version: int) -> str:
    """The environment file with that secret's version, and nothing else, changed."""
    line = re.compile(rf"^(\s+{field}:\s*)\d+", re.MULTILINE)
    if len(line.findall(text)) != 1:
        raise OperatorError(
            f"the environment file has not exactly one line `{field}: N` below `secret_versions:`. Write it there, "
            f"with the version before this one ({version - 1})."
        )
    return line.sub(rf"\g<1>{version}", text)


def _ask(name: str) -> str:
    """From the terminal without echo, else from stdin; never from the command line, which others can read."""
    value = getpass.getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.read().rstrip("\n")
    if not value:
        raise OperatorError(f"no value was given for {name}: type it, or pipe it in.")
    return value
