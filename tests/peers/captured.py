"""Real conversations captured from the loopback interface, decoded, and held against what Wireshark's reader sees."""

import collections
import contextlib
import json
import pathlib
import subprocess
import time

from captures import FLAGS, TYPES, tshark
from harness import HERE, METHOD, PROTO, Wrong, contains, environment, equal
from servers import greeter

CALLS = 1000


@contextlib.contextmanager
def capturing(machine, path, port):
    """Captures what goes over a port of the loopback interface, which takes the rights to do so."""
    # A reply of a megabyte comes at once: the usual buffer of 2 MiB loses parts of it.
    process = machine.start("dumpcap", "-q", "-B", "64", "-i", "lo", "-f", f"tcp port {port}", "-w", path)
    until = time.monotonic() + 10
    while not path.exists() or path.stat().st_size == 0:
        if process.poll() is not None or time.monotonic() > until:
            process.log.seek(0)
            raise Wrong(f"dumpcap does not capture: {process.log.read().decode()}")
        time.sleep(0.05)
    time.sleep(0.5)
    yield
    # What was captured is written out within a second.
    time.sleep(1.5)
    machine.end(process)


def decode(machine, path, *options):
    """The exit code and what decode prints."""
    command = [machine.probe, "decode", path, *map(str, options)]
    done = subprocess.run(command, capture_output=True, timeout=60, env=environment(), stdin=subprocess.DEVNULL, text=True)
    equal(done.stderr, "")
    return done.returncode, done.stdout


def lines(machine, path, *options):
    code, text = decode(machine, path, "--format", "json", *options)
    return code, [json.loads(line) for line in text.splitlines()]


def of_kind(kind, found):
    return [line for line in found if line["kind"] == kind]


def frames_of_decode(found):
    """Type, stream, length and flags of the frames by the client's port and direction."""
    ports = {line["connection"]: int(line["client"].rsplit(":", 1)[1]) for line in of_kind("connection", found)}
    frames = collections.defaultdict(list)
    for line in of_kind("frame", found):
        flags = sum(FLAGS[flag] for flag in line["flags"])
        frames[ports[line["connection"]], line["direction"]].append(
            (line["type"], line["stream"], line["length"], flags))
    return dict(frames)


def frames_of_tshark(path, port, protocol="http2", *options):
    """The same by tshark."""
    fields = ("tcp.srcport", "tcp.dstport", "http2.type", "http2.streamid", "http2.length", "http2.flags")
    columns = [word for field in fields for word in ("-e", field)]
    frames = collections.defaultdict(list)
    # The loopback interface leaves checksums to hardware that it does not have, and packets may change places.
    options = ("-o", "tcp.check_checksum:FALSE", "-o", "tcp.reassemble_out_of_order:TRUE", *options)
    for line in tshark(path, port, protocol, *options, "-Y", "http2.type", "-T", "fields", "-E", "occurrence=a", *columns):
        source, destination, *columns = line.split("\t")
        kinds, streams, lengths, flags = (column.split(",") for column in columns)
        key = (int(source), "sent") if int(destination) == port else (int(destination), "received")
        frames[key] += [(TYPES[int(kind)], int(stream), int(length), int(flag, 16))
                        for kind, stream, length, flag in zip(kinds, streams, lengths, flags, strict=True)]
    return dict(frames)


def same_frames(told, seen):
    equal(sorted(told), sorted(seen), "connections and directions")
    for key, frames in told.items():
        equal(len(frames), len(seen[key]), f"frames of {key}")
        equal(frames, seen[key], f"frames of {key}")


def thousand_calls(machine):
    """decode and tshark see the same frames of a thousand calls of grpcio"""
    port, path = greeter(machine), machine.folder / "calls.pcapng"
    with capturing(machine, path, port):
        done = subprocess.run(
            [machine.python, HERE / "greeter.py", "many", f"127.0.0.1:{port}", f"/{METHOD}", str(CALLS)],
            capture_output=True, timeout=60, env=environment(), text=True)
    equal(done.stdout.strip(), str(CALLS), done.stderr)
    code, found = lines(machine, path)
    equal(code, 0)
    told = frames_of_decode(found)
    equal(len(told), 8, "both directions of four connections")
    same_frames(told, frames_of_tshark(path, port))
    calls = of_kind("call", found)
    equal(len(calls), CALLS)
    for call in calls:
        equal((call["path"], call["verdict"]["outcome"], call["response"]["grpc_status"]["code"]),
              (f"/{METHOD}", "pass", 0))
        equal(len(call["response"]["messages"]), 1)
    equal(of_kind("finding", found), [])
    _, table = decode(machine, path, "--summary")
    contains(table, f"{CALLS:,} calls: {CALLS:,} pass, 0 fail")


def encrypted_calls(machine):
    """decode and tshark decrypt the same frames by a key log"""
    port, path = greeter(machine, machine.certificate, machine.key), machine.folder / "tls.pcapng"
    keys = machine.folder / "keys.log"
    with capturing(machine, path, port):
        for greeting, wanted in (("Ada", 0), ("long", 0), ("nobody", 64 + 5)):
            one = machine.folder / "one.log"
            code, _ = machine.call(f"https://localhost:{port}/{METHOD}", "--cacert", machine.certificate, "--proto", PROTO,
                                   "-d", json.dumps({"greeting": greeting}), "--keylog", one)
            equal(code, wanted)
            with open(keys, "a") as log:
                log.write(pathlib.Path(one).read_text())
            one.unlink()
    code, found = lines(machine, path, "--keylog", keys)
    equal(code, 1, "one call has no success")
    same_frames(frames_of_decode(found), frames_of_tshark(path, port, "tls", "-o", f"tls.keylog_file:{keys}"))
    equal([call["response"]["grpc_status"]["code"] for call in of_kind("call", found)], [0, 0, 5])
    equal([finding["rule"] for finding in of_kind("finding", found)], ["non-ok-status"])
    # Without the keys there is the handshake, and what is inside is not known.
    code, found = lines(machine, path)
    equal((code, [call["protocol"] for call in of_kind("call", found)]), (0, ["tls"] * 3))
    equal([line["tls"]["server_name"] for line in of_kind("connection", found)], ["localhost"] * 3)


CASES = [thousand_calls, encrypted_calls]
