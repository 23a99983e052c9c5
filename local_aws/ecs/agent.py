"""The agent: one thread that looks at every task and service, a few times a second and whenever something was asked."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import threading
import time
from collections import deque

from moto.ecs.models import Cluster, EC2ContainerServiceBackend, Service, Task, TaskDefinition, ecs_backends

from local_aws.balancer.front import Front
from local_aws.balancer.targets import Targets
from local_aws.config import Config
from local_aws.ecs.network import has_many_addresses
from local_aws.ecs.process import end_tasks
from local_aws.ecs.services import Scheduler
from local_aws.ecs.tasks import Host, LocalTask

SECONDS_BETWEEN_LOOKS = 0.2
SECONDS_TO_REMEMBER = 3600.0  # DescribeTasks knows a stopped task for an hour
STOPPED_TASKS_KEPT = 500
# Shorter than what `make local-down` grants the whole emulator before it kills it.
SECONDS_TO_END = 3.0

logger = logging.getLogger(__name__)


class Agent:
    """The local ECS of one emulator.

    Fargate has room for everything, a laptop has not: of the tasks that RunTask started, two per core run at a time and
    the others wait in PROVISIONING. A service's tasks never wait: it is the daemon that starts all others.
    """

    def __init__(self, config: Config, access_key_id: str) -> None:
        self.lock = threading.RLock()
        self.targets = Targets(config.speed)
        self._directory = config.tasks
        self._host = Host(
            endpoint=config.endpoint,
            access_key_id=access_key_id,
            directory=config.tasks,
            code=config.code,
            entrypoint=config.entrypoint,
            many_addresses=has_many_addresses(),
            targets=self.targets,
            speed=config.speed,
        )
        self._front = Front(self.targets, config.web_port, config.environment)
        self._tasks: dict[str, LocalTask] = {}
        self._stopped: deque[tuple[float, LocalTask]] = deque()
        self._scheduler = Scheduler(self._tasks.__getitem__, config.speed)
        self._room = 2 * (os.cpu_count() or 1)
        self._ending = threading.Event()
        self._asked = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ecs-agent", daemon=True)

    def start(self) -> None:
        """End what a killed predecessor left, and begin."""
        end_tasks(self._directory)
        if self._directory.is_dir():
            shutil.rmtree(self._directory)
        self._directory.mkdir(parents=True, mode=0o700)
        self._front.start()
        self._thread.start()

    def end(self) -> None:
        """Stop every task, and leave nothing running: SIGTERM, and soon SIGKILL."""
        self._ending.set()
        self._asked.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._front.end()
        with self.lock:
            running = [task for task in self._tasks.values() if task.has_process()]
            for task in running:
                task.terminate(signal.SIGTERM)
            deadline = time.monotonic() + SECONDS_TO_END
            while any(task.has_process() for task in running) and time.monotonic() < deadline:
                time.sleep(0.02)
            for task in running:
                task.terminate(signal.SIGKILL)
                task.clean_up()

    def wake(self) -> None:
        """Look now."""
        self._asked.set()

    def adopt(self, task: Task, definition: TaskDefinition) -> None:
        """Take charge of a task that moto has just made."""
        with self.lock:
            self._tasks[task.id] = LocalTask(task, definition, self._host)
            self.wake()

    def find(self, task_id: str) -> LocalTask | None:
        """Return a task that is not forgotten yet."""
        return self._tasks.get(task_id)

    def _run(self) -> None:
        while not self._ending.is_set():
            self._asked.wait(SECONDS_BETWEEN_LOOKS)
            self._asked.clear()
            with self.lock:
                if not self._ending.is_set():
                    self._look()

    def _look(self) -> None:
        # Tasks first, so that services see what has just ended; new tasks of services start at the next look, at once.
        busy = sum(task.has_process() for task in self._tasks.values() if not _is_service_task(task))
        for task in list(self._tasks.values()):
            before = task.status
            if before == "STOPPED":
                continue
            try:
                of_service = _is_service_task(task)
                task.advance(may_start=of_service or busy < self._room)
                busy += not of_service and before == "PROVISIONING" and task.has_process()
            except Exception:  # one broken task must not stop all others
                logger.exception("task %s", task.id)
            if task.status == "STOPPED":
                self._stopped.append((time.monotonic(), task))
                self.wake()
        for backend in [backend for account in ecs_backends.values() for backend in account.values()]:
            for service in list(backend.services.values()):
                self._reconcile(backend, service)
            for cluster in backend.clusters.values():
                self._count(backend, cluster)
        self._forget()

    def _reconcile(self, backend: EC2ContainerServiceBackend, service: Service) -> None:
        if service.status == "INACTIVE":
            return
        group = f"service:{service.name}"
        mine = [t for t in self._tasks.values() if t.task.group == group and t.task.cluster_arn == service.cluster_arn]
        try:
            self._scheduler.reconcile(backend, service, mine)
        except Exception:
            logger.exception("service %s", service.name)

    @staticmethod
    def _count(backend: EC2ContainerServiceBackend, cluster: Cluster) -> None:
        live = [task.last_status for task in backend.tasks.get(cluster.name, {}).values() if _is_live(task)]
        cluster.running_tasks_count = live.count("RUNNING")
        cluster.pending_tasks_count = live.count("PROVISIONING") + live.count("PENDING")
        services = [service for service in backend.services.values() if service.cluster_name == cluster.name]
        cluster.active_services_count = sum(service.status == "ACTIVE" for service in services)

    def _forget(self) -> None:
        oldest_kept = time.monotonic() - SECONDS_TO_REMEMBER
        while self._stopped and (self._stopped[0][0] < oldest_kept or len(self._stopped) > STOPPED_TASKS_KEPT):
            _, gone = self._stopped.popleft()
            gone.forget()
            del self._tasks[gone.id]
            ecs_backends[gone.task._account_id][gone.task.region_name].tasks[gone.task.cluster_name].pop(
                gone.task.task_arn, None
            )


def _is_service_task(task: LocalTask) -> bool:
    return task.task.group.startswith("service:")


def _is_live(task: Task) -> bool:
    return task.desired_status != "STOPPED"
