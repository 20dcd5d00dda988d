//! Claims in the timeline of the test.

use std::panic::Location;
use std::time::Duration;

use super::demand::{Demand, Judgement};
use super::statement::Statement;
use crate::record::clock;
use crate::record::{ClaimPhase, Event, note};

/// A claim begins to ask.
pub(super) fn begun(claim: &Statement, place: &Location<'_>) {
    let on_the_clock = |time| claim.at(time).map_or(Duration::MAX, clock::since_start);
    let earliest = match &claim.demand {
        Demand::Within(time) if !time.start.is_zero() => Some(on_the_clock(time.start)),
        Demand::Within(_) | Demand::For(_) | Demand::While(_) => None,
    };
    let latest = match &claim.demand {
        Demand::Within(time) => on_the_clock(time.end),
        Demand::For(time) => on_the_clock(*time),
        Demand::While(lasts) => on_the_clock(lasts.expected()),
    };
    write(claim, ClaimPhase::Begun { earliest, latest, place: place.to_string() });
}

/// A claim has ended, met or missed.
pub(super) fn ended(claim: &Statement, judgement: &Judgement) {
    match judgement {
        Judgement::Open => {}
        Judgement::Met(after) => write(claim, ClaimPhase::Met(*after)),
        Judgement::Missed(why) => write(claim, ClaimPhase::Failed(why.clone())),
    }
}

/// A claim belongs to no net: what its probe looks at is the test's own.
fn write(claim: &Statement, phase: ClaimPhase) {
    note(None, Event::Claim { number: claim.number, claim: claim.to_string(), phase });
}
