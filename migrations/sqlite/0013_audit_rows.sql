-- A row of the audit log goes behind all others, and takes no other's place: `insert or replace` fires no trigger that
-- guards updates or deletions. Whether a number was given or made is only known once the row is there, so what stands in
-- the way of a row is looked for before, and what stands behind it afterwards.
create trigger audit_added before insert on audit
when exists (select 1 from audit where sequence = new.sequence)
begin
    select raise(abort, 'the audit log is append-only');
end;

create trigger audit_behind after insert on audit
when exists (select 1 from audit where sequence > new.sequence)
begin
    select raise(abort, 'the audit log is append-only');
end;
