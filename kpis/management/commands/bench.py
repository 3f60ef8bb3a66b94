"""The benchmark: `manage.py bench`. Measured by the package `bench`, which a product may lack."""

import argparse
import importlib
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

SUITES = ("kpi", "import", "http", "bulk", "all")


class Command(BaseCommand):
    help = "Measure the product against its floors; exit code 1 if a bound is missed."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--suite", choices=SUITES, default="all")
        parser.add_argument("--facts", type=int, default=1_000_000)
        parser.add_argument("--rows", type=int, nargs="+", default=[20_000], help="of each file")
        parser.add_argument("--records", type=int, nargs="+", default=[10_000, 1_000_000])
        parser.add_argument("--exported", type=int, nargs="+", default=[10_000, 100_000])
        parser.add_argument("--rounds", type=int, default=5)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--json", type=Path, metavar="FILE")
        parser.add_argument("--database", default="brm_bench", help="made for it and dropped")
        parser.add_argument("--even-if-busy", action="store_true")

    def handle(self, **options: Any) -> None:
        try:
            judging, own, running, asked = (
                importlib.import_module(f"bench.{name}")
                for name in ("judging", "own", "running", "options")
            )
        except ModuleNotFoundError as error:
            raise CommandError(
                _("The folder bench/ of the source tree is not here (%(error)s).")
                % {"error": error}
            ) from None
        if judging.is_busy() and not options["even_if_busy"]:
            raise CommandError(
                _("The machine is busy (load %(load).1f): what is measured now means nothing.")
                % {"load": judging.load()}
            )
        suites = tuple(running.SUITES) if options["suite"] == "all" else (options["suite"],)
        wanted = asked.Options(
            suites=suites,
            facts=options["facts"],
            rows=tuple(options["rows"]),
            records=tuple(options["records"]),
            exported=tuple(options["exported"]),
            rounds=options["rounds"],
            seed=options["seed"],
            tell=self.stderr.write,
        )
        with own.database(options["database"]):
            try:
                measured = running.run(wanted)
            except asked.Unequal as error:
                raise CommandError(str(error)) from None
            told, json = running.lines(measured), running.json(measured)
        self.stdout.write("\n".join(told))
        if options["json"]:
            options["json"].write_text(json + "\n", encoding="utf-8")
        if measured.missed:
            sys.exit(1)
