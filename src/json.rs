//! JSON as it is written here: flat, by hand. What would be a whole crate for others to compile is
//! a page.

use std::fmt::{Display, Write};

/// A JSON object that is being written.
#[derive(Debug)]
pub(crate) struct Object(String);

impl Object {
    pub(crate) fn new() -> Self {
        Self("{".to_owned())
    }

    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.raw(name, &text(value));
    }

    pub(crate) fn texts(&mut self, name: &str, values: &[impl AsRef<str>]) {
        self.raw(name, &array(values.iter().map(|value| text(value.as_ref()))));
    }

    pub(crate) fn number(&mut self, name: &str, value: impl Display) {
        self.raw(name, &value.to_string());
    }

    pub(crate) fn optional(&mut self, name: &str, value: Option<impl Display>) {
        match value {
            Some(value) => self.number(name, value),
            None => self.raw(name, "null"),
        }
    }

    /// A member whose value is JSON already.
    pub(crate) fn raw(&mut self, name: &str, value: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(&text(name));
        self.0.push(':');
        self.0.push_str(value);
    }

    pub(crate) fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// An array of values that are JSON already.
pub(crate) fn array(values: impl IntoIterator<Item = String>) -> String {
    let mut all = "[".to_owned();
    for (at, value) in values.into_iter().enumerate() {
        if at > 0 {
            all.push(',');
        }
        all.push_str(&value);
    }
    all.push(']');
    all
}

/// A string with its quotes (RFC 8259, section 7).
pub(crate) fn text(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for letter in value.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            control if control < ' ' => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted() {
        assert_eq!(text("a\"b\\c\nd\u{1}é"), "\"a\\\"b\\\\c\\nd\\u0001é\"");
    }

    #[test]
    fn an_object_has_commas_between_its_members() {
        let mut object = Object::new();
        object.number("at", 3);
        object.texts("hosts", &["a", "b"]);
        object.optional("end", None::<u64>);
        assert_eq!(object.finish(), r#"{"at":3,"hosts":["a","b"],"end":null}"#);
    }
}
