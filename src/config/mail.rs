//! Settings of outgoing mail: the relay's address, its policy of TLS, the sender, the rate.

use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::model::Email;
use crate::webhook::is_public;

use super::Secret;
use super::parse::{Parsed, one_of, optional_text};
use super::storage::is_home;

/// A transport of mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailTransport {
    /// By SMTP (RFC 5321) to a relay.
    Smtp(SmtpRelay),
    /// By a program with the command line of sendmail.
    Sendmail(PathBuf),
    /// Into a folder, each mail an `.eml` file: for development.
    Folder(PathBuf),
}

/// An SMTP server that takes mail for others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpRelay {
    /// Its name in ASCII, or its IP address without brackets.
    pub host: String,
    /// Its TCP port.
    pub port: u16,
    /// What its connections are encrypted by.
    pub tls: SmtpTls,
    /// User and password. There are none where connections may stay unencrypted.
    pub credentials: Option<(String, Secret)>,
}

/// The policy of TLS for connections to a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// STARTTLS (RFC 3207), and no mail without.
    Required,
    /// STARTTLS if the relay offers it: for one on this machine, which no network lies before.
    IfOffered,
    /// None.
    Off,
}

/// The SASL mechanism to log in to a relay with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpAuth {
    /// PLAIN, else LOGIN, as the relay offers them.
    Auto,
    /// PLAIN (RFC 4616).
    Plain,
    /// LOGIN.
    Login,
    /// XOAUTH2, with an access token as the password.
    Xoauth2,
}

/// A mailbox (RFC 5322 §3.4): an address, perhaps with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The name that mail programs show.
    pub name: Option<String>,
    /// The address, all of it ASCII.
    pub address: String,
}

/// A rate limit: so many in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailRate {
    /// How many, at least one.
    pub count: u32,
    /// A second, a minute or an hour.
    pub period: Duration,
}

/// Which doors keep to `PORTICO_EMAIL_CONFIRM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmDoors {
    /// Every door that registers.
    All,
    /// The pages alone: dialects create accounts with unconfirmed addresses.
    Pages,
}

const RELAY: &str = "smtp://USER:PASSWORD@HOST:587, smtps://USER:PASSWORD@HOST:465, smtp+plain://HOST:25, sendmail:/PATH or \
     folder:PATH; in a password / is written %2F, ? %3F, # %23, @ %40 and % %25";

/// How mail leaves. What a library reads into `smtp://` is no matter: without further words it would be plain text.
pub(super) fn transport(value: &str) -> Parsed<Option<MailTransport>> {
    let value = value.trim();
    if value.is_empty() {
        return Ok(None);
    }
    let (scheme, rest) = value.split_once(':').ok_or(RELAY)?;
    let transport = match scheme.to_ascii_lowercase().as_str() {
        "smtp" | "smtps" | "smtp+plain" => MailTransport::Smtp(relay(value)?),
        "sendmail" if rest.starts_with('/') && !rest.starts_with("//") => MailTransport::Sendmail(rest.into()),
        "sendmail" => {
            return Err("sendmail:/PATH, the whole path of the program, like sendmail:/usr/sbin/sendmail".into());
        }
        "folder" if rest.is_empty() || rest.starts_with("//") || is_home(rest) => {
            return Err("folder:PATH, a folder by its path as it is, like folder:mails".into());
        }
        "folder" => MailTransport::Folder(rest.into()),
        _ => return Err(RELAY.into()),
    };
    Ok(Some(transport))
}

fn relay(value: &str) -> Parsed<SmtpRelay> {
    let url = Url::parse(value).map_err(|_| RELAY)?;
    let tail =
        value.split_once("://").map_or("", |(_, rest)| rest.find(['/', '?', '#']).map_or("", |end| &rest[end..]));
    // What ends the address early for a parser was meant to be a part of the password, mostly.
    if tail.contains('@') || url.fragment().is_some() || !matches!(url.path(), "" | "/") {
        return Err(RELAY.into());
    }
    let host = host(&url).ok_or(RELAY)?;
    let credentials = credentials(&url).ok_or(RELAY)?;
    let is_insecure = match url.query() {
        None => false,
        Some("insecure=yes") if url.scheme() == "smtp+plain" => true,
        Some(_) => return Err("an address without parameters, but for smtp+plain://HOST?insecure=yes".into()),
    };
    let (port, tls) = match url.scheme() {
        "smtps" => (465, SmtpTls::Implicit),
        "smtp" if is_loopback(&host) && credentials.is_none() => (587, SmtpTls::IfOffered),
        "smtp" => (587, SmtpTls::Required),
        _ if credentials.is_some() => {
            return Err("smtp+plain:// without user and password, which never travel unencrypted; or smtp://".into());
        }
        _ if !is_near(&host) && !is_insecure => {
            return Err(
                "smtp+plain:// with a host of the own network: what is mailed opens accounts, and others read it \
                        on the way. With smtp:// it is encrypted; ?insecure=yes sends it all the same"
                    .into(),
            );
        }
        _ => (25, SmtpTls::Off),
    };
    let port = url.port().unwrap_or(port);
    if port == 0 {
        return Err("a port above 0".into());
    }
    let host = host.to_string().trim_matches(['[', ']']).to_owned();
    Ok(SmtpRelay { host, port, tls, credentials })
}

/// The host. The URL standard leaves it as it was written under schemes that it does not know.
fn host(url: &Url) -> Option<Host> {
    let written = percent_decode_str(url.host_str()?).decode_utf8().ok()?;
    Host::parse(&written).ok().filter(|host| !matches!(host, Host::Domain(name) if name.is_empty()))
}

/// User and password. One without the other is a slip.
fn credentials(url: &Url) -> Option<Option<(String, Secret)>> {
    let decode = |text| Some(percent_decode_str(text).decode_utf8().ok()?.into_owned());
    match (url.username(), url.password()) {
        ("", None) => Some(None),
        ("", Some(_)) | (_, None | Some("")) => None,
        (user, Some(password)) => {
            let (user, password) = (decode(user)?, decode(password)?);
            // It would end the user for PLAIN (RFC 4616 §2).
            let is_fine = !user.contains('\0') && !password.contains('\0');
            is_fine.then(|| Some((user, Secret::new(password))))
        }
    }
}

fn address(host: &Host) -> Option<IpAddr> {
    match host {
        Host::Ipv4(address) => Some(IpAddr::V4(*address)),
        Host::Ipv6(address) => Some(IpAddr::V6(*address).to_canonical()),
        Host::Domain(_) => None,
    }
}

/// Whether a host is this machine (RFC 6761 §6.3).
fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        _ => address(host).is_some_and(|address| address.is_loopback()),
    }
}

/// Whether a host is of the own network: a private address, or a name that the public name system does not know, as
/// compose files and clusters have them.
fn is_near(host: &Host) -> bool {
    const SUFFIXES: &[&str] = &[".local", ".internal", ".lan", ".home.arpa"];
    match host {
        Host::Domain(name) => {
            !name.contains('.') || is_loopback(host) || SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
        }
        _ => address(host).is_some_and(|address| !is_public(address)),
    }
}

pub(super) fn smtp_auth(value: &str) -> Parsed<SmtpAuth> {
    use SmtpAuth::{Auto, Login, Plain, Xoauth2};
    one_of(value, &[("auto", Auto), ("plain", Plain), ("login", Login), ("xoauth2", Xoauth2)])
}

/// A mailbox as `Name <address>` or an address alone.
pub(super) fn mailbox(value: &str) -> Parsed<Option<Mailbox>> {
    let Some(text) = optional_text(value)? else { return Ok(None) };
    let (name, address) = match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
        Some((name, address)) => (name.trim().trim_matches('"').trim(), address.trim()),
        None => ("", text.as_str()),
    };
    let expected = "an address, perhaps with a name before it, like Accounts <accounts@example.org>";
    let address = ascii_address(address).ok_or(expected)?;
    Ok(Some(Mailbox { name: Some(name.to_owned()).filter(|name| !name.is_empty()), address }))
}

/// An address of ASCII alone, its domain as an A-label: a sender of others would need SMTPUTF8 of every relay.
pub(super) fn ascii_address(text: &str) -> Option<String> {
    let email = Email::parse(text).ok()?;
    let (local, domain) = email.mailbox();
    let address: lettre::Address = format!("{local}@{domain}").parse().ok()?;
    Some(address.to_string()).filter(|address| address.is_ascii())
}

pub(super) fn rate(value: &str) -> Parsed<MailRate> {
    let parts = value.split_once('/').and_then(|(count, unit)| {
        let seconds = match unit.trim() {
            "s" => 1,
            "min" => 60,
            "h" => 3_600,
            _ => return None,
        };
        let count = count.trim().parse().ok().filter(|count| *count > 0)?;
        Some(MailRate { count, period: Duration::from_secs(seconds) })
    });
    parts.ok_or_else(|| "a rate, like 5/s, 100/min or 1000/h".into())
}

pub(super) fn confirm_doors(value: &str) -> Parsed<ConfirmDoors> {
    one_of(value, &[("all", ConfirmDoors::All), ("pages", ConfirmDoors::Pages)])
}

/// What a host is called inside of an address (RFC 5321 §4.1.3): of this machine, a name that is one.
pub(super) fn domain_of(url: &Url) -> String {
    match url.host() {
        Some(Host::Domain(name)) => name.to_owned(),
        Some(Host::Ipv4(address)) if !address.is_loopback() && !address.is_unspecified() => format!("[{address}]"),
        Some(Host::Ipv6(address)) if ![Ipv6Addr::LOCALHOST, Ipv6Addr::UNSPECIFIED].contains(&address) => {
            format!("[IPv6:{address}]")
        }
        _ => "localhost".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(address: &str) -> SmtpRelay {
        match transport(address) {
            Ok(Some(MailTransport::Smtp(relay))) => relay,
            other => panic!("{address}: {other:?}"),
        }
    }

    #[test]
    fn the_scheme_decides_on_tls_and_on_the_port() {
        for (address, host, port, tls) in [
            ("smtp://mail.example.org", "mail.example.org", 587, SmtpTls::Required),
            ("smtp://mail.example.org:2525/", "mail.example.org", 2525, SmtpTls::Required),
            ("SMTP://MAIL.Example.org", "mail.example.org", 587, SmtpTls::Required),
            ("smtp://bücher.example", "xn--bcher-kva.example", 587, SmtpTls::Required),
            ("smtp://10.0.0.2", "10.0.0.2", 587, SmtpTls::Required),
            ("smtp://127.0.0.1:1025", "127.0.0.1", 1025, SmtpTls::IfOffered),
            ("smtp://[::1]:1025", "::1", 1025, SmtpTls::IfOffered),
            ("smtp://localhost", "localhost", 587, SmtpTls::IfOffered),
            ("smtp://ada:hush@localhost", "localhost", 587, SmtpTls::Required),
            ("smtp://localhost.example.org", "localhost.example.org", 587, SmtpTls::Required),
            ("smtps://ada:hush@mail.example.org", "mail.example.org", 465, SmtpTls::Implicit),
            ("smtps://[2606:4700::1111]", "2606:4700::1111", 465, SmtpTls::Implicit),
            ("smtp+plain://localhost", "localhost", 25, SmtpTls::Off),
            ("smtp+plain://relay", "relay", 25, SmtpTls::Off),
            ("smtp+plain://relay.mail.svc.cluster.local:2525", "relay.mail.svc.cluster.local", 2525, SmtpTls::Off),
            ("smtp+plain://192.168.1.9", "192.168.1.9", 25, SmtpTls::Off),
            ("smtp+plain://[fd00::7]", "fd00::7", 25, SmtpTls::Off),
            ("smtp+plain://mail.example.org?insecure=yes", "mail.example.org", 25, SmtpTls::Off),
        ] {
            let relay = smtp(address);
            assert_eq!((relay.host.as_str(), relay.port, relay.tls), (host, port, tls), "{address}");
        }
    }

    #[test]
    fn credentials_are_taken_as_they_were_before_they_were_escaped() {
        let credentials =
            |address| smtp(address).credentials.map(|(user, password)| (user, password.expose().to_owned()));
        assert_eq!(credentials("smtps://mail.example.org"), None);
        assert_eq!(
            credentials("smtps://ada%40example.org:h%2Fu%25s+h%C3%BC@mail.example.org"),
            Some(("ada@example.org".into(), "h/u%s+hü".into()))
        );
    }

    #[test]
    fn an_address_that_would_lose_something_or_send_it_in_clear_is_refused() {
        for address in [
            "mail.example.org",
            "smtp:mail.example.org",
            "smtp://",
            "smtp://:25",
            "smtp://mail.example.org:0",
            "smtp://mail.example.org:port",
            "smtp://mail.example.org/ehlo",
            "smtp://mail.example.org?tls=none",
            "smtp://mail.example.org?insecure=yes",
            "smtp://mail.example.org#x",
            "smtp://ada@mail.example.org",
            "smtp://ada:@mail.example.org",
            "smtp://:hush@mail.example.org",
            "smtp://ada:hu/sh@mail.example.org",
            "smtp://ada:hu%00sh@mail.example.org",
            "smtp+plain://ada:hush@localhost",
            "smtp+plain://ada:hush@mail.example.org?insecure=yes",
            "smtp+plain://mail.example.org",
            "smtp+plain://mail.example.org?insecure=no",
            "smtp+plain://93.184.216.34",
            "lmtp://mail.example.org",
            "sendmail:sendmail",
            "sendmail://usr/sbin/sendmail",
            "folder:",
            "folder:~/mails",
            "folder://mails",
        ] {
            assert!(transport(address).is_err(), "{address}");
        }
    }

    #[test]
    fn mail_may_go_to_a_program_or_into_a_folder() {
        assert_eq!(transport(" "), Ok(None));
        assert_eq!(
            transport("sendmail:/usr/sbin/sendmail"),
            Ok(Some(MailTransport::Sendmail("/usr/sbin/sendmail".into())))
        );
        assert_eq!(transport("folder:mails"), Ok(Some(MailTransport::Folder("mails".into()))));
        assert_eq!(transport("folder:/srv/mails"), Ok(Some(MailTransport::Folder("/srv/mails".into()))));
    }

    #[test]
    fn a_mailbox_is_an_address_with_or_without_a_name() {
        let read = |text| mailbox(text).map(|mailbox| mailbox.map(|mailbox| (mailbox.name, mailbox.address)));
        let named = |name: Option<&str>, address: &str| Ok(Some((name.map(str::to_owned), address.to_owned())));
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("a@example.org"), named(None, "a@example.org"));
        assert_eq!(read("<a@example.org>"), named(None, "a@example.org"));
        assert_eq!(read("Ada & Co. <a@bücher.example>"), named(Some("Ada & Co."), "a@xn--bcher-kva.example"));
        assert_eq!(read("\"Ada, Co\" <a@localhost>"), named(Some("Ada, Co"), "a@localhost"));
        for bad in ["Ada", "Ada <>", "Ada <a@b", "a@b, c@d", "ädä@example.org", "a@b\r\nBcc: c@d"] {
            assert!(mailbox(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_rate_is_a_number_in_a_second_a_minute_or_an_hour() {
        let read = |text| rate(text).map(|rate| (rate.count, rate.period.as_secs()));
        assert_eq!(read("5/s"), Ok((5, 1)));
        assert_eq!(read("100/min"), Ok((100, 60)));
        assert_eq!(read("1000 / h"), Ok((1000, 3_600)));
        for bad in ["", "100", "0/s", "-1/s", "100/m", "100/day", "1.5/s"] {
            assert!(rate(bad).is_err(), "{bad}");
        }
    }
}
