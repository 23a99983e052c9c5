"""One job and one schedule a grain; a tick asks for one run of every partition of its grain."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from asset_manager.assets import metric_semantic_values, snowflake_metric_cache
from asset_manager.partitions import partitions_of


def cache_job(grain: str, tags: dict[str, str]) -> dg.UnresolvedAssetJobDefinition:
    """The job that brings one partition from the metrics database into Snowflake."""
    return dg.define_asset_job(
        f"{grain}_snowflake_cache_job",
        selection=[metric_semantic_values, snowflake_metric_cache],
        tags=tags,
        description=f"One metric's values by {grain}, into Snowflake.",
    )


def cache_schedule(name: str, grain: str, cron: str, job: dg.UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    """The schedule of one grain, in UTC, on as soon as it is deployed."""

    @dg.schedule(
        name=name,
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Every partition of grain {grain}, one run each.",
    )
    def tick(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        keys = partitions_of(grain, context.instance)
        if not keys:
            yield dg.SkipReason(f"there is no partition of grain {grain} yet; partition_sync_sensor adds them")
        for key in keys:
            # The tick's time in the key: a tick that is evaluated again after a crash launches nothing twice.
            yield dg.RunRequest(run_key=f"{context.scheduled_execution_time.isoformat()} {key}", partition_key=key)

    return tick


daily_job = cache_job("day", {})
weekly_job = cache_job("week", {})
# CPU units and MiB, a pair that Fargate knows; the others take what the run task definition has.
monthly_job = cache_job("month", {"ecs/cpu": "1024", "ecs/memory": "2048"})

jobs = [daily_job, weekly_job, monthly_job]
schedules = [
    cache_schedule("daily_snowflake_cache_schedule", "day", "0 3 * * *", daily_job),
    cache_schedule("weekly_snowflake_cache_schedule", "week", "0 4 * * 1", weekly_job),
    cache_schedule("monthly_snowflake_cache_schedule", "month", "0 5 1 * *", monthly_job),
]
