"""A consumer like those of the replaced service: old_consumer.py AMQP-URL QUEUE COUNT

It keeps copies of users by what the content type says, and prints them after COUNT messages.
"""
import json
import sys

import pika

url, queue, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
channel.queue_declare(queue=queue)
users, seen = {}, 0


def callback(channel, method, properties, body):
    global seen
    data = json.loads(body)
    if properties.content_type == "user.created":
        # One of them needs the picture's key to be there.
        data["profile_pic"]
        users[data["id"]] = data["full_name"]
    elif properties.content_type == "user.updated":
        users[data["id"]] = data["full_name"]
    elif properties.content_type == "user.deleted":
        del users[data["id"]]
    seen += 1
    if seen == count:
        channel.stop_consuming()


channel.basic_consume(queue=queue, on_message_callback=callback, auto_ack=True)
print("ready", flush=True)
channel.start_consuming()
print(json.dumps(users))
