"""The jobs that a worker knows.  Thin: what they do is in the modules they call."""

from django.utils import timezone
from procrastinate.contrib.django import app

from archive import seals
from products import fixity, store_report
from products.previews import making
from restores import ingests, queue, stopping, sweep, tick
from restores.advance import advance


@app.task(name=queue.ADVANCE, queue=queue.REQUESTS)
def advance_request(request_id):
    advance(request_id)


@app.task(name="restores.tick", queue=queue.UPKEEP, queueing_lock="tick")
def tick_now(timestamp):
    tick.tick()


@app.task(name="restores.seal", queue=queue.UPKEEP, queueing_lock="seal")
def seal_access_log(timestamp):
    seals.seal(now=timezone.now())


@app.task(name=queue.MAKE_PREVIEWS, queue=queue.PREVIEWS)
def make_previews():
    making.make_due(stopped=stopping.asked)


@app.task(name=queue.INGEST_AGAIN, queue=queue.INGESTS)
def ingest_again(run):
    ingests.again(run)


@app.task(name="restores.sweep", queue=queue.UPKEEP, queueing_lock="sweep")
def sweep_daily(timestamp):
    sweep.sweep()


@app.task(name="restores.fixity", queue=queue.UPKEEP, queueing_lock="fixity")
def read_a_portion(timestamp):
    fixity.check()


@app.task(name=queue.ASK_THE_STORE, queue=queue.UPKEEP)
def ask_the_store():
    store_report.make(timezone.now())


@app.task(name="restores.ask_the_store_daily", queue=queue.UPKEEP, queueing_lock="ask the store daily")
def ask_the_store_daily(timestamp):
    store_report.make(timezone.now())
