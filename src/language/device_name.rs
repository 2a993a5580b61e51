//! What people call a device, guessed from what its browser calls itself.

use super::Words;

const BROWSERS: &[(&str, &str)] = &[
    // The order matters: most browsers claim to be others too.
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("YaBrowser/", "Yandex Browser"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];

const SYSTEMS: &[(&str, &str, &str)] = &[
    ("iPhone", "iPhone", "phone"),
    ("iPad", "iPad", "tablet"),
    ("Android", "Android", "phone"),
    ("Windows", "Windows", "laptop"),
    ("CrOS", "ChromeOS", "laptop"),
    ("Mac OS X", "macOS", "laptop"),
    ("Linux", "Linux", "laptop"),
];

/// The name of a device, such as "Firefox on macOS", and its icon.
pub fn device_name(agent: &str, words: &Words) -> (String, &'static str) {
    let browser = BROWSERS.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let system = SYSTEMS.iter().find(|(mark, ..)| agent.contains(mark));
    let icon = match system {
        Some(("Android", ..)) if !agent.contains("Mobile") => "tablet",
        Some((_, _, icon)) => icon,
        None => "laptop",
    };
    let name = match (browser, system) {
        (Some(browser), Some((_, system, _))) => {
            words.with(key!("device-name"), &[("browser", browser.into()), ("system", (*system).into())])
        }
        (Some(only), None) => only.to_owned(),
        (None, Some((_, only, _))) => (*only).to_owned(),
        (None, None) => words.text(key!("device-unknown")).into_owned(),
    };
    (name, icon)
}

#[cfg(test)]
mod tests {
    use super::device_name;
    use crate::model::Language;

    #[test]
    fn browsers_are_known_although_they_claim_to_be_others() {
        let name = |agent| device_name(agent, Language::English.words());
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0";
        assert_eq!(name(edge), ("Edge on Windows".to_owned(), "laptop"));
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1";
        assert_eq!(name(iphone), ("Safari on iPhone".to_owned(), "phone"));
        let tablet = "Mozilla/5.0 (Linux; Android 15; SM-X910) AppleWebKit/537.36 Chrome/140.0 Safari/537.36";
        assert_eq!(name(tablet), ("Chrome on Android".to_owned(), "tablet"));
        assert_eq!(name("who knows").0, "Unknown device");
    }
}
