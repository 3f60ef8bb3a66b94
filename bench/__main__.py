"""python -m bench [options of manage.py bench]: on PostgreSQL, then on SQLite, in private servers.

Exit code 1 if a bound was missed on one of them. `--json FILE` becomes FILE-postgresql.json and
FILE-sqlite.json.
"""

import subprocess
import sys
from pathlib import Path

DATABASES = {"postgresql": [], "sqlite": ["--sqlite"]}


def options_for(database: str, options: list[str]) -> list[str]:
    """The options, with the JSON's file named after the database."""
    if "--json" not in options:
        return options
    place = options.index("--json") + 1
    file = Path(options[place])
    named = file.with_name(f"{file.stem}-{database}{file.suffix or '.json'}")
    return [*options[:place], str(named), *options[place + 1 :]]


def main() -> int:
    """Run both; returns the exit code."""
    missed = 0
    for database, switches in DATABASES.items():
        servers = [sys.executable, "-m", "tests.servers", *switches, "--"]
        bench = [sys.executable, "manage.py", "bench", *options_for(database, sys.argv[1:])]
        missed |= subprocess.run([*servers, *bench], check=False).returncode != 0
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
