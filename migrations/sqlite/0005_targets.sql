-- Where events go: queues by their names, webhooks by their ids; how far each has got, and who delivers to it now.
create table targets (
    name text primary key not null,
    url text,
    -- The sequence of the last event that has arrived.
    reached integer not null,
    -- Which replica delivers, and until when if it says nothing more: milliseconds by the database's clock.
    holder blob,
    held_until integer not null,
    -- Events to deliver once more.
    replay_next integer,
    replay_until integer,
    failing_since text,
    last_error text,
    disabled_at text
);
-- Events are found by their sequence, which follows time.
drop index events_created;
