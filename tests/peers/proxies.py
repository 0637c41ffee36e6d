"""Proxies in front of a gRPC server, set up rightly and wrongly."""

import http.server
import threading

from harness import METHOD, PROTO, contains, equal, free_port, reply
from servers import greeter

NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  ssl_certificate {certificate};
  ssl_certificate_key {key};
  {servers}
}}
"""


def nginx(machine, servers):
    """Starts nginx with these servers: of each, its port and what stands in it."""
    blocks = "\n".join(f"server {{ listen 127.0.0.1:{listen}; {body} }}" for listen, body in servers)
    text = NGINX.format(folder=machine.folder, certificate=machine.certificate, key=machine.key, servers=blocks)
    path = machine.write("nginx.conf", text)
    port = int(servers[0][0].split()[0])
    machine.start("nginx", "-p", machine.folder, "-c", path, "-e", "stderr", port=port)


def nginx_grpc(machine):
    """nginx with grpc_pass, and with its backend down"""
    backend, port, down = greeter(machine), free_port(), free_port()
    nginx(machine, [
        (f"{port} http2", f"location / {{ grpc_pass grpc://127.0.0.1:{backend}; }}"),
        (f"{down} http2", f"location / {{ grpc_pass grpc://127.0.0.1:{free_port()}; }}"),
    ])
    url = f"http://127.0.0.1:{port}/{METHOD}"
    equal(reply(machine.expect(url, 0, greeting="Ada")), "Hello, Ada.")
    machine.expect(url, 64 + 5, greeting="nobody", step="grpc-status")
    document = machine.expect(f"http://127.0.0.1:{down}/{METHOD}", 16, step="http-status", rule="gateway-error-page")
    equal(document["response"]["http_status"], 502)


def nginx_without_http2(machine):
    """nginx without HTTP/2, in plaintext and over TLS"""
    plain, tls, both = free_port(), free_port(), free_port()
    nginx(machine, [
        (f"{plain}", "location / { return 200; }"),
        (f"{tls} ssl", "location / { return 200; }"),
        (f"{both} ssl http2", "location / { return 200; }"),
    ])
    document = machine.expect(f"http://127.0.0.1:{plain}/{METHOD}", 14, step="preface")
    contains(document["verdict"]["summary"], "HTTP/1")
    machine.expect(f"https://localhost:{tls}/{METHOD}", 13, step="alpn", trusted=True)
    machine.expect(f"https://localhost:{both}/{METHOD}", 17, step="content-type", trusted=True)


class Framed(http.server.BaseHTTPRequestHandler):
    """An HTTP/1.1 handler whose body is right and which sends its status as a trailer."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-type", "application/grpc")
        self.send_header("transfer-encoding", "chunked")
        self.send_header("trailer", "grpc-status")
        self.end_headers()
        self.wfile.write(b"9\r\n\0\0\0\0\x04\x0a\x02hi\r\n0\r\ngrpc-status: 0\r\n\r\n")

    def log_message(self, *_):
        pass


def nginx_proxy_pass(machine):
    """nginx with proxy_pass, which drops trailers"""
    backend = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Framed)
    threading.Thread(target=backend.serve_forever, daemon=True).start()
    try:
        port = free_port()
        nginx(machine, [(f"{port} http2",
                         f"location / {{ proxy_pass http://127.0.0.1:{backend.server_port}; proxy_http_version 1.1; }}")])
        url = f"http://127.0.0.1:{port}/{METHOD}"
        document = machine.expect(url, 22, "--proto", PROTO, step="trailers", rule="dropped-trailers")
        equal(reply(document), "hi")
    finally:
        backend.shutdown()
        backend.server_close()


def caddy(machine):
    """Caddy, as a proxy, with its backend down, and as a server of text"""
    backend, port, down, text, tls = greeter(machine), free_port(), free_port(), free_port(), free_port()
    path = machine.write("Caddyfile", f"""
{{
  admin off
  auto_https off
  persist_config off
  storage file_system {machine.folder}/caddy
  servers {{
    protocols h1 h2 h2c
  }}
}}
http://127.0.0.1:{port} {{
  reverse_proxy h2c://127.0.0.1:{backend}
}}
http://127.0.0.1:{down} {{
  reverse_proxy h2c://127.0.0.1:{free_port()}
}}
http://127.0.0.1:{text} {{
  respond "Hello, world."
}}
https://localhost:{tls} {{
  tls {machine.certificate} {machine.key}
  reverse_proxy h2c://127.0.0.1:{backend}
}}
""")
    machine.start(machine.tool("caddy"), "run", "--adapter", "caddyfile", "--config", path, port=tls,
                  HOME=str(machine.folder), XDG_CONFIG_HOME=str(machine.folder), XDG_DATA_HOME=str(machine.folder))
    machine.expect(f"http://127.0.0.1:{port}/{METHOD}", 0, greeting="Ada")
    machine.expect(f"https://localhost:{tls}/{METHOD}", 0, greeting="Ada", trusted=True)
    machine.expect(f"http://127.0.0.1:{down}/{METHOD}", 16, step="http-status")
    machine.expect(f"http://127.0.0.1:{text}/{METHOD}", 17, step="content-type")


def cluster(name, port):
    return f"""
  - name: {name}
    connect_timeout: 1s
    type: STATIC
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {{ http2_protocol_options: {{}} }}
    load_assignment:
      cluster_name: {name}
      endpoints: [{{ lb_endpoints: [{{ endpoint: {{ address: {{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }} }} }}] }}]
"""


def envoy(machine):
    """Envoy, with its backend up, down and not routed to"""
    backend, port = greeter(machine), free_port()
    path = machine.write("envoy.yaml", f"""
static_resources:
  listeners:
  - address: {{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: front
          codec_type: AUTO
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - match: {{ prefix: "/down/" }}
                route: {{ cluster: down }}
              - match: {{ prefix: "/text/" }}
                direct_response: {{ status: 200, body: {{ inline_string: "Hello, world." }} }}
              - match: {{ prefix: "/hello.HelloService/" }}
                route: {{ cluster: up }}
          http_filters:
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  clusters:
{cluster("up", backend)}
{cluster("down", free_port())}
""")
    machine.start(machine.tool("envoy"), "-c", path, "--use-dynamic-base-id", "--concurrency", 1, "-l", "warning",
                  port=port)
    root = f"http://127.0.0.1:{port}"
    machine.expect(f"{root}/{METHOD}", 0, greeting="Ada")
    # To a gRPC request Envoy answers with statuses of its own: UNAVAILABLE, and UNIMPLEMENTED where there is no route.
    machine.expect(f"{root}/down/{METHOD}", 64 + 14, step="grpc-status")
    machine.expect(f"{root}/other/{METHOD}", 64 + 12, step="grpc-status")
    machine.expect(f"{root}/down/{METHOD}", 16, "-H", "content-type: text/plain", step="http-status")


CASES = [nginx_grpc, nginx_without_http2, nginx_proxy_pass, caddy, envoy]
