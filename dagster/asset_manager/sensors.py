"""`partition_sync_sensor`: the partitions follow the metrics database."""

from __future__ import annotations

import dagster as dg

from asset_manager.metrics_database import MetricsDatabase
from asset_manager.partition_key import GRAINS, PartitionKey, PartitionKeyError
from asset_manager.partitions import metric_partitions


def wanted_partitions(metrics: list[tuple[str, str]]) -> tuple[set[str], list[str]]:
    """A partition a metric and grain, and a line for each metric whose name makes no partition key."""
    keys, refused = set(), []
    for tenant, metric in metrics:
        try:
            keys |= {str(PartitionKey(tenant, grain, metric)) for grain in GRAINS}
        except PartitionKeyError as error:
            refused.append(str(error))
    return keys, refused


def listed(keys: list[str]) -> str:
    """A few of the keys by name, the rest by number."""
    return ", ".join(keys[:5]) + (f" and {len(keys) - 5} more" if keys[5:] else "")


@dg.sensor(minimum_interval_seconds=300, default_status=dg.DefaultSensorStatus.RUNNING)
def partition_sync_sensor(context: dg.SensorEvaluationContext, metrics_database: MetricsDatabase) -> dg.SensorResult:
    """Adds the partitions of new metrics and removes those of metrics that were switched off; says which."""
    wanted, refused = wanted_partitions(metrics_database.switched_on())
    present = set(context.instance.get_dynamic_partitions("metrics"))
    added, removed = sorted(wanted - present), sorted(present - wanted)
    if not wanted and present:
        # A database that is being restored looks just so, and the partitions are cheap to keep.
        return dg.SensorResult(
            skip_reason=f"the metrics database lists no metric that is switched on: all {len(present)} partitions kept"
        )
    said = [f"added {len(added)}: {listed(added)}"] if added else []
    said += [f"removed {len(removed)}: {listed(removed)}"] if removed else []
    said = said or [f"nothing to do: {len(present)} partitions, as in the metrics database"]
    said += [f"ignored: {line}" for line in refused]
    message = "; ".join(said)
    context.log.info(message)
    requests: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
    if added:
        requests.append(metric_partitions.build_add_request(added))
    if removed:
        requests.append(metric_partitions.build_delete_request(removed))
    return dg.SensorResult(dynamic_partitions_requests=requests, skip_reason=message)
