//! Tables for spreadsheets (RFC 4180), with nothing in them that a spreadsheet would carry out.

/// A line of cells.
pub(super) fn line<'c>(cells: impl IntoIterator<Item = &'c str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    cells.join(",") + "\r\n"
}

/// Quoted where it must be. What begins like a formula gets an apostrophe, which spreadsheets take for "this is text".
fn cell(text: &str) -> String {
    let guard =
        if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) { "'" } else { "" };
    if text.contains(['"', ',', '\r', '\n']) || !guard.is_empty() {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_cell_is_text_whatever_it_holds() {
        assert_eq!(
            line(["plain", "", "1,5", "a \"b\"", "two\nlines"]),
            "plain,,\"1,5\",\"a \"\"b\"\"\",\"two\nlines\"\r\n"
        );
        assert_eq!(line(["=1+1", "@x", "+7", "-7", "\tx"]), "\"'=1+1\",\"'@x\",\"'+7\",\"'-7\",\"'\tx\"\r\n");
    }
}
