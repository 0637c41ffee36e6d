"""Reports of a check, read by the parsers of those that they are for."""

import json
import subprocess

from junitparser import Failure, JUnitXml
from prometheus_client.parser import text_string_to_metric_families

from harness import METHOD, Wrong, environment, equal
from servers import greeter

# What a report has to escape for each format.
NAME = "a\"b\\c <d> & 'e' {f=\"g\"} ]]>"


def check(machine, *arguments):
    """The exit code and the document of a check, with JUnit's test cases and the metrics as their parsers read them."""
    junit, metrics = machine.folder / "junit.xml", machine.folder / "check.prom"
    command = [machine.probe, "check", "--format", "json", "--report", f"junit={junit}", "--report",
               f"prometheus={metrics}", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, timeout=60, env=environment(), stdin=subprocess.DEVNULL)
    if done.returncode == 2 or not done.stdout:
        raise Wrong(f"{' '.join(command)}: {done.returncode}: {done.stderr.decode()}")
    cases = [case for suite in JUnitXml.fromfile(str(junit)) for case in suite]
    families = {family.name: family.samples for family in text_string_to_metric_families(metrics.read_text())}
    return done.returncode, json.loads(done.stdout), cases, families


def compare(document, cases, families):
    """Holds JUnit's test cases and the metrics against the document."""
    targets = document["targets"]
    equal([case.name for case in cases], [target["name"] for target in targets])
    for case, target in zip(cases, targets):
        failures = [result for result in case.result if isinstance(result, Failure)]
        verdict = target["verdict"]
        wanted = [] if verdict["step"] is None else [(verdict["rule"], verdict["summary"])]
        equal([(failure.type, failure.message) for failure in failures], wanted, target["name"])
    success = {sample.labels["target"]: sample.value for sample in families["grpc_probe_success"]}
    equal(success, {target["name"]: float(target["outcome"] == "pass") for target in targets})
    steps = {(sample.labels["target"], sample.labels["step"]): sample.value
             for sample in families["grpc_probe_step_ok"]}
    equal(steps, {(target["name"], step["step"]): float(step["status"] == "pass")
                  for target in targets for step in target["steps"] if step["status"] != "skipped"})


def tour(machine):
    """the tour, by junitparser and prometheus_client"""
    code, document, cases, families = check(machine, "stage:")
    equal(code, 1)
    equal([target["outcome"] for target in document["targets"]], ["fail"] * 5 + ["pass"])
    compare(document, cases, families)


def grpcio(machine):
    """grpcio, checked once in plaintext and once by TLS, by junitparser and prometheus_client"""
    port, tls = greeter(machine), greeter(machine, machine.certificate, machine.key)
    config = machine.write("targets.toml", "\n".join([
        "[[target]]", f"name = {json.dumps(NAME)}", f'url = "http://127.0.0.1:{port}/{METHOD}"',
        "[[target]]", 'name = "tls"', f'url = "https://localhost:{tls}/{METHOD}"',
        f"cacert = {json.dumps(str(machine.certificate))}", 'expect.within = { total = "20s" }',
        "[[target]]", 'name = "nothing"', f'url = "http://127.0.0.1:{port}/hello.HelloService/Nothing"',
        "[[target]]", 'name = "expected"', f'url = "http://127.0.0.1:{port}/hello.HelloService/Nothing"',
        'expect.status = "UNIMPLEMENTED"', ""]))
    code, document, cases, families = check(machine, "--config", config)
    seen = [(target["outcome"], target["verdict"]["summary"]) for target in document["targets"]]
    equal(code, 1, seen)
    equal([outcome for outcome, _ in seen], ["pass", "pass", "fail", "pass"], seen)
    compare(document, cases, families)
    ends = families["probe_ssl_earliest_cert_expiry"]
    equal([sample.labels["target"] for sample in ends], ["tls"])


CASES = [tour, grpcio]
