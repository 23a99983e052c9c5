"""The instance's run launcher: EcsRunLauncher, with a way back from Spot, and the cause where a task never started.

Where the environment says `run: spot: true`, runs begin on Fargate Spot; what Spot has no room for, and what it took
back, starts on demand. A job that must not be interrupted says so by tag, which wins over all of this:

    ecs/run_task_kwargs: {"capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}]}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster import DagsterRun
from dagster._core.storage.tags import RETRY_NUMBER_TAG
from dagster_aws.ecs import EcsRunLauncher
from dagster_aws.ecs.utils import RetryableEcsException

STRATEGY = "capacityProviderStrategy"
ON_DEMAND = [{"capacityProvider": "FARGATE", "weight": 1}]
# In RunTask's answer when there is no more of what was asked for.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
NO_ROOM = "Capacity is unavailable at this time"


class FargateRunLauncher(EcsRunLauncher):
    """EcsRunLauncher, of which a run on Spot is retried on demand, and which says why a task never started."""

    def get_run_worker_debug_info(self, run: DagsterRun, include_container_logs: bool | None = True) -> str | None:  # noqa: ARG002  Dagster's
        """What run monitoring adds to "took too long to start": a secret that is missing, an image not to be had.

        Of a run that has not begun it looks at the clock alone, and EcsRunLauncher has nothing to add.
        """
        return self.check_run_worker_health(run).msg or None

    def _get_run_task_kwargs_from_run(self, run: DagsterRun) -> Mapping[str, Any]:
        chosen = super()._get_run_task_kwargs_from_run(run)
        # Dagster retries crashed workers only, and a second interruption would be one too many.
        is_again = STRATEGY in self.run_task_kwargs and RETRY_NUMBER_TAG in run.tags
        return {STRATEGY: ON_DEMAND, **chosen} if is_again else chosen

    def _run_task(self, **run_task_kwargs: Any) -> Mapping[str, Any]:
        try:
            return self._start(run_task_kwargs)
        except RetryableEcsException as refusal:
            if NO_ROOM not in str(refusal) or run_task_kwargs.get(STRATEGY, ON_DEMAND) == ON_DEMAND:
                raise
            return self._start({**run_task_kwargs, STRATEGY: ON_DEMAND})

    def _start(self, run_task_kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
        started: Mapping[str, Any] = super()._run_task(**run_task_kwargs)  # type: ignore[no-untyped-call]  # dagster-aws's
        return started
