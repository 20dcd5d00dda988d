use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Something that lasts for a time that nobody knows before, such as a schedule of faults.
#[derive(Clone)]
pub(crate) struct Lasts {
    goes_on: Arc<dyn Fn() -> bool + Send + Sync>,
    /// How long it takes if nothing is late, for those who draw it.
    expected: Duration,
}

impl Lasts {
    pub(crate) fn new(
        expected: Duration,
        goes_on: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { goes_on: Arc::new(goes_on), expected }
    }

    pub(super) fn goes_on(&self) -> bool {
        (self.goes_on)()
    }

    pub(super) fn expected(&self) -> Duration {
        self.expected
    }
}

impl PartialEq for Lasts {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.goes_on, &other.goes_on)
    }
}

impl Eq for Lasts {}

impl fmt::Debug for Lasts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lasts").field("expected", &self.expected).finish_non_exhaustive()
    }
}
