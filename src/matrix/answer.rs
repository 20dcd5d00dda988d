use crate::Argument;

/// The code under test's answer to a question of a matrix: whether all is well in this respect and,
/// optionally, a word.
///
/// A question is answered by a `bool` or an `Option`. `None` is not well; `Some("b")` is well, and a
/// different answer from `Some("a")`.
///
/// ```
/// use netns_test::matrix::Answer;
///
/// assert!(Answer::from(true).is_well());
/// let leader = Answer::from(Some("a"));
/// assert!(leader.is_well() && leader != Answer::from(Some("b")));
/// assert!(!Answer::from(None::<String>).is_well());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    well: bool,
    word: Option<String>,
}

impl Answer {
    /// Whether all is well.
    pub fn is_well(&self) -> bool {
        self.well
    }

    /// Its word, if it has one.
    pub fn word(&self) -> Option<&str> {
        self.word.as_deref()
    }

    /// As it stands in a file: the word, or `yes` and `no`.
    pub(super) fn said(&self) -> &str {
        match (&self.word, self.well) {
            (Some(word), _) => word,
            (None, true) => "yes",
            (None, false) => "no",
        }
    }
}

impl From<bool> for Answer {
    fn from(well: bool) -> Self {
        Self { well, word: None }
    }
}

impl<T: ToString> From<Option<T>> for Answer {
    fn from(word: Option<T>) -> Self {
        Self { well: word.is_some(), word: word.map(|word| word.to_string()) }
    }
}

impl Argument for Answer {
    fn encode(&self, bytes: &mut Vec<u8>) {
        (self.well, self.word.clone()).encode(bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let (well, word) = Argument::decode(bytes)?;
        Some(Self { well, word })
    }
}
