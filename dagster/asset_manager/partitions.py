"""Which partitions there are: Dagster's own list, kept in step with the metrics database by `partition_sync_sensor`."""

from __future__ import annotations

import dagster as dg

from asset_manager.partition_key import PartitionKey, PartitionKeyError

metric_partitions = dg.DynamicPartitionsDefinition(name="metrics")


def partitions_of(grain: str, instance: dg.DagsterInstance) -> list[str]:
    """Every partition of one grain, in alphabetical order; a key of a wrong form belongs to none."""
    found = []
    for text in instance.get_dynamic_partitions("metrics"):
        try:
            key = PartitionKey.parse(text)
        except PartitionKeyError:
            continue
        if key.grain == grain:
            found.append(text)
    return sorted(found)
