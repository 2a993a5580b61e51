"""Info as Python's own library would serve it, reading the same row: info.py PORT DATABASE"""
import sqlite3
import sys
import threading
from concurrent import futures

import grpc
from stubs import messages, services

port, path = sys.argv[1:]
local = threading.local()


def connection():
    if not hasattr(local, "connection"):
        local.connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    return local.connection


class Users(services.UsersAPIServicer):
    def Info(self, request, context):
        row = connection().execute(
            "select username, first_name, last_name, is_admin from accounts where username_key = ?", (request.username,)
        ).fetchone()
        return messages.ResponseWithUser(
            status=messages.Response(code=200, message="User with this username exists."),
            user=messages.User(username=row[0], first_name=row[1], last_name=row[2], admin=bool(row[3])),
        )


server = grpc.server(futures.ThreadPoolExecutor(max_workers=10))
services.add_UsersAPIServicer_to_server(Users(), server)
server.add_insecure_port(f"127.0.0.1:{port}")
server.start()
server.wait_for_termination()
