-- A row of the audit log goes behind all others, or has the number that was made for it: transactions that run side by side
-- may commit theirs in another order. A number that somebody gave it (`overriding system value`) is neither. Replacing
-- another row (`on conflict do update`) is an update, which `audit_kept` refuses.
create function audit_add() returns trigger language plpgsql as $$
begin
    if exists (select 1 from audit where sequence >= new.sequence) then
        -- Fails by itself where this session has made no number at all.
        if new.sequence is distinct from currval(pg_get_serial_sequence('audit', 'sequence')) then
            raise exception 'the audit log is append-only';
        end if;
    end if;
    return new;
end
$$;
create trigger audit_added before insert on audit for each row execute function audit_add();
