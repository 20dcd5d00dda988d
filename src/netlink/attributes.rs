use super::u16_at;

/// A sequence of netlink attributes (netlink(7)), each at a multiple of four bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes(Vec<u8>);

/// linux/netlink.h
const NLA_F_NESTED: u16 = 0x8000;
const HEADER: usize = 4;

/// Most have room in as many bytes.
const USUAL: usize = 96;

impl Attributes {
    pub(crate) fn new() -> Self {
        Self(Vec::with_capacity(USUAL))
    }

    /// Those of an answer.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// The value of the first one of a kind.
    pub(crate) fn get(&self, wanted: u16) -> Option<&[u8]> {
        each(&self.0).find(|(kind, _)| *kind == wanted).map(|(_, value)| value)
    }

    /// All but those of these kinds, as they are.
    pub(crate) fn without(&self, kinds: &[u16]) -> Self {
        let mut kept = Self::new();
        for (kind, value) in raw(&self.0) {
            if !kinds.contains(&(kind & !NLA_F_NESTED)) {
                kept.push(kind, &[value]);
            }
        }
        kept
    }

    pub(crate) fn bytes(mut self, kind: u16, value: &[u8]) -> Self {
        self.push(kind, &[value]);
        self
    }

    /// A string with its terminator.
    pub(crate) fn text(mut self, kind: u16, text: &str) -> Self {
        self.push(kind, &[text.as_bytes(), &[0]]);
        self
    }

    /// A number in network order, as nearly all of nftables' are. Other families have the machine's.
    pub(crate) fn number(self, kind: u16, value: u32) -> Self {
        self.bytes(kind, &value.to_be_bytes())
    }

    pub(crate) fn nest(self, kind: u16, inner: &Self) -> Self {
        self.bytes(kind | NLA_F_NESTED, &inner.0)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn push(&mut self, kind: u16, value: &[&[u8]]) {
        let length = HEADER + value.iter().map(|part| part.len()).sum::<usize>();
        let end = self.0.len() + length.next_multiple_of(4);
        self.0.reserve(length.next_multiple_of(4));
        self.0.extend((length as u16).to_ne_bytes());
        self.0.extend(kind.to_ne_bytes());
        value.iter().for_each(|part| self.0.extend_from_slice(part));
        self.0.resize(end, 0);
    }
}

/// Goes through the attributes in a piece of an answer: kind and value of each.
pub(crate) fn each(bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    raw(bytes).map(|(kind, value)| (kind & !NLA_F_NESTED, value))
}

/// The same, with the kernel's mark of those that are nested.
fn raw(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let (length, kind) = (usize::from(u16_at(bytes, 0)?), u16_at(bytes, 2)?);
        let value = bytes.get(HEADER..length)?;
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let inner = Attributes::new().number(2, 7);
        let outer = Attributes::new().text(1, "ab").nest(4, &inner);
        assert_eq!(outer.as_bytes().len() % 4, 0);
        let all: Vec<_> = each(outer.as_bytes()).collect();
        assert_eq!(all[0], (1, &b"ab\0"[..]));
        assert_eq!(each(all[1].1).collect::<Vec<_>>(), [(2, &[0, 0, 0, 7][..])]);
        assert_eq!(each(&outer.as_bytes()[..9]).count(), 1, "what is cut short is not read");
    }

    #[test]
    fn what_is_left_out_leaves_the_rest_as_it_was() {
        let inner = Attributes::new().number(2, 7);
        let all = Attributes::new().bytes(9, &[1]).nest(4, &inner).text(1, "ab");
        let kept = all.without(&[1, 9]);
        assert_eq!(kept, Attributes::new().nest(4, &inner));
        assert_eq!(all.without(&[4]), Attributes::new().bytes(9, &[1]).text(1, "ab"));
    }
}
