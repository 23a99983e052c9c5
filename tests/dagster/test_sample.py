"""The sample data: the same bytes from everybody's hands, and fresh on the day it is loaded."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from sample import load, make_metrics

TODAY = date(2026, 3, 10)


def test_the_script_makes_the_very_files_that_are_in_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make_metrics, "FOLDER", tmp_path)
    make_metrics.main()
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in Path(load.FOLDER).glob("*.csv")}
    assert sorted(made) == ["acme.csv", "globex.csv", "initech.csv"]


def test_loading_twice_leaves_what_loading_once_left(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'metrics.db'}"
    assert load.load(url, TODAY) == load.load(url, TODAY) == 20 * 731
    engine = create_engine(url)
    with engine.connect() as connection:
        metrics = connection.execute(text("SELECT count(*), count(DISTINCT tenant) FROM metrics")).one()
        span = connection.execute(text("SELECT count(*), min(day), max(day) FROM metric_values")).one()
    engine.dispose()
    assert tuple(metrics) == (20, 3)
    assert tuple(span) == (20 * 731, "2024-03-09", "2026-03-09")
