//! Tables for spreadsheets (RFC 4180), with nothing in them that a spreadsheet would carry out.
//!
//! Which character separates cells is the reader's choice: in half of the world spreadsheets take the semicolon, and
//! then no quote of ours holds. So the apostrophe, which they take for "this is text", stands wherever some reader
//! might begin a cell.

/// The first line of a table: what the columns are called. Before it stands what tells spreadsheets that the file is
/// UTF-8, which some take for the machine's own code page otherwise.
pub(super) fn heading<'c>(columns: impl IntoIterator<Item = &'c str>) -> String {
    format!("\u{feff}{}", line(columns))
}

/// A line of cells, each of them quoted.
pub(super) fn line<'c>(cells: impl IntoIterator<Item = &'c str>) -> String {
    let mut writer = ::csv::WriterBuilder::new()
        .quote_style(::csv::QuoteStyle::Always)
        .terminator(::csv::Terminator::CRLF)
        .from_writer(Vec::new());
    // Memory takes everything, and all of it is text.
    let _ = writer.write_record(cells.into_iter().map(guarded));
    writer.into_inner().ok().and_then(|line| String::from_utf8(line).ok()).unwrap_or_default()
}

/// The text with an apostrophe before what begins like a formula, at its start and behind each separator in it.
fn guarded(text: &str) -> String {
    let mut guarded = String::with_capacity(text.len() + 2);
    // A line break or tab first of all is dropped by some readers with what stands before it.
    let mut may_begin = true;
    let is_odd = text.starts_with(|letter: char| letter.is_control());
    if is_odd {
        guarded.push('\'');
    }
    for (place, letter) in text.char_indices() {
        if may_begin && !(is_odd && place == 0) && is_formula(&text[place..]) {
            guarded.push('\'');
        }
        guarded.push(letter);
        may_begin = is_separator(letter);
    }
    guarded
}

/// What some reader splits cells at, beside the comma, which is within quotes.
fn is_separator(letter: char) -> bool {
    matches!(letter, ';' | '|' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether a cell that begins so is a formula, behind what readers trim or take for its quotes.
fn is_formula(cell: &str) -> bool {
    let is_trimmed = |letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(letter, '"' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
    };
    cell.trim_start_matches(is_trimmed).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '−'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cells that a reader with this separator makes of a line, one that takes quotes for a cell's own or does not.
    fn cells(line: &str, separator: u8, quoting: bool) -> Vec<String> {
        let mut reader = ::csv::ReaderBuilder::new();
        let mut reader =
            reader.delimiter(separator).quoting(quoting).has_headers(false).flexible(true).from_reader(line.as_bytes());
        reader.records().flat_map(|record| record.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()).collect()
    }

    const HOSTILE: &[&str] = &[
        "=1+1",
        "  =1+1",
        "\u{feff}=1",
        "@x",
        "+7 900",
        "-7",
        "\t=x",
        "\r\n=x",
        "\n=x",
        "＝1",
        "\"=1",
        "x;=cmd|' /C calc'!A0",
        "x; \"=1\"",
        "x;;\t=1",
        "x\t+1",
        "x\n@y",
        "x\r\n-y",
        "a\",\"=1",
        "a\";\"=1",
        "a\u{2028}=1",
        "x|=1",
    ];

    #[test]
    fn no_reader_finds_a_formula_in_any_cell() {
        let is_bare = |cell: &String| is_formula(cell);
        for text in HOSTILE {
            for row in [vec![*text], vec!["id", text, "end"], vec!["x;", text], vec![text, text]] {
                let line = line(row);
                for separator in [b',', b';', b'\t', b'|'] {
                    let found = cells(&line, separator, true);
                    assert!(!found.iter().any(is_bare), "{text:?} by {:?}: {found:?}", char::from(separator));
                }
                for separator in [b';', b'\t', b'|'] {
                    let found = cells(&line, separator, false);
                    assert!(!found.iter().any(is_bare), "{text:?} unquoted: {found:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_formula_stays_as_it_is() {
        for text in ["plain", "", "1,5", "a \"b\"", "two\nlines", "a;b", "1 - 2; 3 = 3", "O'Hara", "ada@example.org"] {
            assert_eq!(cells(&line([text, "end"]), b',', true), [text, "end"]);
        }
        assert_eq!(line(["a", "", "1,5"]), "\"a\",\"\",\"1,5\"\r\n");
        assert_eq!(cells(&line(["+7 900"]), b',', true), ["'+7 900"]);
    }
}
