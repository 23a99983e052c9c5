"""A copy of this tree with a local AWS of its own, and what a test asks of it."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient

ROOT = Path(__file__).resolve().parents[2]
NOT_COPIED = (".git", ".venv", ".local", "cdktf.out", "node_modules", ".tools", "__pycache__", ".*_cache", "*.egg-info")
CANARIES = {
    "AUTH0_CLIENT_SECRET": "canary-auth0-7Zq3vLx0",
    "DAGSTER_PG_PASSWORD": "canary-postgres-9Kd2mWb5",
}


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


@dataclass(frozen=True)
class Tree:
    """A working copy, whose commands import its own sources and see an environment that is stated here."""

    root: Path
    port: int = field(default_factory=free_port)

    @classmethod
    def copy_to(cls, root: Path) -> "Tree":
        """This tree without what it made; node_modules and downloaded tools are shared."""
        shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*NOT_COPIED), dirs_exist_ok=True)
        for shared in (".venv", "node_modules", ".tools"):
            if (ROOT / shared).exists():
                (root / shared).symlink_to(ROOT / shared)
        return cls(root)

    @property
    def environ(self) -> dict[str, str]:
        """No credentials, no endpoints, no configuration of the machine's."""
        passed = ("PATH", "HOME", "LANG", "TMPDIR", "TF_PROVIDER_MIRROR", "SSL_CERT_FILE")
        return {
            **{name: os.environ[name] for name in passed if name in os.environ},
            "PYTHONPATH": f"{self.root}:{self.root / 'constructs'}",
            "LOCAL_AWS_PORT": str(self.port),
            **{f"TF_VAR_{name.lower()}": value for name, value in CANARIES.items()},
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin the operator's command; its output, both streams in one, is to be read."""
        return subprocess.Popen(
            [sys.executable, "-m", "ops.cli", *arguments],
            cwd=self.root,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def asset_manager(
        self, *arguments: str, environ: Mapping[str, str] | None = None, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the operator's command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "ops.cli", *arguments],
            cwd=self.root,
            env={**self.environ, **(environ or {})},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def edit(self, file: str, pattern: str, replacement: str) -> None:
        """Change one place of one file."""
        path = self.root / file
        text, count = re.subn(pattern, replacement, path.read_text(), flags=re.MULTILINE)
        assert count == 1, f"{pattern} stands {count} times in {file}"
        path.write_text(text)


@dataclass(frozen=True)
class Deployed:
    """Both stacks, applied to the tree's local AWS."""

    tree: Tree
    printed: str
    region: str = "us-west-1"

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

    def _client(self, service: Any) -> Any:
        session = boto3.Session(aws_access_key_id="local", aws_secret_access_key="local", region_name=self.region)  # noqa: S106
        return session.client(service, endpoint_url=self.endpoint)

    @cached_property
    def acm(self) -> "ACMClient":
        return self._client("acm")  # type: ignore[no-any-return]

    @cached_property
    def ec2(self) -> "EC2Client":
        return self._client("ec2")  # type: ignore[no-any-return]

    @cached_property
    def ecs(self) -> "ECSClient":
        return self._client("ecs")  # type: ignore[no-any-return]

    @cached_property
    def elbv2(self) -> "ElasticLoadBalancingv2Client":
        return self._client("elbv2")  # type: ignore[no-any-return]

    @cached_property
    def iam(self) -> "IAMClient":
        return self._client("iam")  # type: ignore[no-any-return]

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        return self._client("logs")  # type: ignore[no-any-return]

    @cached_property
    def route53(self) -> "Route53Client":
        return self._client("route53")  # type: ignore[no-any-return]

    @cached_property
    def s3(self) -> "S3Client":
        return self._client("s3")  # type: ignore[no-any-return]

    @cached_property
    def ssm(self) -> "SSMClient":
        return self._client("ssm")  # type: ignore[no-any-return]
