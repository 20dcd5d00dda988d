use syn::{Error, Result};

/// One error that tells all of them, so that a user repairs a test in one round.
pub(crate) fn all(errors: impl IntoIterator<Item = Error>) -> Result<()> {
    let together = errors.into_iter().reduce(|mut together, error| {
        together.combine(error);
        together
    });
    together.map_or(Ok(()), Err)
}
