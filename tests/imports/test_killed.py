"""The command, killed by signal 9 at random and started again, doubles and loses nothing."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .support import write_csv

pytestmark = [pytest.mark.full, pytest.mark.once]
ROWS, KILLS = 12_000, 5


def test_killed_and_repeated(tmp_path: Path) -> None:
    rows = [[f"C{number}", f"Customer {number}", f"segment {number % 7}"] for number in range(ROWS)]
    rows[5000][1] = ""
    path = write_csv(tmp_path / "customers.csv", ["reference", "name", "segment"], *rows)
    database = tmp_path / "brm.sqlite3"
    env = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{database}",
        "REDIS_URL": "",
        "BRM_VAR_DIR": str(tmp_path / "var"),
    }
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], env=env, check=True)
    command = [*manage, "import_records", "customers", str(path)]
    chance = random.Random(7)
    for _kill in range(KILLS):
        process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
        time.sleep(2 + chance.random() * 4)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert subprocess.run(command, env=env, check=False, capture_output=True).returncode == 1
    with sqlite3.connect(database) as connection:
        told = [
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in (
                "customers_customer",
                "customers_historicalcustomer",
                "customers_customerinterval",
            )
        ]
    connection.close()
    assert told == [ROWS - 1, ROWS - 1, ROWS - 1]
