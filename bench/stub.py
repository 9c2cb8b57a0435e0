"""A local STS that answers at once, or after a delay, and counts the calls in flight.

``python -m bench.stub --port N``. POST / answers AssumeRole; GET /delay/30 sets the delay in milliseconds; GET /peak
tells the most calls that were in flight since it was last asked. It checks nothing: it measures nobody but the caller.
"""

import argparse
import asyncio
import re
from datetime import UTC, datetime, timedelta

ANSWER = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser>\
<AssumedRoleId>AROAEXAMPLEEXAMPLE:{name}</AssumedRoleId><Arn>arn:aws:sts::111122223333:assumed-role/Bench/{name}</Arn>\
</AssumedRoleUser><Credentials><AccessKeyId>ASIAEXAMPLEEXAMPLE00</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>\
<SessionToken>{token}</SessionToken><Expiration>{expiry}</Expiration></Credentials><PackedPolicySize>6</PackedPolicySize>\
</AssumeRoleResult><ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata>\
</AssumeRoleResponse>"""
SECRET, TOKEN = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "IQoJb3JpZ2luX2Vj" + "A" * 700
NAME = re.compile(rb"RoleSessionName=([^&]+)")
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Stub:
    """The answer's delay in seconds, and how many calls are and were in flight."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.flying = self.peak = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = LENGTH.search(head)
                body = await reader.readexactly(int(length[1])) if length else b""
                writer.write(await self.answer(head, body))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def answer(self, head: bytes, body: bytes) -> bytes:
        path = head.split(b" ", 2)[1].decode()
        if path.startswith("/delay/"):
            self.delay = int(path.removeprefix("/delay/")) / 1000
            return respond("ok")
        if path == "/peak":
            peak, self.peak = self.peak, self.flying
            return respond(str(peak))
        return await self.assume(body)

    async def assume(self, body: bytes) -> bytes:
        self.flying += 1
        self.peak = max(self.peak, self.flying)
        if self.delay:
            await asyncio.sleep(self.delay)
        self.flying -= 1
        name = NAME.search(body)
        expiry = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return respond(ANSWER.format(name=name[1].decode() if name else "", secret=SECRET, token=TOKEN, expiry=expiry))


def respond(text: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    server = await asyncio.start_server(Stub().serve, "127.0.0.1", parser.parse_args().port)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
