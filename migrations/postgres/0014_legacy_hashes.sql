-- Password hashes that are not of our own parameters, by how they begin: which kinds there are is a handful of look-ups.
create index accounts_legacy_hashes on accounts ((substr(password_hash, 1, 40)) collate "C")
    where substr(password_hash, 1, 31) <> '$argon2id$v=19$m=19456,t=2,p=1$';
