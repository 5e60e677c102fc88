"""What a report over an engine says, and that it leaves nothing behind, when the engine or the way to it fails.

    python tests/foreign/engine_failures.py target/usagebook-bill --engine sc://localhost:15002 [--token TOKEN]

The engine is Sail or Spark over Spark Connect, and the command is built with the feature cluster. TOKEN is the one that the engine wants.
Between the command and the engine is a relay, which breaks connections after a number of bytes.
"""

import argparse
import http.server
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUESTION = ["--period", "2026-10", "--by", "customer,project,component", "--as-of", "2026-11-28", "-q"]


class Relay:
    """Passes bytes on, both ways. After `limit` bytes from the engine it breaks every connection, or passes nothing more on."""

    def __init__(self, engine, limit=None, then="break"):
        self.engine, self.limit, self.then, self.passed = engine, limit, then, 0
        self.broken = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"sc://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.engine)
            for source, target, counts in [(client, server, False), (server, client, True)]:
                threading.Thread(target=self.pass_on, args=(source, target, counts), daemon=True).start()

    def pass_on(self, source, target, counts):
        try:
            while data := source.recv(4096):
                if counts:
                    self.passed += len(data)
                    if self.limit is not None and self.passed >= self.limit and not self.broken.is_set():
                        self.broken.set()
                        if self.then == "die":
                            # A listener that another thread waits at closes when it is shut down.
                            self.listener.shutdown(socket.SHUT_RDWR)
                            self.listener.close()
                        if self.then != "stall":
                            break
                    if self.then == "stall" and self.broken.is_set():
                        continue
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Web(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Desk:
    """Runs reports of staged dumps, into one file."""

    def __init__(self, command, folder, token):
        self.command, self.folder, self.output = command, folder, folder / "report.csv"
        self.environment = {**os.environ, "USAGEBOOK_ENGINE_TOKEN": token or ""}
        dumps = sorted((ROOT / "fixtures/real/complete").iterdir())
        subprocess.run([command, "stage", *dumps, "--to", folder / "staged", "-q"], check=True, stdout=subprocess.DEVNULL)

    def start(self, *more, token=None):
        self.output.unlink(missing_ok=True)
        environment = self.environment | ({} if token is None else {"USAGEBOOK_ENGINE_TOKEN": token})
        arguments = [self.command, "report", "staged", *QUESTION, "-o", self.output, *more]
        return subprocess.Popen(arguments, cwd=self.folder, env=environment, text=True, stderr=subprocess.PIPE)

    def report(self, *more, token=None):
        """The bytes, if there are any, the exit status and what was said."""
        process = self.start(*more, token=token)
        said = process.communicate(timeout=900)[1]
        return self.output.read_bytes() if self.output.exists() else None, process.returncode, said

    def fails(self, expected, *more, status=1, token=None):
        """One message that has one of the expected parts, and nothing is left."""
        before = sorted(self.folder.rglob("*"))
        written, code, said = self.report(*more, token=token)
        wrong = f"{more}: status {code}, {said!r}"
        assert written is None and code == status, wrong
        assert any(part in said for part in expected), wrong
        assert len([line for line in said.splitlines() if "engine" in line]) <= 1, wrong
        assert "a-secret" not in said, wrong
        assert sorted(set(self.folder.rglob("*")) - set(before)) == [], wrong
        return said


def main(command, engine, token):
    host, port = engine.removeprefix("sc://").split(":")
    place = (host, int(port))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        desk = Desk(command, folder, token)
        expected = desk.report()
        assert expected[1] == 0 and expected[0], expected
        relay = Relay(place)
        assert desk.report("--engine", relay.address) == expected
        total = relay.passed

        # A connection that breaks is made again, and the report is the same.
        for part in (1, 4, 7):
            relay = Relay(place, total * part // 8)
            found = desk.report("--engine", relay.address)
            assert relay.broken.is_set() and found == expected, (part, found)

        # An engine that ends half-way, and one that was never there.
        relay = Relay(place, total // 2, "die")
        said = desk.fails(["was lost half-way"], "--engine", relay.address)
        assert relay.broken.is_set(), said
        with socket.create_server(("127.0.0.1", 0)) as listener:
            free = listener.getsockname()[1]
        desk.fails(["cannot be reached: Connection refused"], "--engine", f"sc://localhost:{free}")
        web = http.server.HTTPServer(("127.0.0.1", 0), Web)
        threading.Thread(target=web.serve_forever, daemon=True).start()
        desk.fails(["cannot be reached"], "--engine", f"sc://127.0.0.1:{web.server_port}")

        # Addresses and tokens. 192.0.2.1 is nobody's.
        desk.fails(["sc://host:15002"], "--engine", "localhost:15002/;token=a-secret", status=2)
        for address in ["sc://192.0.2.1/;use_ssl=false;token=a-secret", "sc://192.0.2.1/;use_ssl=false"]:
            desk.fails(["a token would go there unencrypted"], "--engine", address, token="a-secret")
        if token:
            desk.fails(["refused the token"], "--engine", engine, token="a-secret")
            desk.fails(["needs a token"], "--engine", engine, token="")

        # Files that the engine does not see. Sail takes them for empty ones, and the sums disagree.
        desk.fails(["does not see a path", "do not agree"], "--engine", engine, "--engine-path", "staged=/no/such")

        # A report that is stopped ends soon, whatever the engine does.
        relay = Relay(place, total // 2, "stall")
        process = desk.start("--engine", relay.address)
        assert relay.broken.wait(60)
        time.sleep(1)
        started = time.time()
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1]
        assert not desk.output.exists() and process.returncode != 0, said
        assert "interrupted" in said and time.time() - started < 30, (time.time() - started, said)

        # None of this has harmed the engine.
        assert desk.report("--engine", engine) == expected
        print(f"reports over {engine} are the same or one message, whatever fails")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("command", type=pathlib.Path)
    parser.add_argument("--engine", required=True, help="sc://host:port")
    parser.add_argument("--token", help="the one that the engine wants")
    chosen = parser.parse_args()
    main(chosen.command.resolve(), chosen.engine, chosen.token)
