//! Confirming the address at sign-up.
