"""`make local-down` and `make local-reset` leave nothing running, and reset keeps no file."""

import psutil

from tests.support.deployed import Tree


def of_the_tree(tree: Tree) -> list[str]:
    """Command lines of what works in its .local, or was started for it."""
    found = []
    for process in psutil.process_iter():
        try:
            line, folder = " ".join(process.cmdline()), process.cwd()
        except psutil.Error:
            continue
        if str(tree.root / ".local") in f"{folder} {line}":
            found.append(line)
    return found


def test_down_ends_every_process_and_reset_forgets_every_file(tree: Tree) -> None:
    command = tree.start("local", "up")
    try:
        assert command.stdout is not None
        for line in command.stdout:
            if "==> terraform init: base" in line:
                break
        assert len(of_the_tree(tree)) >= 3  # the local AWS, Postgres, Snowflake
    finally:
        command.terminate()
        command.communicate(timeout=60)
        down = tree.asset_manager("local", "down")
    assert (down.returncode, down.stdout) == (0, "the local AWS is stopped\n")
    assert of_the_tree(tree) == []
    assert tree.asset_manager("local", "down").stdout == "the local AWS was not up\n"
    assert {"aws.saved", "emulator.log", "postgres"} <= {path.name for path in (tree.root / ".local").iterdir()}
    assert tree.asset_manager("local", "reset").returncode == 0
    assert [path.name for path in (tree.root / ".local").iterdir()] == ["lock"]
