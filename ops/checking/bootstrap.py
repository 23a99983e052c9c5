"""`asset-manager bootstrap`: creates or corrects the state bucket, and reports everything else that is missing."""

from __future__ import annotations

from botocore.exceptions import ClientError

from ops.aws import state_bucket
from ops.aws.account import check_credentials
from ops.checking.prerequisites.checks import checks
from ops.checking.report import Check, look, passed, show
from ops.console.errors import PrerequisitesMissingError
from ops.console.finding import Finding, failed, ok
from ops.dagster_api.deployment import Deployment
from settings.load import load

TAKEN = ("403", "301")  # S3's answers for a bucket of another account, or of another region
AS_IT_SHOULD_BE = "versioned, encrypted, private, TLS only, old states expire"


def bootstrap(environment: str, *, dry_run: bool, as_json_: bool) -> int:
    """Create the state bucket unless it is a dry run, make the checks, print the results, return the exit code."""
    settings = load(environment)
    deployment = Deployment.of_environment(settings, None)
    check_credentials(deployment, settings)
    bucket = Check("state bucket", lambda: _bucket(deployment, dry_run=dry_run))
    results = look([bucket, *checks(deployment)], 0, lambda _: None)
    show(results, as_json_=as_json_)
    return 0 if passed(results) else PrerequisitesMissingError.exit_code


def _bucket(deployment: Deployment, *, dry_run: bool) -> Finding:
    s3, settings = deployment.s3, deployment.settings
    name = settings.state_bucket
    try:
        # botocore follows S3 to another region by itself; Terraform does not.
        region = s3.head_bucket(Bucket=name).get("BucketRegion", settings.region)
        if region != settings.region:
            return failed(
                f"{name} is in {region}, and Terraform looks for it in {settings.region}",
                "`state_bucket:` with the name of another; to move one, copy what is in it",
            )
        there = True
    except ClientError as error:
        if error.response["Error"]["Code"] in TAKEN:
            return failed(
                f"{name} is another account's or another region's ({error.response['Error']['Code']})",
                "`state_bucket:` with a name that nobody has: S3 has one namespace for all",
            )
        there = False
    if dry_run and not there:
        return failed(f"no bucket {name}", "the same without --dry-run makes it")
    if dry_run:
        lacking = [change.what for change in state_bucket.changes(s3, name)]
        if lacking:
            return failed(
                f"{name} lacks {'; '.join(lacking)}", "the same without --dry-run adds it, and leaves all else as it is"
            )
        return ok(f"{name}: {AS_IT_SHOULD_BE}")
    added = state_bucket.ensure(s3, name)
    done = "" if not added else f"put right ({'; '.join(added)}); " if there else "made; "
    return ok(f"{name}: {done}{AS_IT_SHOULD_BE}")
