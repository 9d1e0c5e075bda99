"""Partitions on many machines: what Dask is asked to do, and what comes of it.

Everything that is done with a partition is in `work`. Here it is spread: the
model goes to each worker once, a partition whose worker is killed goes to another one,
and a partition that cannot be done is a failure among results.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from distributed import Client, KilledWorker, LocalCluster, Worker, as_completed, get_worker
from distributed.diagnostics.plugin import WorkerPlugin
from distributed.utils import silence_logging_cmgr

from ctclass.cluster.partitions import Partition
from ctclass.cluster.reading import Job, check_versions
from ctclass.cluster.since import Earlier
from ctclass.cluster.work import Done, Failure, Means, Stopped, header_of, tag_partition
from ctclass.errors import CtclassError, InputError, ModelError, Phrase
from ctclass.runs.layout import Layout

_CONNECT = 10.0
_FIRST_WORKER = 60.0
_RELEASE = 20.0
_SILENT = logging.CRITICAL + 1
"""What goes wrong is told in three lines; warnings of Dask would stand between them."""


class MeansOnWorker(WorkerPlugin):
    """The model as a file of the worker, the layout, and what is known of an earlier run: sent
    once, also to a worker that joins later. Each run has its own, for several may share the
    workers."""

    def __init__(
        self, model: bytes, layout: Layout, earlier: Earlier | None, *, local: bool
    ) -> None:
        self.name = f"ctclass-{uuid.uuid4().hex[:16]}"
        self._model = model
        self._layout = layout
        self._earlier = earlier
        self._local = local

    def setup(self, worker: Worker) -> None:
        """Write the model where the tasks of this worker find it."""
        if self._local and threading.current_thread() is threading.main_thread():
            # Ctrl-C in a terminal is for the command, which ends its workers itself.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.means(worker).model.write_bytes(self._model)

    def teardown(self, worker: Worker) -> None:
        """Leave nothing on the worker."""
        self.means(worker).remove()

    def means(self, worker: Worker) -> Means:
        """What the tasks of this worker tag with."""
        model = Path(worker.local_directory) / f"{self.name}.ctm"
        return Means(model, self._layout, self._earlier)


@contextmanager
def connected(scheduler: str | None, workers: int) -> Iterator[Client]:
    """A client of a running scheduler, or of `workers` processes of this machine.

    Raises InputError where no scheduler answers, or no worker comes.
    """
    with silence_logging_cmgr(_SILENT):
        yield from _clients(scheduler, workers)


def _clients(scheduler: str | None, workers: int) -> Iterator[Client]:
    if scheduler is None:
        with (
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                dashboard_address="127.0.0.1:0",
                silence_logs=_SILENT,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = Client(scheduler, timeout=_CONNECT)
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(
            Phrase("スケジューラーにつながりません", "The scheduler does not answer"),
            where=scheduler,
            hint=Phrase(
                "dask scheduler が動いているか、tcp://ホスト:ポート を確かめてください",
                "See that dask scheduler is running, and check tcp://host:port",
            ),
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_FIRST_WORKER)
        except TimeoutError as error:
            raise InputError(
                Phrase("ワーカーが一つもありません", "The scheduler has no worker"),
                where=scheduler,
                hint=Phrase("dask worker を始めてください", f"Start some: dask worker {scheduler}"),
            ) from error
        yield client


@contextmanager
def with_model(
    client: Client, model: bytes, layout: Layout, earlier: Earlier | None = None
) -> Iterator[str]:
    """The model, the layout and what an earlier run left on every worker, until the end of the
    block; the name by which `tag_partitions` finds them there.

    Raises ModelError where a worker cannot take them.
    """
    plugin = MeansOnWorker(model, layout, earlier, local=client.cluster is not None)
    try:  # a scheduler keeps the plugin even where a worker refuses it
        _register(client, plugin)
        yield plugin.name
    finally:
        with suppress(Exception):  # where the scheduler is gone, so is the model
            client.unregister_worker_plugin(plugin.name)


def _register(client: Client, plugin: MeansOnWorker) -> None:
    try:
        client.register_plugin(plugin)
    except Exception as error:  # whatever a worker raised, in a wrapping of Dask's
        raise ModelError(
            Phrase(
                f"ワーカーがモデルを受け取れません({error})",
                f"A worker cannot take the model ({error})",
            ),
            where=str(client.scheduler_info()["address"]),
            hint=Phrase(
                "すべてのワーカーの ctclass の版と、ディスクの空きを確かめてください",
                "Check the version of ctclass on every worker, and the room on its disk",
            ),
        ) from error


def headers(
    client: Client, partitions: Sequence[Partition], job: Job
) -> Iterator[tuple[Partition, list[str] | Failure | None]]:
    """The columns of every partition, in any order."""
    yield from _spread(client, _header_on_worker, partitions, job)


def tag_partitions(
    client: Client, partitions: Sequence[Partition], job: Job, brought: str
) -> Iterator[tuple[Partition, Done | Failure]]:
    """What became of every partition, in any order; `brought` is the name of `with_model`.

    Raises ModelError for a worker that is not like this machine, InputError when the
    scheduler is lost. Whatever ends it early cancels what is still to be done.
    """
    yield from _spread(client, _tag_on_worker, partitions, job, brought)


def _header_on_worker(partition: Partition, job: Job) -> list[str] | Failure | None:
    try:
        check_versions(job, get_worker().address)
    except CtclassError as error:
        return Failure.of(partition, error)
    return header_of(partition, job)


def _tag_on_worker(partition: Partition, job: Job, brought: str) -> Done | Failure | None:
    worker = get_worker()
    key = worker.get_current_task()

    def stopped() -> bool:
        """The worker forgets or marks a task whose answer nobody waits for any more."""
        task = worker.state.tasks.get(key)
        return task is None or task.state == "cancelled"

    try:
        check_versions(job, worker.address)
        plugin: Any = worker.plugins[brought]
        return tag_partition(partition, job, plugin.means(worker), stopped)
    except CtclassError as error:
        return Failure.of(partition, error)
    except Stopped:
        return None


def _spread(
    client: Client,
    work: Callable[..., Any],
    partitions: Sequence[Partition],
    *more: Any,
) -> Iterator[tuple[Partition, Any]]:
    token = uuid.uuid4().hex[:8]
    asked = {
        client.submit(work, partition, *more, key=f"ctclass-{token}-{i}", pure=False): partition
        for i, partition in enumerate(partitions)
    }
    try:
        for future in as_completed(asked):
            partition = asked[future]
            found = _result(future, partition)
            if isinstance(found, Failure) and found.exit_code == ModelError.exit_code:
                raise ModelError(found.what, where=found.where, hint=found.hint)
            yield partition, found
            future.release()
    finally:
        _cancel(client, [future for future in asked if not future.done()])


def _result(future: Any, partition: Partition) -> Any:
    try:
        return future.result()
    except KilledWorker:
        return Failure(
            partition.name,
            InputError.exit_code,
            Phrase(
                "この部分を扱うワーカーが何度も終了しました",
                "The workers that took it ended, one after the other",
            ),
            partition.shown,
            Phrase(
                "メモリの上限と、このファイルが壊れていないかを確かめてください",
                "Check their memory limit, and whether this file is damaged",
            ),
        )
    except CancelledError as error:
        raise InputError(
            Phrase("スケジューラーとの接続が切れました", "The scheduler was lost"),
            where=partition.shown,
            hint=Phrase(
                "--resume を付けてもう一度実行すると続きから始めます",
                "Run it again with --resume: what is done stays done",
            ),
        ) from error
    except (ImportError, AttributeError) as error:
        raise ModelError(
            Phrase(
                f"ワーカーに同じ版の ctclass がありません({error})",
                f"A worker lacks this version of ctclass ({error})",
            ),
            where=partition.shown,
            hint=Phrase(
                "すべてのワーカーに同じ版の ctclass を入れてください",
                "Install the same ctclass on every worker",
            ),
        ) from error


def _cancel(client: Client, futures: list[Any]) -> None:
    """Cancel, and wait a little until the workers have let go of their drafts."""
    if not futures:
        return
    with suppress(Exception):  # a scheduler that is gone has nothing to cancel
        client.cancel(futures, force=True)
        if client.cluster is not None:
            return  # its workers are about to be ended
        keys = {future.key for future in futures}
        deadline = time.monotonic() + _RELEASE
        while time.monotonic() < deadline:
            at_work = client.run(_executing)
            if not any(keys.intersection(own) for own in at_work.values()):
                return
            time.sleep(0.2)


def _executing(dask_worker: Worker) -> list[str]:
    return [str(task.key) for task in dask_worker.state.executing | dask_worker.state.long_running]
