"""The stage's service by grpcio, without generated code, and a client of it.

    greeter.py serve PORT [CERTIFICATE KEY] [gzip]
    greeter.py call ADDRESS PATH        prints the status code, and the reply or the details
    greeter.py many ADDRESS PATH COUNT  makes so many calls on four connections, and prints how many replies came
"""

import sys
import time
from concurrent import futures

import grpc

IDENTITY = bytes


def field(text):
    """A message whose field 1 is this text."""
    body = text.encode()
    length, size = b"", len(body)
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return b"\x0a" + length + bytes([size]) + body


def text(message):
    """The text of field 1 of a short message."""
    return message[2:2 + message[1]].decode() if message else ""


def hello(request, context):
    greeting = text(request)
    context.set_trailing_metadata((("served-by", "grpcio"), ("trace-bin", b"\x00\x01\xff")))
    if greeting == "nobody":
        context.abort(grpc.StatusCode.NOT_FOUND, "no „nobody“ here,\n100% sure")
    if greeting == "late":
        time.sleep(30)
    return field("x" * (1 << 20) if greeting == "long" else f"Hello, {greeting}.")


def serve(port, options):
    gzip = "gzip" in options
    server = grpc.server(
        futures.ThreadPoolExecutor(4), compression=grpc.Compression.Gzip if gzip else None)
    handler = grpc.unary_unary_rpc_method_handler(hello, request_deserializer=IDENTITY, response_serializer=IDENTITY)
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler("hello.HelloService", {"Hello": handler})])
    files = [option for option in options if option != "gzip"]
    if files:
        certificate, key = (open(name, "rb").read() for name in files)
        server.add_secure_port(f"127.0.0.1:{port}", grpc.ssl_server_credentials([(key, certificate)]))
    else:
        server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    server.wait_for_termination()


def call(address, path):
    with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        method = channel.unary_unary(path, request_serializer=IDENTITY, response_deserializer=IDENTITY)
        try:
            message = method(field("Hello"), timeout=10)
            print("OK", message if message is None else text(message))
        except grpc.RpcError as error:
            print(error.code().name, error.details())


def many(address, path, count):
    def share(number):
        # Channels with the same options share their connections.
        options = [("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1)]
        replies = 0
        with grpc.insecure_channel(address, options=options) as channel:
            method = channel.unary_unary(path, request_serializer=IDENTITY, response_deserializer=IDENTITY)
            for call in range(number, int(count), 4):
                greeting = "x" * (call % 100) + str(call)
                metadata = (("call", str(call)), ("x-bin", bytes([call % 256, 0, 255])))
                message = method(field(greeting), timeout=10, metadata=metadata)
                replies += text(message) == f"Hello, {greeting}."
        return replies

    with futures.ThreadPoolExecutor(4) as pool:
        print(sum(pool.map(share, range(4))))


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2], sys.argv[3:])
    elif sys.argv[1] == "many":
        many(*sys.argv[2:])
    else:
        call(*sys.argv[2:])
