-- Where events go: queues by their names, webhooks by their ids; how far each has got, and who delivers to it now.
create table targets (
    name text primary key not null,
    url text,
    -- The sequence of the last event that has arrived.
    reached bigint not null,
    -- Which replica delivers, and until when if it says nothing more: milliseconds by the database's clock.
    holder uuid,
    held_until bigint not null,
    -- Events to deliver once more.
    replay_next bigint,
    replay_until bigint,
    failing_since timestamptz,
    last_error text,
    disabled_at timestamptz
);
-- Events are found by their sequence, which follows time.
drop index events_created;
