"""Captures of our calls, read by Wireshark's own reader."""

import subprocess

from harness import METHOD, PROTO, Wrong, environment, equal, free_port
from proxies import nginx
from servers import greeter

TYPES = ["DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE",
         "CONTINUATION"]

FIELDS = ("tcp.dstport", "http2.type", "http2.streamid", "http2.length", "http2.flags")

FLAGS = {"END_STREAM": 0x1, "ACK": 0x1, "END_HEADERS": 0x4, "PADDED": 0x8, "PRIORITY": 0x20}

# What a reader remarks on in a capture that is not right; all else is how a connection opens and closes.
FAULTS = "_ws.malformed || _ws.expert.severity >= warning || tcp.analysis.flags || ip.checksum.status == 0 " \
         "|| tcp.checksum.status == 0"


def tshark(path, port, protocol, *options):
    """The lines that tshark prints of a capture; checksums are looked at, and the port's protocol is named."""
    done = subprocess.run(
        ["tshark", "-r", path, "-d", f"tcp.port=={port},{protocol}", "-o", "ip.check_checksum:TRUE",
         "-o", "tcp.check_checksum:TRUE", *options],
        capture_output=True, timeout=60, env=environment(), text=True)
    if done.returncode != 0:
        raise Wrong(f"tshark ends with {done.returncode}: {done.stderr}")
    return done.stdout.splitlines()


def frames_of_tshark(path, port, protocol):
    """Type, stream, length and flags of the frames sent and received."""
    columns = [word for field in FIELDS for word in ("-e", field)]
    lines = tshark(path, port, protocol, "-Y", "http2.type", "-T", "fields", "-E", "occurrence=a", *columns)
    seen = {"sent": [], "received": []}
    for line in lines:
        to, *columns = line.split("\t")
        kinds, streams, lengths, flags = (column.split(",") for column in columns)
        # The connection preface is listed with a stream and a length too, but without a type.
        found = [(TYPES[int(kind)], int(stream), int(length), int(flag, 16))
                 for kind, stream, length, flag in zip(kinds, streams, lengths, flags, strict=True)]
        seen["sent" if int(to) == port else "received"] += found
    return seen


def frames_of_report(document):
    seen = {"sent": [], "received": []}
    for frame in document["frames"]:
        flags = sum(FLAGS[flag] for flag in frame["flags"])
        seen[frame["direction"]].append((frame["type"], frame["stream"], frame["length"], flags))
    return seen


def compare(machine, port, *options, tls=False, greeting="Ada", code=0):
    """Calls, and holds what tshark reads from the capture against what the report says."""
    path = machine.folder / "call.pcapng"
    scheme = "https://localhost" if tls else "http://127.0.0.1"
    got, document = machine.call(f"{scheme}:{port}/{METHOD}", "--proto", PROTO, "-d", f'{{"greeting": "{greeting}"}}',
                                 "--pcapng", path, *options)
    equal(got, code, document["verdict"]["summary"])
    protocol = "tls" if tls else "http2"
    seen, told = frames_of_tshark(path, port, protocol), frames_of_report(document)
    for direction in ("sent", "received"):
        if not told[direction]:
            raise Wrong(f"the report has no frames that were {direction}")
        equal(seen[direction], told[direction], direction)
    equal(tshark(path, port, protocol, "-Y", FAULTS), [])
    return document


def plaintext(machine):
    """tshark reads the frames of a plaintext call"""
    port = greeter(machine)
    compare(machine, port)
    # A reply of a megabyte, in many segments, and an answer without a message.
    compare(machine, port, greeting="long")
    compare(machine, port, greeting="nobody", code=64 + 5)


def tls13(machine):
    """tshark decrypts a call over TLS 1.3 by the capture's own secrets"""
    port = greeter(machine, machine.certificate, machine.key)
    for greeting in ("Ada", "long"):
        document = compare(machine, port, "--cacert", machine.certificate, tls=True, greeting=greeting)
        equal(document["connection"]["tls"]["version"], "TLS 1.3")


def tls12(machine):
    """tshark decrypts a call over TLS 1.2 by the capture's own secrets"""
    backend, port = greeter(machine), free_port()
    nginx(machine, [(f"{port} ssl http2",
                     f"ssl_protocols TLSv1.2; location / {{ grpc_pass grpc://127.0.0.1:{backend}; }}")])
    document = compare(machine, port, "--cacert", machine.certificate, tls=True)
    equal(document["connection"]["tls"]["version"], "TLS 1.2")


def tour(machine):
    """tshark reads all attempts of the stage from one capture"""
    path = machine.folder / "tour.pcapng"
    done = subprocess.run([machine.probe, "call", "stage:", "-q", "--pcapng", path], capture_output=True, timeout=60,
                          env=environment(), stdin=subprocess.DEVNULL, text=True)
    equal(done.returncode, 0, done.stderr)
    streams = tshark(path, 1, "http2", "-Y", "tcp.flags.syn == 1 && tcp.flags.ack == 0", "-T", "fields", "-e", "tcp.stream")
    equal(streams, ["0", "1", "2", "3", "4", "5"])
    equal(tshark(path, 1, "http2", "-Y", FAULTS), [])


CASES = [plaintext, tls13, tls12, tour]
