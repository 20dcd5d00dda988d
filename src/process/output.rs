use std::collections::VecDeque;

/// What a program has printed, on both streams and in the order in which it came: the last of it.
#[derive(Default)]
pub(super) struct Output {
    kept: VecDeque<u8>,
    /// How many bytes were given up for newer ones.
    given_up: u64,
}

/// How much is kept.
const MOST: usize = 1 << 20;

impl Output {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.kept.extend(bytes);
        let more = self.kept.len().saturating_sub(MOST);
        self.kept.drain(..more);
        self.given_up += more as u64;
    }

    /// What is kept, as text.
    pub(super) fn text(&self) -> String {
        let (first, second) = self.kept.as_slices();
        let bytes = [first, second].concat();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub(super) fn given_up(&self) -> u64 {
        self.given_up
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
        assert_eq!((text.len(), output.given_up()), (MOST, 7));
        assert!(text.starts_with("aaa") && text.ends_with("the end"));
    }
}
