"""`manage.py run_jobs`: work on requests until told to stop.

Three workers in one process: one for requests, with as many slots as CASA may run at once, one for the upkeep, so that
a full house does not delay it, and one for previews, of which one is made at a time.  SIGTERM ends all within
`settings.STOP_SECONDS`; CASA goes on, and the next process adopts it.
"""

import asyncio
import logging
import os
import signal
import threading

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.psycopg_connector import PsycopgConnector

from restores import queue, stopping, tasks, tick

SWEEP_CRON = "17 3 * * *"
FIXITY_CRON = "*/10 * * * *"  # products/fixity.py counts on it
ASK_CRON = "41 2 * * *"
SEAL_CRON = "* * * * * 10"  # ten seconds into each minute, when the one before has settled
UPKEEP_AT_ONCE = 3  # a sweep and a portion of fixity take long where there is much, and seals are made each minute

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Work on queued requests until SIGTERM or SIGINT."

    def handle(self, **options):
        tick.tick()  # what the last process left goes on at once
        _schedule(tasks.tick_now, settings.TICK_CRON)
        _schedule(tasks.seal_access_log, SEAL_CRON)
        _schedule(tasks.sweep_daily, SWEEP_CRON)
        _schedule(tasks.read_a_portion, FIXITY_CRON)
        _schedule(tasks.ask_the_store_daily, ASK_CRON)
        queue.ask_the_store()
        # procrastinate's own queries need an asynchronous connection; ours stay on Django's (restores/queue.py).
        with app.replace_connector(PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=4)) as worker_app:
            asyncio.run(_work(worker_app))
        if not stopping.asked():
            raise CommandError("The worker ended by itself: it lost the database. Start it again.")


def _schedule(task, cron):
    # Not a decorator in tasks.py: settings are not read while modules are imported.
    if not any(name == task.name for name, _ in app.periodic_registry.periodic_tasks):
        app.periodic(cron=cron)(task)


async def _work(worker_app):
    loop = asyncio.get_running_loop()
    async with worker_app.open_async():
        workers = [
            asyncio.create_task(_worker(worker_app, queue.REQUESTS, settings.JOB_CONCURRENCY)),
            asyncio.create_task(_worker(worker_app, queue.UPKEEP, UPKEEP_AT_ONCE)),
            asyncio.create_task(_worker(worker_app, queue.PREVIEWS, 1)),
            asyncio.create_task(_worker(worker_app, queue.INGESTS, 1)),
        ]
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, _stop, workers)
        log.info("ready for requests, %s at once", settings.JOB_CONCURRENCY)
        await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
        for worker in workers:
            worker.cancel()  # a request to end after the running jobs, as procrastinate reads it
        await asyncio.gather(*workers, return_exceptions=True)


async def _worker(worker_app, name, concurrency):
    await worker_app.run_worker_async(
        queues=[name],
        name=name,
        concurrency=concurrency,
        install_signal_handlers=False,
        delete_jobs="successful",
        update_heartbeat_interval=tick.HEARTBEAT_SECONDS,
        stalled_worker_timeout=tick.STALLED_SECONDS,
    )


def _stop(workers):
    if stopping.asked():
        return
    log.info("asked to stop")
    stopping.ask()
    for worker in workers:
        worker.cancel()
    # Whoever still hangs in a call to the outside is left as a kill would leave it, which nothing minds.
    last = threading.Timer(settings.STOP_SECONDS, os._exit, [1])
    last.daemon = True
    last.start()
