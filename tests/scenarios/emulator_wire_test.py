"""What the emulator's faults of the wire put on a socket, byte by byte: the tests of exports rest on it."""

import socket
import urllib.parse

import support

PATH = "/api/2.0/workspace/get-status"


class Wire(support.Story):
    def setUp(self):
        super().setUp()
        self.workspace_here = self.emulator("--seed", "1")

    def answer(self, action):
        """Head and body of what arrives under that fault, and how the connection ended."""
        self.workspace_here.post("/emulator/faults", [{"match": {"path": PATH}, "action": action}])
        host = urllib.parse.urlsplit(self.workspace_here.url)
        received = b""
        with socket.create_connection((host.hostname, host.port), 10) as connection:
            connection.sendall(("GET %s?path=/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
                                "Connection: close\r\n\r\n" % (PATH, self.workspace_here.token)).encode())
            end = "closed"
            try:
                while True:
                    data = connection.recv(65536)
                    if not data:
                        break
                    received += data
            except ConnectionResetError:
                end = "reset"
        self.assertEqual(self.workspace_here.get("/emulator/faults")[0]["fired"], 1)
        head, _, body = received.partition(b"\r\n\r\n")
        return head.decode(), body, end

    def length(self, head):
        return int(next(line for line in head.splitlines() if line.lower().startswith("content-length")).split(":")[1])

    def test_what_gets_out(self):
        whole_head, whole, end = self.answer({"delay_ms": 1})
        self.assertEqual((self.length(whole_head), end), (len(whole), "closed"))
        self.assertRegex(whole_head, r"(?m)^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r?$")
        # The fault; how much of the body arrives (None: not even headers); by how much its length is wrong; the end.
        for action, arrives, off, ending in (
                ({"reset": "before"}, None, 0, "reset"), ({"reset": "after"}, None, 0, "reset"),
                ({"reset": "headers"}, 0, 0, "reset"), ({"reset": "headers", "short_body": 7}, 7, 0, "reset"),
                ({"reset": "headers", "empty": True}, 0, 1 - len(whole), "reset"),
                ({"short_body": 7}, 7, 0, "closed"), ({"wrong_length": 3}, len(whole), 3, "closed"),
                ({"wrong_length": -3}, len(whole) - 3, -3, "closed"),
                ({"drip": {"bytes": 10, "interval_ms": 1}}, len(whole), 0, "closed")):
            with self.subTest(action):
                head, body, end = self.answer(action)
                self.assertEqual((body, end), (whole[:arrives or 0], ending))
                if arrives is None:
                    self.assertEqual(head, "")
                else:
                    self.assertEqual(head.splitlines()[0], "HTTP/1.1 200 OK")
                    self.assertEqual(self.length(head), len(whole) + off)


if __name__ == "__main__":
    support.main()
