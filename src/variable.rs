use std::env;

use crate::quoted::Quoted;

/// A variable of the environment that has one of a few values.
pub(crate) struct Variable {
    pub(crate) name: &'static str,
    /// The first one holds where it is not set, or empty.
    pub(crate) values: &'static [&'static str],
}

impl Variable {
    /// What it says now.
    ///
    /// # Errors
    ///
    /// A sentence for the person who has set it to something else.
    pub(crate) fn value(&self) -> Result<&'static str, String> {
        match env::var_os(self.name) {
            Some(value) => self.read(&value.to_string_lossy()),
            None => Ok(self.values[0]),
        }
    }

    /// Whether it says this. What makes no sense says nothing: the test does not begin with it.
    pub(crate) fn is(&self, value: &str) -> bool {
        self.value().unwrap_or(self.values[0]) == value
    }

    fn read(&self, text: &str) -> Result<&'static str, String> {
        let mut values = self.values.iter().copied();
        let known = values.find(|value| *value == text);
        known.or(text.is_empty().then_some(self.values[0])).ok_or_else(|| {
            let [others @ .., last] = self.values else { unreachable!("it has values") };
            let others: Vec<_> = others.iter().map(|value| format!("`{value}`")).collect();
            format!(
                "{} is {}, and must be {} or `{last}`",
                self.name,
                Quoted(text),
                others.join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_of_a_few() {
        let variable = Variable { name: "NETNS_TEST_MOOD", values: &["calm", "brisk", "off"] };
        assert_eq!(variable.read("brisk"), Ok("brisk"));
        assert_eq!(variable.read(""), Ok("calm"));
        for (text, quoted) in [("Brisk", "`Brisk`"), (" ", "` `"), ("`x`", "\"`x`\"")] {
            let told = format!("NETNS_TEST_MOOD is {quoted}, and must be `calm`, `brisk` or `off`");
            assert_eq!(variable.read(text), Err(told));
        }
    }
}
