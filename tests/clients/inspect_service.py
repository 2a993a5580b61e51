"""What tools see by reflection and health: inspect_service.py HOST:PORT"""
import sys

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

channel = grpc.insecure_channel(sys.argv[1])
database = ProtoReflectionDescriptorDatabase(channel)
print(*sorted(name for name in database.get_services() if "reflection" not in name))
service = DescriptorPool(database).FindServiceByName("UsersAPI")
print(*sorted(method.name for method in service.methods))
health = health_pb2_grpc.HealthStub(channel)
for name in ("", "UsersAPI"):
    status = health.Check(health_pb2.HealthCheckRequest(service=name)).status
    assert status == health_pb2.HealthCheckResponse.SERVING
watched = next(iter(health.Watch(health_pb2.HealthCheckRequest(service="UsersAPI"))))
print(health_pb2.HealthCheckResponse.ServingStatus.Name(watched.status))
