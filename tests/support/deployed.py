"""A copy of this tree with a local AWS of its own, and what a test asks of it."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local_aws import access_key, emulator
from local_aws.variables import SECRET_ACCESS_KEY
from ops.dagster_api.deployment import Deployment
from ops.local.prerequisites import local_clients
from settings.load import load
from tests.support.ports import free_ports
from tests.support.repository import ROOT

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient

SECONDS_TO_END = 420  # no command of a test takes that long; pytest-timeout ends a test after 600
NOT_COPIED = (".git", ".venv", ".local", "cdktf.out", "node_modules", ".tools", "__pycache__", ".*_cache", "*.egg-info")
CANARIES = {
    "AUTH0_CLIENT_SECRET": "canary-auth0-7Zq3vLx0",
    "DAGSTER_PG_PASSWORD": "canary-postgres-9Kd2mWb5",
    "SNOWFLAKE_PASSWORD": "canary-snowflake-4Tn8cRp6",
}
# The caller's own, for the real AWS: a deployment on the laptop must not take them.
REAL_SECRETS = {name: f"real-{value}" for name, value in CANARIES.items()} | {
    "METRICS_DATABASE_URL": "postgresql://metrics:canary-metrics-2Hy6sJq1@db.invalid/metrics"
}


@dataclass(frozen=True)
class Tree:
    """A working copy, whose commands import its own sources and see an environment that is stated here."""

    root: Path
    port: int
    web_port: int
    postgres_port: int
    snowflake_port: int
    identity_provider_port: int  # nothing listens there unless a test stands in for Auth0

    @classmethod
    @contextmanager
    def copied(cls) -> "Iterator[Tree]":
        """This tree without what it made; node_modules and downloaded tools are shared. Stopped at the end."""
        with _folder() as root:
            shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*NOT_COPIED), dirs_exist_ok=True)
            for shared in (".venv", "node_modules", ".tools"):
                if (ROOT / shared).exists():
                    (root / shared).symlink_to(ROOT / shared)
            with cls(root, *free_ports(5))._stopped_at_the_end() as tree:
                yield tree

    @contextmanager
    def copy(self) -> "Iterator[Tree]":
        """This one, which is stopped, with all that it keeps. The ports are the same: one of the two can be up."""
        with _folder() as root:
            # Postgres's data keeps its owner.
            subprocess.run(["cp", "--archive", f"{self.root}/.", root], check=True)
            with replace(self, root=root)._stopped_at_the_end() as tree:
                yield tree

    @contextmanager
    def _stopped_at_the_end(self) -> "Iterator[Tree]":
        try:
            yield self
        finally:
            stopped = self.asset_manager("local", "down")
        assert stopped.returncode == 0, stopped.stderr

    @property
    def access_key_id(self) -> str:
        """The one that the local AWS accepts."""
        running = emulator.running(self.root / ".local")
        assert running
        return running.access_key_id

    def ask_local_aws(self, name: str) -> Any:
        """What the local AWS answers beside AWS's APIs: calls, access, client-secrets, throttle/<percent>."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("GET", f"/asset-manager-api/{name}", headers=access_key.bearer(self.access_key_id))
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            return json.loads(answer.read())

    def access(self) -> dict[str, list[dict[str, Any]]]:
        """The AWS calls so far: those of tasks, and all others."""
        return dict(self.ask_local_aws("access"))

    @property
    def environ(self) -> dict[str, str]:
        """No credentials, no endpoints, no configuration of the machine's."""
        passed = ("PATH", "HOME", "LANG", "TMPDIR", "TF_PROVIDER_MIRROR", "SSL_CERT_FILE")
        return {
            **{name: os.environ[name] for name in passed if name in os.environ},
            "PYTHONPATH": f"{self.root}:{self.root / 'constructs'}",
            "LOCAL_AWS_PORT": str(self.port),
            "LOCAL_WEB_PORT": str(self.web_port),
            "LOCAL_POSTGRES_PORT": str(self.postgres_port),
            "LOCAL_SNOWFLAKE_PORT": str(self.snowflake_port),
            "LOCAL_IDENTITY_PROVIDER": f"http://127.0.0.1:{self.identity_provider_port}",
            **{f"LOCAL_{name}": value for name, value in CANARIES.items()},
            **{f"TF_VAR_{name.lower()}": value for name, value in REAL_SECRETS.items()},
        }

    @property
    def command(self) -> list[str]:
        """The operator's command, to be run in the tree."""
        return [sys.executable, "-m", "ops.cli.main"]

    def start(self, *arguments: str, environ: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Begin the operator's command; its output, both streams in one, is to be read."""
        return subprocess.Popen(
            [*self.command, *arguments],
            cwd=self.root,
            env={**self.environ, **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def asset_manager(
        self, *arguments: str, environ: Mapping[str, str] | None = None, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the operator's command to its end. One that hangs fails, and prints where each of its threads is."""
        with subprocess.Popen(
            [*self.command, *arguments],
            cwd=self.root,
            env={**self.environ, **(environ or {}), "PYTHONFAULTHANDLER": "1"},
            stdin=subprocess.PIPE if stdin is not None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                stdout, stderr = process.communicate(stdin, timeout=SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGABRT)
                process.wait(10)
                command = " ".join(["asset-manager", *arguments])
                pytest.fail(f"`{command}` did not end in {SECONDS_TO_END} seconds:\n{_printed(process)}")
            except BaseException:  # this test's own end
                process.kill()
                raise
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def edit(self, file: str, pattern: str, replacement: str) -> None:
        """Change one place of one file."""
        path = self.root / file
        text, count = re.subn(pattern, replacement, path.read_text(), flags=re.MULTILINE)
        assert count == 1, f"{pattern} stands {count} times in {file}"
        path.write_text(text)


def _printed(process: subprocess.Popen[str]) -> str:
    """What an aborted command printed so far; Terraform, which it started, can go on and keep its streams open."""
    try:
        return "".join(process.communicate(timeout=10))
    except subprocess.TimeoutExpired as still_open:
        streams: tuple[bytes | None, ...] = (still_open.output, still_open.stderr)
        return "".join((stream or b"").decode(errors="replace") for stream in streams)


@contextmanager
def _folder() -> Iterator[Path]:
    # Not below pytest's own folder: another session of it closes that folder to the user that Postgres runs as.
    with tempfile.TemporaryDirectory(prefix="asset-manager-e2e-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@dataclass(frozen=True)
class Deployed:
    """Both stacks, applied to the tree's local AWS."""

    tree: Tree
    printed: str
    first_calls: list[dict[str, Any]]  # AWS's, by which it was made
    region: str = "us-west-1"

    @classmethod
    def by_local_up(cls, tree: Tree) -> "Deployed":
        """What `make local` leaves, in a tree where nothing is up yet."""
        done = tree.asset_manager("local", "up")
        assert done.returncode == 0, done.stdout + done.stderr
        return cls(tree=tree, printed=done.stdout + done.stderr, first_calls=tree.access()["others"])

    def as_validate_sees_it(self) -> Deployment:
        """For a test that calls a check itself."""
        return Deployment(
            settings=load("prod"),
            session=local_clients(self.region, self.endpoint, self.tree.access_key_id).session,
            endpoint=self.endpoint,
            url=f"http://127.0.0.1:{self.tree.web_port}",
            environ=self.environ,
        )

    @property
    def endpoint(self) -> str:
        """The local AWS."""
        return f"http://127.0.0.1:{self.tree.port}"

    def folder(self, stack: str) -> Path:
        """Where Terraform worked."""
        return self.tree.root / ".local" / "cdktf.out" / "stacks" / stack

    @cached_property
    def environ(self) -> dict[str, str]:
        """What `make local-env` prints, as a process's environment."""
        done = self.tree.asset_manager("local", "env")
        assert done.returncode == 0, done.stderr
        exported = re.findall(r"^export (\w+)='?(.*?)'?$", done.stdout, re.MULTILINE)
        return {**self.tree.environ, **dict(exported)}

    def terraform(self, stack: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Terraform itself, as an operator would run it in the stack's folder."""
        return subprocess.run(
            [self.environ["TERRAFORM_BINARY_NAME"], *arguments],
            cwd=self.folder(stack),
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )

    def is_protected(self) -> bool:
        """Whether AWS refuses to delete the load balancer: what a test changes of `base` when any change will do.

        Most of the others make the provider wait a minute.
        """
        (alb,) = self.elbv2.describe_load_balancers(Names=["asset-manager-alb"])["LoadBalancers"]
        found = self.elbv2.describe_load_balancer_attributes(LoadBalancerArn=alb["LoadBalancerArn"])["Attributes"]
        return {"Key": "deletion_protection.enabled", "Value": "true"} in found

    def client(self, service: Any) -> Any:
        """Of a service that one test asks, by name."""
        session = boto3.Session(self.tree.access_key_id, SECRET_ACCESS_KEY, region_name=self.region)
        return session.client(service, endpoint_url=self.endpoint)

    @cached_property
    def acm(self) -> "ACMClient":
        return self.client("acm")  # type: ignore[no-any-return]

    @cached_property
    def ec2(self) -> "EC2Client":
        return self.client("ec2")  # type: ignore[no-any-return]

    @cached_property
    def ecr(self) -> "ECRClient":
        return self.client("ecr")  # type: ignore[no-any-return]

    @cached_property
    def ecs(self) -> "ECSClient":
        return self.client("ecs")  # type: ignore[no-any-return]

    @cached_property
    def elbv2(self) -> "ElasticLoadBalancingv2Client":
        return self.client("elbv2")  # type: ignore[no-any-return]

    @cached_property
    def iam(self) -> "IAMClient":
        return self.client("iam")  # type: ignore[no-any-return]

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        return self.client("logs")  # type: ignore[no-any-return]

    @cached_property
    def route53(self) -> "Route53Client":
        return self.client("route53")  # type: ignore[no-any-return]

    @cached_property
    def s3(self) -> "S3Client":
        return self.client("s3")  # type: ignore[no-any-return]

    @cached_property
    def ssm(self) -> "SSMClient":
        return self.client("ssm")  # type: ignore[no-any-return]
