//! The letter: one layout for every mail, as text and as HTML, with the brand's name and colour. No pictures, and
//! nothing that is asked for when it is opened.

use askama::Template;
use portico_imaging::placeholder::oklch;

use crate::app::App;
use crate::language::Words;

/// What a letter says, in the order in which it is read.
#[derive(Debug, Default)]
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) heading: String,
    /// What it is about.
    pub(super) paragraphs: Vec<String>,
    /// Six digits to type.
    pub(super) code: Option<String>,
    /// What to do: the words of the button and the address it leads to.
    pub(super) button: Option<(String, String)>,
    /// Until when, which client asked, and what to do if the user did not.
    pub(super) notes: Vec<String>,
}

/// A letter as it is sent.
pub(super) struct Rendered {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

/// The brand's colours, computed here: no mail program knows `oklch()`.
struct Colors {
    /// Behind the button's words, on white.
    button: String,
    button_text: String,
    /// The same on dark.
    dark_button: String,
    dark_button_text: String,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct HtmlPart<'a> {
    letter: &'a Letter,
    language: &'a str,
    brand: &'a str,
    home: &'a str,
    footer: &'a str,
    if_not: &'a str,
    colors: Colors,
}

#[derive(Template)]
#[template(path = "mail/letter.txt", whitespace = "preserve")]
struct TextPart<'a> {
    letter: &'a Letter,
    brand: &'a str,
    home: &'a str,
    footer: &'a str,
}

impl Letter {
    /// Both parts of it.
    pub(super) fn render(self, app: &App, words: &Words) -> askama::Result<Rendered> {
        let (brand, home) = (app.settings().brand_name.as_str(), app.public_url().as_str().trim_end_matches('/'));
        let mut footer = words.with(key!("mail-footer"), &[("brand", brand.into())]);
        if let Some(support) = &app.settings().support_email {
            footer = format!(
                "{footer} {}",
                words.with(key!("mail-footer-support"), &[("support", support.as_str().into())])
            );
        }
        let text = TextPart { letter: &self, brand, home, footer: &footer }.render()?;
        let if_not = words.text(key!("mail-button-fallback"));
        let colors = Colors::of(app.settings().brand_hue, app.settings().brand_chroma);
        let language = words.language().tag();
        let html =
            HtmlPart { letter: &self, language, brand, home, footer: &footer, if_not: &if_not, colors }.render()?;
        Ok(Rendered { subject: self.subject, text, html })
    }
}

impl Colors {
    fn of(hue: f32, chroma: f32) -> Colors {
        let hex = |lightness: f32, chroma: f32| {
            let [red, green, blue] = oklch(lightness, chroma, hue);
            format!("#{red:02x}{green:02x}{blue:02x}")
        };
        Colors {
            button: hex(0.46, chroma),
            button_text: "#ffffff".to_owned(),
            dark_button: hex(0.8, chroma),
            dark_button_text: hex(0.2, chroma / 3.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(hex: &str) -> f32 {
        let channel = |at: usize| {
            let value = f32::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    #[test]
    fn the_buttons_words_stand_out_in_every_colour() {
        for hue in 0..=360u16 {
            for chroma in [0.0, 0.075, 0.16] {
                let colors = Colors::of(f32::from(hue), chroma);
                for (ground, figure) in
                    [(&colors.button, &colors.button_text), (&colors.dark_button, &colors.dark_button_text)]
                {
                    let (a, b) = (luminance(ground), luminance(figure));
                    let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                    assert!(contrast >= 4.5, "{figure} on {ground}: {contrast}");
                }
            }
        }
    }
}
