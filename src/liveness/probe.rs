use std::fmt::{Debug, Display};

/// What a probe may return: whether it holds, and if not, why.
///
/// `true`, `Some` and `Ok` hold; `false`, `None` and `Err` do not.
pub trait Probe {
    /// `None` if it holds, else what was seen instead.
    fn refusal(&self) -> Option<String>;
}

impl Probe for bool {
    fn refusal(&self) -> Option<String> {
        (!self).then(|| "false".to_owned())
    }
}

impl<T> Probe for Option<T> {
    fn refusal(&self) -> Option<String> {
        self.is_none().then(|| "None".to_owned())
    }
}

impl<T: Debug, E: Display> Probe for Result<T, E> {
    fn refusal(&self) -> Option<String> {
        self.as_ref().err().map(|error| format!("Err: {error}"))
    }
}
