//! The fields of the Django dialect: what it accepts, and the exact texts about what it does not.

use axum::body::Bytes;
use serde_json::Value;

use crate::error::Error;
use crate::model::password::Password;
use crate::model::{Email, Name};

use super::refusal::{Errors, INVALID_IMAGE, Refusal, Texts, picture_problem};
use crate::http::api::body::{Fields, Input};

const REQUIRED: &str = "This field is required.";
const NULL: &str = "This field may not be null.";
const BLANK: &str = "This field may not be blank.";
const NOT_TEXT: &str = "Not a valid string.";
const NUL: &str = "Null characters are not allowed.";
const NOT_EMAIL: &str = "Enter a valid email address.";
const NOT_FILE: &str = "The submitted data was not a file. Check the encoding type on the form.";
const EMPTY_FILE: &str = "The submitted file is empty.";

/// Extensions that a file's name may have: those that Pillow knew, in its order. The content need not match the
/// extension, as it never had to; the bytes decide whether it is a picture.
const EXTENSIONS: &str = "blp, bmp, dib, bufr, cur, pcx, dcx, dds, ps, eps, fit, fits, fli, flc, ftc, ftu, gbr, gif, grib, h5, hdf, png, \
    apng, jp2, j2k, jpc, jpf, jpx, j2c, icns, ico, im, iim, jfif, jpe, jpg, jpeg, mpg, mpeg, tif, tiff, mpo, msp, \
    palm, pcd, pdf, pxr, pbm, pgm, ppm, pnm, psd, qoi, bw, rgb, rgba, sgi, ras, tga, icb, vda, vst, webp, wmf, emf, \
    xbm, xpm";

/// What an update does about the picture.
pub(super) enum Picture {
    /// Removes it.
    None,
    /// Sets it.
    New(Bytes),
}

/// Fields as they are checked, and what is wrong with them.
#[derive(Default)]
pub(super) struct Checked {
    errors: Errors,
    login: Option<String>,
    password: Option<String>,
}

impl Checked {
    fn wrong(&mut self, field: &'static str, texts: Vec<String>) {
        self.errors.0.push((field, Texts::List(texts)));
    }

    /// Whether nothing is wrong so far.
    pub(super) fn is_fine(&self) -> bool {
        self.errors.0.is_empty()
    }

    /// Notes, in the words of its call, that another account has the e-mail.
    ///
    /// # Errors
    /// Every other reason not to have it, which is no fault of the field.
    pub(super) fn available(&mut self, asked: Result<(), Error>, taken: &str) -> Result<(), Error> {
        match asked {
            Err(Error::Taken(_)) => {
                self.wrong("email", vec![taken.to_owned()]);
                Ok(())
            }
            other => other,
        }
    }

    /// Notes what is wrong with a picture that was to be prepared, or gives it.
    ///
    /// # Errors
    /// Every other reason, which is no fault of the picture.
    pub(super) fn prepared<T>(&mut self, prepared: Result<T, Error>) -> Result<Option<T>, Error> {
        match prepared {
            Err(Error::Picture(problem)) => {
                self.wrong("profile_pic", vec![picture_problem(problem)]);
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    /// What is wrong, as an answer.
    pub(super) fn refusal(self) -> Refusal {
        Refusal::Fields(self.errors)
    }

    /// Nothing, or what is wrong.
    pub(super) fn done(&mut self) -> Result<(), Refusal> {
        if self.is_fine() { Ok(()) } else { Err(Refusal::Fields(std::mem::take(&mut self.errors))) }
    }

    /// A text as it came: numbers count as texts, since the services coerced them.
    fn raw(&mut self, form: &Fields, field: &'static str, required: bool) -> Option<String> {
        let problem = match form.get(field) {
            None if !required => return None,
            None => REQUIRED,
            Some(Input::Text(text) | Input::Json(Value::String(text))) => return Some(text.clone()),
            Some(Input::Json(Value::Number(number))) => return Some(number.to_string()),
            Some(Input::Json(Value::Null)) => NULL,
            Some(Input::Json(_) | Input::List(_) | Input::NotText | Input::File { .. }) => NOT_TEXT,
        };
        self.wrong(field, vec![problem.to_owned()]);
        None
    }

    /// A text without white space around it, not empty.
    pub(super) fn text(&mut self, form: &Fields, field: &'static str, required: bool) -> Option<String> {
        let text = self.raw(form, field, required)?.trim().to_owned();
        if text.is_empty() {
            self.wrong(field, vec![BLANK.to_owned()]);
            return None;
        }
        Some(text)
    }

    pub(super) fn email(&mut self, form: &Fields, required: bool) -> Option<Email> {
        let text = self.text(form, "email", required)?;
        let mut problems = Vec::new();
        if text.chars().count() > 254 {
            problems.push(at_most(254));
        }
        if text.contains('\0') {
            problems.push(NUL.to_owned());
        }
        let email = if is_email(&text) { Email::parse(&text).ok() } else { None };
        if email.is_none() && (problems.is_empty() || !is_email(&text)) {
            problems.push(NOT_EMAIL.to_owned());
        }
        if problems.is_empty() {
            return email;
        }
        self.wrong("email", problems);
        None
    }

    pub(super) fn name(&mut self, form: &Fields, required: bool) -> Option<Name> {
        let text = self.text(form, "full_name", required)?;
        let mut problems = Vec::new();
        if text.chars().count() > 250 {
            problems.push(at_most(250));
        }
        if text.contains('\0') {
            problems.push(NUL.to_owned());
        }
        let name = Name::full(&text);
        if problems.is_empty() && name.full.is_empty() {
            problems.push(BLANK.to_owned());
        }
        if problems.is_empty() {
            return Some(name);
        }
        self.wrong("full_name", problems);
        None
    }

    /// A new password: anything that is not blank, as these services had it; an update takes 128 characters.
    pub(super) fn new_password(&mut self, form: &Fields, registering: bool) -> Option<Password> {
        let text = self.text(form, "password", registering)?;
        let mut problems = Vec::new();
        if !registering && text.chars().count() > 128 {
            problems.push(at_most(128));
        }
        if text.contains('\0') {
            problems.push(NUL.to_owned());
        }
        if problems.is_empty() {
            match Password::typed(text) {
                Ok(password) => return Some(password),
                Err(_) => problems.push(at_most(Password::MAX_BYTES)),
            }
        }
        self.wrong("password", problems);
        None
    }

    /// The password that an account has, as it was typed.
    pub(super) fn current_password(&mut self, form: &Fields) -> Option<Password> {
        let typed = self.raw(form, "current_password", false)?;
        let password = Password::typed(typed).ok();
        if password.is_none() {
            self.wrong("current_password", vec!["Invalid password.".to_owned()]);
        }
        password
    }

    pub(super) fn picture(&mut self, form: &Fields) -> Option<Picture> {
        let problem = match form.get("profile_pic") {
            None => return None,
            Some(Input::Json(Value::Null)) => return Some(Picture::None),
            Some(Input::Text(text)) if text.is_empty() => return Some(Picture::None),
            Some(Input::Json(_) | Input::Text(_) | Input::NotText | Input::List(_)) => NOT_FILE.to_owned(),
            Some(Input::File { bytes, .. }) if bytes.is_empty() => EMPTY_FILE.to_owned(),
            Some(Input::File { name, bytes }) => match file_name(name, bytes) {
                None => return Some(Picture::New(bytes.clone())),
                Some(problem) => problem,
            },
        };
        self.wrong("profile_pic", vec![problem]);
        None
    }

    /// Who logs in, in whatever form.
    pub(super) fn login(&mut self, form: &Fields) -> Option<String> {
        let text = self.text(form, "email", true)?;
        self.login = Some(text.clone());
        Some(text)
    }

    /// The password as it was typed, and without the white space around it that these services took away.
    pub(super) fn passwords(&mut self, form: &Fields) -> Option<Vec<Password>> {
        let trimmed = self.text(form, "password", true)?;
        let typed = self.raw(form, "password", true)?;
        self.password = Some(trimmed.clone());
        let mut passwords = vec![typed, trimmed];
        passwords.dedup();
        let passwords: Vec<Password> = passwords.into_iter().filter_map(|text| Password::typed(text).ok()).collect();
        if passwords.is_empty() {
            self.wrong("password", vec![at_most(Password::MAX_BYTES)]);
            return None;
        }
        Some(passwords)
    }

    /// What the services held against a log-in before they looked the account up.
    pub(super) fn login_rules(&mut self) {
        self.failed(false);
    }

    /// The same after a failed log-in, and, where the service told so, that no account has the e-mail.
    pub(super) fn failed(&mut self, unknown: bool) {
        let mut problems = Vec::new();
        if unknown {
            problems.push("Invalid user credentials".to_owned());
        }
        if let Some(login) = self.login.take() {
            if login.chars().count() < 5 {
                problems.push(at_least(5));
            }
            if login.contains('\0') {
                problems.push(NUL.to_owned());
            }
            if !is_email(&login) {
                problems.push(NOT_EMAIL.to_owned());
            }
        }
        if !problems.is_empty() {
            self.wrong("email", problems);
        }
        if let Some(password) = self.password.take() {
            let mut problems = Vec::new();
            if password.chars().count() < 8 {
                problems.push(at_least(8));
            }
            if password.contains('\0') {
                problems.push(NUL.to_owned());
            }
            if !problems.is_empty() {
                self.wrong("password", problems);
            }
        }
    }
}

fn at_most(count: usize) -> String {
    format!("Ensure this field has no more than {count} characters.")
}

fn at_least(count: usize) -> String {
    format!("Ensure this field has at least {count} characters.")
}

/// Django's rule: an ASCII dot-atom before the `@`, and behind it a domain whose last part has two characters or more,
/// `localhost` or an address literal without a prefix, within the rule that every account keeps.
fn is_email(text: &str) -> bool {
    let atom = |letter: char| letter.is_ascii_alphanumeric() || "-!#$%&'*+/=?^_`{}|~".contains(letter);
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let dots = local.split('.').all(|part| !part.is_empty() && part.chars().all(atom));
    let host = match domain.rsplit_once('.') {
        _ if domain.starts_with('[') => !domain.starts_with("[IPv6:"),
        Some((_, top)) => top.chars().count() >= 2,
        None => domain == "localhost",
    };
    dots && host && (Email::parse(text).is_ok() || text.chars().count() > 254)
}

fn file_name(name: &str, bytes: &[u8]) -> Option<String> {
    let count = name.chars().count();
    if count > 100 {
        return Some(format!("Ensure this filename has at most 100 characters (it has {count})."));
    }
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase()).unwrap_or_default();
    if EXTENSIONS.split(", ").any(|known| known == extension) {
        return None;
    }
    // The services looked at the content first.
    let known = [&b"\xFF\xD8\xFF"[..], b"\x89PNG", b"GIF8", b"RIFF"].iter().any(|mark| bytes.starts_with(mark));
    Some(if known {
        format!("File extension “{extension}” is not allowed. Allowed extensions are: {EXTENSIONS}.")
    } else {
        INVALID_IMAGE.to_owned()
    })
}
