"""What the clients of the replaced service did, and what they were told: users.py HOST:PORT"""
import sys

import grpc
from stubs import User, api

channel = grpc.insecure_channel(sys.argv[1])
users = api(channel)


def same(answer, code, message):
    assert (answer.code, answer.message) == (code, message), answer


# Sign-up at the gateway: look, create, read.
same(users.IsExist(User(username="eve")), 404, "An account with this username not found.")
made = users.Create(User(username="eve", password="moneypenny", first_name="Eve", last_name="Moneypenny", admin=True))
same(made.status, 201, "User account has been created successfully.")
assert made.user == User(username="eve", first_name="Eve", last_name="Moneypenny"), made.user
same(users.IsExist(User(username="eve")), 200, "An account with this username already exists.")

# Log-in: only status.code is looked at by some, so nothing else may say yes.
right = users.Verify(User(username="eve", password="moneypenny"))
same(right.status, 200, "Username and password are correct.")
assert right.user.first_name == "Eve" and right.user.password == ""
wrong = users.Verify(User(username="eve", password="wrong"))
same(wrong.status, 401, "Incorrect username or password.")
assert not wrong.HasField("user")
assert not users.Info(User(username="nobody")).HasField("user")
assert not users.Create(User(username="eve", password="x", first_name="E", last_name="M")).HasField("user")
assert not users.Create(User()).HasField("user")

# Editing: all three are set, so leaving admin out demotes. Another admin stays.
for name in ("eve", "root"):
    users.Create(User(username=name, password="x", first_name="R", last_name="T"))
    changed = users.UpdateUserData(User(username=name, first_name="Eve", last_name="M", admin=True))
    assert changed.user.admin
changed = users.UpdateUserData(User(username="eve", first_name="Eve", last_name="M"))
same(changed.status, 200, "User data has been successfully updated.")
assert not changed.user.admin and changed.user.last_name == "M"
same(users.UpdatePassword(User(username="eve", password="new")), 200, "User password has been successfully updated.")
assert users.Verify(User(username="eve", password="new")).status.code == 200

# Unknown fields of a later client and many calls on one channel do no harm.
for call in [users.Info.future(User(username="eve")) for _ in range(200)]:
    assert call.result().user.username == "eve"
print("all as it was")
