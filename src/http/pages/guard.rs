//! The guard of the sign-up form against programs that fill in forms: a field that no person sees (a honeypot), a signed
//! time at which the form was shown, and a proof of work that browsers with JavaScript do in the background. Whom it stops
//! sees the form again, with what was typed: a person presses the button once more.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::app::App;
use crate::language::Key;

/// What its key is made for.
const PURPOSE: &str = "sign-up form";

/// A form that comes back sooner than after so many seconds was filled in by a program. Times are whole seconds, so that
/// in truth it is up to one less.
const MIN_AGE: i64 = 2;

/// For so many seconds a form is good.
const MAX_AGE: i64 = 24 * 3600;

/// With so many zero bits a hash of the mark and a number begins: 2,048 tries on average, half a second on a slow phone.
const WORK_BITS: u32 = 11;

/// What a form carries of the guard.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Answers {
    /// When the form was shown, signed.
    mark: String,
    /// The number that was looked for.
    work: String,
    /// The field that no person sees, called so that no password manager takes it for one of its own.
    remarks: String,
}

/// What a page shows of the guard.
pub(super) struct Guard {
    /// When the form is shown, signed.
    pub(super) mark: String,
    /// How much work it is to find the number.
    pub(super) bits: u32,
    /// Whether the honeypot is there. Where something filled it in, it is gone: a person whom an extension betrayed
    /// passes at the next press.
    pub(super) has_honeypot: bool,
}

impl Guard {
    /// The guard of a form that is shown for the first time, or again with these answers; none where it is off.
    pub(super) fn of(app: &App, answers: &Answers) -> Option<Guard> {
        let now = app.now().unix_timestamp();
        let mark = match shown_at(app, &answers.mark) {
            None => sign(app, now),
            Some(shown_at) if (0..MIN_AGE).contains(&(now - shown_at)) => answers.mark.clone(),
            // Who has been patient once is not asked to be so again.
            Some(_) => sign(app, now - MIN_AGE),
        };
        let has_honeypot = answers.remarks.is_empty();
        app.settings().signup_guard.then_some(Guard { mark, bits: WORK_BITS, has_honeypot })
    }
}

impl Answers {
    /// The key of the sentence that asks a person to press the button once more, if the form may not pass.
    pub(super) fn refusal(&self, app: &App) -> Option<Key> {
        if !app.settings().signup_guard {
            return None;
        }
        let age = shown_at(app, &self.mark).map(|shown_at| app.now().unix_timestamp() - shown_at);
        match age {
            _ if !self.remarks.is_empty() => Some(key!("signup-again-filled")),
            Some(0..MIN_AGE) => Some(key!("signup-again-soon")),
            Some(MIN_AGE..MAX_AGE) => None,
            None | Some(_) => Some(key!("signup-again-old")),
        }
    }

    /// The mark, if the work was done for it.
    pub(super) fn proof(&self) -> Option<&str> {
        let is_number = self.work.len() <= 20 && self.work.bytes().all(|byte| byte.is_ascii_digit());
        let digest = Sha256::digest(format!("{}.{}", self.mark, self.work));
        let zeros = digest.first_chunk().map_or(0, |first: &[u8; 4]| u32::from_be_bytes(*first).leading_zeros());
        (is_number && zeros >= WORK_BITS).then_some(self.mark.as_str())
    }
}

/// A mark that no other form has.
fn sign(app: &App, shown_at: i64) -> String {
    let text = format!("{shown_at}.{}", Uuid::new_v4().simple());
    let mac = URL_SAFE_NO_PAD.encode(app.sign(PURPOSE, text.as_bytes()));
    format!("{text}.{mac}")
}

/// When a form of this mark was shown, if the mark is ours.
fn shown_at(app: &App, mark: &str) -> Option<i64> {
    let (text, mac) = mark.rsplit_once('.')?;
    let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
    if !bool::from(app.sign(PURPOSE, text.as_bytes()).ct_eq(&mac)) {
        return None;
    }
    text.split('.').next()?.parse().ok()
}
