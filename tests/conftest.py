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


def pytest_configure(config: pytest.Config) -> None:
    for name, holds in TIERS.items():
        config.addinivalue_line("markers", f"{name}: {holds}")


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(HERE).parent.as_posix()
        if folder not in FOLDERS:
            raise pytest.UsageError(f"{item.nodeid} is in no folder of a tier. There are: {', '.join(FOLDERS)}")
        if given := TIERS.keys() & {marker.name for marker in item.iter_markers()}:
            raise pytest.UsageError(f"{item.nodeid} is marked {', '.join(given)}: its folder alone says its tier")
        item.add_marker(FOLDERS[folder])


class Groups(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """What one worker of `-n` runs: all that shares a deployment or a synthesis, or else a module.

    Not `--dist=loadgroup`: pytest-xdist 3.8 appends the group to the test's id, which pytest 9.2 no longer lets it do.
    """

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        tier = FOLDERS[Path(module).parent.relative_to(HERE.name).as_posix()]
        return tier if tier in ("smoke", "synth") else module


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Groups:
    return Groups(config, log)
