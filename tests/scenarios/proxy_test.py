"""A proxy on the way: taken from the environment as every tool takes it, and named where it refuses.

HTTPS goes through CONNECT, plain HTTP by whole addresses; NO_PROXY leaves hosts out.
"""

import base64
import http.client
import http.server
import select
import socket
import urllib.parse

import exact
import support
from exact import DENIED, ME

PAGE = b"<html><head><title>Blocked by the proxy</title></head></html>"


class Proxy:
    """What an http.server of a story answers as; counts what went through it."""

    def __init__(self, credentials="", refuse=0):
        self.refuse = refuse  # with that status, and a page
        self.authorization = "Basic " + base64.b64encode(credentials.encode()).decode() if credentials else ""
        self.asked, self.tunnels = [], 0
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def refused(self):
                proxy.asked.append(self.command + " " + self.path.split("?")[0])
                status = proxy.refuse
                if proxy.authorization and self.headers.get("Proxy-Authorization") != proxy.authorization:
                    status = 407
                if status:
                    self.send_response(status)
                    if status == 407:
                        self.send_header("Proxy-Authenticate", 'Basic realm="office"')
                    self.send_header("Content-Type", "text/html")
                    self.send_header("Content-Length", str(len(PAGE)))
                    self.end_headers()
                    self.wfile.write(PAGE)
                return status

            def do_CONNECT(self):  # noqa: N802
                if self.refused():
                    return
                host, port = self.path.rsplit(":", 1)
                with socket.create_connection((host, int(port))) as other:
                    proxy.tunnels += 1
                    self.send_response(200, "Connection established")
                    self.end_headers()
                    while True:
                        for ready in select.select([self.connection, other], [], [])[0]:
                            data = ready.recv(65536)
                            if not data:
                                self.close_connection = True
                                return
                            (other if ready is self.connection else self.connection).sendall(data)

            def do_GET(self):  # noqa: N802
                if self.refused():
                    return
                parts = urllib.parse.urlsplit(self.path)
                connection = http.client.HTTPConnection(parts.netloc, timeout=60)
                headers = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
                connection.request("GET", parts.path + ("?" + parts.query if parts.query else ""), headers=headers)
                answer = connection.getresponse()
                body = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("connection", "keep-alive", "transfer-encoding", "content-length"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                connection.close()

            def log_message(self, *arguments):
                pass

        self.handler = Handler


class ProxyStory(exact.ExactStory):
    def proxy(self, **options):
        proxy = Proxy(**options)
        proxy.url = self.serve_with(proxy.handler)
        return proxy

    def tls_source(self):
        """An emulated workspace that speaks TLS, and whose certificate is trusted."""
        source = self.emulator(*self.certificate(*exact.OF_THE_EMULATOR), "--sample", "small", "--seed", "1",
                               "--org-id", support.SOURCE_ORG)
        self.profile("primary", source.url, source.token)
        self.environment["SSL_CERT_FILE"] = self.path("cert.pem")
        return source

    def export_jobs(self, archive, **environment):
        return self.export(archive, "--include", "jobs", environment=environment)

    def test_https_goes_through_a_tunnel(self):
        self.tls_source()
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            proxy = self.proxy()
            self.export_jobs(name + ".tar.zst", **{name: proxy.url})
            self.assertGreater(proxy.tunnels, 0, name)
            self.assertEqual({asked.split()[0] for asked in proxy.asked}, {"CONNECT"})

    def test_plain_http_goes_by_whole_addresses(self):
        source = self.source()
        proxy = self.proxy()
        self.export_jobs("a.tar.zst", http_proxy=proxy.url)
        self.assertIn("GET " + source.url + "/api/2.2/jobs/list", proxy.asked)

    def test_some_hosts_are_left_out(self):
        self.tls_source()
        proxy = self.proxy(refuse=502)
        for name in ("NO_PROXY", "no_proxy"):
            self.export_jobs(name + ".tar.zst", HTTPS_PROXY=proxy.url, **{name: "localhost,127.0.0.1"})
        self.assertEqual(proxy.asked, [])

    def test_a_proxy_that_wants_a_password(self):
        by_tunnel = (DENIED + ME + "ADDRESS: CONNECT tunnel failed, response 407: the proxy wants a user and a "
                     "password (HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT)\n")
        by_address = DENIED + "ADDRESS: " + ME + "407: a web page: Blocked by the proxy\n"
        for source, variable, command, asked_for in ((self.tls_source, "HTTPS_PROXY", "CONNECT", by_tunnel),
                                                     (self.source, "http_proxy", "GET", by_address)):
            with self.subTest(variable):
                open(self.config, "w").close()
                source()
                proxy = self.proxy(credentials="ana:se/cret")
                self.export_ends("primary", 7, asked_for, environment={variable: proxy.url})
                self.assertEqual(len(proxy.asked), 1)
                wrong = proxy.url.replace("//", "//ana:pa55word@")
                self.export_ends("primary", 7, asked_for, environment={variable: wrong})
                right = proxy.url.replace("//", "//ana:se%2Fcret@")
                done = self.export("%s.tar.zst" % command, "-v", "--include", "jobs", environment={variable: right})
                self.assertNotIn("cret", done.text + done.errors)
                self.assertIn(command, proxy.asked[-1])

    def test_a_proxy_that_refuses(self):
        self.tls_source()
        proxy = self.proxy(refuse=403)
        self.export_ends("primary", 7, DENIED + ME + "ADDRESS: CONNECT tunnel failed, response 403\n",
                         environment={"HTTPS_PROXY": proxy.url})
        self.assertEqual(len(proxy.asked), 1)

    def test_a_proxy_that_is_out_of_order(self):
        self.tls_source()
        proxy = self.proxy(refuse=502)
        self.export_ends("primary", 1, "exit 1: failed: " + ME + "ADDRESS: CONNECT tunnel failed, response 502\n",
                         environment={"HTTPS_PROXY": proxy.url})
        self.assertGreater(len(proxy.asked), 1)  # it may come back
        self.export_ends("primary", 1, "exit 1: failed: " + ME + "ADDRESS: Failed to connect to 127.0.0.1 port PORT "
                         "after N ms: Couldn't connect to server\n", environment={"HTTPS_PROXY": "http://127.0.0.1:1"})


if __name__ == "__main__":
    support.main()
