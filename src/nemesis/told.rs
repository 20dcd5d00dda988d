//! The schedules that were begun, for those who report.

use std::sync::{Arc, Mutex};

use super::course::Course;
use crate::Host;
use crate::mutex::lock;

/// Those of which this host is the first one.
#[derive(Default)]
pub(super) struct Told(Mutex<Vec<Arc<Course>>>);

impl Told {
    pub(super) fn enter(host: &Host, course: &Arc<Course>) {
        lock(&host.attached::<Self>().0).push(Arc::clone(course));
    }
}

/// The schedules of which this host is the first one, with what has become of them by now; all but
/// the last one in a line, once they are over.
pub(crate) fn told(host: &Host) -> Vec<String> {
    let all = lock(&host.attached::<Told>().0).clone();
    let count = all.len();
    (1..).zip(all).map(|(number, course)| course.brief(number == count)).collect()
}
