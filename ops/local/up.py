"""`make local`: the local AWS up, and both stacks deployed to it by the real Terraform.

    settings -> tools -> servers -> synthesis -> what the guide assumes -> apply base, services -> ECS runs it

Each step finds what an earlier run left and adds what is missing, so the next run goes on where one was stopped.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path

from botocore.exceptions import BotoCoreError

from local_aws import emulator, snowflake
from local_aws.config import HOST, TASKS, Config
from local_aws.ecs.process import end_tasks
from local_aws.postgres import postgres
from local_aws.variables import aws
from ops.aws import steady
from ops.aws.clients import Clients
from ops.checking.deployed.dagster import OUR_CODE_LOCATION
from ops.console.errors import EmulatorDiedError, NotValidError, OperatorError
from ops.console.progress import detail, say
from ops.local import databases, deployed, environment, prerequisites, repair, sample_metrics, stack_folder
from ops.local.environment import DEPLOYED
from ops.local.errors import as_operator_errors
from ops.local.lock import alone
from ops.local.prerequisites import local_clients
from ops.terraform import toolchain
from ops.terraform.plan_and_apply import plan_folder, planned
from ops.terraform.project import ROOT, python_path, synthesize
from ops.terraform.run import Terraform
from ops.terraform.secret_values import require_values
from settings.load import Settings, load
from settings.names import STACKS

DIRECTORY = ROOT / ".local"
SECONDS_TO_BE_STEADY = 300
OUT = "cdktf.out"


@dataclass(frozen=True)
class Local:
    """A local AWS that is up, and what a process needs to work on it."""

    settings: Settings
    endpoint: str
    ports: environment.Ports
    environ: dict[str, str]

    @property
    def out(self) -> Path:
        """Where its JSON is; not cdktf.out, which is the real deployment's."""
        return DIRECTORY / OUT

    def shell(self) -> str:
        """The same for a person's shell, which has more in it that has to go."""
        leads_elsewhere = sorted(
            name for name in os.environ if name.startswith("AWS_") and name not in self.environ
        )  # profiles, session tokens, single services' endpoints
        # Without the secrets: exported, they would pass for real ones in a deployment from this shell.
        hidden = {*environment.PASSED, *environment.PROXIES, *environment.secrets(self.ports)}
        wanted = {name: value for name, value in self.environ.items() if name not in hidden}
        lines = [f"unset {name}" for name in leads_elsewhere]
        wanted |= {f"LOCAL_{name.upper()}_PORT": str(value) for name, value in asdict(self.ports).items()}
        lines += [f"export {name}={shlex.quote(value)}" for name, value in sorted(wanted.items())]
        return "\n".join([*lines, f"export PATH={shlex.quote(self.environ['PATH'])}"])

    @cached_property
    def clients(self) -> Clients:
        return local_clients(self.settings.region, self.endpoint, self.environ["AWS_ACCESS_KEY_ID"])

    def terraform(self, stack: str) -> Terraform:
        environ = {**self.environ, stack_folder.OURS: "1"}
        binary, folder = Path(self.environ["TERRAFORM_BINARY_NAME"]), self.out / "stacks" / stack
        hold = partial(emulator.hold, self.ports.aws, self.environ["AWS_ACCESS_KEY_ID"])
        return Terraform(binary, environ, folder, before_interrupt=hold)


def config_of(settings: Settings, ports: environment.Ports) -> Config:
    """The local AWS of this working copy."""
    return Config(
        directory=DIRECTORY,
        port=ports.aws,
        web_port=ports.web,
        account_id=settings.account_id,
        speed=environment.speed(),
        # The working copy itself: the next task runs what was just edited, and a copy would go stale. It is safe as
        # a working directory: no package in it bears another one's name (tests/programs/test_repository.py).
        code=ROOT / "dagster",
        entrypoint=ROOT / "docker" / "entrypoint",
        environment=DEPLOYED,
    )


def connect(found: emulator.Emulator, ports: environment.Ports) -> Local:
    """The local AWS that is up, with the ports of its servers."""
    settings = load(DEPLOYED)
    environ = {
        **environment.passed(),
        **toolchain.environment(ROOT),
        **aws(found.endpoint, settings.region, found.access_key_id),
        **environment.variables(ports),
        **environment.secrets(ports),
    }
    return Local(settings, found.endpoint, ports, environ)


def running() -> Local:
    """The local AWS that is up, or a refusal that says how to start it."""
    found = emulator.running(DIRECTORY)
    if found is None:
        raise EmulatorDiedError("the local AWS is not up. Start it: make local")
    wanted, database, warehouse = environment.ports(), postgres.running(DIRECTORY), snowflake.running(DIRECTORY)
    ports = environment.Ports(
        aws=found.port,
        web=found.web_port,
        # One that is not up has the port on which `up` would start it.
        postgres=database.port if database else wanted.postgres,
        snowflake=warehouse.port if warehouse else wanted.snowflake,
    )
    return connect(found, ports)


def up() -> Local:
    """Everything up and deployed, and run by ECS."""
    wanted = load(DEPLOYED)
    with alone(DIRECTORY), as_operator_errors(DIRECTORY, "make local"):
        return repair.healed(lambda: _up(wanted), wanted, DIRECTORY, say, detail)


def _up(wanted: Settings) -> Local:
    ports = environment.ports()
    config = config_of(wanted, ports)
    say("terraform, its provider and node")
    toolchain.environment(ROOT)
    emulator.refuse_ports_in_use(config)
    say(f"on {HOST}: the local AWS ({ports.aws}), Postgres ({ports.postgres}), Snowflake ({ports.snowflake})")
    _start_what_tasks_use(ports)  # first: a restored local AWS starts its tasks at once
    started = emulator.start(config)
    local = connect(started, ports)
    with _watched():
        say(f"synthesizing {DEPLOYED}")
        synthesize(DEPLOYED, local.out, local.environ)
        if not (started.was_restored and _serves_as_it_was_saved(local)):
            _deploy(local)
            deployed.write(DIRECTORY, _state(local))
    return local


def _start_what_tasks_use(ports: environment.Ports) -> None:
    password = environment.secrets(ports)["TF_VAR_dagster_pg_password"]
    # Tasks that ran before it have broken connections, and no tables where the data is new: ECS starts them again.
    if postgres.start(DIRECTORY, ports.postgres, password).was_started:
        end_tasks(DIRECTORY.resolve() / TASKS)  # as the local AWS names it
    snowflake.start(DIRECTORY, ports.snowflake)


def _serves_as_it_was_saved(local: Local) -> bool:
    """Whether the restored deployment is the one that would be deployed now, and works."""
    if deployed.read(DIRECTORY) != _state(local):
        detail("the local AWS is restored, and something changed since it was deployed")
        return False
    say("the local AWS is restored, and nothing changed since it was deployed: waiting for ECS to run it")
    _wait_for_ecs(local)
    return _validates(local, [])


def _state(local: Local) -> str:
    return deployed.digest(local.clients.s3, local.settings, local.out, local.environ)


def _deploy(local: Local) -> None:
    say("the sample metrics, and what the guide assumes to exist")
    sample_metrics.load(local.environ["TF_VAR_metrics_database_url"])
    make_databases(local)
    prerequisites.create(local.settings, local.clients, detail)
    for stack in STACKS:
        terraform = local.terraform(stack)
        say(f"terraform init: {stack}")
        stack_folder.init(terraform)
        if stack == "base":
            require_values(terraform, local.settings)
        stack_folder.with_a_provider_that_starts(terraform, _apply)
        if stack == "base":
            repair.put_objects_back(local.clients.s3, DIRECTORY, detail)
    say("waiting for ECS to run it")
    _wait_for_ecs(local)
    # Of our own code a run too.
    run = ["--run"] if local.settings.code_location == OUR_CODE_LOCATION else []
    if not _validates(local, run):
        raise NotValidError("something of what was deployed does not work: the table above says what, and what to do.")


def _wait_for_ecs(local: Local) -> None:
    services = steady.applied(local.terraform("services").state())
    steady.wait(local.clients.ecs, local.settings.existing.cluster, services, SECONDS_TO_BE_STEADY, detail)


def make_databases(local: Local) -> None:
    """One for each environment of this account, before it is deployed: nothing else of it has to be there."""
    url = local.environ["TF_VAR_metrics_database_url"]  # the same server, with its password
    for name in databases.of_environments(local.settings.account_id):
        databases.create(url, name)
        detail(f"database {name}")


def _validates(local: Local, run: list[str]) -> bool:
    """The operator's own command, as a process that knows nothing but its environment."""
    say(" ".join(["asset-manager validate", *run]))
    command = [sys.executable, "-m", "ops.cli.main", "validate", *run, "--wait", "60", "--environment", DEPLOYED]
    environ = {**local.environ, "LOCAL_WEB_PORT": str(local.ports.web), "PYTHONPATH": python_path()}
    return subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode == 0  # noqa: S603


def down() -> bool:
    """Stop what `up` started; False if nothing was up."""
    with alone(DIRECTORY):
        return _stop()


def reset() -> None:
    """`down`, and forget everything it kept."""
    with alone(DIRECTORY):
        _stop()
        for path in DIRECTORY.iterdir():
            if path.name != "lock":
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _stop() -> bool:
    """All of them; the local AWS first, since its tasks use the others."""
    stack_folder.end_terraform(DIRECTORY / OUT)
    if others := stack_folder.other_terraforms(DIRECTORY / OUT):
        ids = ", ".join(str(pid) for pid in others)
        detail(f"left alone: a Terraform that `make local` did not start works below {DIRECTORY / OUT}: process {ids}")
    (DIRECTORY / repair.AT_WORK).unlink(missing_ok=True)
    return any([emulator.stop(DIRECTORY), snowflake.stop(DIRECTORY), postgres.stop(DIRECTORY)])


def _apply(terraform: Terraform) -> None:
    with repair.marked(DIRECTORY), plan_folder() as folder:
        planned(terraform, folder).apply("Run `make local` again.")


@contextmanager
def _watched() -> Iterator[None]:
    """End Terraform when the local AWS dies under it: by itself it would try again for ten minutes."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(1):
            if emulator.running(DIRECTORY) is None:
                stack_folder.end_terraform(DIRECTORY / OUT)
                return

    watcher = threading.Thread(target=watch, daemon=True)  # Ctrl-C may come before the `try`
    try:
        watcher.start()
        yield
    except (OperatorError, BotoCoreError) as error:
        if emulator.running(DIRECTORY) is None:
            raise EmulatorDiedError(
                f"the local AWS ended while it was deployed to; its log is {DIRECTORY / 'emulator.log'}. "
                "Run `make local` again: it goes on from what the local AWS saved last."
            ) from error
        raise
    finally:
        over.set()
        if watcher.ident is not None:
            watcher.join()
