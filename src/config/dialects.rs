//! Which REST dialects are open.

use std::str::FromStr;

/// The REST dialects that answer. To all others it is as if a closed one was not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialects {
    /// `/api/users` and `/api/user`.
    pub django: bool,
    /// `/users` but for POST, and `/users/{register,login,logout}`.
    pub fastapi: bool,
    /// `POST /users`, and what is below `/users` and no other's.
    pub clark: bool,
}

impl Dialects {
    /// None of them.
    pub const NONE: Dialects = Dialects { django: false, fastapi: false, clark: false };
    /// Each of them.
    pub const ALL: Dialects = Dialects { django: true, fastapi: true, clark: true };

    /// Whether any is open.
    pub fn any(self) -> bool {
        self != Dialects::NONE
    }

    /// The names of those that are open.
    pub fn names(self) -> Vec<&'static str> {
        let all = [(self.django, "django"), (self.fastapi, "fastapi"), (self.clark, "clark")];
        all.into_iter().filter(|(open, _)| *open).map(|(_, name)| name).collect()
    }

    fn open(&mut self, name: &str) -> bool {
        let dialect = match name {
            "django" => &mut self.django,
            "fastapi" => &mut self.fastapi,
            "clark" => &mut self.clark,
            _ => return false,
        };
        *dialect = true;
        true
    }
}

impl FromStr for Dialects {
    type Err = String;

    fn from_str(text: &str) -> Result<Dialects, String> {
        let names = text.to_ascii_lowercase();
        let names: Vec<&str> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        let mut dialects = Dialects::NONE;
        match names.as_slice() {
            ["all"] => return Ok(Dialects::ALL),
            ["none"] => return Ok(Dialects::NONE),
            [] => return Err(expected("")),
            names => {
                for name in names {
                    if !dialects.open(name) {
                        return Err(expected(name));
                    }
                }
            }
        }
        Ok(dialects)
    }
}

fn expected(name: &str) -> String {
    let known = ["all", "none", "django", "fastapi", "clark"];
    let words = "all, none, or names by commas of django, fastapi and clark";
    match known.into_iter().min_by_key(|known| strsim::damerau_levenshtein(known, name)) {
        Some("all" | "none") if known.contains(&name) => format!("{words}; {name} stands alone"),
        Some(nearest) if !name.is_empty() => format!("{words}; the nearest to {name:?} is {nearest}"),
        _ => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_are_named_or_all_or_none() {
        let read = |text: &str| text.parse::<Dialects>();
        assert_eq!(read("all"), Ok(Dialects::ALL));
        assert_eq!(read("NONE"), Ok(Dialects::NONE));
        assert_eq!(read(" django , Clark,"), Ok(Dialects { fastapi: false, ..Dialects::ALL }));
        assert_eq!(read("fastapi").map(Dialects::names), Ok(vec!["fastapi"]));
        assert!(read("djnago").unwrap_err().ends_with("the nearest to \"djnago\" is django"));
        assert!(read("django,none").unwrap_err().ends_with("none stands alone"));
        assert!(read(",").is_err());
    }
}
