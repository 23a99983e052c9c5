"""The code location, as `workspace.yaml` names it."""

from __future__ import annotations

import dagster as dg

from asset_manager.assets import metric_semantic_values, snowflake_metric_cache
from asset_manager.resources import resources
from asset_manager.schedules import jobs, schedules
from asset_manager.sensors import partition_sync_sensor

defs = dg.Definitions(
    assets=[metric_semantic_values, snowflake_metric_cache],
    jobs=jobs,
    schedules=schedules,
    sensors=[partition_sync_sensor],
    resources=resources(),
    # The default starts a process a step, and each would import Dagster again; a run is one ECS task and two steps.
    executor=dg.in_process_executor,
)
