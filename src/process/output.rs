use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

/// What a program has printed, on both streams and in the order in which it came: the first of it, and
/// the last.
#[derive(Default)]
pub(super) struct Output {
    /// What a program says when it is ready comes first, whatever follows.
    first: Vec<u8>,
    last: VecDeque<u8>,
    /// How many bytes were given up from `last` for newer ones.
    given_up: u64,
    wanted: Vec<Weak<Wanted>>,
}

/// How much is kept of either end.
const MOST: usize = 1 << 20;

impl Output {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.look(bytes);
        let room = MOST - self.first.len();
        self.first.extend(&bytes[..bytes.len().min(room)]);
        self.last.extend(bytes);
        let more = self.last.len().saturating_sub(MOST);
        self.last.drain(..more);
        self.given_up += more as u64;
    }

    /// The last of it, as text.
    pub(super) fn text(&self) -> String {
        let (first, second) = self.last.as_slices();
        text(&[first, second].concat())
    }

    pub(super) fn given_up(&self) -> u64 {
        self.given_up
    }

    /// How many bytes are neither among the first nor among the last.
    pub(super) fn forgotten(&self) -> u64 {
        self.given_up.saturating_sub(self.first.len() as u64)
    }

    /// Looks for a text in what there is, and in all that comes as long as this is held, which may be
    /// more than is kept.
    pub(super) fn want(&mut self, text: &str) -> Arc<Wanted> {
        let seen = AtomicBool::new(self.has(text));
        let wanted = Arc::new(Wanted { text: text.to_owned(), seen });
        self.wanted.push(Arc::downgrade(&wanted));
        wanted
    }

    fn has(&self, wanted: &str) -> bool {
        if self.given_up == 0 || self.forgotten() > 0 {
            return self.text().contains(wanted) || text(&self.first).contains(wanted);
        }
        // The two overlap, or adjoin.
        let overlap = self.first.len() - self.given_up as usize;
        let rest = self.last.iter().skip(overlap).copied();
        let whole: Vec<_> = self.first.iter().copied().chain(rest).collect();
        text(&whole).contains(wanted)
    }

    /// Looks for what is wanted in what comes now, with the end of what came before.
    fn look(&mut self, bytes: &[u8]) {
        self.wanted.retain(|wanted| wanted.strong_count() > 0);
        for wanted in self.wanted.iter().filter_map(Weak::upgrade) {
            let end = self.last.len().saturating_sub(wanted.text.len());
            let mut part: Vec<_> = self.last.range(end..).copied().collect();
            part.extend(bytes);
            if text(&part).contains(&wanted.text) {
                wanted.seen.store(true, Ordering::Relaxed);
            }
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A text that somebody waits for.
pub(super) struct Wanted {
    text: String,
    seen: AtomicBool,
}

impl Wanted {
    /// Whether it was printed.
    pub(super) fn is_seen(&self) -> bool {
        self.seen.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_it_is_kept_and_the_rest_counted() {
        let mut output = Output::default();
        output.push(&[b'a'; MOST]);
        output.push(b"the end");
        let text = output.text();
        assert_eq!((text.len(), output.given_up(), output.forgotten()), (MOST, 7, 0));
        assert!(text.starts_with("aaa") && text.ends_with("the end"));
        output.push(&[b'a'; MOST]);
        assert_eq!((output.text().len(), output.forgotten()), (MOST, 7));
    }

    /// Whoever asks later still finds it.
    #[test]
    fn what_comes_first_is_found_whatever_follows() {
        let mut output = Output::default();
        output.push(b"ready\n");
        (0..3).for_each(|_| output.push(&[b'a'; MOST]));
        assert!(output.want("ready").is_seen() && !output.text().contains("ready"));
        assert!(!output.want("steady").is_seen());
    }

    /// At every place: in the first of it, in the last of it, and across their border.
    #[test]
    fn what_is_kept_is_searched_as_one() {
        for before in [0, MOST - 5, MOST - 2, MOST, MOST + 3] {
            for after in [0, 3, 2 * MOST - before - 5] {
                let mut output = Output::default();
                output.push(&vec![b'a'; before]);
                output.push(b"ready");
                output.push(&vec![b'a'; after]);
                assert!(output.want("ready").is_seen(), "{before} bytes before, {after} after");
            }
        }
    }

    /// However it is cut into pieces, and however much comes before the waiter can look.
    #[test]
    fn what_is_wanted_is_seen_while_it_passes() {
        let mut output = Output::default();
        output.push(&[b'a'; 2 * MOST]);
        let wanted = output.want("bereit für alles");
        let other = output.want("ready");
        for byte in "bereit für alles".bytes() {
            assert!(!wanted.is_seen());
            output.push(&[byte]);
        }
        (0..2).for_each(|_| output.push(&[b'a'; 2 * MOST]));
        assert!(wanted.is_seen() && !other.is_seen());
        assert!(!output.want("bereit").is_seen(), "nobody waited for it, and it is given up");
        drop((wanted, other));
        output.push(b"a");
        assert!(output.wanted.is_empty());
    }

    #[test]
    fn the_empty_text_is_there() {
        assert!(Output::default().want("").is_seen());
    }
}
