use std::fmt;
use std::sync::Arc;

use super::carrier::{self, When};
use super::course::{Course, Phase, Slot};
use super::drawn::Drawn;
use super::entry::Entry;
use super::running::Running;
use super::told::Told;
use crate::record::{Event, Place, note};
use crate::{Error, Host};

/// A course, and where its faults are.
pub(super) struct Plan {
    pub(super) course: Arc<Course>,
    places: Vec<Place<Host>>,
    /// The host at which it is kept for the report.
    anchor: Host,
}

impl Plan {
    pub(super) fn of(course: Course, places: Vec<Place<Host>>, anchor: Host) -> Self {
        Self { course: Arc::new(course), places, anchor }
    }

    /// Begins to carry it out; `mark` stands in the timeline.
    pub(super) fn begin(
        self,
        faults: Vec<Drawn>,
        when: Option<When>,
        mark: Option<String>,
    ) -> Result<Running, Error> {
        Told::enter(&self.anchor, &self.course);
        if let Some(text) = mark {
            note(self.anchor.net(), Event::Mark { text });
        }
        self.course.begin();
        match carrier::start(&self.course, faults, when) {
            Ok(()) => Ok(Running::of(self)),
            Err(error) => {
                self.course.abandon(&error);
                Err(error)
            }
        }
    }

    /// What is planned, and what has become of it.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let state = self.course.state();
        let all = self.course.slots().iter().zip(&state.phases).zip(&self.places).enumerate();
        let entry = |(at, ((slot, phase), place)): (usize, ((&Slot, &Phase), &Place<Host>))| {
            let (began_at, ended_at, error) = match phase {
                Phase::Waiting => (None, None, None),
                Phase::InEffect(from) => (Some(*from), None, None),
                Phase::Over(from, to) => (Some(*from), Some(*to), None),
                Phase::Refused(why) => (None, None, Some(why.clone())),
                Phase::Unhealed(from, why) => (Some(*from), None, Some(why.clone())),
            };
            let late = state.begun.zip(began_at).and_then(|(begun, from)| slot.late(begun, from));
            Entry {
                number: at + 1,
                fault: slot.told.clone(),
                place: place.clone(),
                begins: slot.begins,
                ends: slot.ends,
                began_at,
                ended_at,
                late,
                error,
            }
        };
        all.map(entry).collect()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.course.fmt(f)
    }
}
