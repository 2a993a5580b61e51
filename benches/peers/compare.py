"""Processor time of a request beside what people would pick instead, in turns, as a table; and how long pages take while
others log in.

Usage: compare.py PORTICO FOLDER ROUNDS. FOLDER holds what run.sh has installed; PEERS_POSTGRES is the address
of a PostgreSQL with the empty databases `portico` and `django`, up to their names. Servers have the first core, the load the last.
"""

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

HERE = Path(__file__).resolve().parent
PROGRAM, FOLDER, ROUNDS = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
POSTGRES = os.environ["PEERS_POSTGRES"]
CORES = sorted(os.sched_getaffinity(0))
WORK = tempfile.TemporaryDirectory()
# Each reader of pages is a thread with a connection of its own.
LOCAL = threading.local()
SECONDS, CONNECTIONS = 3, 16
# Pages a second beside clients that log in without pause.
RATE, STORM = 100, 8
# Stands in a body for a number that no other request has.
NUMBER = "@@"
EMAIL, NAME, PASSWORD = "ada@example.com", "Ada Lovelace", "seven quiet otters"
# The user who logs in all the time is another one: a page may count where its person is logged in.
OTHER = "grace@example.com"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


class Server:
    """A program on a port of its own, in a folder of its own."""

    # The paths that are asked for.
    page, me, token = "/account", "/me", "/token"
    scheme, token_field, name_field = "Bearer ", "access", "name"
    environment = {}

    def __init__(self, name, port):
        self.name, self.port = name, port
        self.folder = Path(WORK.name) / name
        self.folder.mkdir()

    def start(self):
        self.prepare()
        environment = {**os.environ, **self.environment, "PORT": str(self.port)}
        command = ["taskset", "-c", str(CORES[0]), *self.command()]
        log = open(self.folder / "log", "w")
        self.process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log)
        for _ in range(300):
            assert self.process.poll() is None, (self.name, (self.folder / "log").read_text())
            try:
                self.ask("GET", "/")
                break
            except OSError:
                time.sleep(0.1)
        self.register(EMAIL)
        self.register(OTHER)
        said = self.ask("POST", self.token, self.credentials(EMAIL), JSON)[2]
        self.bearer = self.scheme + json.loads(said)[self.token_field]
        self.cookie = self.log_in() if self.page else None

    def prepare(self):
        pass

    def ask(self, method, path, body=None, headers=()):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()

    def credentials(self, email):
        return json.dumps({"email": email, "username": email, "password": PASSWORD})

    def registration(self, email):
        """The path and the body of a sign-up."""
        return "/register", json.dumps({"email": email, "name": NAME, "password": PASSWORD})

    def register(self, email):
        path, body = self.registration(email)
        status, _, said = self.ask("POST", path, body, JSON)
        assert status in (200, 201), (self.name, status, said)
        return said

    def log_in(self):
        status, headers, said = self.ask("POST", "/login", urlencode({"email": EMAIL, "password": PASSWORD}), FORM)
        assert status in (302, 303), (self.name, status, said)
        return "; ".join(line.split(";")[0] for line in headers.get_all("set-cookie"))

    def requests(self):
        """What is measured, by its kind: method, path, body, headers, and what a right answer contains."""
        if self.page:
            yield "signed-in page", ("GET", self.page, "", {"Cookie": self.cookie}, NAME)
        yield "`me` by a token", ("GET", self.me, "", {"Authorization": self.bearer}, EMAIL)
        yield "log-in for a token", ("POST", self.token, self.credentials(OTHER), JSON, self.token_field)
        path, body = self.registration(f"{time.time_ns()}-{NUMBER}@example.com")
        yield "sign-up", ("POST", path, body, JSON, "")

    def processor_time(self):
        """Seconds of the program and its workers."""
        fields = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                pid, rest = int(stat.parent.name), stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            fields[pid] = (int(rest[1]), int(rest[11]) + int(rest[12]))
        ours = {self.process.pid}
        while more := {pid for pid, (parent, _) in fields.items() if parent in ours} - ours:
            ours |= more
        return sum(fields[pid][1] for pid in ours) / os.sysconf("SC_CLK_TCK")

    def load(self, connections, method, path, body, headers):
        """Starts asking for the same thing as fast as answers come, for some seconds."""
        script = self.folder / f"{connections}.lua"
        lines = [f"wrk.method = {json.dumps(method)}"]
        lines += [f"wrk.headers[{json.dumps(key)}] = {json.dumps(value)}" for key, value in headers.items()]
        lines += [f"wrk.body = {json.dumps(body)}"] if body else []
        if NUMBER in body:
            lines += ["local body, number = wrk.body, 0", "request = function()", "  number = number + 1"]
            lines += [f"  return wrk.format(nil, nil, nil, (body:gsub({json.dumps(NUMBER)}, number)))", "end"]
        script.write_text("\n".join(lines))
        command = ["taskset", "-c", str(CORES[-1]), "wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "-s", str(script)]
        return subprocess.Popen([*command, f"http://127.0.0.1:{self.port}{path}"], stdout=subprocess.PIPE, text=True)

    def loaded(self, kind, load):
        """How many answers came, all of which were right."""
        said = load.communicate()[0]
        assert load.returncode == 0 and "Non-2xx" not in said, (self.name, kind, said)
        return int(re.search(r"(\d+) requests in", said)[1])

    def measure(self, kind, method, path, body, headers, expected):
        """Microseconds of processor time for a request."""
        status, _, said = self.ask(method, path, body.replace(NUMBER, "0"), headers)
        assert status in (200, 201) and expected in said, (self.name, kind, status, said[:300])
        before = self.processor_time()
        answers = self.loaded(kind, self.load(CONNECTIONS, method, path, body, headers))
        return (self.processor_time() - before) * 1e6 / answers

    def storm(self):
        """Milliseconds from when a page was due to its last byte, at a fixed rate, while others log in without pause."""
        log_ins = self.load(STORM, "POST", self.token, self.credentials(OTHER), JSON)
        time.sleep(0.5)
        begun, count = time.monotonic() + 0.01, RATE * (SECONDS - 1)
        with ThreadPoolExecutor(CONNECTIONS) as readers:
            taken = list(readers.map(self.read_page, (begun + number / RATE for number in range(count))))
        self.loaded("storm", log_ins)
        return taken

    def read_page(self, due):
        time.sleep(max(0, due - time.monotonic()))
        if not hasattr(LOCAL, "connection"):
            LOCAL.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        LOCAL.connection.request("GET", self.page, headers={"Cookie": self.cookie})
        answer = LOCAL.connection.getresponse()
        assert answer.status == 200 and NAME in answer.read().decode(), self.name
        return (time.monotonic() - due) * 1e3

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Portico(Server):
    me, token, scheme = "/api/users/me", "/api/users/login", "JWT "

    def __init__(self, name, port, database="sqlite:people.db"):
        super().__init__(name, port)
        self.environment = {
            "PORTICO_LISTEN": f"127.0.0.1:{port}",
            "PORTICO_INTERNAL_LISTEN": "off",
            "PORTICO_RATE_LIMITS": "off",
            "SECRET_KEY": "for this comparison only: 32 bytes",
            "DATABASE_URL": database,
            "MEDIA_URL": "media",
        }

    def command(self):
        return [PROGRAM, "serve"]

    def registration(self, email):
        return "/api/users/register", json.dumps({"email": email, "full_name": NAME, "password": PASSWORD})

    def credentials(self, email):
        return json.dumps({"email": email, "password": PASSWORD})

    def log_in(self):
        headers = {**FORM, "Sec-Fetch-Site": "same-origin"}
        status, headers, said = self.ask("POST", "/login", urlencode({"login": EMAIL, "password": PASSWORD}), headers)
        assert status == 303, (status, said)
        return "; ".join(line.split(";")[0] for line in headers.get_all("set-cookie"))


class Express(Server):
    def command(self):
        return ["node", str(FOLDER / "express.mjs")]


class Django(Server):
    def __init__(self, name, port, database=""):
        super().__init__(name, port)
        self.environment = {"PEERS_POSTGRES": database, "SECRET_KEY": "for this comparison only", "PYTHONPATH": str(HERE)}

    def prepare(self):
        environment = {**os.environ, **self.environment}
        command = [FOLDER / "python/bin/python", HERE / "django_app.py"]
        subprocess.run(command, cwd=self.folder, env=environment, check=True)

    def command(self):
        gunicorn = [str(FOLDER / "python/bin/gunicorn"), "django_app:application", "-b", f"127.0.0.1:{self.port}"]
        return [*gunicorn, "-k", "gthread", "-w", "3", "--threads", "2", "--keep-alive", "75", "--log-level", "error"]


class PocketBase(Server):
    """Its own users; it has no page, and hashes by bcrypt."""

    page, me, token = None, None, "/api/collections/users/auth-with-password"
    scheme, token_field = "", "token"

    def command(self):
        return [str(FOLDER / "python/bin/pocketbase"), "serve", "--http", f"127.0.0.1:{self.port}", "--dir", str(self.folder)]

    def prepare(self):
        command = [str(FOLDER / "python/bin/pocketbase"), "superuser", "upsert", "admin@example.com", PASSWORD]
        subprocess.run([*command, "--dir", str(self.folder)], capture_output=True, check=True)

    def credentials(self, email):
        return json.dumps({"identity": email, "password": PASSWORD})

    def registration(self, email):
        user = {"email": email, "emailVisibility": True, "name": NAME, "password": PASSWORD, "passwordConfirm": PASSWORD}
        return "/api/collections/users/records", json.dumps(user)

    def register(self, email):
        said = super().register(email)
        if email == EMAIL:
            self.me = f"/api/collections/users/records/{json.loads(said)['id']}"


def main():
    servers = [
        Portico("portico", 18201),
        Express("express", 18202),
        PocketBase("pocketbase", 18203),
        Django("django", 18204),
        Portico("portico-postgresql", 18205, f"{POSTGRES}portico"),
        Django("django-postgresql", 18206, f"{POSTGRES}django"),
    ]
    figures, latencies = {}, {}
    try:
        for server in servers:
            server.start()
        for turn in range(ROUNDS):
            for server in servers[turn % len(servers) :] + servers[: turn % len(servers)]:
                for kind, request in server.requests():
                    figures.setdefault((kind, server.name), []).append(server.measure(kind, *request))
                if server.page:
                    latencies.setdefault(server.name, []).extend(server.storm())
    finally:
        for server in servers:
            if hasattr(server, "process"):
                server.stop()
    print("| µs of processor time | " + " | ".join(server.name for server in servers) + " |")
    print("|---" * (len(servers) + 1) + "|")
    for kind in dict.fromkeys(kind for kind, _ in figures):
        medians = [figures.get((kind, server.name)) for server in servers]
        cells = [f"{statistics.median(turns):,.0f}" if turns else "–" for turns in medians]
        print(f"| {kind} | " + " | ".join(cells) + " |")
    print(f"\n| {RATE} pages a second beside {STORM} clients that log in, ms | median | 99 in 100 |")
    print("|---|---|---|")
    for name, taken in latencies.items():
        print(f"| {name} | {statistics.median(taken):.1f} | {statistics.quantiles(taken, n=100)[98]:.1f} |")


main()
