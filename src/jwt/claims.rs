//! What tokens say: the claims that Portico itself goes by (`jti`, `sid`, `sub`, `token_type`), and those that each
//! dialect adds for its clients.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use super::TokenProblem;

/// The claims of a token that was presented, of ours or of a replaced service, as far as they decide anything. All
/// others are passed over (RFC 7519 §4).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Claims {
    /// `access` or `refresh`.
    pub token_type: Option<String>,
    /// When it expires, in seconds since 1970.
    pub exp: i64,
    /// When it becomes good.
    #[serde(deserialize_with = "numeric_date")]
    pub nbf: i64,
    /// When it was issued.
    pub iat: Option<i64>,
    /// Its id: 32 hexadecimal digits.
    pub jti: Option<String>,
    /// The family, which is the session.
    pub sid: Option<Uuid>,
    /// The account's id.
    pub sub: Option<String>,
    /// The account's id, where the Django siblings read it.
    pub user_id: Option<String>,
    /// The account's label: the username, else the e-mail.
    pub username: Option<String>,
    /// Whom it is for.
    pub aud: Option<String>,
    /// Who issued it.
    pub iss: Option<String>,
    /// The roles that it tells its reader of, where a dialect's do.
    #[serde(rename = "accessGroups", deserialize_with = "groups")]
    pub(crate) access_groups: Vec<String>,
    /// SHA-256 of everything that it says, in hexadecimal digits; only of a token without an id.
    #[serde(skip)]
    pub(crate) digest: String,
}

/// What is no list of texts names no role.
fn groups<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

impl Claims {
    /// Whether it tells its reader that the account is an admin's.
    pub(crate) fn is_admins(&self) -> bool {
        self.access_groups.iter().any(|group| group == "admin")
    }

    /// Whether the token was issued for who reads it now. The Express service named its own user as the audience, and
    /// so do we for its siblings; another audience is another application's, whatever key it was signed with (RFC 8725
    /// §3.9).
    pub(crate) fn is_for_us(&self) -> bool {
        self.aud.is_none() || self.aud == self.username
    }

    /// Whether its time has come and is not over, without leeway: `exp` names the first second of none (RFC 7519
    /// §4.1.4).
    pub(crate) fn check_times(&self, now: OffsetDateTime) -> Result<(), TokenProblem> {
        let now = now.unix_timestamp();
        if self.exp <= now {
            Err(TokenProblem::Expired)
        } else if self.nbf > now {
            Err(TokenProblem::NotYet)
        } else {
            Ok(())
        }
    }
}

/// A NumericDate (RFC 7519 §2): seconds since 1970, which need not be whole.
fn numeric_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    if seconds < 0.0 { Err(D::Error::custom("a time before 1970")) } else { Ok(seconds.round() as i64) }
}

/// The claims of a token to be signed, in the order in which they are written.
#[derive(Debug, Serialize)]
pub(crate) struct NewClaims<'a> {
    pub(crate) token_type: &'static str,
    pub(crate) exp: i64,
    pub(crate) iat: i64,
    pub(crate) jti: &'a str,
    pub(crate) sid: Uuid,
    pub(crate) sub: &'a str,
    pub(crate) user_id: &'a str,
    /// The dialect's own.
    #[serde(flatten, serialize_with = "pairs")]
    pub(crate) own: Vec<(&'static str, Value)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) iss: Option<&'a str>,
}

fn pairs<S: Serializer>(pairs: &[(&'static str, Value)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}
