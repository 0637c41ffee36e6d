"""Servers of gRPC and of other things, called directly."""

from harness import HERE, METHOD, Wrong, contains, equal, free_port, reply


def greeter(machine, *options):
    port = free_port()
    machine.start(machine.python, HERE / "greeter.py", "serve", port, *options, port=port)
    return port


def grpcio_plaintext(machine):
    """grpcio in plaintext"""
    port = greeter(machine)
    document = machine.expect(f"http://127.0.0.1:{port}/{METHOD}", 0, greeting="Ada")
    equal(reply(document), "Hello, Ada.")
    trailers = dict(document["response"]["trailers"])
    equal(trailers["served-by"], "grpcio")
    equal(document["findings"], [])
    document = machine.expect(f"http://localhost:{port}/{METHOD}", 0, greeting="long")
    equal(len(reply(document)), 1 << 20)


def grpcio_tls(machine):
    """grpcio over TLS, trusted and not"""
    port = greeter(machine, machine.certificate, machine.key)
    url = f"https://localhost:{port}/{METHOD}"
    document = machine.expect(url, 0, greeting="Ada", trusted=True)
    equal(document["connection"]["tls"]["alpn"], "h2")
    machine.expect(url, 12, step="tls")
    machine.expect(url, 12, "--server-name", "elsewhere.example", step="tls", trusted=True)
    code, document = machine.call(url, "--insecure")
    equal(document["response"]["grpc_status"]["code"], 0, f"exit {code}: the call goes on")
    # The wrong scheme, both ways.
    machine.expect(url.replace("https", "http"), 14, step="preface")
    plain = greeter(machine)
    machine.expect(f"https://localhost:{plain}/{METHOD}", 12, step="tls")


def authority_as_server(machine):
    """a certificate as OpenSSL makes it by default, with the CA flag"""
    certificate, key = machine.certify("authority", authority=True)
    url = f"https://localhost:{greeter(machine, certificate, key)}/{METHOD}"
    # Trusted by itself it works, with a word on the clients that refuse it; else nobody knows it.
    document = machine.expect(url, 0, "--cacert", certificate)
    equal([finding["rule"] for finding in document["findings"] if finding["step"] == "tls"], ["certificate-is-authority"])
    machine.expect(url, 12, step="tls", rule="certificate-unknown-issuer")


def grpcio_errors(machine):
    """grpcio with an error, an unknown method and a deadline"""
    url = f"http://127.0.0.1:{greeter(machine)}/{METHOD}"
    document = machine.expect(url, 64 + 5, greeting="nobody", step="grpc-status", rule="non-ok-status")
    status = document["response"]["grpc_status"]
    equal((status["code"], status["message"]), (5, "no „nobody“ here,\n100% sure"))
    machine.expect(url.replace("/Hello", "/Hallo"), 64 + 12, step="grpc-status")
    code, document = machine.call(url, "--timeout", "1s", "--data-raw", machine.write("late", "\n\x04late"))
    # The server knows the deadline too: whichever of the two ends the call first, it is named.
    if code not in (15, 64 + 4):
        raise Wrong(f"exit {code}: {document['verdict']}")


def grpcio_gzip(machine):
    """grpcio with gzip"""
    url = f"http://127.0.0.1:{greeter(machine, 'gzip')}/{METHOD}"
    document = machine.expect(url, 0, "--gzip", greeting="long")
    message = document["response"]["messages"][0]
    equal((message["flag"], message["encoding"]), (1, "gzip"))
    equal(len(reply(document)), 1 << 20)


def grpc_js(machine):
    """grpc-js"""
    port = free_port()
    machine.start("node", HERE / "greeter.js", "serve", port, port=port,
                  NODE_PATH=str(machine.tools / "node_modules"))
    url = f"http://127.0.0.1:{port}/{METHOD}"
    document = machine.expect(url, 0, greeting="Ada")
    equal(reply(document), "Hello, Ada.")
    equal(dict(document["response"]["trailers"])["served-by"], "grpc-js")
    document = machine.expect(url, 64 + 5, greeting="nobody", step="grpc-status", rule="non-ok-status")
    equal(document["response"]["grpc_status"]["message"], "no „nobody“ here,\n100% sure")


def nghttpd(machine):
    """nghttpd, a server of files"""
    machine.write("files/hello.HelloService/Hello", "Hello, world.")
    port = free_port()
    machine.start("nghttpd", "--no-tls", "-a", "127.0.0.1", "-d", machine.folder / "files", port, port=port)
    url = f"http://127.0.0.1:{port}/{METHOD}"
    machine.expect(url.replace("/Hello", "/Nothing"), 16, step="http-status")
    # A file is served with 200, and nothing else of it is gRPC's.
    document = machine.expect(url, 17, step="content-type")
    failing = [step["step"] for step in document["steps"] if step["status"] == "fail"]
    equal(failing, ["content-type", "length-prefix", "trailers"])
    port = free_port()
    machine.start("nghttpd", "-a", "127.0.0.1", "-d", machine.folder / "files", port, machine.key,
                  machine.certificate, port=port)
    machine.expect(f"https://localhost:{port}/{METHOD}", 17, step="content-type", trusted=True)


def http_server(machine):
    """python3 -m http.server, which speaks HTTP/1"""
    port = free_port()
    machine.start(machine.python, "-m", "http.server", port, "--bind", "127.0.0.1", port=port)
    document = machine.expect(f"http://127.0.0.1:{port}/{METHOD}", 14, step="preface")
    contains(document["verdict"]["summary"], "HTTP/1")


def nobody(machine):
    """nobody listens, and no such name"""
    machine.expect(f"http://127.0.0.1:{free_port()}/{METHOD}", 11, step="connect")
    machine.expect(f"http://no-such-host.invalid/{METHOD}", 10, step="resolve")


CASES = [grpcio_plaintext, grpcio_tls, authority_as_server, grpcio_errors, grpcio_gzip, grpc_js, nghttpd, http_server,
         nobody]
