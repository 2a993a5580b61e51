//! Adding an authenticator app: its secret waits, sealed, in the session of the person who scans it, and becomes a
//! factor with the first right code.

use qrcode::{EcLevel, QrCode};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::app::App;
use crate::error::Error;
use crate::model::{Account, AccountId};

use super::code::digits;
use super::recovery;
use super::totp::Secret;

const PURPOSE: &str = "authenticator enrolment";

/// For so many seconds one waits.
const LASTS: i64 = 1800;

/// The light modules around a code that readers want (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// An authenticator app that is being added.
#[derive(Deserialize, Serialize)]
pub struct Enrolment {
    secret: [u8; 20],
    begun_at: i64,
    /// What it is called.
    pub name: String,
    /// The time step of the code that showed that the app has the secret.
    step: Option<i64>,
    /// The recovery codes that come with the first factor.
    pub codes: Vec<String>,
}

impl Drop for Enrolment {
    fn drop(&mut self) {
        self.secret.zeroize();
        self.codes.zeroize();
    }
}

/// What a person adds to an app.
pub struct Shown {
    /// The path of the QR code's dark modules, in an SVG of this many units a side.
    pub path: String,
    /// The side of the QR code, quiet zone included, in modules.
    pub side: usize,
    /// The key, in groups of letters.
    pub groups: Vec<String>,
    /// The address that a phone's app opens.
    pub address: String,
}

impl Enrolment {
    /// Begins one.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn begin(app: &App) -> Result<Enrolment, Error> {
        let secret = Secret::random().map_err(|error| Error::Internal(anyhow::anyhow!("no random bytes: {error}")))?;
        let begun_at = app.now().unix_timestamp();
        Ok(Enrolment { secret: secret.0, begun_at, name: String::new(), step: None, codes: Vec::new() })
    }

    /// As it waits in a session of the account.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn seal(&self, app: &App, account: AccountId) -> Result<String, Error> {
        let text = zeroize::Zeroizing::new(serde_json::to_vec(self).map_err(anyhow::Error::new)?);
        Ok(URL_SAFE_NO_PAD.encode(app.seal(PURPOSE, account.0.as_bytes(), &text)?))
    }

    /// What [`Enrolment::seal`] gave, for a while.
    pub fn unseal(app: &App, account: AccountId, sealed: &str) -> Option<Enrolment> {
        let text = app.unseal(PURPOSE, account.0.as_bytes(), &URL_SAFE_NO_PAD.decode(sealed).ok()?)?;
        let enrolment: Enrolment = serde_json::from_slice(&text).ok()?;
        (app.now().unix_timestamp() - enrolment.begun_at < LASTS).then_some(enrolment)
    }

    /// What the person adds to their app.
    ///
    /// # Errors
    /// When it is more than a QR code can hold.
    pub fn shown(&self, app: &App, account: &Account) -> Result<Shown, Error> {
        let address = self.secret().address(&app.settings().brand_name, account.login());
        let code = QrCode::with_error_correction_level(&address, EcLevel::M)
            .or_else(|_| QrCode::with_error_correction_level(&address, EcLevel::L))
            .map_err(anyhow::Error::new)?;
        let width = code.width();
        let colors = code.to_colors();
        let dark = colors.iter().enumerate().filter(|(_, color)| **color == qrcode::Color::Dark);
        let module =
            |(place, _): (usize, _)| format!("M{} {}h1v1h-1z", place % width + QUIET_ZONE, place / width + QUIET_ZONE);
        let path = dark.map(module).collect();
        Ok(Shown { path, side: width + 2 * QUIET_ZONE, groups: self.secret().groups(), address })
    }

    /// Whether the app has the secret, as a code of it shows; then it may become a factor, with recovery codes where
    /// the account has no factor yet.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn check(&mut self, app: &App, account: &Account, typed: &str) -> Result<bool, Error> {
        let steps = digits(typed).map(|code| self.secret().steps_of(&code, app.now()));
        let Some(step) = steps.and_then(|steps| steps.first().copied()) else { return Ok(false) };
        self.step = Some(step);
        if !account.two_factor && self.codes.is_empty() {
            self.codes = recovery::new_set()?;
        }
        Ok(true)
    }

    /// The time step of the code that showed that the app has the secret; `None` before one did.
    pub(crate) fn step(&self) -> Option<i64> {
        self.step
    }

    /// The secret, sealed for the authenticator that it is to be.
    pub(crate) fn sealed_secret(&self, app: &App, account: AccountId, id: uuid::Uuid) -> Result<Vec<u8>, Error> {
        Ok(app.seal(super::PURPOSE, &super::about(account, id), &self.secret)?)
    }

    fn secret(&self) -> Secret {
        Secret(self.secret)
    }
}
