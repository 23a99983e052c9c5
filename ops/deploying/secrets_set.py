"""`asset-manager secrets set`: sends a new value to AWS through write-only arguments, and rolls the services onto it.

Terraform sends a value when its version in the environment file is raised, so rotating raises it. Commit the file then,
so that everybody's plan is empty again.
"""

from __future__ import annotations

import getpass
import sys
from dataclasses import replace

from ops.aws import in_progress
from ops.aws.account import Account
from ops.console.errors import CommandLineError, Interrupted, OperatorError, RefusedError, SecretMissingError
from ops.environments.edits import with_secret_version, write
from ops.terraform import plan, workspace
from ops.terraform.plan_and_apply import plan_folder, planned
from ops.terraform.project import ROOT
from ops.terraform.run import Terraform
from ops.terraform.secret_values import require_values, stored_versions
from settings.load import load
from settings.schema import SecretVersions

NOTHING_STORED = "interrupted; no new value was stored, and the environment file is as it was."


def rotate(name: str, environment: str) -> None:
    """Store a new value of one secret and roll the services onto it; refuses if there is another change."""
    field = name.lower()
    if field not in SecretVersions.model_fields:
        known = ", ".join(key.upper() for key in SecretVersions.model_fields)
        raise CommandLineError(f"{name} is no secret of this project. There are: {known}.")
    file = ROOT / "environments" / f"{environment}.yaml"
    settings = load(environment)
    version = int(getattr(settings.secret_versions, field)) + 1
    account = Account.of_shell(settings)
    in_progress.refuse(settings)
    before = file.read_text()
    after = with_secret_version(before, field, version)
    prepared = workspace.prepare(account)
    if plan.is_anything_to_change(prepared):
        raise RefusedError(
            "there is something to deploy besides the secret (the plan stands above), and rotating would deploy it "
            "unasked. Deploy it first, or take it back."
        )
    value = _ask(name)
    write(file, after)
    base = replace(prepared.base, environ={**prepared.base.environ, f"TF_VAR_{field}": value})
    versions = settings.secret_versions.model_copy(update={field: version})
    try:
        prepared.synthesize()
        require_values(base, settings.model_copy(update={"secret_versions": versions}))
        print(f"==> {name}: version {version} to AWS", flush=True)
        with plan_folder() as folder:
            planned(base, folder).apply("No new value was stored.")
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
        with plan_folder() as folder:
            planned(prepared.services, folder).apply("The services are as they were.")
        workspace.wait_until_steady(prepared)
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


def _is_stored(base: Terraform, name: str, version: int) -> bool:
    """Whether the state has this version in any place: then the file has to say so too, or the next apply would put
    the old value back.
    """
    try:
        return version in stored_versions(base.state()).get(name, set())
    except OperatorError:
        return False


def _ask(name: str) -> str:
    """Read it from the terminal without echo, else from stdin; others can read a command line."""
    try:
        value = getpass.getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.read().rstrip("\n")
    except EOFError:  # Ctrl-D
        value = ""
    if not value:
        raise SecretMissingError(f"no value was given for {name}: type it, or pipe it in.")
    return value
