"""An SMTP relay that keeps what it is given: smtp_sink.py FOLDER PORT MODE

MODE is words joined by "+":
  plain, starttls, implicit   how connections are encrypted, with server.pem and server.key of FOLDER
  strip                       as if somebody on the way had taken STARTTLS out of the answer
  auth                        user "portico" and password "secret" are wanted (PLAIN, LOGIN)
  login                       LOGIN alone is offered
  xoauth2                     XOAUTH2 alone, with "secret" as the access token
  inject                      the answer to STARTTLS is followed by those to all that comes, unencrypted
  noutf8                      no SMTPUTF8
  stall-VERB                  never answers that command; stall-CONNECT: never says a word; stall-END: never takes the content

Recipients decide on themselves by how their local part begins: t451, p550, c421, policy571 (we may not relay here), greylist
(the first time), e554 (after the content), drop (cut off after the content), slow (after two seconds).

Each mail is a file N.json in FOLDER: the envelope, and the message as Python's own parser reads it. Each attempt to log in is
a line of FOLDER/attempts. PORT 0 picks one; "ready PORT" is printed. It ends when its standard input does.
"""

import asyncio
import base64
import email
import email.policy
import json
import logging
import os
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

FOLDER, PORT, MODE = sys.argv[1], int(sys.argv[2]), sys.argv[3].split("+")
SEEN = set()
# To EHLO, AUTH, MAIL, RCPT, DATA and the content.
INJECTED = "250-sink.example\r\n250 AUTH PLAIN\r\n235 OK\r\n250 OK\r\n250 OK\r\n354 Go on\r\n250 2.0.0 Queued"

# It warns of what the modes are there to try.
warnings.simplefilter("ignore")
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


def has(word):
    return word in MODE


class Handler:
    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        if has("strip"):
            responses = [line for line in responses if "STARTTLS" not in line]
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        local = address.split("@")[0]
        if local.startswith("t451"):
            return f"451 4.3.0 <{address}>: try later"
        if local.startswith("p550"):
            return f"550 5.1.1 <{address}>: no such user"
        if local.startswith("policy571"):
            return f"554 5.7.1 <{address}>: Relay access denied"
        if local.startswith("c421"):
            return "421 4.3.2 Going away"
        if local.startswith("greylist") and address not in SEEN:
            SEEN.add(address)
            return "450 4.2.0 Greylisted"
        if local.startswith("slow"):
            await asyncio.sleep(2)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        local = envelope.rcpt_tos[0].split("@")[0]
        if has("stall-END"):
            await asyncio.sleep(3600)
        if local.startswith("e554"):
            return "554 5.7.1 We do not like this"
        keep(session, envelope)
        if local.startswith("drop"):
            server.transport.abort()
        return "250 2.0.0 Queued"


def keep(session, envelope):
    message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
    parts = {part.get_content_type(): part for part in message.walk() if not part.is_multipart()}
    content = {kind: part.get_content() for kind, part in parts.items()}
    defects = [str(defect) for part in message.walk() for defect in part.defects]
    if not envelope.smtp_utf8:
        # This parser takes the letters of RFC 6532 for defects, too.
        defects += [str(defect) for value in message.values() for defect in value.defects]
    mail = {
        "from": envelope.mail_from,
        "to": envelope.rcpt_tos,
        "smtputf8": bool(envelope.smtp_utf8),
        "hello": session.host_name,
        "encrypted": session.ssl is not None or has("implicit"),
        "authenticated": bool(session.authenticated),
        "connection": session.peer[1],
        "headers": [[name, str(value)] for name, value in message.items()],
        "kinds": [part.get_content_type() for part in message.walk()],
        "text": content.get("text/plain", ""),
        "html": content.get("text/html", ""),
        "defects": defects,
        "raw": envelope.original_content.decode("utf-8", "replace"),
    }
    number = sum(name.endswith(".json") for name in os.listdir(FOLDER))
    path = os.path.join(FOLDER, f"{number}.json")
    with open(path + ".part", "w") as file:
        json.dump(mail, file)
    os.rename(path + ".part", path)


def authenticate(server, session, envelope, mechanism, data):
    with open(os.path.join(FOLDER, "attempts"), "a") as file:
        file.write(f"{mechanism} {data.login.decode()}\n")
    # Not "handled": the library then answers 535, and else nothing.
    return AuthResult(success=(data.login, data.password) == (b"portico", b"secret"), handled=False)


async def token(server, arguments):
    login, bearer = base64.b64decode(arguments[1]).split(b"\1")[:2]
    data = LoginPassword(login.removeprefix(b"user="), bearer.removeprefix(b"auth=Bearer "))
    return authenticate(server, None, None, "XOAUTH2", data)


if has("xoauth2"):
    Handler.auth_XOAUTH2 = staticmethod(token)


async def stall(self, argument):
    await asyncio.sleep(3600)


class Relay(SMTP):
    async def _handle_client(self):
        if has("stall-CONNECT"):
            await asyncio.sleep(3600)
        await super()._handle_client()

    async def push(self, status):
        await super().push(f"{status}\r\n{INJECTED}" if has("inject") and str(status).startswith("220 Ready") else status)


for word in MODE:
    if word.startswith("stall-") and word not in ("stall-CONNECT", "stall-END"):
        setattr(Relay, "smtp_" + word.removeprefix("stall-"), stall)


async def main():
    context = None
    if has("starttls") or has("implicit"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(FOLDER, "server.pem"), os.path.join(FOLDER, "server.key"))
    options = {"enable_SMTPUTF8": not has("noutf8"), "hostname": "sink.example", "data_size_limit": None}
    if has("starttls"):
        options.update(tls_context=context, require_starttls=not has("strip"))
    if has("auth"):
        options.update(authenticator=authenticate, auth_required=True, auth_require_tls=False)
        options["auth_exclude_mechanism"] = ["LOGIN", "PLAIN"] if has("xoauth2") else ["PLAIN"] if has("login") else []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Relay(Handler(), loop=loop, **options), "127.0.0.1", PORT, ssl=context if has("implicit") else None
    )
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
