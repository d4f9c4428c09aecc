"""What an endpoint may do to whoever asks it, by name: the octets of each answer, piece by piece."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Literal

ACCEPTED = b'{"response": 1, "ids": {}}'
PIECE = 1 << 16  # octets


@dataclass(frozen=True, slots=True)
class Scene:
    """Who asks and who answers: the key that came along, the port here, and another one on this machine."""

    key: bytes = b""
    port: int = 0
    other: int = 0


@dataclass(frozen=True, slots=True)
class Malice:
    """The pieces of an answer, with `pause` seconds after each; `early` = without having read the request.

    `says_one` = by HTTP and JSON it is an acceptance all the same; None = it is one to readers that do not see what follows it.
    """

    pieces: Callable[[Scene], Iterable[bytes]]
    says_one: bool | None = False
    pause: float = 0.0
    early: bool = False
    end: Literal["close", "hold", "reset"] = "close"


def answer(body: bytes, *headers: bytes, first: bytes = b"HTTP/1.1 200 OK", length: bytes | None = None) -> bytes:
    """One answer with its right Content-Length, unless `length` says another; b"" = none at all."""
    counted = str(len(body)).encode() if length is None else length
    lines = [first, b"Content-Type: application/json", *headers, *([b"Content-Length: " + counted] if counted else [])]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _says(body: bytes, *headers: bytes, **how: bytes) -> Callable[[Scene], Iterable[bytes]]:
    return lambda _: [answer(body, *headers, **how)]


def _raw(*pieces: bytes) -> Callable[[Scene], Iterable[bytes]]:
    return lambda _: pieces


def _endless(start: bytes, piece: bytes) -> Callable[[Scene], Iterable[bytes]]:
    return lambda _: chain([start], repeat(piece))


def _drops(octets: bytes) -> Callable[[Scene], Iterable[bytes]]:
    return lambda _: (octets[at : at + 1] for at in range(len(octets)))


def _target(form: str) -> Callable[[Scene], Iterable[bytes]]:
    def pieces(scene: Scene) -> Iterable[bytes]:
        where = form.format(key=scene.key.decode("latin-1"), port=scene.port, other=scene.other)
        return [answer(ACCEPTED, b"Location: " + where.encode("latin-1"), first=b"HTTP/1.1 307 Temporary Redirect")]

    return pieces


def _quotes(form: bytes) -> Callable[[Scene], Iterable[bytes]]:
    return lambda scene: [form.replace(b"KEY", scene.key).replace(b"SPELT", b"".join(b"\\u%04x" % octet for octet in scene.key))]


def _bomb(_scene: Scene) -> Iterator[bytes]:
    """An acceptance, and then blanks without end, a thousand times smaller than they are."""
    pack = zlib.compressobj(9, wbits=31)
    yield answer(b"", b"Content-Encoding: gzip", length=b"")
    yield pack.compress(ACCEPTED) + pack.flush(zlib.Z_FULL_FLUSH)
    # After a full flush the same octets mean the same blanks as often as they come.
    yield from repeat(pack.compress(b" " * (1 << 20)) + pack.flush(zlib.Z_FULL_FLUSH))


def _gzipped(body: bytes) -> bytes:
    return zlib.compress(body, wbits=31)


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNK = b"%x\r\n%s\r\n" % (len(ACCEPTED), ACCEPTED)
LENGTH = b"Content-Length: %d" % len(ACCEPTED)
HONEST = Malice(_says(ACCEPTED), says_one=True)
NO_LENGTH = answer(ACCEPTED, length=b"")

MALICE: dict[str, Malice] = {
    # Without end
    "body without end": Malice(_endless(NO_LENGTH, b" " * PIECE)),
    "headers without end": Malice(_endless(HEAD, b"X-More: " + b"y" * 1000 + b"\r\n")),
    "short headers without end": Malice(_endless(HEAD, b"a:b\r\n" * 1000)),
    "a header of 10 MB": Malice(lambda _: chain([HEAD + b"X: "], repeat(b"y" * PIECE, 160), [b"\r\n\r\n" + ACCEPTED])),
    "a first line of 10 MB": Malice(lambda _: chain([b"HTTP/1.1 200 "], repeat(b"O" * PIECE, 160), [b"\r\n\r\n" + ACCEPTED])),
    "chunks without end": Malice(_endless(CHUNKED, b"10000\r\n" + b" " * PIECE + b"\r\n")),
    "a chunk size without end": Malice(_endless(CHUNKED, b"0" * PIECE)),
    "a chunk extension without end": Malice(_endless(CHUNKED + b"1;", b"x" * PIECE)),
    "trailers without end": Malice(_endless(CHUNKED + CHUNK + b"0\r\n", b"X-More: yes\r\n" * 1000)),
    "100-continue without end": Malice(_endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)),
    "early hints without end": Malice(_endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 1000)),
    "cookies in a flood": Malice(_says(ACCEPTED, *[b"Set-Cookie: c%d=%s" % (n, b"v" * 900) for n in range(100)]), says_one=True),
    "more cookies than headers may be": Malice(_says(ACCEPTED, *[b"Set-Cookie: c%d=v" % n for n in range(5000)])),
    # Slow, or not at all
    "silence": Malice(_raw(), end="hold"),
    "slow headers": Malice(_drops(NO_LENGTH), pause=0.05),
    "slow body": Malice(lambda _: chain([HEAD + LENGTH + b"\r\n\r\n"], (ACCEPTED[n : n + 1] for n in range(len(ACCEPTED)))), pause=0.05),
    "blank lines for ever": Malice(lambda _: repeat(b"\r\n"), pause=0.02),
    # Lengths
    "too long a length": Malice(_says(ACCEPTED, length=b"4000")),
    "too long a length, and held": Malice(_says(ACCEPTED, length=b"4000"), end="hold"),
    "too short a length": Malice(_says(ACCEPTED, length=b"13")),
    "too short a length that cuts a lie out": Malice(_says(b'{"response": 1} of many', length=b"15"), says_one=None),
    "a negative length": Malice(_says(ACCEPTED, length=b"-26")),
    "a length that is no number": Malice(_says(ACCEPTED, length=b"many")),
    "a length beyond all numbers": Malice(_says(ACCEPTED, length=b"9" * 40)),
    "two lengths": Malice(_says(ACCEPTED, b"Content-Length: 5")),
    "length and chunks": Malice(_raw(HEAD + LENGTH + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNK + b"0\r\n\r\n")),
    "chunks and length": Malice(_raw(HEAD + b"Transfer-Encoding: chunked\r\n" + LENGTH + b"\r\n\r\n" + CHUNK + b"0\r\n\r\n")),
    # Chunks and codings
    "a malformed chunk": Malice(_raw(CHUNKED + b"xyz\r\n" + ACCEPTED + b"\r\n0\r\n\r\n")),
    "a negative chunk": Malice(_raw(CHUNKED + b"-1a\r\n" + ACCEPTED + b"\r\n0\r\n\r\n")),
    "a chunk of 16 exabytes": Malice(_raw(CHUNKED + b"ffffffffffffffff\r\n" + ACCEPTED), end="hold"),
    "the last chunk missing": Malice(_raw(CHUNKED + CHUNK)),
    "a gzip bomb": Malice(_bomb),
    "a small gzip": Malice(_says(_gzipped(ACCEPTED), b"Content-Encoding: gzip")),
    "gzip in name only": Malice(_says(ACCEPTED, b"Content-Encoding: gzip")),
    "a coding nobody knows": Malice(_says(ACCEPTED, b"Content-Encoding: snafu")),
    "a transfer coding nobody asked for": Malice(_raw(HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNK + b"0\r\n\r\n")),
    # Not HTTP, or another one
    "HTTP/0.9": Malice(_raw(ACCEPTED)),
    "HTTP/3.7": Malice(_says(ACCEPTED, first=b"HTTP/3.7 200 OK")),
    "HTTP/2 preface": Malice(_raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
    "a request for an answer": Malice(_raw(b"POST / HTTP/1.1\r\nHost: you\r\n\r\n")),
    "a TLS record": Malice(_raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200))),
    "switching protocols": Malice(_says(ACCEPTED, b"Upgrade: x", b"Connection: upgrade", first=b"HTTP/1.1 101 Switching Protocols")),
    "a nul in a header": Malice(_says(ACCEPTED, b"X: \x00")),
    "a header without a name": Malice(_says(ACCEPTED, b": x")),
    "a folded header": Malice(_says(ACCEPTED, b"X: 1\r\n Transfer-Encoding: chunked"), says_one=True),
    # Status
    "status 999": Malice(_says(ACCEPTED, first=b"HTTP/1.1 999 Beyond")),
    "status 99": Malice(_says(ACCEPTED, first=b"HTTP/1.1 99 Below")),
    "status -200": Malice(_says(ACCEPTED, first=b"HTTP/1.1 -200 OK")),
    "status 2000": Malice(_says(ACCEPTED, first=b"HTTP/1.1 2000 OK")),
    "status 204 with a body": Malice(_says(ACCEPTED, first=b"HTTP/1.1 204 No Content")),
    "status 201": Malice(_says(ACCEPTED, first=b"HTTP/1.1 201 Created")),
    "status 400 that says 1": Malice(_says(ACCEPTED, first=b"HTTP/1.1 400 Bad Request")),
    "status 401 that says 1": Malice(_says(ACCEPTED, first=b"HTTP/1.1 401 Unauthorized")),
    "status 200 with the body of 401": Malice(_says(b'{"response": "ERROR_WRONG_KEY"}')),
    # Redirects
    "redirect to another host": Malice(_target("http://127.0.0.1:{other}/api/resellers/sendNumbersOnline")),
    "redirect to a host with the key in it": Malice(_target("http://127.0.0.1:{other}/{key}")),
    "redirect to a file": Malice(_target("file:///etc/passwd")),
    "redirect to itself": Malice(_target("http://127.0.0.1:{port}/api/resellers/sendNumbersOnline")),
    "redirect to no URL": Malice(_target("http://[::1")),
    "redirect to the terminal": Malice(_target("\x1b]0;owned\x07")),
    # The line
    "close after accept": Malice(_raw()),
    "close amid headers": Malice(_raw(HEAD + b"Content-Le")),
    "close amid the body": Malice(_says(ACCEPTED[:9], length=b"26")),
    "reset": Malice(_raw(), end="reset"),
    "reset amid the body": Malice(_says(ACCEPTED[:9], length=b"26"), end="reset"),
    "an answer before the question": Malice(_says(ACCEPTED), says_one=True, early=True),
    "two answers in one": Malice(_raw(answer(ACCEPTED) + answer(b'{"response": "ERROR_NO_KEY"}', first=b"HTTP/1.1 401 No")), says_one=None),
    "a refusal, and an acceptance for the next": Malice(_raw(answer(b"{}", first=b"HTTP/1.1 503 Down") + answer(ACCEPTED)), end="hold"),
    "an acceptance in advance": Malice(lambda _: [answer(b"{}", first=b"HTTP/1.1 503 Down"), answer(ACCEPTED)], pause=0.02, end="hold"),
    # Bodies
    "octets": Malice(_says(bytes(range(256)) * 40)),
    "no body": Malice(_says(b"")),
    "a key twice": Malice(_says(b'{"response": 0, "response": 1}')),
    "a key twice, the other way round": Malice(_says(b'{"response": 1, "response": "ERROR_WRONG_KEY"}')),
    "a key twice, deep inside": Malice(_says(b'{"response": 1, "ids": {"+1": 1, "+1": null}}')),
    "a key twice, once spelt": Malice(_says(b'{"response": 1, "\\u0072esponse": 0}')),
    "NaN": Malice(_says(b'{"response": 1, "ids": {"+1": NaN}}')),
    "Infinity": Malice(_says(b'{"response": -Infinity}')),
    "nesting": Malice(_says(b'{"response": 1, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")),
    "nesting in the response": Malice(_says(b'{"response": ' + b"[" * 300 + b"]" * 300 + b"}")),
    "nesting without end": Malice(_says(b'{"x":' * 40_000)),
    "small values in heaps": Malice(_says(b'{"response": 0, "x": [' + b"[]," * 80_000 + b"0]}")),
    "an integer of 10000 digits": Malice(_says(b'{"response": ' + b"1" * 10_000 + b"}")),
    "a number that rounds to one": Malice(_says(b'{"response": 1.00000000000000000001}')),
    "response 1.0": Malice(_says(b'{"response": 1.0}')),
    "response 1e0": Malice(_says(b'{"response": 1e0}')),
    "response true": Malice(_says(b'{"response": true}')),
    'response "1"': Malice(_says(b'{"response": "1"}')),
    "response [1]": Malice(_says(b'{"response": [1]}')),
    "response null": Malice(_says(b'{"response": null}')),
    "UTF-16": Malice(_says(ACCEPTED.decode().encode("utf-16"))),
    "latin-1": Malice(_says(b'{"response": 1, "x": "\xe4"}')),
    "a byte order mark": Malice(_says(b"\xef\xbb\xbf" + ACCEPTED), says_one=True),
    "half a surrogate pair": Malice(_says(b'{"response": "\\ud800"}')),
    "an acceptance and more": Malice(_says(ACCEPTED + b"<!-- cached -->")),
    "two values": Malice(_says(ACCEPTED + b'{"response": 0}')),
    "a list": Malice(_says(b"[1]")),
    "ids beyond any database": Malice(_says(b'{"response": 1, "ids": {"+447700900001": 1' + b"0" * 4000 + b"}}"), says_one=True),
    "ids of all kinds": Malice(
        _says(b'{"response": 1, "ids": {"": 1, "x": [], "+\\ud800": 7, "+447700900001": 1.5, "447700900001": -1}}'), says_one=True
    ),
    "ids that disagree": Malice(_says(b'{"response": 1, "ids": {"+447700900001": 1, "447700900001": 2}}'), says_one=True),
    "a Date beyond time": Malice(_says(ACCEPTED, b"Date: Fri, 31 Dec 999999999 23:59:59 GMT"), says_one=True),
    "rest for ever": Malice(_says(b"", b"Retry-After: 99999999999999999999", first=b"HTTP/1.1 503 Down")),
    # The key
    "the key quoted": Malice(_quotes(answer(b'{"response": "no such key: KEY"}', length=b""))),
    "the key spelt": Malice(_quotes(answer(b'{"response": "no such key: SPELT"}', length=b""))),
    "the key for a first line": Malice(_quotes(b"KEY\r\n\r\n")),
    "the key for a header": Malice(_quotes(b"HTTP/1.1 200 OK\r\nKEY\r\n\r\n")),
    "the key for a chunk": Malice(_quotes(CHUNKED + b"KEY\r\n")),
}
