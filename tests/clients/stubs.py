"""Stubs of the replaced service, made from the facts of its wire."""
import os
import sys

import grpc

sys.path.insert(0, os.path.dirname(__file__))
messages, services = grpc.protos_and_services("users_service.proto")
User = messages.User


def api(channel):
    return services.UsersAPIStub(channel)
