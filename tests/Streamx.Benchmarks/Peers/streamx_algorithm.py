"""The algorithm of the Python library streamx, in a few lines: prints nanoseconds per item.

All consumers wait on one shared future; a put waits until all of them do, then completes it.
usage: streamx_algorithm.py CONSUMERS ITEMS
"""
import asyncio
import sys
import time

END = object()


class AsyncStream:
    def __init__(self, consumers):
        self.consumers, self.waiting = consumers, 0
        self.next, self.all_waiting = None, asyncio.Event()

    async def put(self, value):
        await self.all_waiting.wait()
        self.all_waiting.clear()
        self.waiting, future, self.next = 0, self.next, None
        future.set_result(value)
        await asyncio.sleep(0)

    async def __aiter__(self):
        while True:
            if self.next is None:
                self.next = asyncio.get_running_loop().create_future()
            self.waiting += 1
            if self.waiting == self.consumers:
                self.all_waiting.set()
            value = await self.next
            if value is END:
                return
            yield value


async def consume(stream, items):
    expected = 0
    async for value in stream:
        assert value == expected
        expected += 1
    assert expected == items


async def main(consumers, items):
    stream = AsyncStream(consumers)
    running = [asyncio.ensure_future(consume(stream, items)) for _ in range(consumers)]
    start = time.perf_counter_ns()
    for i in range(items):
        await stream.put(i)
    await stream.put(END)
    await asyncio.gather(*running)
    print((time.perf_counter_ns() - start) / items)


asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
