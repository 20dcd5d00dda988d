//! What the entries of a timeline add up to: faults and claims with their beginnings and ends.

use std::time::Duration;

use crate::record::{ClaimPhase, Entry, Event, FaultPhase, Place};

/// A fault from the moment it was asked for.
#[derive(Debug)]
pub(super) struct FaultEpisode {
    pub(super) number: u64,
    pub(super) fault: String,
    pub(super) place: Place,
    pub(super) asked: Duration,
    /// When it first was in effect.
    pub(super) from: Option<Duration>,
    /// When it ended: was lifted, lost, or refused.
    pub(super) to: Option<Duration>,
    pub(super) packets: Option<u64>,
    pub(super) suspended: Vec<(Duration, Option<Duration>)>,
    /// How it ended, or what it was changed to.
    pub(super) notes: Vec<String>,
    /// The number of the fault that had come into effect when this one was asked for, and the test had done
    /// nothing else in between.
    pub(super) follows: Option<u64>,
}

/// A claim from its beginning.
#[derive(Debug)]
pub(super) struct ClaimEpisode {
    pub(super) number: u64,
    pub(super) claim: String,
    pub(super) place: String,
    pub(super) from: Duration,
    pub(super) to: Option<Duration>,
    pub(super) earliest: Option<Duration>,
    pub(super) latest: Duration,
    pub(super) outcome: &'static str,
}

/// The faults, in the order in which they were asked for.
pub(super) fn faults(entries: &[Entry]) -> Vec<FaultEpisode> {
    let mut all: Vec<FaultEpisode> = Vec::new();
    let mut made_before = None;
    // States of sockets are seen, not done.
    for entry in entries.iter().filter(|entry| !matches!(entry.event, Event::State { .. })) {
        let before = made_before.take();
        let Event::Fault { number, fault, place, phase } = &entry.event else { continue };
        let known = all.iter().position(|one| one.number == *number).unwrap_or_else(|| {
            all.push(FaultEpisode::asked(*number, fault, place, entry.at));
            all.len() - 1
        });
        if *phase == FaultPhase::Asked {
            all[known].follows = before;
        }
        // It is made while nobody else does anything.
        made_before = match phase {
            FaultPhase::InEffect => Some(*number),
            FaultPhase::Asked => before,
            _ => None,
        };
        all[known].go_on(phase, entry.at);
    }
    all
}

/// The claims, in the order in which they were begun.
pub(super) fn claims(entries: &[Entry]) -> Vec<ClaimEpisode> {
    let mut all: Vec<ClaimEpisode> = Vec::new();
    for entry in entries {
        let Event::Claim { number, claim, phase } = &entry.event else { continue };
        match phase {
            ClaimPhase::Begun { earliest, latest, place } => all.push(ClaimEpisode {
                place: place.clone(),
                number: *number,
                claim: claim.clone(),
                from: entry.at,
                to: None,
                earliest: *earliest,
                latest: *latest,
                outcome: "pending",
            }),
            ClaimPhase::Met(_) | ClaimPhase::Failed(_) => {
                // Its beginning may have been given up by the record.
                let Some(one) = all.iter_mut().find(|one| one.number == *number) else { continue };
                one.to = Some(entry.at);
                one.outcome = if matches!(phase, ClaimPhase::Met(_)) { "met" } else { "failed" };
            }
        }
    }
    all
}

impl FaultEpisode {
    /// What a wire does that carries packets badly, or not for now: it is drawn otherwise than one
    /// that loses them all. The last that it was changed to.
    pub(super) fn kind_of_wire(&self) -> Option<&str> {
        let (verb, _) = self.fault.split_once(' ')?;
        let does = self.does()?;
        match verb {
            "impair" => {
                let swapped =
                    self.notes.iter().rev().find_map(|note| note.strip_prefix("swapped for "));
                Some(swapped.unwrap_or(does))
            }
            "block" | "partition" if does.split(' ').next() == Some("hold") => Some(does),
            _ => None,
        }
    }

    /// The policy or the impairment, where the fault's words name one.
    pub(super) fn does(&self) -> Option<&str> {
        // The host behind "bridged by" is none.
        let (_, does) = self.fault.rsplit_once(" by ")?;
        (!does.starts_with('`')).then_some(does)
    }

    /// Which of the two ways it acts on, where it does on one alone: `to peer` is what the hosts send that
    /// its place names first.
    pub(super) fn way(&self) -> Option<&'static str> {
        let does = self.does()?;
        ["to peer", "from peer"].into_iter().find(|way| does.contains(way))
    }

    fn asked(number: u64, fault: &str, place: &Place, asked: Duration) -> Self {
        Self {
            number,
            fault: fault.to_owned(),
            place: place.clone(),
            asked,
            from: None,
            to: None,
            packets: None,
            suspended: Vec::new(),
            notes: Vec::new(),
            follows: None,
        }
    }

    fn go_on(&mut self, phase: &FaultPhase, at: Duration) {
        match phase {
            FaultPhase::Asked => {}
            FaultPhase::InEffect => {
                self.from.get_or_insert(at);
                if let Some((_, to @ None)) = self.suspended.last_mut() {
                    *to = Some(at);
                }
            }
            FaultPhase::Suspended => self.suspended.push((at, None)),
            FaultPhase::Lifted(packets) => {
                self.packets = *packets;
                self.to = Some(at);
            }
            FaultPhase::Refused(_) | FaultPhase::Lost(_) => {
                self.to = Some(at);
                self.notes.push(phase.to_string());
            }
            FaultPhase::Swapped(_) | FaultPhase::Kept => self.notes.push(phase.to_string()),
        }
    }

    /// Whether it was in effect at this moment, suspended or not.
    pub(super) fn is_in_effect_at(&self, at: Duration) -> bool {
        self.from.is_some_and(|from| from <= at) && self.to.is_none_or(|to| to >= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn fault(at: u32, phase: FaultPhase) -> Entry {
        let place = Place::Between(["client".to_owned(), "server".to_owned()]);
        let event = Event::Fault { number: 7, fault: "block".to_owned(), place, phase };
        Entry { at: MS * at, event }
    }

    #[test]
    fn a_fault_that_was_suspended_has_a_gap() {
        let entries = [
            fault(1, FaultPhase::Asked),
            fault(2, FaultPhase::InEffect),
            fault(5, FaultPhase::Suspended),
            fault(6, FaultPhase::InEffect),
            fault(9, FaultPhase::Lifted(Some(3))),
        ];
        let [one] = &faults(&entries)[..] else { panic!("it is one fault") };
        assert_eq!((one.asked, one.from, one.to), (MS, Some(MS * 2), Some(MS * 9)));
        assert_eq!(one.suspended, [(MS * 5, Some(MS * 6))]);
        assert_eq!(one.packets, Some(3));
        assert!(
            one.is_in_effect_at(MS * 2)
                && !one.is_in_effect_at(MS)
                && !one.is_in_effect_at(MS * 10)
        );
    }

    #[test]
    fn a_fault_that_was_refused_never_came_into_effect() {
        let entries = [fault(1, FaultPhase::Asked), fault(2, FaultPhase::Refused("no".to_owned()))];
        let one = &faults(&entries)[0];
        assert_eq!((one.from, one.to), (None, Some(MS * 2)));
        assert_eq!(one.notes, ["not made: no"]);
    }

    #[test]
    fn a_claim_ends_as_it_was_judged() {
        let claim = |at, phase| Entry {
            at: MS * at,
            event: Event::Claim { number: 1, claim: "gone".to_owned(), phase },
        };
        let place = "tests/t.rs:3:5".to_owned();
        let begun = ClaimPhase::Begun { earliest: None, latest: MS * 50, place };
        let entries = [claim(1, begun), claim(30, ClaimPhase::Met(MS * 29))];
        let one = &claims(&entries)[0];
        assert_eq!((one.from, one.to, one.outcome), (MS, Some(MS * 30), "met"));
        assert_eq!(claims(&entries[..1])[0].outcome, "pending");
    }
}
