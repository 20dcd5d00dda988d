use std::fmt::{self, Write};

/// Words that a user has chosen, in one line of a message: in backticks, or in quotation marks where
/// they have backticks of their own.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.0.contains('`') { '"' } else { '`' };
        f.write_char(mark)?;
        for letter in self.0.chars() {
            match letter.is_control() {
                true => write!(f, "{}", letter.escape_debug())?,
                false => f.write_char(letter)?,
            }
        }
        f.write_char(mark)
    }
}

/// Several of them, in their order, for instance `` `a`, `b` ``.
pub(crate) fn named(words: impl IntoIterator<Item: AsRef<str>>) -> String {
    let all = words.into_iter().map(|words| Quoted(words.as_ref()).to_string());
    all.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_are_named_in_their_order() {
        assert_eq!(named(["b", "a `c`"]), "`b`, \"a `c`\"");
        assert_eq!(named([""; 0]), "");
    }

    #[test]
    fn backticks_are_never_inside_of_backticks() {
        for (words, quoted) in [
            ("sh -c true", "`sh -c true`"),
            ("sh -c echo `date`", "\"sh -c echo `date`\""),
            ("say \"größe\"", "`say \"größe\"`"),
            ("two\nlines", "`two\\nlines`"),
            ("", "``"),
        ] {
            assert_eq!(Quoted(words).to_string(), quoted);
        }
    }
}
