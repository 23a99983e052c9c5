"""What `make local` does where its local AWS holds resources that Terraform's state does not know.

Terraform or `make local` was killed, or an answer of the local AWS was lost: nobody else makes resources there. A local
AWS is in memory, with its state bucket and the locks in it, so a new one has no such resource and no dead lock.
Dagster's history is in Postgres and stays. The objects in the buckets (compute logs, artifacts) are kept on disk until
the new buckets exist.
"""

from __future__ import annotations

import json
import os
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import psutil
from botocore.exceptions import BotoCoreError, ClientError

from local_aws import emulator
from ops.console.errors import LockHeldError
from ops.local import prerequisites, stack_folder
from ops.terraform.failures import ExistsError, KilledError
from settings.names import STACKS
from settings.side_by_side import load_all

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from ops.aws.clients import Clients
    from ops.local.prerequisites import Report
    from settings.load import Settings

T = TypeVar("T")

AT_WORK = "terraform-at-work"
OBJECTS = "kept-objects.zip"
# What zipfile raises for a file that is no archive, or a damaged one.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def healed(attempt: Callable[[], T], settings: Settings, directory: Path, say: Report, detail: Report) -> T:
    """The result of the attempt, which is made a second time, on a new local AWS, if the first one cannot succeed."""
    if emulator.running(directory) is None:
        (directory / AT_WORK).unlink(missing_ok=True)  # what that local AWS saved is from before Terraform's work
    if (directory / AT_WORK).exists():
        # An interrupted Terraform saves its state; a killed one does not, and leaves its lock.
        reason = "Terraform was killed, or `make local` while Terraform was at work"
        _start_from_nothing(reason, settings, directory, say, detail)
    try:
        return attempt()
    except ExistsError as error:
        reason = f"the local AWS holds resources that the state does not know: {', '.join(error.addresses)}"
        print(error, file=sys.stderr, flush=True)
    except stack_folder.StateUnreadableError as error:
        reason = str(error)
    except LockHeldError:
        found = emulator.running(directory)
        if found is None or any(_at_work(found.endpoint)):
            raise
        reason = "the Terraform that held the lock of the state is dead, so the state may lack what it made"
    _start_from_nothing(reason, settings, directory, say, detail)
    return attempt()


@contextmanager
def marked(directory: Path) -> Iterator[None]:
    """Terraform is at work; the mark stays if Terraform or this process is killed."""
    mark = directory / AT_WORK
    mark.touch()
    try:
        yield
    except KilledError as error:
        what, _, _ = str(error).partition(". ")
        raise KilledError(
            f"{what}. The state may lack what it made. Run `make local` again: it starts the local AWS from nothing; "
            "Dagster's history stays."
        ) from error
    except BaseException:
        mark.unlink(missing_ok=True)
        raise
    mark.unlink(missing_ok=True)


def _start_from_nothing(reason: str, settings: Settings, directory: Path, say: Report, detail: Report) -> None:
    """Stop the local AWS and print what is lost. The next start creates an empty one.

    Raises OSError, and leaves the local AWS as it is, if its objects cannot be written to this disk.
    """
    found = emulator.running(directory)
    if found is not None and (process := next(_at_work(found.endpoint), None)):
        raise LockHeldError(
            f"a Terraform that `make local` did not start (process {process.pid}) is at work on the local AWS. Wait "
            f"until it ends, then run `make local` again ({reason})."
        )
    say(f"{reason}. The local AWS starts from nothing")
    stack_folder.end_terraform(directory / "cdktf.out")
    if found is not None:
        try:
            clients = prerequisites.local_clients(settings.region, found.endpoint, found.access_key_id)
            _report_strays(settings, clients, detail)
            for name in _deployed_beside(settings, clients.s3):
                detail(f"environment {name} is gone too. Deploy it again: asset-manager deploy -e {name}")
            detail(f"objects in its buckets, kept: {_keep_objects(clients.s3, directory)}")
        except (BotoCoreError, ClientError) as error:
            detail(f"the local AWS does not answer, so the objects in its buckets are lost: {error}")
    emulator.stop(directory)
    emulator.forget(directory)
    (directory / AT_WORK).unlink(missing_ok=True)


def _at_work(endpoint: str) -> Iterator[psutil.Process]:
    """Each Terraform of a person that works on this local AWS, in any folder; not its plugins, which hold no lock."""
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess):
            if process.name() != "terraform" or process.status() == psutil.STATUS_ZOMBIE:
                continue
            try:
                environ = process.environ()
            except psutil.AccessDenied:
                continue  # another user's, who has no key to this local AWS
            if environ.get("AWS_ENDPOINT_URL") == endpoint and stack_folder.OURS not in environ:
                yield process


def _report_strays(settings: Settings, clients: Clients, detail: Report) -> None:
    """Print the ARNs of the resources that carry the stacks' tags and that no state names."""
    try:
        for arn in _strays(settings, clients):
            detail(f"in no state, removed: {arn}")
    except (ValueError, KeyError, TypeError):
        detail("its state cannot be read, so all that it held is removed")


def _strays(settings: Settings, clients: Clients) -> list[str]:
    known = {
        name for stack in STACKS for name in _in_state(clients.s3, settings.state_bucket, settings.state_key(stack))
    }
    pages = clients.tagging.get_paginator("get_resources").paginate(
        TagFilters=[{"Key": "ManagedBy", "Values": ["cdktf"]}, {"Key": "Environment", "Values": [settings.environment]}]
    )
    arns = [resource["ResourceARN"] for page in pages for resource in page["ResourceTagMappingList"]]
    return sorted(arn for arn in arns if arn not in known and ":task/" not in arn)  # ECS makes tasks, not Terraform


def _in_state(s3: S3Client, bucket: str, key: str) -> Iterator[object]:
    """The ARN and the id of each resource that this state manages."""
    try:
        state = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return
    for resource in state["resources"]:
        for instance in resource["instances"] if resource["mode"] == "managed" else ():
            yield instance["attributes"].get("arn")
            yield instance["attributes"].get("id")


def _deployed_beside(settings: Settings, s3: S3Client) -> Iterator[str]:
    """The other environments that have a state in the local AWS."""
    for name, other in load_all()[0].items():
        if name != settings.environment:
            with suppress(ClientError):  # no such bucket, or no such state
                s3.head_object(Bucket=other.state_bucket, Key=other.state_key("base"))
                yield name


def _keep_objects(s3: S3Client, directory: Path) -> int:
    """Keep what is in the buckets on this disk, beside what an earlier call kept; how many objects that is."""
    kept: dict[str, bytes] = {}
    with suppress(FileNotFoundError, *DAMAGED):
        kept.update(_read(directory / OBJECTS))
    states = {settings.state_bucket for settings in load_all()[0].values()}
    for bucket in (bucket["Name"] for bucket in s3.list_buckets()["Buckets"] if bucket["Name"] not in states):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for found in page.get("Contents", []):
                kept[f"{bucket}/{found['Key']}"] = s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
    _write(directory / OBJECTS, kept)
    return len(kept)


def put_objects_back(s3: S3Client, directory: Path, detail: Report) -> None:
    """Put into the buckets what was kept, where nothing newer is; what has no bucket yet stays kept."""
    path = directory / OBJECTS
    if not path.exists():
        return
    put, left = 0, {}
    try:
        for name, body in _read(path):
            bucket, _, key = name.partition("/")
            try:
                s3.put_object(Bucket=bucket, Key=key, Body=body, IfNoneMatch="*")
                put += 1
            except ClientError as error:
                if error.response["Error"]["Code"] == "NoSuchBucket":
                    left[name] = body
        detail(f"objects put back into its buckets: {put}")
    except DAMAGED:
        detail(f"objects put back into its buckets: {put}; the rest is lost, since {path.name} is damaged")
    if left:
        detail(f"objects kept until their buckets exist: {len(left)}")
    _write(path, left)


def _read(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield name, archive.read(name)


def _write(path: Path, objects: Mapping[str, bytes]) -> None:
    """The file whole, or as it was; no file without objects."""
    if not objects:
        path.unlink(missing_ok=True)
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with zipfile.ZipFile(draft, "w") as archive:
            for name, body in objects.items():
                archive.writestr(name, body)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
