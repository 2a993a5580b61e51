//! What tokens say. Each dialect's tokens carry the claims that its clients, siblings and gateways read, beside
//! those that Portico itself goes by: `jti`, `sid`, `sub`, `token_type`.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::App;
use crate::model::{Account, Door};

/// The claims of a token, of ours or of a replaced service.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Claims {
    /// `access` or `refresh`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// When it runs out, in seconds since 1970.
    pub exp: i64,
    /// When it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// Its id: 32 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// The family, which is the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<Uuid>,
    /// The account's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// The account's id, where the Django siblings read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The account's label: the username, else the e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// What told the FastAPI service's tokens of one second apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random_number: Option<u32>,
    /// The full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) firstname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lastname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) organization: Option<String>,
    #[serde(rename = "emailVerified", skip_serializing_if = "Option::is_none")]
    pub(super) email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    #[serde(rename = "accessGroups", skip_serializing_if = "Option::is_none")]
    pub(super) access_groups: Option<Vec<String>>,
    /// Whom it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<String>,
    /// Who issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
}

impl Claims {
    /// A token's claims, of the dialect that issues it.
    pub(super) fn of(app: &App, account: &Account, door: Door, sid: Uuid, jti: String, iat: i64, exp: i64) -> Claims {
        let username = account.label().to_owned();
        let id = account.id.to_string();
        let base = Claims {
            token_type: Some("access".to_owned()),
            exp,
            iat: Some(iat),
            sid: Some(sid),
            sub: Some(id.clone()),
            user_id: Some(id.clone()),
            ..Claims::default()
        };
        match door {
            Door::Pages | Door::Django | Door::Oauth | Door::Grpc | Door::CommandLine => {
                Claims { jti: Some(jti), ..base }
            }
            Door::Fastapi => {
                let number = u32::from_str_radix(&jti[..6], 16).unwrap_or_default();
                Claims {
                    username: Some(username),
                    random_number: Some(10_000 + number % 90_000),
                    jti: Some(jti),
                    ..base
                }
            }
            Door::Clark => Claims {
                jti: Some(jti),
                name: Some(account.name.full.clone()),
                firstname: Some(account.name.first.clone()),
                lastname: Some(account.name.last.clone()),
                email: Some(account.email().unwrap_or_default().to_owned()),
                organization: Some(account.organization.clone().unwrap_or_default()),
                email_verified: Some(account.email_verified_at.is_some()),
                id: Some(id),
                access_groups: Some(account.is_admin.then(|| "admin".to_owned()).into_iter().collect()),
                aud: Some(username.clone()),
                iss: Some(app.settings().clark_issuer.clone()),
                username: Some(username),
                ..base
            },
        }
    }

    /// Whether the token was issued for who reads it now. The Express service named its own user as the audience, and so do
    /// we for its siblings; another audience is another application's, whatever key it was signed with (RFC 8725 §3.9).
    pub(super) fn is_for_us(&self) -> bool {
        self.aud.is_none() || self.aud == self.username
    }

    /// The same, for a refresh token.
    pub(super) fn refreshing(mut self) -> Claims {
        self.token_type = Some("refresh".to_owned());
        self
    }
}
