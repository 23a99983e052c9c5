"""The fast import, seen from outside: each test runs a small project of its own, with a cache of its own.

The first one builds from the real provider; what it builds then serves the others as a provider of three modules,
because an assembly that is read in 2 s, and whose stock import takes 15 s, would make every test slow. They start some
twenty processes with jsii in them, which is why they are here and not among the tests that take seconds.
"""

from __future__ import annotations

import shutil
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.small_project import (
    IMPORT_ALONE,
    LOAD_BALANCER,
    MAIN,
    PACKAGE,
    S3_BUCKET,
    WARNING,
    Project,
    assembly_of,
    assert_silent_success,
    repack,
    three_modules,
)


@pytest.fixture(scope="module")
def cold(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that has run once, with the real provider and an empty cache."""
    project = Project(tmp_path_factory.mktemp("cold"), provider=None)
    (project.folder / "stacks").mkdir()
    (project.folder / "stacks" / "storage.py").write_text(S3_BUCKET)
    assert_silent_success(project.run())
    return project


@pytest.fixture
def provider(cold: Project, tmp_path: Path) -> Path:
    return three_modules(cold, tmp_path)


@pytest.fixture(scope="module")
def warm_cache(cold: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes make of an empty cache that they fill at once."""
    folder = tmp_path_factory.mktemp("warm")
    project = Project(folder / "project", three_modules(cold, folder))
    for process in [project.start() for _ in range(2)]:
        _, stderr = process.communicate(timeout=120)
        assert (stderr, process.returncode) == ("", 0)
    return project.cache


@pytest.fixture
def warm(project: Project, warm_cache: Path) -> Project:
    """A project whose main.py has run before."""
    shutil.copytree(warm_cache, project.cache)
    return project


@pytest.fixture
def project(provider: Path, tmp_path: Path) -> Project:
    return Project(tmp_path / "project", provider)


def test_arming_imports_neither_cdktf_nor_jsii(project: Project) -> None:
    loaded = "import sys, asset_manager_constructs; print({'cdktf', 'jsii', 'constructs'} & {*sys.modules})"
    assert project.run("-c", loaded).stdout == "set()\n"


def test_a_cold_cache_is_filled_from_the_installed_provider(cold: Project) -> None:
    assert cold.load_balancer() == LOAD_BALANCER
    (assembly,) = cold.cached()
    with tarfile.open(assembly) as archive:
        names = set(archive.getnames())
    library = {Path(name).parts[2] for name in names if name.startswith("package/lib/")}
    assert library == {"index.js", "lb", "provider", "s3-bucket"}


def test_two_processes_that_fill_the_cache_at_once_both_work(warm: Project) -> None:
    assert len(warm.cached()) == 1  # and the fixture saw both of them succeed


def test_a_warm_cache_does_without_the_installed_assembly(warm: Project, provider: Path) -> None:
    assembly_of(provider).write_bytes(b"")
    assert_silent_success(warm.run())
    assert warm.load_balancer() == LOAD_BALANCER


def test_a_cache_directory_that_cannot_be_written_costs_the_cache_and_nothing_else(
    project: Project, tmp_path: Path
) -> None:
    # A path below a regular file refuses root too, whom a directory's mode does not stop.
    (tmp_path / "file").write_text("")
    project.environment["XDG_CACHE_HOME"] = str(tmp_path / "file" / "cache")
    assert_silent_success(project.run())
    assert project.load_balancer() == LOAD_BALANCER
    assert not list(project.temporary.glob("asset-manager-*"))


def test_a_newly_used_resource_works_at_once(warm: Project) -> None:
    warm.main(MAIN.replace("app.synth()", S3_BUCKET))
    assert_silent_success(warm.run())
    assert len(warm.cached()) == 2


def test_a_changed_provider_version_is_built_again(warm: Project, provider: Path) -> None:
    stock = assembly_of(provider)
    repack(stock, stock.with_name("provider-aws@20.1.1.jsii.tgz"), {}, '"version": "20.1.0"', '"version": "20.1.1"')
    stock.unlink()
    code = provider / PACKAGE / "_jsii" / "__init__.py"
    code.write_text(code.read_text().replace("20.1.0", "20.1.1"))
    assert_silent_success(warm.run(*IMPORT_ALONE))
    versions = {path.name.removesuffix(".jsii.tgz") for path in warm.cached()}
    assert versions == {"provider-aws@20.1.0", "provider-aws@20.1.1"}


def test_a_damaged_cache_is_repaired(warm: Project) -> None:
    (cached,) = warm.cached()
    whole = cached.read_bytes()
    cached.write_bytes(whole[:1000])
    assert_silent_success(warm.run(*IMPORT_ALONE))
    assert cached.read_bytes() == whole


def test_an_assembly_that_jsii_refuses_leaves_the_stock_import_and_one_line(project: Project, provider: Path) -> None:
    # As a future provider might be laid out: a file that the modules share.
    lb = b"exports.Lb = require('../shared.js').Lb;"
    shared = b"exports.Lb = class extends require('cdktf').TerraformResource {};"
    edits = {"package/lib/lb/index.js": lb, "package/lib/shared.js": shared}
    repack(assembly_of(provider), assembly_of(provider), edits)
    project.main(MAIN[: MAIN.index("stack =")])
    result = project.run()
    assert result.returncode == 0
    assert result.stderr.startswith(f"{WARNING}jsii refuses the filtered assembly: ")
    assert "Cannot find module '../shared.js'" in result.stderr
    assert result.stderr.count("\n") == 1
    assert project.cached() == []


def test_a_cached_assembly_that_cannot_be_unpacked_leaves_the_stock_import_and_one_line(warm: Project) -> None:
    (cached,) = warm.cached()
    key = cached.parent.name.rpartition("-")[0]
    cached.write_bytes(b"not an archive")
    cached.parent.rename(cached.parent.with_name(f"{key}-{sha256(b'not an archive').hexdigest()[:16]}"))
    result = warm.run()
    assert (result.returncode, result.stderr.count("\n")) == (0, 1)
    assert result.stderr.startswith(f"{WARNING}TAR_BAD_ARCHIVE: ")
    assert warm.load_balancer() == LOAD_BALANCER


def test_a_provider_without_an_assembly_file_says_so_in_one_line(project: Project, provider: Path) -> None:
    assembly_of(provider).unlink()
    (provider / PACKAGE / "__init__.py").write_text("")
    result = project.run(*IMPORT_ALONE)
    assert result.stderr == f"{WARNING}no *.jsii.tgz in {provider / PACKAGE / '_jsii'}\n"


def test_a_module_that_no_import_statement_names_is_refused_by_name(warm: Project) -> None:
    result = warm.run("-c", f"import asset_manager_constructs, {PACKAGE}.s3_bucket")
    assert result.stderr.splitlines()[-1] == (
        f"ImportError: {PACKAGE}.s3_bucket is not loaded: no import statement in main.py, stacks/*.py, "
        f"constructs/asset_manager_constructs/*.py under {warm.folder} names it, and aws_bindings.py loads only "
        f"what they name. Write there `from {PACKAGE}.s3_bucket import ...`."
    )
