//! Files of records, read one record at a time however long they are: a record a line, JSON arrays, tables.

use std::io::{BufRead, BufReader, Read};

use serde_json::{Map, Value};

use super::Reason;
use super::fields::Fields;

/// No account is longer; a file without an end to its first record would fill the memory.
const MAX_RECORD_BYTES: usize = 16 * 1024 * 1024;

/// A record as it stands in a file.
pub(super) struct Raw {
    /// On which line it begins.
    pub(super) line: u64,
    /// What it says, or why it cannot be read.
    pub(super) fields: Result<Fields, Reason>,
    /// Its text, to be written out again when it is refused.
    pub(super) text: String,
}

/// The records of a file.
pub(super) enum Records<R: Read> {
    /// JSON objects, one a line.
    Lines(Lines<R>),
    /// JSON objects wherever they begin and end, in an array or not.
    Objects(Lines<R>),
    /// A table with a header.
    Table(Box<Table<R>>),
}

/// A file that is read line by line.
pub(super) struct Lines<R: Read> {
    input: BufReader<R>,
    /// What was read and not used yet.
    rest: Vec<u8>,
    line: u64,
}

/// A table that is read row by row.
pub(super) struct Table<R: Read> {
    rows: csv::StringRecordsIntoIter<std::io::Chain<std::io::Cursor<Vec<u8>>, BufReader<R>>>,
    names: Vec<String>,
}

impl<R: Read> Records<R> {
    /// Looks at the beginning and finds out what the file is made of.
    pub(super) fn open(input: R) -> std::io::Result<Records<R>> {
        let mut input = BufReader::with_capacity(256 * 1024, input);
        if let Some(what) = foreign(input.fill_buf()?) {
            return Err(std::io::Error::other(what));
        }
        if input.fill_buf()?.starts_with(b"\xEF\xBB\xBF") {
            input.consume(3);
        }
        let mut lines = Lines { input, rest: Vec::new(), line: 0 };
        // Everything up to the first line that says something.
        while lines.rest.trim_ascii().is_empty() {
            lines.rest.clear();
            if !lines.more()? {
                return Ok(Records::Lines(lines));
            }
        }
        match lines.rest.trim_ascii_start().first() {
            Some(b'[') => Ok(Records::Objects(lines)),
            Some(b'{') if serde_json::from_slice::<Map<String, Value>>(&lines.rest).is_ok() => {
                Ok(Records::Lines(lines))
            }
            Some(b'{') => Ok(Records::Objects(lines)),
            _ => Table::open(lines),
        }
    }
}

/// What a file is that holds no UTF-8 text, by its beginning, and what to do about it.
fn foreign(beginning: &[u8]) -> Option<&'static str> {
    match beginning {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [_, 0, ..] | [0, _, ..] => {
            Some("it is UTF-16 text; save it as UTF-8 (in Excel: CSV UTF-8)")
        }
        [0x1F, 0x8B, ..] => Some("it is compressed; unpack it with gunzip first"),
        [b'P', b'K', 3, 4, ..] => Some("it is a ZIP archive or a workbook; unpack it, or save the table as CSV UTF-8"),
        _ => None,
    }
}

impl<R: Read> Records<R> {
    /// The names of a table's columns, in lower case.
    pub(super) fn columns(&self) -> Option<&[String]> {
        match self {
            Records::Table(table) => Some(&table.names),
            Records::Lines(_) | Records::Objects(_) => None,
        }
    }
}

impl<R: Read> Iterator for Records<R> {
    type Item = std::io::Result<Raw>;

    fn next(&mut self) -> Option<std::io::Result<Raw>> {
        match self {
            Records::Lines(lines) => lines.next_line().transpose(),
            Records::Objects(lines) => lines.next_object().transpose(),
            Records::Table(table) => table.next_row().transpose(),
        }
    }
}

impl<R: Read> Lines<R> {
    /// Reads one more line behind `rest`. False at the end.
    fn more(&mut self) -> std::io::Result<bool> {
        let limit = (MAX_RECORD_BYTES + 1).saturating_sub(self.rest.len()) as u64;
        let length = (&mut self.input).take(limit).read_until(b'\n', &mut self.rest)?;
        self.line += u64::from(length > 0);
        if self.rest.len() > MAX_RECORD_BYTES {
            return Err(std::io::Error::other(format!("the record on line {} does not end", self.line)));
        }
        Ok(length > 0)
    }

    fn next_line(&mut self) -> std::io::Result<Option<Raw>> {
        loop {
            if self.rest.trim_ascii().is_empty() {
                self.rest.clear();
                if !self.more()? {
                    return Ok(None);
                }
                continue;
            }
            let raw = object(self.line, self.rest.trim_ascii());
            self.rest.clear();
            return Ok(Some(raw));
        }
    }

    /// The next object: from its brace to the one that closes it.
    fn next_object(&mut self) -> std::io::Result<Option<Raw>> {
        let start = loop {
            if let Some(start) =
                self.rest.iter().position(|byte| !matches!(byte, b'[' | b']' | b',' | b' ' | b'\t' | b'\r' | b'\n'))
            {
                break start;
            }
            self.rest.clear();
            if !self.more()? {
                return Ok(None);
            }
        };
        self.rest.drain(..start);
        let line = self.line;
        if self.rest.first() != Some(&b'{') {
            let text = String::from_utf8_lossy(self.rest.trim_ascii()).into_owned();
            self.rest.clear();
            return Ok(Some(Raw { line, fields: Err(Reason::Unreadable("it is no object".to_owned())), text }));
        }
        let (mut at, mut depth, mut quoted, mut escaped) = (0, 0_u32, false, false);
        loop {
            while let Some(byte) = self.rest.get(at) {
                at += 1;
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' if quoted => escaped = true,
                    b'"' => quoted = !quoted,
                    b'{' | b'[' if !quoted => depth += 1,
                    b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
                    _ => continue,
                }
                if depth == 0 && !quoted {
                    let raw = object(line, &self.rest[..at]);
                    self.rest.drain(..at);
                    return Ok(Some(raw));
                }
            }
            if !self.more()? {
                let raw = object(line, &std::mem::take(&mut self.rest));
                return Ok(Some(raw));
            }
        }
    }
}

fn object(line: u64, bytes: &[u8]) -> Raw {
    let fields = serde_json::from_slice(bytes).map(Fields).map_err(|error| Reason::Unreadable(error.to_string()));
    Raw { line, fields, text: String::from_utf8_lossy(bytes).into_owned() }
}

impl<R: Read> Table<R> {
    fn open(lines: Lines<R>) -> std::io::Result<Records<R>> {
        let count = |letter: u8| lines.rest.iter().filter(|byte| **byte == letter).count();
        let delimiter =
            [b',', b';', b'\t'].into_iter().max_by_key(|letter| (count(*letter), *letter == b',')).unwrap_or(b',');
        let input = std::io::Cursor::new(lines.rest).chain(lines.input);
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(input);
        let header = reader.headers().map_err(std::io::Error::other)?;
        let names: Vec<String> = header.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
        Ok(Records::Table(Box::new(Table { rows: reader.into_records(), names })))
    }

    fn next_row(&mut self) -> std::io::Result<Option<Raw>> {
        let row = match self.rows.next() {
            None => return Ok(None),
            Some(Ok(row)) => row,
            Some(Err(error)) => {
                let line = error.position().map_or(0, csv::Position::line);
                return match error.into_kind() {
                    csv::ErrorKind::Io(error) => Err(error),
                    other => Ok(Some(Raw {
                        line,
                        fields: Err(Reason::Unreadable(match other {
                            csv::ErrorKind::Utf8 { .. } => "it holds what is no UTF-8 text".to_owned(),
                            _ => "it is no row of a table".to_owned(),
                        })),
                        text: String::new(),
                    })),
                };
            }
        };
        let line = row.position().map_or(0, csv::Position::line);
        let fields = if row.len() > self.names.len() {
            Err(Reason::Unreadable(format!("{} columns, where the header has {}", row.len(), self.names.len())))
        } else {
            // Databases write nothing so; no account is called that.
            let value = |text: &str| if text == "\\N" || text == "NULL" { Value::Null } else { Value::from(text) };
            Ok(Fields(self.names.iter().zip(&row).map(|(name, text)| (name.clone(), value(text))).collect()))
        };
        // As an object, so that what is refused can be mended and imported by itself.
        let text = fields.as_ref().map_or_else(
            |_| serde_json::json!(row.iter().collect::<Vec<_>>()).to_string(),
            |fields: &Fields| serde_json::json!(fields.0).to_string(),
        );
        Ok(Some(Raw { line, fields, text }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(u64, Option<String>)> {
        let name = |raw: Raw| (raw.line, raw.fields.ok().and_then(|fields| fields.text(&["n"]).ok().flatten()));
        Records::open(text.as_bytes()).unwrap().map(|raw| name(raw.unwrap())).collect()
    }

    fn named(list: &[(u64, &str)]) -> Vec<(u64, Option<String>)> {
        list.iter().map(|(line, name)| (*line, Some((*name).to_owned()))).collect()
    }

    #[test]
    fn a_record_a_line_is_read_and_a_broken_line_breaks_no_other() {
        assert_eq!(all("\u{feff}\n{\"n\":\"a\"}\n\n{\"n\":\"b}]\\\"{\"}"), named(&[(2, "a"), (4, "b}]\"{")]));
        let broken = all("{\"n\":\"a\"}\n{\"n\":\n{\"n\":\"c\"}\n");
        assert_eq!(broken, [(1, Some("a".to_owned())), (2, None), (3, Some("c".to_owned()))]);
    }

    #[test]
    fn an_array_is_read_however_it_is_laid_out() {
        let expected = named(&[(1, "a"), (1, "[b]"), (3, "c")]);
        assert_eq!(all("[{\"n\":\"a\"},{\"n\":\"[b]\",\"m\":{\"k\":[1]}},\n\n{\n \"n\": \"c\"\n}]\n"), expected);
        assert_eq!(all("{\n\"n\":\"a\"\n}\n{\n\"n\":\"b\"}"), named(&[(1, "a"), (4, "b")]));
        assert_eq!(all("[]"), []);
        assert_eq!(all(""), []);
        assert_eq!(all("[{\"n\":\"a\"},{\"n\":"), [(1, Some("a".to_owned())), (1, None)]);
    }

    #[test]
    fn a_table_may_have_quotes_line_ends_and_other_separators() {
        assert_eq!(all("N,m\na,1\n\"b\n\"\"x\"\"\",2\n"), named(&[(2, "a"), (3, "b\n\"x\"")]));
        assert_eq!(all("n;m\na;\\N\nb\n"), named(&[(2, "a"), (3, "b")]));
    }
}
