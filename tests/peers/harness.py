"""What the cases share: processes that always end, free ports, and the command under test."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
METHOD = "hello.HelloService/Hello"
PROTO = ROOT / "src" / "stage" / "hello.proto"

# What a machine may have set that changes a call.
SCRUBBED = ("NO_COLOR", "CLICOLOR_FORCE", "SSLKEYLOGFILE", "TERM", "http_proxy", "https_proxy", "all_proxy",
            "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "grpc_proxy", "PYTHONHOME")


class Wrong(AssertionError):
    """A case that did not come out as it should."""


def environment(**more):
    kept = {name: value for name, value in os.environ.items() if name not in SCRUBBED}
    return kept | {"no_proxy": "*"} | more


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port, process, seconds=30):
    """Waits until something listens; a process that ends instead is an error with its words."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise Wrong(f"{process.args[0]} ended with {process.returncode}: {said(process)}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise Wrong(f"{process.args[0]} does not listen on {port}: {said(process)}")


def said(process):
    process.log.seek(0)
    return process.log.read().decode(errors="replace")[-2000:]


class Machine:
    """Everything that is started, and the folder that it lives in. Leaving it ends all of it."""

    def __init__(self, probe, tools):
        self.probe = probe
        self.tools = pathlib.Path(tools)
        self.python = str(self.tools / "venv" / "bin" / "python")
        self.processes = []

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="peers-")
        self.folder = pathlib.Path(self._folder.name)
        self._certify_server()
        return self

    def __exit__(self, *_):
        self.end_all()
        self._folder.cleanup()

    def _certify_server(self):
        self.certificate, self.key = self.certify("server", authority=False)

    def certify(self, name, authority):
        """A self-signed certificate for localhost and its key. OpenSSL's own default is an authority's."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
             *([] if authority else ["-addext", "basicConstraints=critical,CA:FALSE"]),
             "-keyout", key, "-out", certificate],
            check=True, capture_output=True)
        return certificate, key

    def tool(self, name):
        return str(self.tools / "venv" / "bin" / name)

    def start(self, *command, port=None, **more):
        """Starts a process, and waits for its port where it has one."""
        log = tempfile.TemporaryFile()
        process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            cwd=self.folder, env=environment(**more))
        process.log = log
        self.processes.append(process)
        if port is not None:
            wait_for(port, process)
        return process

    def end(self, process):
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.log.close()
        self.processes.remove(process)

    def end_all(self):
        for process in list(reversed(self.processes)):
            self.end(process)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def call(self, url, *options):
        """The exit code and the document of a call."""
        command = [self.probe, "call", url, "--format", "json", *map(str, options)]
        done = subprocess.run(command, capture_output=True, timeout=60, env=environment(), stdin=subprocess.DEVNULL)
        if done.returncode == 2 or not done.stdout:
            raise Wrong(f"{' '.join(command)}: {done.returncode}: {done.stderr.decode()}")
        return done.returncode, json.loads(done.stdout)

    def expect(self, url, code, *options, step=None, rule=None, greeting=None, trusted=False):
        """Calls, and holds the exit code and the verdict's step and rule against what they should be."""
        options = list(options)
        if greeting is not None:
            options += ["--proto", PROTO, "-d", json.dumps({"greeting": greeting})]
        if trusted:
            options += ["--cacert", self.certificate]
        got, document = self.call(url, *options)
        verdict = document["verdict"]
        seen = f"exit {got}, {verdict['step']}, {verdict['rule']}: {verdict['summary']}"
        equal(got, code, seen)
        equal(verdict["exit_code"], code, seen)
        equal(verdict["step"], step, seen)
        if rule is not None:
            equal(verdict["rule"], rule, seen)
        if code == 0:
            for judged in document["steps"]:
                allowed = ("pass", "skipped") if judged["step"] in ("resolve", "tls", "alpn") else ("pass",)
                if judged["status"] not in allowed:
                    raise Wrong(f"{judged['step']} is {judged['status']}; {seen}")
        return document


def equal(got, wanted, context=""):
    if got != wanted:
        raise Wrong(f"got {got!r}, wanted {wanted!r}; {context}")


def contains(text, part, context=""):
    if part not in text:
        raise Wrong(f"{part!r} is not in {text!r}; {context}")


def reply(document):
    """The reply of the greeter, by its schema."""
    return document["response"]["messages"][0]["json"]["reply"]
