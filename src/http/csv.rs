//! Tables that spreadsheets open (RFC 4180).

/// A line of cells. What a spreadsheet would take for a formula gets an apostrophe before it, which makes it text: names
/// are what strangers choose, and a formula of theirs would run on the admin's machine.
pub(super) fn line<'c>(cells: impl IntoIterator<Item = &'c str>) -> String {
    let mut line = String::new();
    for cell in cells {
        if !line.is_empty() {
            line.push(',');
        }
        line.push('"');
        if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
            line.push('\'');
        }
        line.push_str(&cell.replace('"', "\"\""));
        line.push('"');
    }
    line.push_str("\r\n");
    line
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_cell_is_never_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"] {
            assert_eq!(line([cell]), format!("\"'{cell}\"\r\n"));
        }
        assert_eq!(line(["a\"b", "c,d", ""]), "\"a\"\"b\",\"c,d\",\"\"\r\n");
    }
}
