"""The socket that is served on."""

from __future__ import annotations

import asyncio
import socket

from bartack.frontends.web.server import listening


def test_a_small_answer_is_sent_at_once_instead_of_waiting_for_an_acknowledgement() -> None:
    async def accepted(sock: socket.socket) -> int:
        found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def look(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            found.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        server = await asyncio.start_server(look, sock=sock)
        _, writer = await asyncio.open_connection(*sock.getsockname())
        try:
            return await asyncio.wait_for(found, 20)
        finally:
            writer.close()
            server.close()

    with listening("127.0.0.1", 0) as sock:
        assert asyncio.run(accepted(sock)) == 1
