//! Which REST dialects are open.

/// The REST dialects that answer, by their names. To all others it is as if a closed one was not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialects(Vec<String>);

impl Dialects {
    /// Whether any is open.
    pub fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether the one of this name is.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|open| open == name)
    }

    /// The names of those that are open.
    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }

    /// Names as they are written, which only [`Dialects::among`] compares with those that there are.
    pub(super) fn written(text: &str) -> Dialects {
        let names = text.to_ascii_lowercase();
        let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
        Dialects(names.map(str::to_owned).collect())
    }

    /// Those that are meant of all that there are, in the order of these; `all` and `none` are words for sets of them.
    pub(super) fn among(&self, known: &[&str]) -> Result<Dialects, String> {
        let of = |names: &[&str]| Dialects(names.iter().map(|name| (*name).to_owned()).collect());
        match self.names().as_slice() {
            ["all"] => Ok(of(known)),
            ["none"] => Ok(of(&[])),
            [] => Err(expected("", known)),
            names => match names.iter().find(|name| !known.contains(name)) {
                Some(unknown) => Err(expected(unknown, known)),
                None => Ok(of(&known.iter().copied().filter(|name| names.contains(name)).collect::<Vec<_>>())),
            },
        }
    }
}

fn expected(name: &str, known: &[&str]) -> String {
    let words = match known {
        [others @ .., last] if !others.is_empty() => {
            format!("all, none, or names by commas of {} and {last}", others.join(", "))
        }
        _ => format!("all, none, or {}", known.join("")),
    };
    if matches!(name, "all" | "none") {
        return format!("{words}; {name} stands alone");
    }
    let sets = ["all", "none"];
    match sets.iter().chain(known).min_by_key(|known| strsim::damerau_levenshtein(known, name)) {
        Some(nearest) if !name.is_empty() => format!("{words}; the nearest to {name:?} is {nearest}"),
        _ => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_are_named_or_all_or_none() {
        let known = ["django", "fastapi", "clark"];
        let read = |text: &str| Dialects::written(text).among(&known).map(|open| open.0);
        assert_eq!(read("all").unwrap(), known);
        assert_eq!(read("NONE").unwrap(), Vec::<String>::new());
        assert_eq!(read(" Clark , django,").unwrap(), ["django", "clark"]);
        assert_eq!(read("fastapi").unwrap(), ["fastapi"]);
        let refused = read("djnago").unwrap_err();
        assert!(refused.starts_with("all, none, or names by commas of django, fastapi and clark; "), "{refused}");
        assert!(refused.ends_with("the nearest to \"djnago\" is django"), "{refused}");
        assert!(read("django,none").unwrap_err().ends_with("none stands alone"));
        assert!(read(",").is_err());
    }
}
