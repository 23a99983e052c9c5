"""Where values wait between the two assets: S3 in the cloud, a folder of DAGSTER_HOME on a laptop.

Dagster's own IO managers put the partition key into a path as it is, and universal_pathlib takes `acme::day::revenue`
for a chained URL of a protocol "acme" and refuses it. Here a key is three folders instead: acme/day/revenue.
"""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any

import dagster as dg

if TYPE_CHECKING:
    from dagster_aws.s3 import S3PickleIOManager
    from upath import UPath

PREFIX = "io"


def as_folders(partition: str) -> str:
    """The partition key as a relative path; raises where it would lead out of its folder.

    Everybody who may use the UI can add a partition by hand, and what is read from the path is unpickled.
    """
    folders = partition.replace("::", "/")
    if ".." in folders.split("/"):
        raise dg.Failure(f"partition key {partition!r} holds '..'. Delete the partition.", allow_retries=False)
    return folders


class FolderIOManager(dg.UPathIOManager):
    """Pickled values in the local file system."""

    def make_safe_partition_path(self, base_path: UPath, partition: str) -> UPath:
        """A file below `base_path`, and never above it."""
        return super().make_safe_partition_path(base_path, as_folders(partition))

    def dump_to_path(self, context: dg.OutputContext, obj: Any, path: UPath) -> None:  # noqa: ARG002  Dagster's signature
        path.write_bytes(pickle.dumps(obj))

    def load_from_path(self, context: dg.InputContext, path: UPath) -> Any:  # noqa: ARG002
        return pickle.loads(path.read_bytes())  # noqa: S301  written by this code location


class LocalStorage(dg.ConfigurableIOManagerFactory[FolderIOManager]):
    """The storage folder of the Dagster instance."""

    def create_io_manager(self, context: dg.InitResourceContext) -> FolderIOManager:
        """What a run writes with."""
        from upath import UPath  # noqa: PLC0415  a quarter of a second, and a run in the cloud never needs it

        assert context.instance is not None  # noqa: S101  there is one wherever a run is
        return FolderIOManager(base_path=UPath(context.instance.storage_directory()) / PREFIX)


def s3_storage(bucket: str, region: str | None) -> S3PickleIOManager:
    """Dagster's own manager for S3, with the keys as folders."""
    from dagster_aws.s3 import PickledObjectS3IOManager, S3PickleIOManager, S3Resource  # noqa: PLC0415  two seconds

    class FoldersOnS3(PickledObjectS3IOManager):
        def make_safe_partition_path(self, base_path: UPath, partition: str) -> UPath:
            return super().make_safe_partition_path(base_path, as_folders(partition))

    class S3Storage(S3PickleIOManager):
        def inner_io_manager(self) -> PickledObjectS3IOManager:
            return FoldersOnS3(self.s3_bucket, self.s3_resource.get_client(), self.s3_prefix)

    return S3Storage(s3_resource=S3Resource(region_name=region), s3_bucket=bucket, s3_prefix=PREFIX)


def storage() -> LocalStorage | S3PickleIOManager:
    """The one place that chooses: with a bucket it is S3."""
    bucket = os.environ.get("DAGSTER_S3_BUCKET")
    # boto3 does not read AWS_REGION, which is what ECS and the stacks set.
    return s3_storage(bucket, os.environ.get("AWS_REGION")) if bucket else LocalStorage()
