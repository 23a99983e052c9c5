"""A project of a few lines that imports the AWS provider, for the tests of the fast import."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PACKAGE = "cdktf_cdktf_provider_aws"
# The assembly is built, and tried by a jsii of its own, at this import.
IMPORT_ALONE = ("-c", f"import asset_manager_constructs, {PACKAGE}")
WARNING = (
    "asset-manager: the fast import of cdktf_cdktf_provider_aws is off, the stock one serves; "
    "it takes some 20 s and 1 GB more. Why: "
)
MAIN = """
import asset_manager_constructs
from cdktf import App, TerraformStack
from cdktf_cdktf_provider_aws.lb import Lb
from cdktf_cdktf_provider_aws.provider import AwsProvider
app = App()
stack = TerraformStack(app, "base")
AwsProvider(stack, "aws", region="us-west-1")
Lb(stack, "alb", name="alb", timeouts={"create": "5m"}, access_logs={"bucket": "b"})
app.synth()
"""
S3_BUCKET = """
from cdktf_cdktf_provider_aws import s3_bucket
from cdktf import App, TerraformStack
s3_bucket.S3Bucket(TerraformStack(App(), "base"), "artifacts", bucket="b")
"""


class Project:
    """A project with a main.py, the real aws_bindings.py, and directories for cache, home and temporary files."""

    def __init__(self, folder: Path, provider: Path | None) -> None:
        self.folder = folder
        self.cache = folder / "cache"
        self.temporary = folder / "tmp"
        self.temporary.mkdir(parents=True)
        shutil.copytree(
            REPOSITORY / "constructs" / "asset_manager_constructs",
            folder / "constructs" / "asset_manager_constructs",
            ignore=lambda _, names: {name for name in names if name not in ("__init__.py", "aws_bindings.py")},
        )
        self.main(MAIN)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ["HOME"],  # jsii's own cache is there
            "TMPDIR": str(self.temporary),
            "XDG_CACHE_HOME": str(self.cache),
            "CDKTF_OUTDIR": str(folder / "out"),
            "PYTHONPATH": os.pathsep.join(str(path) for path in (provider, folder / "constructs") if path),
        }

    def main(self, text: str) -> None:
        (self.folder / "main.py").write_text(text)

    def start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-P", *(command or ("main.py",))],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*command)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def cached(self) -> list[Path]:
        return [path for path in self.cache.rglob("*") if path.is_file()]

    def load_balancer(self) -> object:
        """What the synthesized JSON says of the load balancer."""
        document = json.loads((self.folder / "out" / "stacks" / "base" / "cdk.tf.json").read_text())
        return {name: value for name, value in document["resource"]["aws_lb"]["alb"].items() if name != "//"}


LOAD_BALANCER = {"access_logs": {"bucket": "b"}, "name": "alb", "timeouts": {"create": "5m"}}


def assert_silent_success(result: subprocess.CompletedProcess[str]) -> None:
    assert (result.stderr, result.returncode) == ("", 0)


def installed_provider() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def repack(stock: Path, target: Path, edits: dict[str, bytes], old: str = "", new: str = "") -> None:
    """The same assembly with some files replaced or added, and one text exchanged in its two manifests."""
    with tarfile.open(stock) as archive:
        files = {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]
    for name in ("package/package.json", "package/.jsii"):
        files[name] = files[name].replace(old.encode(), new.encode())
    target.unlink(missing_ok=True)
    with tarfile.open(target, "w:gz") as archive:
        for name, content in (files | edits).items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, BytesIO(content))


def three_modules(cold: Project, folder: Path) -> Path:
    """A folder that holds the provider's package with three of its modules."""
    package = folder / "provider" / PACKAGE
    (package / "_jsii").mkdir(parents=True)
    for module in ("lb", "provider", "s3_bucket"):
        (package / module).symlink_to(installed_provider() / module)
    (package / "__init__.py").write_text("from . import lb, provider, s3_bucket\n")
    shutil.copy(installed_provider() / "_jsii" / "__init__.py", package / "_jsii")
    (assembly,) = cold.cached()
    shutil.copy(assembly, package / "_jsii")
    return package.parent


def assembly_of(provider: Path) -> Path:
    (assembly,) = (provider / PACKAGE / "_jsii").glob("*.tgz")
    return assembly
