"""Requests that no browser sends, over a plain socket to the running site: request smuggling and its kin.

Granian reads HTTP before any of our code runs, so what it refuses has no page and no headers of ours: what is no HTTP,
an address beyond 64 kB, more than a hundred fields, a head beyond its buffer. Of the rest we refuse what is too large
ourselves. What matters is that two readers in a row cannot disagree about where a request ends (RFC 9112, 6.3 and 11.2).
"""

import re
import socket

import pytest

HOST = b"Host: localhost\r\n"
CLOSE = b"Connection: close\r\n\r\n"
HIDDEN = b"GET /en/hidden HTTP/1.1\r\n" + HOST + b"\r\n"
POST = b"POST /en/contact HTTP/1.1\r\n" + HOST


def answers(site, sent):
    """All that comes back on one connection, until the server closes it or falls silent."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=2) as connection:
        connection.sendall(sent)
        answer = b""
        try:
            while part := connection.recv(65_536):
                answer += part
        except TimeoutError:
            pass
    return answer


def statuses(site, sent):
    """The status of every answer on one connection."""
    return [int(status) for status in re.findall(rb"(?m)^HTTP/1\.[01] (\d{3}) ", answers(site, sent))]


AMBIGUOUS = {
    "a coding that is not known": POST + b"Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\nabcd",
    "a coding that is not the last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "two codings": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
    "a length with a sign": POST + b"Content-Length: +3\r\n\r\nabc",
    "a negative length": POST + b"Content-Length: -3\r\n\r\nabc",
    "a length in hex": POST + b"Content-Length: 0x3\r\n\r\nabc",
    "a list of lengths": POST + b"Content-Length: 3, 5\r\n\r\nabcde",
    "a space before the colon": POST + b"Content-Length : 3\r\n\r\nabc",
    "a folded line": POST + b"Content-Length:\r\n 3\r\n\r\nabc",
    "a NUL in a header": POST + b"X-Made-Up: a\x00b\r\nContent-Length: 0\r\n\r\n",
    "a bare CR in a header": POST + b"X-Made-Up: a\rb\r\nContent-Length: 0\r\n\r\n",
    "a NUL in the path": b"GET /\x00 HTTP/1.1\r\n" + HOST + b"\r\n",
    "no HTTP at all": b"\x16\x03\x01\x00\xa5\r\n\r\n",
}


@pytest.mark.parametrize("kind", AMBIGUOUS)
def test_what_two_readers_could_read_in_two_ways_is_refused_and_the_connection_ends(live_site, kind):
    assert statuses(live_site, AMBIGUOUS[kind] + HIDDEN) == [400]


def test_a_length_beside_chunks_hides_no_second_request(live_site):
    """CL.TE and TE.CL: the chunks count (RFC 9112, 6.3), and nothing after them is answered by another length."""
    chunks = b"0\r\n\r\n"
    both = b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n"
    # A front that goes by the length would send both as one body.
    found = statuses(live_site, POST + both % len(chunks + HIDDEN) + b"\r\n" + chunks + HIDDEN)
    assert found in ([400], [422], [422, 404])
    # A front that goes by the chunks would send the hidden one as part of the body.
    body = b"%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n" + chunks
    assert statuses(live_site, POST + both % 4 + b"\r\n" + body)[:1] in ([400], [422])
    assert 404 not in statuses(live_site, POST + both % 4 + b"\r\n" + body)


@pytest.mark.parametrize(
    ("request_line", "host"),
    [
        (b"GET http://evil.example/en/account HTTP/1.1\r\n", HOST),
        (b"GET http://evil.example/en/ HTTP/1.1\r\n", HOST),
        (b"GET //evil.example/en/account HTTP/1.1\r\n", HOST),
        (b"GET /en/account HTTP/1.1\r\n", b"Host: evil.example\r\n"),
        (b"GET /en/account HTTP/1.1\r\n", HOST + b"Host: evil.example\r\n"),
        (b"GET /en/account HTTP/1.1\r\n", b"Host: evil.example\r\n" + HOST),
        (b"GET /en/account HTTP/1.1\r\n", b""),
        (b"GET /en/account HTTP/1.0\r\n", b""),
        (b"CONNECT evil.example:443 HTTP/1.1\r\n", HOST),
        (b"OPTIONS * HTTP/1.1\r\n", HOST),
        (b"TRACE / HTTP/1.1\r\n", HOST),
    ],
)
def test_no_way_of_naming_a_host_leads_there(live_site, request_line, host):
    with socket.create_connection(("127.0.0.1", live_site.port), timeout=5) as connection:
        connection.sendall(request_line + host + b"X-Echo: evil\r\n" + CLOSE)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    head, _, _ = answer.partition(b"\r\n\r\n")
    assert b"evil" not in head
    assert re.match(rb"HTTP/1\.[01] (200|30[23]|40[045]) ", answer)


@pytest.mark.parametrize(
    ("what", "status"),
    [
        (b"GET /en/" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HOST, 414),
        (b"GET /en/ HTTP/1.1\r\n" + HOST + b"X-Made-Up: " + b"a" * 1_000_000 + b"\r\n", 431),
        (b"GET /en/ HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: a\r\n" % number for number in range(5000)), 431),
        (
            b"GET /en/account HTTP/1.1\r\n"
            + HOST
            + b"Cookie: "
            + b"; ".join(b"c%d=x" % n for n in range(10_000))
            + b"\r\n",
            303,
        ),
        (
            b"POST /en/contact HTTP/1.1\r\n" + HOST + b"Content-Length: 1000001\r\nExpect: 100-continue\r\n",
            413,
        ),
    ],
    ids=["long address", "long header", "many headers", "ten thousand cookies", "announced body"],
)
def test_what_is_too_much_is_refused_and_the_site_goes_on(live_site, what, status):
    assert statuses(live_site, what + CLOSE) == [status]
    assert statuses(live_site, b"GET /livez HTTP/1.1\r\n" + HOST + CLOSE) == [200]


@pytest.mark.parametrize(
    ("what", "status"),
    [
        (b"GET /en/" + b"a" * 60_000 + b" HTTP/1.1\r\n" + HOST, b"414"),
        (b"GET /staff/?q=" + b"a" * 9_000 + b" HTTP/1.1\r\n" + HOST, b"414"),
        (b"GET /en/ HTTP/1.1\r\n" + HOST + b"X-Made-Up: " + b"a" * 400_000 + b"\r\n", b"431"),
        (b"GET /en/ HTTP/1.1\r\n" + HOST + b"Cookie: " + b"c=x; " * 30_000 + b"\r\n", b"431"),
        (b"GET /en/ HTTP/1.1\r\n", b"400"),
        (b"GET /en/ HTTP/1.1\r\nHost: evil.example\r\n", b"400"),
    ],
    ids=["long address", "long query", "long header", "long cookie", "no host", "foreign host"],
)
def test_what_is_refused_for_its_size_or_its_host_has_our_page_and_headers(live_site, what, status):
    head, _, body = answers(live_site, what + CLOSE).partition(b"\r\n\r\n")
    assert head.split()[1] == status
    assert b"content-security-policy: default-src 'none'" in head.lower()
    assert b"<h1>" in body
    assert len(body) < 10_000


@pytest.mark.parametrize("what", ["no HTTP at all", "a NUL in the path", "two lengths"])
def test_what_the_server_refuses_itself_says_nothing_at_all(live_site, what):
    """No page, and so nothing that a policy would have to keep from running."""
    head, _, body = answers(live_site, AMBIGUOUS[what]).partition(b"\r\n\r\n")
    assert body == b""
    names = {line.partition(b":")[0].lower() for line in head.split(b"\r\n")[1:]}
    assert names <= {b"content-length", b"date", b"connection"}


def test_no_upgrade_is_taken(live_site):
    for upgrade in (
        b"websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13",
        b"h2c\r\nHTTP2-Settings: AAMAAABk",
    ):
        asked = b"GET /en/ HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: " + upgrade + b"\r\n\r\n"
        assert statuses(live_site, asked) == [200]
