"""What a client of the laptop's Postgres meets: TLS or a refusal, as at Supabase. The wheel's Postgres knows no TLS.

    SSLRequest, TLS ---> front ---> Postgres's unix socket
    plain startup -----> FATAL: SSL connection is required

It reads a client's first packets only, and hands on the rest unread; Postgres itself asks for the password.
The packets: https://www.postgresql.org/docs/18/protocol-message-formats.html
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import ipaddress
import os
import resource
import ssl
import struct
from contextlib import suppress
from pathlib import Path

from local_aws.config import HOST

# All in the front's working directory: a unix socket's path may have some 100 bytes.
SOCKET = "data/.s.PGSQL.5432"
CERTIFICATE = "tls.pem"

CANCEL_REQUEST, SSL_REQUEST, GSSENC_REQUEST = 80877102, 80877103, 80877104
HEADER_BYTES = 8
LONGEST_STARTUP_PACKET = 10_000  # Postgres's own limit
SECONDS_TO_GREET = 60  # Postgres's own authentication_timeout
CHUNK_BYTES = 65_536
OPEN_FILES = 4_096  # two a client; macOS gives 256
CERTIFICATE_DAYS = 3_650


async def _serve_client(client: asyncio.StreamReader, answers: asyncio.StreamWriter, tls: ssl.SSLContext) -> None:
    # A client that hangs up, at whatever point, is no event: an OSError, as is a failed handshake and a timeout.
    with suppress(OSError, asyncio.IncompleteReadError):
        async with asyncio.timeout(SECONDS_TO_GREET):
            startup = await _greet(client, answers, tls)
        if startup:
            await _forward(startup, client, answers)
    answers.close()


async def _greet(client: asyncio.StreamReader, answers: asyncio.StreamWriter, tls: ssl.SSLContext) -> bytes | None:
    """Return the packet to hand on to Postgres, or None for a client that is refused."""
    encrypted = False
    while True:
        header = await client.readexactly(HEADER_BYTES)
        length, code = struct.unpack("!ii", header)
        if not HEADER_BYTES <= length <= LONGEST_STARTUP_PACKET:
            return None
        packet = header + await client.readexactly(length - HEADER_BYTES)
        if code == SSL_REQUEST and not encrypted:
            answers.write(b"S")
            await answers.start_tls(tls)
            encrypted = True
        elif code in {SSL_REQUEST, GSSENC_REQUEST}:
            answers.write(b"N")
        elif encrypted or code == CANCEL_REQUEST:  # libpq before 17 cancels without TLS, even on a TLS connection
            return packet
        else:
            answers.write(_fatal("28000", "SSL connection is required"))
            return None


async def _forward(startup: bytes, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
    try:
        server, requests = await asyncio.open_unix_connection(SOCKET)
    except OSError:
        answers.write(_fatal("57P03", "the local Postgres is not running; start it: make local"))
        return
    requests.write(startup)
    upward = asyncio.create_task(_pump_up(client, requests))
    try:
        # The server has the last word: its FATAL must reach a client that is still sending.
        await _pump(server, answers)
    finally:
        upward.cancel()
        requests.close()


async def _pump_up(client: asyncio.StreamReader, requests: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        await _pump(client, requests)
    with suppress(OSError):
        requests.write_eof()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while chunk := await source.read(CHUNK_BYTES):
        sink.write(chunk)
        await sink.drain()


def _fatal(sqlstate: str, message: str) -> bytes:
    fields = b"".join(f"{field}\0".encode() for field in ("SFATAL", "VFATAL", f"C{sqlstate}", f"M{message}", ""))
    return b"E" + struct.pack("!i", 4 + len(fields)) + fields


def tls_context(certificate: Path) -> ssl.SSLContext:
    """A server's context with a certificate that is written to this file."""
    _make_certificate(certificate)  # at each start, so that a damaged or a foreign one does no harm
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _make_certificate(path: Path) -> None:
    """Write a self-signed certificate for localhost, and its key, into one file: whole or not at all."""
    # Here, because it takes as long to import as all the rest.
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(HOST))])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=CERTIFICATE_DAYS))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        draft.touch(mode=0o600)
        draft.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


async def _serve(port: int) -> None:
    tls = tls_context(Path(CERTIFICATE))
    server = await asyncio.start_server(lambda client, answers: _serve_client(client, answers, tls), HOST, port)
    await server.serve_forever()


def serve(port: int) -> None:
    """Be the front of the Postgres in the working directory, until the process is ended."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if now != resource.RLIM_INFINITY:
        wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(now, wanted), most))
    asyncio.run(_serve(port))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m local_aws.postgres.tls_front", description=serve.__doc__)
    parser.add_argument("--port", type=int, required=True)
    serve(parser.parse_args().port)
