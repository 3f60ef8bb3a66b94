"""Runs a command and tells what it used: seconds, processor seconds, memory, exit code.

    python bench/launcher.py FILE COMMAND …

A process starts with the memory of the one that started it on its account; so a small one, this,
does, and not the bench. Needs nothing but Python. FILE gets the answer as JSON.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes


def main() -> None:
    file, command = Path(sys.argv[1]), sys.argv[2:]
    started = time.perf_counter()
    process = subprocess.Popen(command)
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    used = {
        "wall": time.perf_counter() - started,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss * UNIT,
        "exit": process.returncode,
    }
    file.write_text(json.dumps(used), encoding="utf-8")


if __name__ == "__main__":
    main()
