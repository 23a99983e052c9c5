"""A secret, changed: its new value goes to AWS through write-only arguments, and the services start anew with it.

The version in the environment file is what tells Terraform to send a value, so rotating raises it; the file is then to
be committed, so that everybody's plan is empty again.
"""

from __future__ import annotations

import getpass
import re
import sys
from dataclasses import replace

from ops.aws import in_progress
from ops.console.errors import CommandLineError, Interrupted, OperatorError, RefusedError, SecretMissingError
from ops.environments.edits import write
from ops.terraform import workspace
from ops.terraform.project import ROOT
from ops.terraform.run import Terraform
from ops.terraform.secret_values import require_values, stored_versions
from settings.load import load
from settings.schema import SecretVersions

NOTHING_STORED = "interrupted; no new value was stored, and the environment file is as it was."


def rotate(name: str, environment: str) -> None:
    """Store a new value of one secret and roll the services onto it; other changes have to be deployed before."""
    field = name.lower()
    if field not in SecretVersions.model_fields:
        known = ", ".join(key.upper() for key in SecretVersions.model_fields)
        raise CommandLineError(f"{name} is no secret of this project. There are: {known}.")
    file = ROOT / "environments" / f"{environment}.yaml"
    settings = load(environment)
    version = int(getattr(settings.secret_versions, field)) + 1
    workspace.check_credentials(settings)
    in_progress.refuse(settings)
    before = file.read_text()
    after = raised(before, field, version)
    if workspace.plan(environment):
        raise RefusedError(
            "there is something to deploy besides the secret (the plan stands above), and rotating would deploy it "
            "unasked. Deploy it first, or take it back."
        )
    value = _ask(name)
    write(file, after)
    base = None
    try:
        base, services = workspace.prepare(environment)
        base = replace(base, environ={**base.environ, f"TF_VAR_{field}": value})
        require_values(base, load(environment))
        print(f"==> {name}: version {version} to AWS", flush=True)
        base.apply()
    except (Exception, Interrupted) as error:
        stored = _is_stored(base, name, version)
        if not stored:
            write(file, before)
        if isinstance(error, Interrupted):
            raise Interrupted(
                f"interrupted; {_half_done(name, version, environment)}" if stored else NOTHING_STORED
            ) from None
        raise
    print("==> rolling the services onto it", flush=True)
    try:
        services.apply()
        workspace.wait_until_steady(settings, services)
    except Interrupted:
        raise Interrupted(f"interrupted; {_half_done(name, version, environment)}") from None
    except OperatorError as error:
        raise type(error)(f"{error}\n{_half_done(name, version, environment)}") from error
    print(f"{name} is rotated. Commit environments/{environment}.yaml: it says version {version} now.")


def _half_done(name: str, version: int, environment: str) -> str:
    return (
        f"{name} is stored as version {version}; commit environments/{environment}.yaml, which says so. "
        f"Web and daemon may not have it yet: `asset-manager deploy -e {environment}` goes on."
    )


def raised(text: str, field: str, version: int) -> str:
    """The environment file with that secret's version, and nothing else, changed."""
    line = re.compile(rf"^(\s+{field}:\s*)\d+", re.MULTILINE)
    if len(line.findall(text)) != 1:
        raise RefusedError(
            f"the environment file has not exactly one line `{field}: N` below `secret_versions:`. Write it there, "
            f"with the version before this one ({version - 1})."
        )
    return line.sub(rf"\g<1>{version}", text)


def _is_stored(base: Terraform | None, name: str, version: int) -> bool:
    """Whether the state says so after all, of any place that has it: then the file has to say the same, or the next
    apply would turn it back.
    """
    try:
        return base is not None and version in stored_versions(base.state()).get(name, set())
    except OperatorError:
        return False


def _ask(name: str) -> str:
    """From the terminal without echo, else from stdin; never from the command line, which others can read."""
    try:
        value = getpass.getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.read().rstrip("\n")
    except EOFError:  # Ctrl-D
        value = ""
    if not value:
        raise SecretMissingError(f"no value was given for {name}: type it, or pipe it in.")
    return value
