"""`manage.py simulate_delivery OUT`: complete QA2 deliveries from simulated observations with known truth."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from restores.simulation.casa import SimulationError
from restores.simulation.delivery import simulate, steps
from restores.simulation.growth import grown
from restores.simulation.presets import DEMO, PRESETS


class Command(BaseCommand):
    needs_database = False
    help = "Write complete QA2 deliveries from simulated observations with known truth."

    def add_arguments(self, parser):
        parser.add_argument("out", type=Path, help="directory of the tars, facts.json, truth.json and expectation/")
        parser.add_argument(
            "--preset",
            nargs="+",
            choices=sorted(PRESETS),
            default=list(DEMO),
            metavar="NAME",
            help=f"which observations: {', '.join(sorted(PRESETS))} (those of the demo archive)",
        )
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same visibilities (1)")
        parser.add_argument("--raw-mb", type=float, help="let the raw data of each MOUS grow to about this size")

    def handle(self, *args, **options):
        presets = {name: PRESETS[name](options["seed"]) for name in options["preset"]}
        if options["raw_mb"]:
            presets = {name: grown(preset, options["raw_mb"]) for name, preset in presets.items()}
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(file=self.stderr)) as bar:
            task = bar.add_task("simulate", total=steps(presets))
            try:
                tars = simulate(options["out"], presets, lambda word: bar.update(task, advance=1, description=word))
            except SimulationError as error:
                raise CommandError(str(error)) from error
        for tar in tars:
            self.stdout.write(str(tar))
