-- Who did what to whom. Rows are added, never changed: the triggers below refuse everything else but what two rules of
-- ours need. There are no foreign keys: what somebody did stays when they are gone, by their id alone.
create table audit (
    sequence integer primary key autoincrement,
    created_at text not null,
    action text not null,
    -- What kind of action it is, for lists of one kind.
    topic text not null,
    actor_kind text not null check (actor_kind in ('account', 'stranger', 'service', 'operator')),
    actor_id blob,
    subject_id blob,
    door text not null,
    address text,
    -- JSON: what stood there before and after, and what else there is to say. Never a secret.
    detail text
);
create index audit_created on audit (created_at);
create index audit_topic on audit (topic);
create index audit_actor on audit (actor_kind, actor_id);
create index audit_subject on audit (subject_id);

-- Personal data of somebody whose account is gone may go; nothing else of a row may change.
create trigger audit_kept before update on audit
when not (
    new.sequence = old.sequence and new.created_at = old.created_at and new.action = old.action and new.topic = old.topic
    and new.actor_kind = old.actor_kind and new.actor_id is old.actor_id and new.subject_id is old.subject_id
    and new.door = old.door
    and (new.detail is old.detail or (new.detail is null
        and old.subject_id is not null and not exists (select 1 from accounts where id = old.subject_id)))
    and (new.address is old.address or (new.address is null and (
        (old.subject_id is not null and not exists (select 1 from accounts where id = old.subject_id))
        or (old.actor_id is not null and not exists (select 1 from accounts where id = old.actor_id)))))
)
begin
    select raise(abort, 'the audit log is append-only');
end;

-- What is past its retention goes from the oldest end, leaving no gaps, and nothing of the last day.
create trigger audit_whole before delete on audit
when old.created_at > strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 day')
    or exists (select 1 from audit where sequence < old.sequence)
begin
    select raise(abort, 'the audit log is only shortened from its oldest end');
end;
