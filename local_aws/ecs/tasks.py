"""One task: moto's object of it, brought from state to state by the process that stands for its container.

    PROVISIONING -> PENDING -> RUNNING -> DEACTIVATING -> STOPPING -> STOPPED
    waits for room  resolves   process    target          SIGTERM,    exit code, reason,
                    secrets    is up      drains          SIGKILL     nothing left behind

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
"""

from __future__ import annotations

import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.core.utils import utcnow
from moto.ecs.models import Container, Task, TaskDefinition
from moto.logs.models import logs_backends
from moto.ssm.models import ssm_backends

from local_aws import access_key
from local_aws.balancer.health import Target
from local_aws.balancer.targets import Targets
from local_aws.ecs import definition as definitions
from local_aws.ecs import description
from local_aws.ecs.container_health import Probe, health_check_of
from local_aws.ecs.definition import StartRefusedError
from local_aws.ecs.logs import LogStream
from local_aws.ecs.network import Placement, place
from local_aws.ecs.process import ContainerProcess, environment
from local_aws.fields import assign
from local_aws.variables import aws

EXITED = "EssentialContainerExited"
FAILED_TO_START = "TaskFailedToStart"


@dataclass(frozen=True, kw_only=True)
class Host:
    """What all tasks have in common: this machine.

    `code` is the working directory of tasks, a folder of their own if it is None. `speed` is how many times faster than
    on AWS intervals pass.
    """

    endpoint: str
    access_key_id: str
    directory: Path
    code: Path | None
    entrypoint: Path | None
    many_addresses: bool
    targets: Targets
    speed: int


class LocalTask:
    """A task of the local ECS."""

    def __init__(self, task: Task, definition: TaskDefinition, host: Host) -> None:
        self.task = task
        self.id: str = task.id
        self.definition = definition
        self.load_balancers: list[dict[str, Any]] = []
        self.targets: list[Target] = []
        self.running_since: float | None = None
        self.accounted = False
        self._host = host
        self._process: ContainerProcess | None = None
        self._log: LogStream | None = None
        self._probe: Probe | None = None
        self._kill_at = 0.0
        self._container_definition = definition.container_definitions[0]
        ports = definitions.container_ports(self._container_definition)
        self._placement = place(ports, many_addresses=host.many_addresses)
        description.begin(task, definition, self._placement.address)

    @property
    def container(self) -> Container:
        """Moto's object of the container."""
        return self.task.containers[0]

    @property
    def container_definition(self) -> dict[str, Any]:
        """The container as its task definition has it."""
        return self._container_definition

    @property
    def placement(self) -> Placement:
        """Where it is reached."""
        return self._placement

    @property
    def status(self) -> str:
        """LastStatus."""
        return self.task.last_status

    @property
    def is_stopping(self) -> bool:
        """Whether it is on its way to STOPPED, or there."""
        return self.task.desired_status == "STOPPED"

    @property
    def health(self) -> str | None:
        """HealthStatus by the container's own check; None where it has none."""
        if health_check_of(self._container_definition) is None:
            return None
        return self._probe.status if self._probe else "UNKNOWN"

    @property
    def pid(self) -> int | None:
        """Its process, if it has one."""
        return self._process.pid if self._process else None

    def seconds_running(self) -> float:
        """How long it has been RUNNING; 0 before."""
        return time.monotonic() - self.running_since if self.running_since is not None else 0.0

    def stop(self, code: str, reason: str) -> None:
        """Ask for its end; the first reason given stays."""
        if not self.is_stopping:
            self.task.desired_status = "STOPPED"
            assign(self.task, {"stop_code": code, "stopped_reason": reason, "stopping_at": utcnow()})

    def advance(self, *, may_start: bool) -> None:
        """Go as far as is possible now."""
        if self.status == "PROVISIONING":
            if self.is_stopping:
                self._finish()
            elif may_start:
                self._start()
        elif self._process is not None and self.status != "STOPPED":
            if self._log:
                self._log.ship(ended=False)
            code = self._process.exit_code()
            if code is not None:
                self.stop(EXITED, "Essential container in task exited")
                assign(self.container, {"exitCode": code})
                self._finish()
            elif self.is_stopping:
                self._go_on_stopping(self._process)
            elif self._probe:
                self._probe.look()
                for described in (self.task, self.container):
                    assign(described, {"health_status": self._probe.status})

    def forget(self) -> None:
        """Give up what is kept of a stopped task in memory; its log file stays."""
        if self._log:
            self._log.forget()

    def terminate(self, number: signal.Signals) -> None:
        """Send a signal, whatever its state: the agent itself is ending."""
        if self._process:
            self._process.signal(number)

    def has_process(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.exit_code() is None

    def clean_up(self) -> None:
        """End what its command left running."""
        if self._probe:
            self._probe.end()
        if self._process:
            self._process.clean_up()

    def _start(self) -> None:
        description.go_to(self.task, "PENDING")
        assign(self.task, {"connectivity": "CONNECTED", "connectivity_at": utcnow(), "pull_started_at": utcnow()})
        try:
            self._process = self._launch()
        except StartRefusedError as refusal:
            self.stop(FAILED_TO_START, str(refusal))
            if str(refusal).startswith("CannotStart"):
                assign(self.container, {"reason": str(refusal)})
            self._finish()
            return
        description.go_to(self.task, "RUNNING")
        self.running_since = time.monotonic()
        assign(self.task, {"pull_stopped_at": utcnow(), "started_at": utcnow()})
        for balancer in self.load_balancers:
            port = self._placement.ports.get(int(balancer["containerPort"]))
            if port is not None:
                group = balancer["targetGroupArn"]
                self.targets.append(self._host.targets.register(group, self._placement.address, port))

    def _launch(self) -> ContainerProcess:
        definition = definitions.the_container(self.definition.container_definitions)
        override = definitions.container_override(self.task.overrides, definition["name"])
        secrets = self._secrets(definition)
        entrypoint = [str(self._host.entrypoint)] if self._host.entrypoint else []
        command = definitions.arguments(definition, override, entrypoint)
        scratch, log = self._host.directory / self.id, self._host.directory / f"{self.id}.log"
        directory = self._host.code or scratch
        (scratch / "dagster_home").mkdir(parents=True)
        log.touch(mode=0o600)
        target = definitions.log_target(definition, self.id)
        if target:
            self._log = LogStream(logs_backends[self.task._account_id][self.task.region_name], target, log)
        environ = environment(
            definitions.variables(definition, override, secrets),
            scratch,
            aws(self._host.endpoint, self.task.region_name, access_key.labelled(self._host.access_key_id, self.id)),
            f"{self._host.endpoint}/asset-manager-api/v4/{self.id}",
        )
        check = health_check_of(definition)
        self._probe = Probe(check, environ, directory, self._host.speed) if check else None
        return ContainerProcess(
            self._placement.localized(command),
            environ,
            directory,
            log,
        )

    def _secrets(self, definition: definitions.JSON) -> dict[str, str]:
        backend = ssm_backends[self.task._account_id][self.task.region_name]
        found, missing = {}, []
        for secret in definition.get("secrets") or []:
            name = definitions.parameter_name(secret["valueFrom"])
            parameter = backend.get_parameters([secret["valueFrom"]]).get(secret["valueFrom"])
            value = parameter.decrypt(parameter.value) if parameter else None
            if value is None:
                missing.append(name)
            else:
                found[secret["name"]] = value
        if missing:
            raise StartRefusedError(
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
                f"failed: unable to retrieve secrets from ssm: invalid ssm parameters: {', '.join(missing)}"
            )
        return found

    def _go_on_stopping(self, process: ContainerProcess) -> None:
        if self.status == "RUNNING":
            for target in self.targets:
                target.drain()
            description.go_to(self.task, "DEACTIVATING")
        if self.status == "DEACTIVATING" and all(map(self._host.targets.is_drained, self.targets)):
            description.go_to(self.task, "STOPPING")
            self._kill_at = time.monotonic() + definitions.stop_timeout(self._container_definition)
            process.signal(signal.SIGTERM)
        elif self.status == "STOPPING" and time.monotonic() >= self._kill_at:
            process.signal(signal.SIGKILL)

    def _finish(self) -> None:
        for target in self.targets:
            self._host.targets.deregister(target)
        self.clean_up()
        if self._log:
            self._log.ship(ended=True)
        shutil.rmtree(self._host.directory / self.id, ignore_errors=True)
        description.release_network(self.task)
        description.go_to(self.task, "STOPPED")
        assign(self.task, {"execution_stopped_at": utcnow(), "stopped_at": utcnow()})
