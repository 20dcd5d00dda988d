use syn::{Error, Result};

/// One error that tells all of them, so that a user repairs a test in one round.
pub(crate) fn all(errors: impl IntoIterator<Item = Error>) -> Result<()> {
    let together = errors.into_iter().reduce(|mut together, error| {
        together.combine(error);
        together
    });
    together.map_or(Ok(()), Err)
}

/// All that was read, or one error that tells all of them.
pub(crate) fn each<T>(read: impl IntoIterator<Item = Result<T>>) -> Result<Vec<T>> {
    let (mut sound, mut errors) = (Vec::new(), Vec::new());
    for one in read {
        match one {
            Ok(one) => sound.push(one),
            Err(error) => errors.push(error),
        }
    }
    all(errors)?;
    Ok(sound)
}
