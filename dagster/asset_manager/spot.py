"""Runs on Fargate Spot, with a way back: what Spot has no room for, and what it took back, starts on demand.

The instance's run launcher where the environment says `run: spot: true`; it names the strategy in `run_task_kwargs`.
A job that must not be interrupted says so by tag, which wins over all of this:

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
# In RunTask's answer when Spot has none left.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
NO_ROOM = "Capacity is unavailable at this time"


class SpotRunLauncher(EcsRunLauncher):
    """EcsRunLauncher, on Spot the first time and on demand after that."""

    def _get_run_task_kwargs_from_run(self, run: DagsterRun) -> Mapping[str, Any]:
        chosen = super()._get_run_task_kwargs_from_run(run)
        # Dagster retries crashed workers only, and a second interruption would be one too many.
        return {STRATEGY: ON_DEMAND, **chosen} if RETRY_NUMBER_TAG in run.tags else chosen

    def _run_task(self, **run_task_kwargs: Any) -> Mapping[str, Any]:
        try:
            return self._start(run_task_kwargs)
        except RetryableEcsException as refusal:
            if NO_ROOM not in str(refusal) or run_task_kwargs.get(STRATEGY) == ON_DEMAND:
                raise
            return self._start({**run_task_kwargs, STRATEGY: ON_DEMAND})

    def _start(self, run_task_kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
        started: Mapping[str, Any] = super()._run_task(**run_task_kwargs)  # type: ignore[no-untyped-call]  # dagster-aws's
        return started
