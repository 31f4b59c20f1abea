"""Reading, work on what is read, and use of what that gave, side by side: in order, and only a little ahead."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")
Part = TypeVar("Part")
Result = TypeVar("Result")

_READ = 2
"""How many items lie there read, beside those that are worked on."""
_LAST, _LONG = 8, 0.002
"""Of how many calls is known how long they took; seconds from which on other threads are worth handing over to."""


class ReadAhead(Generic[Item]):
    """Takes what an iterator gives in a thread of its own, at most so many before they are asked for; a context.

    The thread may wait for ever, as for somebody who types: no end of the program waits for it. When the context ends,
    nothing more is asked of the iterator.
    """

    def __init__(self, items: Iterator[Item], most: int) -> None:
        self._items = items
        self._room = threading.Semaphore(most)
        self._read: SimpleQueue[Future[Item | None]] = SimpleQueue()
        self._ended = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._read_on, name="reading ahead", daemon=True).start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._ended = True
        self._room.release()

    @property
    def ready(self) -> bool:
        """Whether the next one is there, or what hinders it."""
        return not self._read.empty()

    def take(self) -> Future[Item | None]:
        """The next one, waited for, None at the end; or what was raised in its place. Nothing comes after either."""
        taken = self._read.get()
        self._room.release()
        return taken

    def _read_on(self) -> None:
        going_on = True
        while going_on and self._room.acquire() and not self._ended:
            read: Future[Item | None] = Future()
            try:
                item = next(self._items, None)
            except BaseException as error:  # whatever it is, it is raised where the item would be used
                read.set_exception(error)
                going_on = False
            else:
                read.set_result(item)
                going_on = item is not None
            self._read.put(read)


def overlapped(
    read: Iterator[tuple[Item, Sequence[Part]]], work: Callable[[Part], Result], workers: int
) -> Generator[tuple[Item, list[Result]]]:
    """Each item with what `work` gives for its parts, in order; so many threads work, while the next items are read.

    An item whose parts are done waits for no other to be read. What is raised is raised in its place, after all before.
    """
    with ReadAhead(read, _READ) as items, _threads(workers) as pool:
        handed: deque[tuple[Future[tuple[Item, Sequence[Part]] | None], list[Future[Result]]]] = deque()
        last = False
        while True:
            while not last and (not handed or (items.ready and len(handed) <= workers)):
                taken = items.take()
                found = None if taken.exception() else taken.result()
                last = found is None
                handed.append((taken, [pool.submit(work, part) for part in found[1]] if found else []))
            taken, parts = handed.popleft()
            if (found := taken.result()) is None:
                return
            yield found[0], [part.result() for part in parts]


@contextmanager
def _threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that end what they have begun, and begin nothing when this is over."""
    pool = ThreadPoolExecutor(count)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def ahead(
    call: Callable[[Item], Result],
    items: Iterable[Item],
    most: int,
    takes_long: Callable[[Item], bool] = lambda item: True,
) -> Iterator[Result]:
    """What `call` gives for each item, in order, worked out by threads while earlier ones are in use.

    An item that does not take long is no work for a thread.
    """
    with ThreadPoolExecutor() as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                long = takes_long(item)
                if long:
                    waiting.append(pool.submit(call, item))
                while len(waiting) >= (most if long else 1):
                    yield waiting.popleft().result()
                if not long:
                    yield call(item)
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


class Timed(Generic[Item, Result]):
    """A call that knows whether it takes long, until it has been seen that it does not.

    Small pictures do not: threads that decode them mostly wait for each other, which takes three times as long.
    """

    def __init__(self, call: Callable[[Item], Result]) -> None:
        self._call = call
        self._took = deque([math.inf] * _LAST, _LAST)

    def __call__(self, item: Item) -> Result:
        """What the call gives."""
        started = time.perf_counter()
        result = self._call(item)
        self._took.append(time.perf_counter() - started)
        return result

    def takes_long(self, item: Item) -> bool:
        """Whether most of the last did; a processor that was somebody else's for a while makes no difference."""
        return sorted(self._took)[_LAST // 4] > _LONG
