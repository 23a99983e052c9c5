"""The marker of each test is the tier that its folder stands for, so each has exactly one."""

from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

HERE = Path(__file__).parent
# In each: what a test there may use.
TIERS = {
    "unit": "no process, no socket",
    "synth": "the JSON of both stacks, from one app.synth()",
    "programs": "a program or a socket, and neither a local AWS nor a deployment",
    "dagster": "the code location, in process",
    "local_aws": "the local AWS, its ECS agent, its Postgres: one a module, with nothing deployed",
    "smoke": "one deployment, which all tests share and leave as they find it",
    "scenario": "a deployment of the module's own",
}
FOLDERS = {{"smoke": "e2e/smoke", "scenario": "e2e/scenarios"}.get(name, name): name for name in TIERS}
# These groups begin first, unless the order is random: begun last, one keeps its worker busy while the others idle.
LONG_SCENARIOS = (
    "throttled_runs",
    "environments",
    "destroy",
    "changes",
    "release",
    "missing_secret",
    "ten_deployments",
    "doctor",
    "validate",
)
LONGEST = ("smoke", *(f"tests/e2e/scenarios/test_{name}.py" for name in LONG_SCENARIOS))


def pytest_configure(config: pytest.Config) -> None:
    for name, holds in TIERS.items():
        config.addinivalue_line("markers", f"{name}: {holds}")


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        tier = tier_of(item.path.relative_to(HERE).parent)
        if tier is None:
            raise pytest.UsageError(f"{item.nodeid} is in no folder of a tier. There are: {', '.join(FOLDERS)}")
        if given := TIERS.keys() & {marker.name for marker in item.iter_markers()}:
            raise pytest.UsageError(f"{item.nodeid} is marked {', '.join(given)}: its folder alone says its tier")
        item.add_marker(tier)
    items.sort(key=lambda item: _place(group_of(item.nodeid)))


def tier_of(folder: Path) -> str | None:
    """The tier of a folder below tests/; the folders below unit/ mirror those of the source."""
    return "unit" if folder.parts[:1] == ("unit",) else FOLDERS.get(folder.as_posix())


def group_of(nodeid: str) -> str:
    """The tests that one worker of `-n` runs: all that share a deployment or a synthesis, or else a module."""
    module = Path(nodeid.partition("::")[0])
    tier = tier_of(module.parent.relative_to(HERE.name))
    return tier if tier in ("smoke", "synth") else str(module)


def _place(group: str) -> int:
    return LONGEST.index(group) if group in LONGEST else len(LONGEST)


class Groups(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """By `group_of`.

    Not `--dist=loadgroup`: pytest-xdist 3.8 appends the group to the test's id, which pytest 9.2 no longer lets it do.
    """

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Groups:
    return Groups(config, log)
