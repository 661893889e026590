"""An answer that takes long to send, and ends once it may not be given any more."""

import asyncio
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

__all__ = ["Watched"]

_ASKED_AGAIN_S = 0.5

Scope = MutableMapping[str, Any]


class Watched(StreamingResponse):
    """An answer that ends, however slowly it is taken, once it may not be given any more.

    Parameters
    ----------
    content : iterator of bytes
        What is sent.
    may : callable
        Whether it still may be; asked while it is being sent.
    """

    def __init__(
        self, content: Iterator[bytes], may: Callable[[], bool], *head: Any, **more: Any
    ) -> None:
        super().__init__(content, *head, **more)
        self._may = may

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Send it.

        Raises
        ------
        ConnectionAbortedError
            If it may not be sent any more; what was sent is short then, and the browser sees that.
        """
        sending = asyncio.create_task(super().__call__(scope, receive, send))
        try:
            while not (await asyncio.wait({sending}, timeout=_ASKED_AGAIN_S))[0]:
                if not await run_in_threadpool(self._may):
                    raise ConnectionAbortedError
        finally:
            sending.cancel()
            await asyncio.wait({sending})
        await sending
