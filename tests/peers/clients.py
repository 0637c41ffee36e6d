"""Real clients call our stage, and print what our reports say that they print."""

import re
import subprocess

from harness import HERE, METHOD, PROTO, Wrong, contains, environment, free_port

ATTEMPTS = ["json", "raw-text", "base64", "no-prefix", "no-trailers"]

# Of API Gateway's two ways in, the custom domain is the one that needs no prefix in the path, which grpcurl cannot send.
DOMAIN = "hello.example.com"


def stage(machine, attempt):
    port = free_port()
    process = machine.start(machine.probe, "stage", "--listen", f"127.0.0.1:{port}", "--attempt", attempt, port=port)
    return process, f"127.0.0.1:{port}"


def words(text):
    """Without what differs from call to call."""
    return re.sub(r"\s+", " ", text).strip()


def compare(machine, client, run):
    """Runs a client on every attempt, and holds what it prints against what our report says of it."""
    wrong = []
    for attempt in ATTEMPTS:
        process, address = stage(machine, attempt)
        printed = words(run(machine, address))
        _, document = machine.call(f"http://{address}/Prod/{METHOD}", "--proto", PROTO, "-d", '{"greeting": "Hello"}')
        said = [(entry["status"], entry["message"]) for finding in document["findings"]
                for entry in finding["clients"] if entry["client"].startswith(client)]
        # A client stops at its first error: the report has what it prints among those of the findings.
        if not any(words(message) in printed for _, message in said):
            wrong.append(f"{attempt}: {client} prints {printed!r}, the report says {said}")
        machine.end(process)
    process, address = stage(machine, "healthy")
    contains(run(machine, address), "Hello, world.")
    if wrong:
        raise Wrong("\n       ".join(wrong))


def output(command, **more):
    done = subprocess.run(list(map(str, command)), capture_output=True, timeout=60, env=environment(**more),
                          stdin=subprocess.DEVNULL)
    return (done.stdout + done.stderr).decode()


def grpcurl(machine):
    """grpcurl on every attempt, against our words for grpc-go"""
    compare(machine, "grpc-go", lambda machine, address: output(
        [machine.tool("grpcurl"), "-plaintext", "-import-path", PROTO.parent, "-proto", PROTO.name, "-authority", DOMAIN,
         "-d", '{"greeting": "Hello"}', address, METHOD]))


def grpcio(machine):
    """grpcio on every attempt, against our words for it"""
    compare(machine, "grpcio", lambda machine, address: output(
        [machine.python, HERE / "greeter.py", "call", address, f"/Prod/{METHOD}"]))


def grpc_js(machine):
    """grpc-js on every attempt, against our words for it"""
    compare(machine, "grpc-js", lambda machine, address: output(
        ["node", HERE / "greeter.js", "call", address, f"/Prod/{METHOD}"],
        NODE_PATH=str(machine.tools / "node_modules")))


CASES = [grpcurl, grpcio, grpc_js]
