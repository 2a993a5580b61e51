//! E-mail addresses by the rules of email-validator 2.1, and its reasons against what is none.

use crate::model::Email;

const TWO_PERIODS: &str = "An email address cannot have two periods in a row.";
/// The most characters before the `@` (RFC 5321 §4.5.3.1.1), of a part between two periods, and of the whole.
const MAX_LOCAL_PART: usize = 64;
const MAX_DOMAIN_LABEL: usize = 63;
const MAX_ADDRESS: usize = 254;

/// The address, with its domain in lower case, or what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Email, String> {
    let text = text.trim();
    let Some((local, domain)) = text.rsplit_once('@') else {
        return Err("The email address is not valid. It must have exactly one @-sign.".to_owned());
    };
    let is_quoted = local.len() > 1 && local.starts_with('"') && local.ends_with('"');
    if local.contains('@') && !is_quoted {
        return Err("The email address is not valid. It must have exactly one @-sign.".to_owned());
    }
    check_local(local, is_quoted)?;
    let domain = domain.to_lowercase();
    check_domain(&domain)?;
    let address = format!("{local}@{domain}");
    let count = address.chars().count();
    if count > MAX_ADDRESS {
        return Err(format!("The email address is too long {}.", too_many(count, MAX_ADDRESS)));
    }
    Email::choose(&address).map_err(|_| "The email address contains invalid characters.".to_owned())
}

fn check_local(local: &str, is_quoted: bool) -> Result<(), String> {
    let count = local.chars().count();
    if is_quoted {
        return Err("Quoting the part before the @-sign is not allowed here.".to_owned());
    }
    if count == 0 {
        return Err("There must be something before the @-sign.".to_owned());
    }
    if count > MAX_LOCAL_PART {
        return Err(format!("The email address is too long before the @-sign {}.", too_many(count, MAX_LOCAL_PART)));
    }
    let allowed =
        |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(letter) || !letter.is_ascii();
    if let Some(bad) = listed(local, allowed) {
        return Err(format!("The email address contains invalid characters before the @-sign: {bad}."));
    }
    let rules = [
        (local.ends_with('.'), "An email address cannot have a period immediately before the @-sign."),
        (local.starts_with('.'), "An email address cannot start with a period."),
        (local.contains(".."), TWO_PERIODS),
    ];
    first(&rules)
}

fn check_domain(domain: &str) -> Result<(), String> {
    const RESERVED: &[&str] = &["arpa", "invalid", "local", "localhost", "onion", "test"];
    if domain.is_empty() {
        return Err("There must be something after the @-sign.".to_owned());
    }
    if domain.starts_with('[') && domain.ends_with(']') {
        return Err("A bracketed IP address after the @-sign is not allowed here.".to_owned());
    }
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-.".contains(letter) || !letter.is_ascii();
    if let Some(bad) = listed(domain, allowed) {
        return Err(format!("The part after the @-sign contains invalid characters: {bad}."));
    }
    let top = domain.rsplit('.').next().unwrap_or_default();
    first(&[
        (domain.ends_with('.'), "An email address cannot end with a period."),
        (domain.starts_with('.'), "An email address cannot have a period immediately after the @-sign."),
        (domain.contains(".."), TWO_PERIODS),
        (domain.ends_with('-'), "An email address cannot end with a hyphen."),
        (domain.starts_with('-'), "An email address cannot have a hyphen immediately after the @-sign."),
        (
            domain.contains(".-") || domain.contains("-."),
            "An email address cannot have a period and a hyphen next to each other.",
        ),
    ])?;
    if let Some(count) = domain.split('.').map(|label| label.chars().count()).find(|count| *count > MAX_DOMAIN_LABEL) {
        let reason = too_many(count, MAX_DOMAIN_LABEL);
        return Err(format!("After the @-sign, periods cannot be separated by so many characters {reason}."));
    }
    first(&[
        (!domain.contains('.'), "The part after the @-sign is not valid. It should have a period."),
        (
            top.ends_with(|letter: char| letter.is_ascii() && !letter.is_ascii_alphabetic())
                && !top.starts_with("xn--"),
            "The part after the @-sign is not valid. It is not within a valid top-level domain.",
        ),
        (
            RESERVED.contains(&top),
            "The part after the @-sign is a special-use or reserved name that cannot be used with email.",
        ),
    ])
}

/// The first of the rules that is broken.
fn first(rules: &[(bool, &str)]) -> Result<(), String> {
    rules.iter().find(|(broken, _)| *broken).map_or(Ok(()), |(_, reason)| Err((*reason).to_owned()))
}

/// The characters that are not allowed, each once and in order, as they can be shown.
fn listed(text: &str, allowed: impl Fn(char) -> bool) -> Option<String> {
    let bad: std::collections::BTreeSet<String> = text.chars().filter(|letter| !allowed(*letter)).map(shown).collect();
    (!bad.is_empty()).then(|| bad.into_iter().collect::<Vec<_>>().join(", "))
}

fn shown(letter: char) -> String {
    match letter {
        ' ' => "SPACE".to_owned(),
        '\'' | '\\' => format!("\"{letter}\""),
        letter if letter.is_control() => format!("U+{:04X}", u32::from(letter)),
        letter => format!("'{letter}'"),
    }
}

fn too_many(count: usize, most: usize) -> String {
    let more = count - most;
    format!("({more} character{} too many)", if more > 1 { "s" } else { "" })
}
