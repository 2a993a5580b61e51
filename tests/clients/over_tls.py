"""One call over TLS: over_tls.py HOST:PORT AUTHORITY [CERTIFICATE KEY]"""
import sys

import grpc
from stubs import User, api

target, authority, *own = sys.argv[1:]


def read(path):
    with open(path, "rb") as file:
        return file.read()


certificate, key = map(read, own) if own else (None, None)
credentials = grpc.ssl_channel_credentials(read(authority), key, certificate)
try:
    print(api(grpc.secure_channel(target, credentials)).IsExist(User(username="ada"), timeout=10).code)
except grpc.RpcError as error:
    print(error.code().name)
    print(error.details(), file=sys.stderr)
