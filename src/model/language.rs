//! The languages of pages, and how a request asks for one.

/// A language Portico speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Russian.
    Russian,
}

impl Language {
    /// Every language, the default one first.
    pub const ALL: [Language; 2] = [Language::English, Language::Russian];

    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Russian => "ru",
        }
    }

    /// Its own name for itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Language::English => "English",
            Language::Russian => "Русский",
        }
    }

    /// The language of a tag, such as a saved choice.
    pub fn of_tag(tag: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The best of an `Accept-Language` header (RFC 9110 §12.5.4), if it names one of ours.
    pub fn of_header(header: &str) -> Option<Language> {
        // Browsers list no more than these; the rest of thousands is not worth reading.
        let named = header.split(',').take(20).filter_map(|entry| {
            let mut parts = entry.split(';').map(str::trim);
            let language = Language::of_tag(&parts.next()?.split(['-', '_']).next()?.to_lowercase())?;
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>).ok()?;
            (quality > 0.0).then_some((language, quality))
        });
        // The first of those that are as good as each other.
        let better = |best: (Language, f32), next: (Language, f32)| if next.1 > best.1 { next } else { best };
        named.reduce(better).map(|(language, _)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_names_the_best_language_spoken_here() {
        let english = [
            "en",
            "ru;q=0,en",
            "ru;q=0.1,en;q=0.9",
            "de;q=1, *;q=0.5, en;q=0.4, ru;q=0",
            "en-GB;level=1;q=0.9, ru;q=0.8",
        ];
        for header in english {
            assert_eq!(Language::of_header(header), Some(Language::English), "{header}");
        }
        for header in ["de, ru-RU;q=0.8, en;q=0.5", "en;q=0.1, ru;q=0.9", "RU, en", "ru;q=0.5, en;q=0.5"] {
            assert_eq!(Language::of_header(header), Some(Language::Russian), "{header}");
        }
        for header in ["fr", ";;q=,", "", "ru;q=0", "en;q=much", "ru;q=-1"] {
            assert_eq!(Language::of_header(header), None, "{header}");
        }
    }
}
