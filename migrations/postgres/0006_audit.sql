-- Who did what to whom. Rows are added, never changed: the triggers below refuse everything else but what two rules of
-- ours need. There are no foreign keys: what somebody did stays when they are gone, by their id alone.
create table audit (
    sequence bigint primary key generated always as identity,
    created_at timestamptz not null,
    action text not null,
    -- What kind of action it is, for lists of one kind.
    topic text not null,
    actor_kind text not null check (actor_kind in ('account', 'stranger', 'service', 'operator')),
    actor_id uuid,
    subject_id uuid,
    door text not null,
    address text,
    -- JSON: what stood there before and after, and what else there is to say. Never a secret.
    detail text
);
create index audit_created on audit (created_at, sequence);
create index audit_topic on audit (topic, sequence);
create index audit_actor on audit (actor_kind, actor_id, sequence);
create index audit_subject on audit (subject_id, sequence);

-- Personal data of somebody whose account is gone may go; nothing else of a row may change.
create function audit_keep() returns trigger language plpgsql as $$
begin
    if new.sequence = old.sequence and new.created_at = old.created_at and new.action = old.action
        and new.topic = old.topic and new.actor_kind = old.actor_kind
        and new.actor_id is not distinct from old.actor_id and new.subject_id is not distinct from old.subject_id
        and new.door = old.door
        and (new.detail is not distinct from old.detail or (new.detail is null
            and old.subject_id is not null and not exists (select 1 from accounts where id = old.subject_id)))
        and (new.address is not distinct from old.address or (new.address is null and (
            (old.subject_id is not null and not exists (select 1 from accounts where id = old.subject_id))
            or (old.actor_id is not null and not exists (select 1 from accounts where id = old.actor_id)))))
    then
        return new;
    end if;
    raise exception 'the audit log is append-only';
end
$$;
create trigger audit_kept before update on audit for each row execute function audit_keep();

-- What is past its retention goes from the oldest end, leaving no gaps, and nothing of the last day.
create function audit_shorten() returns trigger language plpgsql as $$
begin
    if tg_op = 'TRUNCATE' then
        raise exception 'the audit log is only shortened from its oldest end';
    elsif exists (select 1 from gone where created_at > now() - interval '1 day')
        or exists (select 1 from audit where sequence < (select max(sequence) from gone))
    then
        raise exception 'the audit log is only shortened from its oldest end';
    end if;
    return null;
end
$$;
create trigger audit_whole after delete on audit referencing old table as gone
    for each statement execute function audit_shorten();
create trigger audit_there before truncate on audit for each statement execute function audit_shorten();
