"""`asset-manager run`: materializes one partition of one asset in a run of its own."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Sequence

from ops.aws.account import check_credentials
from ops.console.errors import CommandLineError, Interrupted, RunFailedError
from ops.dagster_api.deployment import Deployment
from ops.dagster_api.runs import ENDED, PARTITION_TAG, TASK_TAG, events, follow, launch, problem
from ops.dagster_api.transport import NoAnswerError
from ops.dagster_api.web import JSON, Web, no_answer_is_an_error
from settings.load import load

# Dagster's own job of every code location; any asset can be selected from it.
IMPLICIT_JOB = "__ASSET_JOB"
NEAREST = 3

KNOWN = "{ assetNodes { assetKey { path } } }"
ASSET = """query($asset: AssetKeyInput!) { assetNodeOrError(assetKey: $asset) { __typename
  ... on AssetNode { isMaterializable isPartitioned partitionKeys partitionDefinition { dimensionTypes { name } }
    repository { name location { name } } } } }"""


def run(environment: str, asset: str, partition: str | None, *, url: str | None, wait: bool) -> None:
    """Launch the run, follow it to its end, print its task and its log; raises if it does not succeed."""
    settings = load(environment)
    deployment = Deployment.of_environment(settings, url)
    check_credentials(deployment, settings)
    with no_answer_is_an_error(environment):
        _run(deployment.web, environment, asset, partition, wait=wait)


def _run(web: Web, environment: str, asset: str, partition: str | None, *, wait: bool) -> None:
    path = asset.split("/")
    node: JSON = web.query(ASSET, {"asset": {"path": path}})["assetNodeOrError"]
    if node["__typename"] != "AssetNode" or not node["isMaterializable"]:
        known = ["/".join(each["assetKey"]["path"]) for each in web.query(KNOWN)["assetNodes"]]
        raise CommandLineError(_unknown("asset that can be materialized", asset, known))
    refuse_partition(asset, partition, node["partitionKeys"] if node["isPartitioned"] else None)
    dimensions = [each["name"] for each in (node["partitionDefinition"] or {}).get("dimensionTypes", [])]
    repository = node["repository"]
    selector = {
        "repositoryLocationName": repository["location"]["name"],
        "repositoryName": repository["name"],
        "jobName": IMPLICIT_JOB,
        "assetSelection": [{"path": path}],
    }
    id_ = launch(web, selector, {**partition_tags(partition, dimensions), "launched-by": "asset-manager run"})
    what = f"{asset} of {partition}" if partition else asset
    log = f"asset-manager logs run {id_} -e {environment}"
    print(f"run {id_}: {what}\nlog: {log}", flush=True)
    if not wait:
        return
    try:
        _to_the_end(web, id_, what, log, lambda line: print(line, flush=True))
    except Interrupted:
        raise Interrupted(f"interrupted; the run {id_} goes on, and its log is: {log}") from None
    except NoAnswerError as error:  # for one, ECS has no capacity for a task that asks from within
        raise NoAnswerError(f"{error}. The run {id_} goes on, and its log is: {log}") from error


def _to_the_end(web: Web, id_: str, what: str, log: str, report: Callable[[str], None]) -> None:
    seen = follow(web, id_, math.inf, report)
    report(f"task: {seen.tags.get(TASK_TAG, 'none was launched')}")
    if seen.status != ENDED[0]:
        why = problem(events(web, id_)) or "Dagster gives no reason; the log may"
        raise RunFailedError(f"the run {id_} of {what} is {seen.status}: {why}\nIts log: {log}")


def refuse_partition(asset: str, partition: str | None, known: Sequence[str] | None) -> None:
    """Raise unless the asset has this partition; `known` is None for an asset without partitions."""
    if known is None:
        if partition is not None:
            raise CommandLineError(f"{asset} has no partitions, and {partition} was given: asset-manager run {asset}")
    elif partition is None:
        some = f": name one of its {len(known)}, such as {known[-1]}" if known else ", and none of them yet"
        raise CommandLineError(f"{asset} has partitions{some}.")
    elif partition not in known:
        raise CommandLineError(_unknown(f"partition of {asset}", partition, known))


def _unknown(kind: str, given: str, known: Sequence[str]) -> str:
    nearest = difflib.get_close_matches(given, known, n=NEAREST, cutoff=0.3) or sorted(known)[:NEAREST]
    if not nearest:
        return f"{given} is no {kind}; there is none at all yet."
    return f"{given} is no {kind}. The nearest of {len(known)}: {', '.join(nearest)}."


def partition_tags(partition: str | None, dimensions: Sequence[str]) -> dict[str, str]:
    """The tags that make a run one of the partition; with several dimensions, Dagster reads one tag for each too."""
    if partition is None:
        return {}
    tags = {PARTITION_TAG: partition}
    if len(dimensions) > 1:
        # Dagster joins the parts in the order of the dimensions' names.
        parts = zip(sorted(dimensions), partition.split("|"), strict=True)
        tags |= {f"{PARTITION_TAG}/{dimension}": part for dimension, part in parts}
    return tags
